"""Carrying a plan out: in order, drained, stopped at the first that is not right, under one lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack

import pytest

from ccstack.drivers import conduct
from ccstack.drivers.base import Lock, Progress, Reach, Receipt, Unknown
from ccstack.drivers.conduct import Conductor
from ccstack.drivers.locks import LockedError, locked
from ccstack.plan.order import Turn, Wave

from .memory import Memory, Target, Wanted

DRAINED = Turn("b", ("asterisk",), ("s",), waits=True, why="its calls end when Asterisk restarts")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "POLL_SECONDS", 0.001)
    monkeypatch.setattr(conduct, "REACH_SECONDS", 0.02)


def memory(**more: Target) -> Memory:
    return Memory({"a": Target("old"), "b": Target("old"), "s": Target("old"), **more})


def conductor(targets: Memory, told: list[Progress] | None = None, **more: object) -> Conductor:
    heard = [] if told is None else told
    wanted = {name: Wanted(name, "new") for name in targets.targets}
    return Conductor(targets, targets, wanted, heard.append, **more)  # type: ignore[arg-type]


def waves(*turns: Turn | str) -> list[Wave]:
    return [Wave((turn if isinstance(turn, Turn) else Turn(turn),), "a reason") for turn in turns]


def statuses(results: dict[str, Receipt]) -> dict[str, str]:
    return {name: receipt.status for name, receipt in results.items()}


def test_waves_go_one_after_the_other() -> None:
    hosts, told = memory(), list[Progress]()
    results = conductor(hosts, told).run([Wave((Turn("a"), Turn("b")), "both reload"), *waves("s")])
    assert statuses(results) == {"a": "changed", "b": "changed", "s": "changed"}
    assert hosts.did == ["apply a", "apply b", "apply s"]
    assert [event.message for event in told] == ["1 of 2: a, b (both reload)", "2 of 2: s (a reason)"]


@pytest.mark.parametrize("trouble", [Target("old", refuses=frozenset({"new"})), Target("old", is_dead=True)])
def test_the_first_that_is_not_right_stops_the_rest(trouble: Target) -> None:
    hosts = memory(a=trouble)
    results = conductor(hosts).run(waves("a", "b", "s"))
    assert [results[name].status for name in ("b", "s")] == ["not_run", "not_run"]
    assert results["b"].messages[0].startswith("not begun, because a is ")
    assert hosts.targets["b"].text == "old"


def test_those_of_the_same_wave_are_not_hidden_by_one_that_fails() -> None:
    hosts = memory(a=Target("old", refuses=frozenset({"new"})))
    results = conductor(hosts).run([Wave((Turn("a"), Turn("b")), "both reload"), *waves("s")])
    assert statuses(results) == {"a": "failed", "b": "changed", "s": "not_run"}


def test_what_does_not_work_on_trial_somewhere_is_begun_nowhere() -> None:
    hosts = memory(s=Target("old", forebodes=frozenset({"new"})))
    results = conductor(hosts, trier=hosts).run(waves("a", DRAINED, "s"))
    assert statuses(results) == {"a": "not_run", "b": "not_run", "s": "failed"}
    assert results["a"].messages == ("not begun, because s is failed",)
    assert hosts.did == ["try out a, b, s"]


def test_what_works_on_trial_everywhere_goes_its_way() -> None:
    hosts = memory()
    assert statuses(conductor(hosts, trier=hosts).run(waves("a", "b"))) == {"a": "changed", "b": "changed"}
    assert hosts.did == ["try out a, b", "apply a", "apply b"]


def test_resuming_is_deploying_again() -> None:
    hosts = memory(b=Target("old", refuses=frozenset({"new"})))
    conductor(hosts).run(waves("a", "b", "s"))
    hosts.targets["b"].refuses = frozenset()
    assert statuses(conductor(hosts).run(waves("a", "b", "s"))) == {"a": "unchanged", "b": "changed", "s": "changed"}


# --- Drained ---


def test_a_restart_waits_until_the_calls_are_over_and_calls_come_back() -> None:
    hosts = memory(b=Target("old", calls=[3, 1, 0, 1, 0, 0]))
    told: list[Progress] = []
    assert statuses(conductor(hosts, told).run(waves(DRAINED))) == {"b": "changed"}
    assert hosts.did == ["drain b", *["calls b"] * 6, "apply b", "undrain b"]
    said = [event.message for event in told if event.step == "drain"]
    assert said == [
        "at s: its calls end when Asterisk restarts",
        "3 calls up",
        "1 calls up",
        "no calls",
        "1 calls up",
        "no calls",
        "it gets calls again",
    ]


def test_calls_that_do_not_end_leave_the_host_untouched() -> None:
    hosts = memory(b=Target("old", calls=[2]))
    results = conductor(hosts, drain_seconds=0.01).run(waves(DRAINED, "s"))
    assert statuses(results) == {"b": "failed", "s": "not_run"}
    assert "untouched: 2 calls were up after 0.01 s" in results["b"].messages[0]
    assert "--force" in results["b"].messages[0]
    assert (hosts.targets["b"].text, hosts.targets["s"].drained) == ("old", set())


def test_force_goes_on_with_calls_up() -> None:
    hosts = memory(b=Target("old", calls=[2]))
    assert statuses(conductor(hosts, drain_seconds=0.01, force=True).run(waves(DRAINED))) == {"b": "changed"}
    assert hosts.did[-2:] == ["apply b", "undrain b"]


def test_an_sbc_that_does_not_hear_of_a_drain_stops_it() -> None:
    hosts = memory(s=Target("old", is_dead=True))
    results = conductor(hosts).run(waves(DRAINED))
    assert statuses(results) == {"b": "failed"}
    assert "calls cannot be led away from it: s: nothing answers there" in results["b"].messages[0]
    assert hosts.targets["b"].text == "old"


def test_a_host_whose_release_fails_gets_its_calls_back() -> None:
    hosts = memory(b=Target("old", refuses=frozenset({"new"})))
    assert statuses(conductor(hosts).run(waves(DRAINED))) == {"b": "failed"}
    assert hosts.did[-1] == "undrain b"


def test_a_drain_that_cannot_be_undone_is_told() -> None:
    class Dying(Memory):
        def apply(self, wanted: object) -> dict[str, Receipt]:
            self.targets["s"].is_dead = True
            return dict(super().apply(wanted))  # type: ignore[arg-type]

    results = conductor(Dying(memory().targets)).run(waves(DRAINED))
    assert results["b"].status == "failed"
    assert "it gets no new calls yet: s: nothing answers there" in results["b"].messages[0]


def test_a_host_that_dies_while_it_is_waited_for_is_unreachable() -> None:
    hosts = memory(b=Target("old", is_dead=True))
    assert statuses(conductor(hosts).run(waves(DRAINED, "a"))) == {"b": "unreachable", "a": "not_run"}


# --- Stopped by hand ---


def test_who_stops_it_gets_the_rest_as_not_begun() -> None:
    stop = threading.Event()
    hosts = memory()
    made = conductor(hosts, stop=stop)
    made.watch = lambda event: stop.set() if "1 of 2" in event.message else None
    results = made.run(waves("a", "b"))
    assert statuses(results) == {"a": "changed", "b": "not_run"}
    assert results["b"].messages == ("not begun: stopped by hand",)


def test_who_stops_it_while_it_drains_leaves_nothing_drained() -> None:
    stop = threading.Event()
    hosts = memory(b=Target("old", calls=[2]))
    made = conductor(hosts, stop=stop)
    made.watch = lambda event: stop.set() if event.message == "2 calls up" else None
    assert statuses(made.run(waves(DRAINED))) == {"b": "not_run"}
    assert (hosts.did[-1], hosts.targets["b"].text) == ("undrain b", "old")


# --- Seen from the other side ---


def pinged(**pings: set[str]) -> Memory:
    """An SBC and two PBXs; `s` pings `a` and `b`, and texts in `pings` do not let that in."""
    return memory(s=Target("old", pings={"a": set(), "b": set(), **pings}))


def watched(hosts: Memory, told: list[Progress] | None = None) -> Conductor:
    return conductor(hosts, told, pinger=hosts, before=dict.fromkeys(hosts.targets, "old"))


def test_who_is_not_reached_any_more_goes_back_and_the_rest_is_not_begun() -> None:
    hosts = pinged(b={"new"})
    results = watched(hosts).run(waves("a", DRAINED, "s"))
    assert statuses(results) == {"a": "changed", "b": "failed", "s": "not_run"}
    assert (results["b"].restored, hosts.targets["b"].text, hosts.targets["a"].text) == (True, "old", "new")
    assert results["b"].messages == ("s reached b before, and does not now (ping b)",)
    assert results["s"].messages == ("not begun, because b is failed",)
    assert hosts.did.index("restore b") < hosts.did.index("undrain b")


def test_one_who_does_not_reach_a_neighbour_any_more_goes_back() -> None:
    hosts = memory(a=Target("old", pings={"s": set()}))
    asked = hosts._reached_from
    hosts._reached_from = (  # type: ignore[method-assign]
        lambda name: {"ping s": Reach("s", False)} if hosts.targets[name].text == "new" else asked(name)
    )
    results = watched(hosts).run(waves("a", "s"))
    assert statuses(results) == {"a": "failed", "s": "not_run"}
    assert results["a"].messages == ("a reached s before, and does not now (ping s)",)


def test_one_ask_each_is_enough_where_all_is_well_and_none_where_nothing_is_done() -> None:
    hosts = pinged()
    assert statuses(watched(hosts).run(waves("a"))) == {"a": "changed"}
    assert hosts.did == ["neighbours of a, b, s", "apply a", "neighbours of s"]
    hosts.did.clear()
    assert watched(hosts).run([]) == {}
    assert statuses(watched(hosts).run(waves("a"))) == {"a": "unchanged"}
    assert hosts.did == ["neighbours of a, b, s", "apply a"]


def test_who_may_be_cut_off_is_asked_twice_since_the_last_ping_may_have_been_long_ago() -> None:
    class Seldom(Memory):
        """Knows what it found when it was asked last."""

        def neighbours(self, targets: Sequence[str]) -> Mapping[str, Mapping[str, Reach] | Unknown]:
            asked = super().neighbours(targets)
            known, self.known = {**asked, **self.known}, {**self.known, **asked}
            return {name: known[name] for name in targets}

        known: Mapping[str, Mapping[str, Reach] | Unknown] = {}

    assert statuses(watched(Seldom(pinged(b={"new"}).targets, notice=0.001)).run(waves("b"))) == {"b": "failed"}


def test_who_was_not_reached_before_is_held_against_nobody() -> None:
    hosts = pinged(b={"old", "new"})
    assert statuses(watched(hosts).run(waves("b"))) == {"b": "changed"}


def test_who_was_dead_before_anything_was_done_is_held_against_nobody() -> None:
    hosts = memory(a=Target("old"))
    hosts._reached_from = lambda name: {"ping d": Reach("d", hosts.targets[name].text == "old")}  # type: ignore[method-assign]
    made = watched(hosts)
    made.absent = ("d",)
    assert statuses(made.run(waves("a"))) == {"a": "changed"}
    hosts.targets["a"].text = "old"
    made.absent = ()
    assert statuses(made.run(waves("a"))) == {"a": "failed"}


def test_a_neighbour_that_cannot_be_asked_any_more_is_told_and_nothing_more_is_begun() -> None:
    class Dying(Memory):
        def apply(self, wanted: object) -> dict[str, Receipt]:
            self.targets["s"].is_dead = True
            return dict(super().apply(wanted))  # type: ignore[arg-type]

    hosts, told = Dying(pinged().targets), list[Progress]()
    results = watched(hosts, told).run(waves("a", "b"))
    assert statuses(results) == {"a": "changed", "b": "not_run"}
    assert "s cannot be asked any more whom it reaches: nothing answers there" in results["b"].messages[0]
    assert [event.failed for event in told if event.step == "neighbours"] == [True]


def test_a_neighbour_that_could_never_be_asked_is_told_and_stops_nothing() -> None:
    hosts, told = pinged(), list[Progress]()
    hosts.targets["s"].is_dead = True
    assert statuses(watched(hosts, told).run(waves("a", "b"))) == {"a": "changed", "b": "changed"}
    assert [(event.target, event.failed) for event in told if event.step == "neighbours"] == [("s", True)]


def test_one_that_cannot_go_back_says_so() -> None:
    hosts = pinged(a={"new"})
    made = watched(hosts)
    made.before = {"s": "old"}
    results = made.run(waves("a"))
    assert (results["a"].status, results["a"].restored) == ("failed", False)
    assert results["a"].messages[-1] == "it cannot go back: it had nothing before"


# --- Locked ---


def quiet(_event: Progress) -> None:
    pass


NAMES = ("a", "b", "s")


def held(hosts: Memory) -> list[str]:
    return [name for name, target in hosts.targets.items() if target.lock]


def test_every_target_is_locked_meanwhile_and_free_after() -> None:
    hosts = memory()
    with locked(hosts, NAMES, "ana@laptop", watch=quiet):
        assert held(hosts) == ["a", "b", "s"]
    assert held(hosts) == []


def test_an_error_or_ctrl_c_frees_it() -> None:
    hosts = memory()
    with pytest.raises(KeyboardInterrupt), locked(hosts, NAMES, "ana@laptop", watch=quiet):
        raise KeyboardInterrupt
    assert held(hosts) == []


def test_the_second_hears_who_has_it_and_since_when_and_holds_nothing() -> None:
    hosts = memory()
    hosts.targets["b"].lock = (Lock("bob@desk", "other"), "2026-11-22T10:00:00Z")
    with pytest.raises(LockedError) as error, locked(hosts, NAMES, "ana@laptop", watch=quiet):
        pass
    assert "locked by bob@desk since 2026-11-22T10:00:00Z, on b. Nothing was changed." in str(error.value)
    assert held(hosts) == ["b"]


def test_a_dead_target_is_no_reason_to_wait() -> None:
    hosts, told = memory(a=Target("old", is_dead=True)), list[Progress]()
    with locked(hosts, NAMES, "ana@laptop", watch=told.append) as (_lock, unknown):
        assert (list(unknown), held(hosts)) == (["a"], ["b", "s"])
    assert (held(hosts), told) == ([], [])


def test_a_target_that_dies_meanwhile_may_keep_its_lock_and_that_is_told() -> None:
    hosts, told = memory(), list[Progress]()
    with locked(hosts, NAMES, "ana@laptop", watch=told.append):
        hosts.targets["b"].is_dead = True
    assert [(event.target, event.failed) for event in told] == [("b", True)]
    assert held(hosts) == ["b"]


def test_a_lock_is_broken_on_purpose_and_told() -> None:
    hosts, told = memory(), list[Progress]()
    hosts.targets["b"].lock = (Lock("bob@desk", "other"), "2026-11-22T10:00:00Z")
    with locked(hosts, NAMES, "ana@laptop", seize=True, watch=told.append):
        assert held(hosts) == ["a", "b", "s"]
    assert [event.message for event in told] == ["broke the lock of bob@desk since 2026-11-22T10:00:00Z"]
    assert held(hosts) == []


def test_of_two_at_once_exactly_one_gets_it() -> None:
    for _ in range(20):
        hosts = memory()
        outcomes = list(race(hosts))
        assert sorted(outcomes) == ["got it", "locked out"]
        assert held(hosts) == []


def race(hosts: Memory) -> Iterator[str]:
    """Two who take the first lock at the same moment, and hold it until both know."""
    over = threading.Barrier(2)
    outcomes: list[str] = []

    def one(name: str) -> None:
        with ExitStack() as stack:
            try:
                stack.enter_context(locked(hosts, NAMES, name, watch=quiet))
                outcomes.append("got it")
            except LockedError:
                outcomes.append("locked out")
            over.wait(5)

    threads = [threading.Thread(target=one, args=(name,)) for name in ("ana", "bob")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from outcomes
