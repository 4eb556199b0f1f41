"""The offline trace and live calls end at the same place, for a generated set of at least two hundred calls.

The calls come from the design: each number, several callers, every way through the menus within a few keys, several
moments through the time hook, and several states of the agents. They are placed many at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import cycle
from threading import Condition

import pytest

from ccstack.calls.cases import cases
from ccstack.calls.live import Placed, place, same_ending
from ccstack.calls.trace import AgentState, Ending, Situation, Trace, trace_from_outside, trace_from_phone
from tests.conftest import Figure

from .stage import Stage, until
from .test_marks import marked

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1800)]

AT_A_TIME = 30
"""Calls that are under way or wait for their agents to be free."""

FEW = 3
"""Calls that only so many agents may answer come one at a time; with more, two of the agents are kept in reserve."""

OUTSIDERS = ("+16465550142", "+12125550170")  # somebody, and a VIP
NEW_YORK, DENVER = "+12125550100", "+13035550100"
MOMENTS = (
    (datetime(2026, 11, 24, 16, 0, tzinfo=UTC), (NEW_YORK,)),  # open at both sites
    (datetime(2026, 11, 26, 16, 0, tzinfo=UTC), (NEW_YORK, DENVER)),  # a holiday
    (datetime(2026, 11, 25, 1, 30, tzinfo=UTC), (NEW_YORK, DENVER)),  # closed in New York, open in Denver
)
"""When, and which numbers are called then."""


@dataclass(frozen=True)
class Planned:
    """A call, and how the trace says it ends."""

    what: str
    to: str
    caller: str
    expected: Trace


def from_outside(stage: Stage, states: dict[str, AgentState], depth: int) -> list[Planned]:
    """Calls by the carrier, at the time that it is, to the numbers that no hours decide; the callers take turns."""
    now = datetime.now(UTC)
    found = [case for number in timeless(stage) for case in cases(stage.design, number, now, depth)]
    return [
        Planned(
            f"{case} from {caller}",
            case.number,
            caller,
            trace_from_outside(stage.design, case.number, caller, situation),
        )
        for case, caller in zip(found, cycle(OUTSIDERS), strict=False)
        for situation in [Situation(now, case.presses, states)]
    ]


def timeless(stage: Stage) -> list[str]:
    """Numbers whose calls never come to a time condition."""
    conditions = stage.design.index["time_conditions"]
    graph = stage.design.graph
    return [n for n, to in graph.entries.items() if not set(graph.reachable(to)) & set(conditions)]


class Agents:
    """Sees to it that the agents whom a call expects are free when it comes."""

    def __init__(self) -> None:
        self._busy: list[frozenset[str]] = []
        self._changed = Condition()

    @contextmanager
    def of(self, expected: Ending) -> Iterator[None]:
        names = frozenset(expected.names) if expected.kind == "agent" else frozenset()
        with self._changed:
            assert self._changed.wait_for(lambda: self._room_for(names), timeout=1600)
            self._busy.append(names)
        try:
            yield
        finally:
            with self._changed:
                self._busy.remove(names)
                self._changed.notify_all()

    def _room_for(self, names: frozenset[str]) -> bool:
        met = [busy for busy in self._busy if busy & names]
        alone = len(names) <= FEW or any(len(busy) <= FEW for busy in met)
        return not met if alone else len(met) < len(names) - 2


def live(stage: Stage, plans: Sequence[Planned]) -> list[tuple[Planned, Placed]]:
    """Place the calls, several at a time."""
    agents = Agents()
    carrier = stage.people.carrier("atlantic")

    def one(plan: Planned) -> tuple[Planned, Placed]:
        with agents.of(plan.expected.ending):
            order = stage.people.order_in(plan.to, plan.caller)
            return plan, place(carrier, order, plan.expected, stage.design, stage.sounds, stage.folder)

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        return list(pool.map(one, plans))


def told_apart(results: Sequence[tuple[Planned, Placed]]) -> list[str]:
    """The calls that ended otherwise than traced, in words."""
    return [
        f"{plan.what}: traced to {plan.expected.ending}, ended at {placed.ending}"
        for plan, placed in results
        if not same_ending(plan.expected.ending, placed.ending)
    ]


def test_calls_from_outside_end_where_the_trace_says(traced: Stage) -> None:
    results = live(traced, from_outside(traced, {}, depth=3))
    traced.counted["from outside, everybody free"] = len(results)
    assert told_apart(results) == []


def test_calls_end_where_the_trace_says_whatever_agents_do(traced: Stage) -> None:
    away = ("elena", "walt", "iris", "ben")
    states: dict[str, AgentState] = {**dict.fromkeys(away, "logged-out"), "maria": "paused", "ana": "paused"}
    traced.all_dial(away, "logout")
    traced.feature("maria", "pause", "1")
    traced.feature("ana", "pause", "2")
    try:
        results = live(traced, from_outside(traced, states, depth=2))
    finally:
        traced.all_dial(("maria", "ana"), "resume")
        traced.all_dial(away, "login")
    traced.counted["from outside, some logged out or paused"] = len(results)
    assert told_apart(results) == []


def test_calls_at_other_times_end_where_the_trace_says(traced: Stage) -> None:
    wrong, count = [], 0
    for when, numbers in MOMENTS:
        for number in numbers:
            for case in cases(traced.design, number, when, depth=1):
                expected = trace_from_outside(traced.design, number, None, Situation(when, case.presses))
                placed = traced.at_time(number, when, case.presses)
                count += 1
                if not same_ending(expected.ending, placed.ending):
                    wrong.append(f"{case}: traced to {expected.ending}, ended at {placed.ending}")
    traced.counted["by the time hook"] = count
    assert wrong == []


def test_calls_from_phones_end_where_the_trace_says(traced: Stage) -> None:
    now = datetime.now(UTC)
    wrong, count = [], 0
    for phone, digits in dialed(traced):
        expected = trace_from_phone(traced.design, phone, digits, Situation(now, (), {phone: "busy"}))
        ending = traced.ending_of_dialed(phone, digits, expected)
        count += 1
        if not same_ending(expected.ending, ending):
            wrong.append(f"{phone} dials {digits}: traced to {expected.ending}, ended at {ending}")
    traced.counted["from phones"] = count
    assert wrong == []


def test_no_agent_is_left_with_a_call(traced: Stage) -> None:
    until("no SBC believes that an agent has a call", lambda: not marked(traced))


def test_two_hundred_calls_were_compared(traced: Stage, figure: Figure) -> None:
    figure(f"trace and live call compared: {sum(traced.counted.values())} calls ({traced.counted})")
    assert sum(traced.counted.values()) >= 200


def dialed(stage: Stage) -> Iterator[tuple[str, str]]:
    """Every extension and some numbers outside, from phones with different rights."""
    for extension, path in stage.design.plan.extensions.items():
        if path.split(".")[0] in ("agents", "announcements", "rings", "voicemails"):
            phone = "ben" if path != "agents.ben" else "ana"
            yield phone, extension
    for phone in ("ben", "ana"):
        for digits in ("912125550142", "917205550142", "9011442079460123", "919005550142", "77777", "9011819012345678"):
            yield phone, digits
