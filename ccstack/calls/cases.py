"""Calls worth placing, made from the design: every way through the menus that a caller can take in a few keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ccstack.design import Design
from ccstack.model.destinations import Announcement
from ccstack.model.hours import TimeCondition
from ccstack.model.menu import Menu
from ccstack.model.queue import Queue

from .trace import SILENCE

KEYS = "1234567890*#"


@dataclass(frozen=True, slots=True)
class Case:
    """A call to place: a number, what is pressed, and when."""

    number: str
    presses: tuple[str, ...]
    at: datetime

    def __str__(self) -> str:
        return f"{self.number} {' '.join(self.presses) or 'no key'} at {self.at:%Y-%m-%d %H:%M %Z}"


def cases(design: Design, number: str, at: datetime, depth: int = 3) -> tuple[Case, ...]:
    """Every way through the menus behind `number` at the time `at` with at most `depth` groups of keys."""
    entry = design.graph.entries.get(number)
    if entry is None:
        return (Case(number, (), at),)
    ways = dict.fromkeys(_ways(design, entry, at, depth, frozenset()))
    return tuple(Case(number, presses, at) for presses in ways)


def _ways(design: Design, name: str, at: datetime, depth: int, seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
    item = design.index.destination(name)
    if name in seen or item is None:
        yield ()
        return
    seen |= {name}
    match item:
        case TimeCondition():
            yield from _ways(design, _branch(design, item, at), at, depth, seen)
        case Announcement() if item.then:
            yield from _ways(design, item.then, at, depth, seen)
        case Menu() if depth > 0:
            yield from _menu_ways(design, item, at, depth, seen)
        case Queue() if item.recording:
            yield ()
            if key := design.index["recordings"][item.recording].refuse_key:
                yield (key,)
        case _:
            yield ()


def _branch(design: Design, item: TimeCondition, at: datetime) -> str:
    state = design.calendars[item.hours].at(at)
    return {"open": item.open, "closed": item.closed, "holiday": item.holiday or item.closed}[state]


def _menu_ways(design: Design, menu: Menu, at: datetime, depth: int, seen: frozenset[str]) -> Iterator[tuple[str, ...]]:
    yield (SILENCE,) * menu.max_timeouts
    if menu.collect:
        digits = KEYS[: menu.collect.digits].ljust(menu.collect.digits, "5")
        yield from _behind(design, digits, menu.collect.to, at, depth, seen)
        return
    for key, option in menu.options.items():
        yield from _behind(design, key, option.to, at, depth, seen)
    wrong = next((k for k in KEYS if k not in menu.options and not _begins_extension(design, menu, k)), None)
    if wrong:
        yield (wrong,) * menu.max_invalid
        first = next(iter(menu.options.items()), None)
        if first:
            yield from _behind(design, wrong, first[1].to, at, depth, seen, then=first[0])
    if menu.direct_dial and (extension := _some_extension(design)):
        yield (extension,)


def _behind(
    design: Design, pressed: str, to: str, at: datetime, depth: int, seen: frozenset[str], then: str | None = None
) -> Iterator[tuple[str, ...]]:
    head = (pressed,) if then is None else (pressed, then)
    for rest in _ways(design, to, at, depth - 1, seen):
        yield head + rest


def _begins_extension(design: Design, menu: Menu, key: str) -> bool:
    return menu.direct_dial and any(e.startswith(key) for e in design.plan.extensions)


def _some_extension(design: Design) -> str | None:
    agents: dict[str, Any] = design.index["agents"]
    return next((a.extension for a in agents.values()), None)
