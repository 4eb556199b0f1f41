"""What every driver must do, whatever its targets are; shown on targets in memory."""

from __future__ import annotations

from ccstack.drivers.base import Drainer, Driver, Keeper, Unknown

from .memory import Memory, Target, Wanted

ALL: tuple[Driver[Wanted, str] | Keeper | Drainer, ...] = (Memory({}),)
"""For mypy: targets in memory are all three."""


def three(**more: Target) -> Memory:
    return Memory({"a": Target("old"), "b": Target("old"), "c": Target("old"), **more})


def wanted(text: str, *names: str) -> list[Wanted]:
    return [Wanted(name, text) for name in names or ("a", "b", "c")]


def test_what_was_applied_is_observed() -> None:
    memory = three()
    assert {r.status for r in memory.apply(wanted("new")).values()} == {"changed"}
    assert memory.observe(wanted("new")) == {"a": "new", "b": "new", "c": "new"}


def test_the_second_time_nothing_changes() -> None:
    memory = three()
    memory.apply(wanted("new"))
    assert {r.status for r in memory.apply(wanted("new")).values()} == {"unchanged"}


def test_a_dead_target_hides_no_other() -> None:
    memory = three(b=Target("old", is_dead=True))
    seen = memory.observe(wanted("new"))
    assert isinstance(seen["b"], Unknown)
    assert (seen["a"], seen["c"]) == ("old", "old")
    assert {n: r.status for n, r in memory.apply(wanted("new")).items()} == {
        "a": "changed",
        "b": "unreachable",
        "c": "changed",
    }


def test_what_does_not_work_leaves_what_was_there() -> None:
    memory = three(b=Target("old", refuses=frozenset({"new"})))
    receipts = memory.apply(wanted("new"))
    assert (receipts["b"].status, receipts["b"].ok) == ("failed", False)
    assert receipts["b"].messages
    assert memory.observe(wanted("new"))["b"] == "old"


def test_restore_gives_what_was_there_before() -> None:
    memory = three()
    memory.apply(wanted("new", "a"))
    assert {n: r.status for n, r in memory.restore(["a", "b"]).items()} == {"a": "changed", "b": "failed"}
    assert memory.observe(wanted("new"))["a"] == "old"
