"""The order of a deployment: every target once, standby before active, canary first, SBCs last and one by one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.design import Design, design
from ccstack.model import Agent, CivicAddress, ContactCenter, Host, Pbx, Queue, Sbc, Site
from ccstack.model.switch import Switch
from ccstack.plan.only import dangling
from ccstack.plan.order import Turn, UnknownSiteError, Wave, order
from ccstack.plan.plan import Change, ObjectChange, Plan, Reason, TargetPlan

ADDRESS = CivicAddress(state="NY", city="Albany", street="State St", house_number="1", postal_code="12207")


def center(
    hosts: dict[str, tuple[str, str]], queues: dict[str, tuple[str, str | None]], agents: dict[str, int]
) -> Design:
    """`hosts`: name to site and roles (`p`, `s`); `queues`: name to home and standby; `agents`: site to how many."""
    sites = sorted({site for site, _ in hosts.values()})
    return design(
        ContactCenter(
            name="c",
            sites=[Site(name=site, time_zone="America/New_York", address=ADDRESS) for site in sites],
            hosts=[
                Host(name=n, site=s, address=f"10.0.0.{i}", roles=[*[Pbx()] * ("p" in r), *[Sbc()] * ("s" in r)])
                for i, (n, (s, r)) in enumerate(hosts.items(), 1)
            ],
            queues=[Queue(name=name, home=home, standby=standby) for name, (home, standby) in queues.items()],
            agents=[
                Agent(name=f"{site}-{i}", extension=f"{100 * k + i}", site=site)
                for k, site in enumerate(sites, 1)
                for i in range(agents.get(site, 0))
            ],
        )
    )


def change(target: str, apply: str) -> Change:
    return Change(target, "file", f"/etc/{apply}", "change", "reload", apply)


def starting(target: str, unit: str) -> Change:
    return Change(target, "unit", unit, "start", "none")


def plan(**targets: tuple[str, ...]) -> Plan:
    """`nyc_pbx=("asterisk-queues",)`; `+asterisk` is a unit that is started."""
    return Plan("c", "", (), tuple(target(name.replace("_", "-"), classes) for name, classes in targets.items()), {})


def target(name: str, classes: tuple[str, ...]) -> TargetPlan:
    made = (starting(name, f"{c[1:]}.service") if c.startswith("+") else change(name, c) for c in classes)
    return TargetPlan(name, "", tuple(made))


TWO = center(
    {"nyc-pbx": ("nyc", "p"), "nyc-sbc": ("nyc", "s"), "den-pbx": ("den", "p"), "den-sbc": ("den", "s")},
    {"sales": ("nyc-pbx", "den-pbx"), "support": ("nyc-pbx", "den-pbx")},
    {"nyc": 5, "den": 2},
)

RELOAD, RESTART = ("asterisk-queues",), ("asterisk-restart",)


def names(waves: tuple[Wave, ...]) -> list[list[str]]:
    return [list(wave.targets) for wave in waves]


def test_the_site_with_the_fewest_agents_goes_first_and_pbxs_before_sbcs() -> None:
    wanted = plan(nyc_pbx=RELOAD, nyc_sbc=("kamailio-htable",), den_pbx=RELOAD, den_sbc=("kamailio-htable",))
    assert names(order(wanted, TWO)) == [["den-pbx"], ["den-sbc"], ["nyc-pbx"], ["nyc-sbc"]]
    assert names(order(wanted, TWO, "nyc")) == [["nyc-pbx"], ["nyc-sbc"], ["den-pbx"], ["den-sbc"]]


def test_a_canary_that_has_nothing_to_do_is_named() -> None:
    waves = order(plan(nyc_pbx=RELOAD), TWO, "den")
    assert [wave.why for wave in waves] == ["the canary site den has nothing to do: PBXs that only reload"]


def test_an_unknown_canary_is_refused() -> None:
    with pytest.raises(UnknownSiteError, match=r"bern: no site of c; there are \['den', 'nyc'\]"):
        order(plan(nyc_pbx=RELOAD), TWO, "bern")


def test_what_is_only_reported_is_no_work() -> None:
    seen = Change("nyc-pbx", "override", "/etc/ccstack/overrides/queues.conf", "report", "none")
    assert order(Plan("c", "", (), (TargetPlan("nyc-pbx", "", (seen,)),), {}), TWO) == ()


ONE_SITE = center(
    {"a": ("hq", "p"), "b": ("hq", "p"), "c": ("hq", "p"), "s1": ("hq", "s"), "s2": ("hq", "s")},
    {"sales": ("a", "b"), "support": ("a", "c"), "night": ("b", "c")},
    {"hq": 3},
)


def test_a_standby_goes_before_its_home() -> None:
    waves = order(plan(a=RELOAD, b=RELOAD, c=RELOAD), ONE_SITE)
    assert names(waves) == [["c"], ["b"], ["a"]]
    assert waves[0].why == "site hq: standby PBXs that only reload"


def test_those_that_stand_by_for_each_other_go_by_how_much_they_carry() -> None:
    made = center({"a": ("hq", "p"), "b": ("hq", "p")}, {"x": ("a", "b"), "y": ("a", "b"), "z": ("b", "a")}, {"hq": 1})
    assert names(order(plan(a=RELOAD, b=RELOAD), made)) == [["b"], ["a"]]


def test_pbxs_that_reload_go_together_and_those_that_restart_alone() -> None:
    made = center(dict.fromkeys("abcd", ("hq", "p")) | {"s": ("hq", "s")}, {}, {"hq": 1})
    assert names(order(plan(a=RESTART, b=RELOAD, c=RELOAD, d=RESTART), made)) == [["b", "c"], ["a"], ["d"]]


def test_a_pbx_that_restarts_is_drained_at_every_sbc() -> None:
    assert order(plan(a=RESTART), ONE_SITE)[0].turns == (
        Turn("a", ("asterisk",), ("s1", "s2"), True, "its calls end when Asterisk restarts"),
    )


def test_an_sbc_that_cannot_be_told_is_named() -> None:
    seen = plan(a=RESTART)
    turn = order(Plan("c", "", (), seen.targets, {"s2": "dead"}), ONE_SITE)[0].turns[0]
    assert turn.drain == ("s1",)
    assert "s2 cannot be reached and may go on sending it calls" in turn.why


def test_the_only_pbx_waits_for_a_moment_without_calls() -> None:
    made = center({"box": ("shop", "ps")}, {"counter": ("box", None)}, {"shop": 1})
    turn = order(plan(box=RESTART), made)[0].turns[0]
    assert (turn.drain, turn.waits) == ((), True)
    assert turn.why.startswith("it is the only PBX")


@pytest.mark.parametrize(("apply", "waits"), [("kamailio-restart", False), ("rtpengine-restart", True)])
def test_an_sbc_waits_for_its_calls_where_they_would_lose_their_audio(apply: str, waits: bool) -> None:
    turn = order(plan(s1=(apply,)), ONE_SITE)[0].turns[0]
    assert (turn.waits, turn.drain, turn.restarts) == (waits, (), (apply.split("-")[0],))


def test_sbcs_go_one_after_another() -> None:
    wanted = plan(s1=("kamailio-htable",), s2=("kamailio-htable",), a=RELOAD)
    assert names(order(wanted, ONE_SITE)) == [["a"], ["s1"], ["s2"]]


def test_where_nothing_runs_all_go_at_once() -> None:
    wanted = plan(a=("+asterisk", "asterisk-restart"), b=("+asterisk",), s1=("+kamailio",), c=RESTART)
    waves = order(wanted, ONE_SITE)
    assert names(waves) == [["a", "b", "s1"], ["c"]]
    assert not any(turn.waits or turn.restarts for turn in waves[0].turns)


def test_a_host_of_both_roles_is_a_pbx_when_only_its_pbx_changes() -> None:
    made = center({"a": ("hq", "ps"), "b": ("hq", "ps"), "c": ("hq", "ps")}, {}, {"hq": 1})
    assert names(order(plan(a=RELOAD, b=RELOAD, c=("kamailio-htable",)), made)) == [["a", "b"], ["c"]]


HOSTS = [f"h{i}" for i in range(6)]
CLASSES = ["asterisk-queues", "asterisk-restart", "kamailio-htable", "kamailio-restart", "rtpengine-restart", "none"]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Design, Plan]:
    roles = draw(st.lists(st.sampled_from(["p", "s", "ps"]), min_size=6, max_size=6))
    sites = draw(st.lists(st.sampled_from(["x", "y", "z"]), min_size=6, max_size=6))
    pbxs = [h for h, r in zip(HOSTS, roles, strict=True) if "p" in r]
    pairs = st.tuples(st.sampled_from(pbxs), st.none() | st.sampled_from(pbxs)) if pbxs else st.nothing()
    queues = draw(st.lists(pairs, max_size=5)) if pbxs else []
    made = center(
        {h: (s, r) for h, s, r in zip(HOSTS, sites, roles, strict=True)},
        {f"q{i}": pair for i, pair in enumerate(queues)},
        {"x": 1, "y": 2, "z": 3},
    )
    changed = draw(st.dictionaries(st.sampled_from(HOSTS), st.lists(st.sampled_from(CLASSES), min_size=1, max_size=3)))
    return made, plan(**{name: tuple(classes) for name, classes in changed.items()})


@given(cases())
def test_every_target_goes_once(case: tuple[Design, Plan]) -> None:
    made, wanted = case
    gone = [name for wave in order(wanted, made) for name in wave.targets]
    assert sorted(gone) == sorted(t.target for t in wanted.targets)


@given(cases(), st.sampled_from("xyz"))
def test_no_other_site_goes_before_the_canary_is_done(case: tuple[Design, Plan], canary: str) -> None:
    made, wanted = case
    sites = {host.site for host in made.center.hosts}
    if canary in sites:
        gone = [made.index["hosts"][n].site for wave in order(wanted, made, canary) for n in wave.targets]
        assert gone == sorted(gone, key=lambda site: site != canary)


@given(st.lists(st.tuples(st.sampled_from(HOSTS), st.sampled_from(HOSTS)), max_size=8), st.data())
def test_no_home_goes_before_its_standby(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    """On one site and without circles; what becomes of those is told by the examples above."""
    queues = {f"q{i}": (min(pair), max(pair)) for i, pair in enumerate(pairs)}
    classes = st.sampled_from([RELOAD, RESTART])
    changed = data.draw(st.dictionaries(st.sampled_from(HOSTS), classes))
    waves = order(plan(**changed), center(dict.fromkeys(HOSTS, ("x", "p")), dict(queues), {"x": 1}))
    when = {name: number for number, wave in enumerate(waves) for name in wave.targets}
    for home, standby in queues.values():
        assert home == standby or not {home, standby} <= set(when) or when[standby] < when[home]


@given(cases())
def test_two_that_restart_never_go_together(case: tuple[Design, Plan]) -> None:
    made, wanted = case
    for wave in order(wanted, made):
        assert len(wave.turns) == 1 or not any(turn.restarts for turn in wave.turns)


@given(cases())
def test_the_order_does_not_hang_on_the_order_of_the_plan(case: tuple[Design, Plan]) -> None:
    made, wanted = case
    turned = Plan(wanted.center, wanted.blueprint, (), wanted.targets[::-1], {})
    assert order(turned, made) == order(wanted, made)


# --- Only some ---


def new(path: str, action: str, *touches: str) -> ObjectChange:
    return ObjectChange(path, action, (Reason(path, False, True),), touches, "none")  # type: ignore[arg-type]


def objects(*changes: ObjectChange) -> Plan:
    base = plan(a=RELOAD, b=RELOAD, s1=("kamailio-htable",))
    return Plan("c", "", changes, base.targets, {})


def test_only_must_not_leave_a_name_that_somebody_does_not_know() -> None:
    wanted = objects(new("queues.night", "add", "a", "s1"), new("queues.sales", "change", "a", "s1"))
    assert dangling(wanted, {"a"}) == ("queues.night is new, and s1 would not know: add s1 to --only, or leave it out",)
    assert dangling(wanted, {"a", "s1"}) == ()
    assert dangling(wanted, {"b"}) == ()
    assert dangling(wanted, {"a"}, asleep={"s1"}) == ()


def test_only_must_not_move_a_host_behind_the_others_backs() -> None:
    wanted = objects(new("hosts.a", "change", "a", "b"))
    assert "hosts.a is reached otherwise, and b would not know" in dangling(wanted, {"a"})[0]


def test_waves_name_their_targets_in_order() -> None:
    waves = order(plan(s1=("kamailio-htable",), s2=("kamailio-htable",)), ONE_SITE)
    assert [a.targets < b.targets for a, b in pairwise(waves)] == [True]


def test_a_host_whose_engine_runs_and_would_not_start_at_boot_is_awake() -> None:
    work = (Change("nyc-pbx", "unit", "asterisk.service", "mend", "none"), change("nyc-pbx", "asterisk-restart"))
    (wave,) = order(Plan("c", "", (), (TargetPlan("nyc-pbx", "", work),), {}), TWO)
    assert wave.turns[0].restarts == ("asterisk",)
    assert wave.turns[0].drain
    assert wave.turns[0].waits


def test_an_sbc_that_only_drains_has_a_turn() -> None:
    work = (Change("nyc-sbc", "process", "kamailio.service/drain of nyc-pbx", "mend", "none"),)
    (wave,) = order(Plan("c", "", (), (TargetPlan("nyc-sbc", "", work),), {}), TWO)
    assert wave.targets == ("nyc-sbc",)


def test_switches_go_last_the_canary_sites_first_and_those_without_phones_at_the_end() -> None:
    made = center({"a-pbx": ("a", "ps"), "b-pbx": ("b", "ps")}, {}, {"a": 1, "b": 3}).center
    ports = {"sw-b": ("b", ("Ethernet1-4",)), "sw-a": ("a", ("Ethernet1-4",)), "core-a": ("a", ())}
    switches = tuple(
        Switch(name=name, site=site, platform="arista-eos", address=f"10.9.0.{place}", phone_ports=has)
        for place, (name, (site, has)) in enumerate(ports.items(), 1)
    )
    whole = design(made.model_copy(update={"switches": switches}))
    work = plan(a_pbx=("asterisk-queues",), sw_b=("none",), sw_a=("none",), core_a=("none",))
    waves = order(work, whole)
    assert [wave.targets for wave in waves] == [("a-pbx",), ("sw-a",), ("sw-b",), ("core-a",)]
    assert "canary site a" in waves[1].why
