"""Which live calls may be placed at all: to the center's own test numbers, and never to an emergency number."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.calls.trace import Trace
from ccstack.design import Design
from ccstack.model.number import Number
from ccstack.model.probe import Probe

_HAS_PEOPLE = ("agents", "rings", "queues", "externals")
"""Where a call may ring somebody who did not ask for it: whom a queue has is known only there, at that time."""


class CallRefusedError(Exception):
    """A live call that shall not be placed. The text says where the rule stands and what to do; nothing was placed."""


def declared_test_number(design: Design, to: str) -> Number:
    """The number `to`, when live calls may be placed to it. Raises `CallRefusedError`."""
    if design.plan.read(to).kind == "emergency":
        raise CallRefusedError(
            f"center.emergency.numbers: {to} is an emergency number, and live calls to it are never placed\n"
            "    Trace it without --live; `ccstack verify` tries a trunk's emergency_test_number."
        )
    number: Number | None = design.index["numbers"].get(to)
    tests = ", ".join(n.number for n in design.center.numbers if n.test) or "none yet"
    if number is None:
        raise CallRefusedError(
            f"numbers: {to} is none of the center's numbers, and live calls are placed to its test numbers alone\n"
            f"    Call one of them: {tests}."
        )
    if not number.test:
        raise CallRefusedError(
            f"numbers.{to}.test: live calls are placed only to numbers that are declared as test numbers\n"
            f"    Write Number(number={to!r}, ..., test=True), or call one of: {tests}."
        )
    return number


def probe_for(design: Design, number: Number, name: str | None, by_clock: bool) -> Probe:
    """The probe that calls `number`: the named one, else the first that can. Raises `CallRefusedError`.

    `by_clock`: the call is originated on a PBX and any probe listens; else the probe calls in by its trunk.
    """
    probes: dict[str, Probe] = design.index["probes"]
    if name is not None and name not in probes:
        raise CallRefusedError(
            f"--probe {name}: the center has no such probe\n    It has: {', '.join(probes) or 'none'}."
        )
    wanted = [probes[name]] if name else list(probes.values())
    able = [p for p in wanted if by_clock or (p.via is not None and number.trunk in (None, p.via))]
    if able:
        return able[0]
    raise CallRefusedError("\n".join(_unable(number, name, by_clock)))


def _unable(number: Number, name: str | None, by_clock: bool) -> Iterator[str]:
    what = f"probes.{name}.via" if name else "probes"
    if by_clock:
        yield f"{what}: the center declares no probe to listen to the call"
        yield "    Add Probe(name=..., site=..., extension=...)."
    elif number.trunk:
        yield f"{what}: {number.number} comes by trunk {number.trunk} alone, and no such probe has it as `via`"
        yield f"    Choose or add a probe with via={number.trunk!r}."
    else:
        yield f"{what}: no such probe has `via`, so its calls would not count as coming from outside"
        yield "    Choose or add a probe with via=TRUNK."


def rings(expected: Trace) -> str | None:
    """The first object on the way of a call that may ring somebody."""
    return next((step.path for step in expected.steps if step.path.partition(".")[0] in _HAS_PEOPLE), None)


def refuse_to_ring(expected: Trace, ring_people: bool) -> None:
    """Raises `CallRefusedError` when the call may ring people and nobody has said that it may."""
    if (path := rings(expected)) and not ring_people:
        raise CallRefusedError(
            f"{path}: the call comes here, and may ring somebody\n"
            "    Give --ring-people if they know of it, or choose other keys or another time."
        )
