"""Which minutes of a year lead somewhere, who works in them, and when calls come to a queue.

Each answer is a set of minutes, held as the bits of a number (see `minutes.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ccstack.design import Design
from ccstack.model import Agent, Announcement, Menu, PublicHolidays, Queue, Ring, TimeCondition

from .minutes import States, Year, coarsest_slot, states

DEFAULT_YEAR: int = PublicHolidays.model_fields["first_year"].default
"""Looked at where no hours name a year."""

_AFTER_WAITING = {"overflow", "full", "no_agents"}
"""Ways out of a queue: they promise nobody that the next queue is open."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A year of the center."""

    year: Year
    states: Mapping[str, States]
    """By hours."""
    at_work: Mapping[str, int]
    """By agent, ring and queue: when at least one of its agents works. Queues without agents are left out."""


def years(design: Design) -> tuple[Year, ...]:
    """Every year for which the blueprint dates anything."""
    dated = {special.day.year for calendar in design.calendars.values() for special in calendar.special}
    found = sorted(dated or {DEFAULT_YEAR})
    slot = coarsest_slot(design.calendars.values(), found)
    return tuple(Year.of(year, slot) for year in found)


def survey(design: Design, year: Year) -> Survey:
    """Work out who works when in `year`."""
    found = {name: states(calendar, year) for name, calendar in design.calendars.items()}
    hours = {n: a.hours if a.hours in found else None for n, a in design.index["agents"].items()}
    groups = {n: [n] for n in hours} | {n: r.agents for n, r in design.index["rings"].items()}
    groups |= {n: [x.agent for x in m.members] for n, m in design.memberships.items() if m.members}
    at_work = {
        name: _any_open({hours[a] for a in agents if a in hours}, found, year) for name, agents in groups.items()
    }
    return Survey(year, found, at_work)


def _any_open(names: set[str | None], found: Mapping[str, States], year: Year) -> int:
    """None stands for agents who always work, also those whose hours do not exist: that is told elsewhere."""
    return year.all if None in names else _together(found[n].open for n in names if n is not None)


def _together(masks: Iterable[int]) -> int:
    together = 0
    for mask in masks:
        together |= mask
    return together


def leads_somewhere(design: Design, found: Survey) -> dict[str, int]:
    """For every destination, the minutes in which a call to it reaches an agent, a mailbox, or something said.

    The least solution: a circle of destinations that only send calls to each other leads nowhere.
    """
    good = dict.fromkeys(design.graph.paths, 0)
    pending = list(good)
    callers: dict[str, list[str]] = {}
    for name, edges in design.graph.edges.items():
        for edge in edges:
            callers.setdefault(edge.to, []).append(name)
    while pending:
        name = pending.pop()
        now = _good(design.index.destination(name), name, good, found, design)
        if now != good[name]:
            good[name] = now
            pending += callers.get(name, ())
    return good


def _good(item: Any, name: str, good: Mapping[str, int], found: Survey, design: Design) -> int:
    every = found.year.all

    def to(target: str | None) -> int:
        return 0 if target is None else good.get(target, every)

    match item:
        case TimeCondition():
            s = found.states.get(item.hours, States(every, 0))
            closed = every & ~(s.open | s.holiday)
            return s.open & to(item.open) | closed & to(item.closed) | s.holiday & to(item.holiday or item.closed)
        case Queue():
            return found.at_work.get(name, every) | to(item.overflow) | to(item.when_no_agents)
        case Ring():
            return found.at_work[name] | to(item.then)
        case Agent():
            return found.at_work[name] | to(item.voicemail)
        case Announcement() if item.then:
            return to(item.then)
        case Menu() if design.graph.edges[name] and not item.direct_dial:
            return _together(good[edge.to] for edge in design.graph.edges[name])
    return every


def promised(design: Design, found: Survey) -> dict[str, int]:
    """For every destination, the minutes in which a public number leads to it other than out of a queue."""
    reached = dict.fromkeys(design.graph.paths, 0)
    pending = [(entry, found.year.all) for entry in design.graph.entries.values()]
    while pending:
        name, mask = pending.pop()
        new = mask & ~reached[name]
        if new:
            reached[name] |= new
            item = design.index.destination(name)
            for edge in design.graph.edges[name]:
                if edge.why not in _AFTER_WAITING:
                    pending.append((edge.to, new & _when(item, edge.why, found)))
    return reached


def _when(item: Any, why: str, found: Survey) -> int:
    """The minutes in which a time condition sends calls this way; any other destination does at every minute."""
    if not isinstance(item, TimeCondition) or item.hours not in found.states:
        return found.year.all
    s = found.states[item.hours]
    return {"open": s.open, "holiday": s.holiday}.get(why, found.year.all & ~(s.open | s.holiday))
