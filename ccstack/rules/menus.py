"""Menus and the ways between destinations: no circles, and a human within reach."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from ccstack.design import Design
from ccstack.design.callgraph import Edge
from ccstack.design.index import path_of
from ccstack.design.prompts import prompt_key
from ccstack.model import Agent, Announcement, External, Menu, Queue, Ring, TimeCondition, Voicemail
from ccstack.model.base import DESTINATIONS

from .dialing import extended
from .rule import Hit, count, listed, rule

MAX_STEPS = 3
"""So many choices may lie between a menu and a human."""

MAX_OPTIONS = 7
"""So many options people remember while they listen."""

_SAID_KEY = re.compile(r"\b(?:press|oprima|marque|presione|pulse)(?: el)? ([0-9])\b", re.IGNORECASE)
_CHOSEN = {"key", "collected"}
_OUT_OF_HOURS = {"closed", "holiday", "overflow", "full", "no_agents", "timeout", "invalid", "then"}


def _menus(design: Design) -> Iterator[Menu]:
    yield from design.index["menus"].values()


@rule(
    "CC801",
    "menu-without-choices",
    "error",
    wrong="A menu offers nothing: no options, nothing to collect, no direct dialing.",
    reason="Every key is wrong and every silence runs out; the caller is only kept.",
    remedy="Add `options`, or use an announcement.",
)
def menu_without_choices(design: Design) -> Iterator[Hit]:
    """An announcement says something and goes on."""
    for menu in _menus(design):
        if not menu.options and menu.collect is None and not menu.direct_dial:
            yield Hit(f"{path_of(menu)}.options", menu, "there is nothing to choose")


@rule(
    "CC802",
    "menu-collects-and-offers",
    "error",
    wrong="A menu collects digits and also has options or direct dialing.",
    reason="A menu that collects takes every digit for the number, so options and extensions are never reached.",
    remedy="Make two menus.",
    sources=("docs/call-semantics.md, menu with collect",),
)
def menu_collects_and_offers(design: Design) -> Iterator[Hit]:
    """`collect` comes instead of keys."""
    for menu in _menus(design):
        if menu.collect and (menu.options or menu.direct_dial):
            other = f"options {listed(list(menu.options))}" if menu.options else "direct dialing"
            yield Hit(f"{path_of(menu)}.collect", menu, f"it collects `{menu.collect.name}`, and has {other}")


@rule(
    "CC803",
    "menu-key-waits",
    "info",
    wrong="A menu with direct dialing has an option whose key begins an extension.",
    reason="After that key the caller waits three seconds, until it is clear that no extension follows.",
    remedy="Use keys with which no extension begins, or turn direct dialing off.",
    sources=("docs/call-semantics.md, menu",),
)
def menu_key_waits(design: Design) -> Iterator[Hit]:
    """One finding a menu."""
    begins = {extension[0] for _, extension in extended(design)}
    for menu in _menus(design):
        slow = sorted(begins & set(menu.options)) if menu.direct_dial else []
        if slow:
            yield Hit(f"{path_of(menu)}.options", menu, f"extensions begin with {listed(slow)}, too")


@rule(
    "CC804",
    "menu-loop",
    "error",
    wrong="A caller who says nothing, or presses only wrong keys, goes round in menus forever.",
    reason="Such a call never ends: it holds a channel of the trunk until the carrier gives up.",
    remedy="Let `on_timeout` or `on_invalid` of one of the menus end the call, or send it to a queue or voicemail.",
)
def menu_loop(design: Design) -> Iterator[Hit]:
    """Circles of ways that a call takes without the caller's choice, through a menu and no queue."""
    for circle in _circles(design):
        kinds = [type(design.index.destination(name)) for name in circle]
        if Menu in kinds and Queue not in kinds:
            yield _told(circle, "menus", design)


@rule(
    "CC805",
    "overflow-cycle",
    "error",
    wrong="Queues, ring groups, announcements or time conditions send calls to each other in a circle.",
    reason="A caller goes round until somebody gives up; where queues are full, as fast as the PBX can.",
    remedy="Let the last one lead to a voicemail or an announcement.",
)
def overflow_cycle(design: Design) -> Iterator[Hit]:
    """A circle in which a menu offers a way out by a key is a choice, not a trap."""
    for circle in _circles(design):
        items = [design.index.destination(name) for name in circle]
        menus = [m for m in items if isinstance(m, Menu)]
        waits = any(isinstance(i, Queue) for i in items)
        offers = any(option.to not in circle for menu in menus for option in menu.options.values())
        if (waits or not menus) and not offers:
            yield _told(circle, "", design)


def _told(circle: tuple[str, ...], field: str, design: Design) -> Hit:
    item: Any = design.index.destination(circle[0])
    way = " → ".join((*circle, circle[0]))
    return Hit(path_of(item), item, f"{way} has no way out" if field else f"{way} goes round")


def _circles(design: Design) -> list[tuple[str, ...]]:
    """One shortest circle of ways without a choice for each group of destinations that has one."""
    ways = {
        name: [e.to for e in edges if e.why not in _CHOSEN]
        for name, edges in design.graph.edges.items()
        if not _ambiguous(name, design)
    }
    circles = []
    for group in _groups(ways):
        start = min(group, key=list(ways).index)
        circles.append(_shortest_circle(start, ways, group))
    return circles


def _ambiguous(name: str, design: Design) -> bool:
    """Names of two destinations have a rule of their own; here they would make circles that are none."""
    return sum(name in design.index[c] for c in DESTINATIONS) > 1


def _groups(ways: dict[str, list[str]]) -> list[set[str]]:
    """Destinations that reach each other: what is left when those without a way in or out are taken away, by reach."""
    core = _trimmed(ways)
    groups: list[set[str]] = []
    for name in core:
        if not any(name in g for g in groups):
            group = {n for n in _reach(name, core) if name in _reach(n, core)}
            if group:
                groups.append(group)
    return groups


def _trimmed(ways: dict[str, list[str]]) -> dict[str, list[str]]:
    """Without all that no circle can pass: large centers become small here."""
    core = {name: list(dict.fromkeys(to)) for name, to in ways.items() if to}
    while dead := [n for n, to in core.items() if not any(t in core for t in to)]:
        for name in dead:
            del core[name]
    return {n: [t for t in to if t in core] for n, to in core.items()}


def _reach(start: str, ways: dict[str, list[str]]) -> set[str]:
    found: set[str] = set()
    pending = list(ways[start])
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += ways[name]
    return found


def _shortest_circle(start: str, ways: dict[str, list[str]], group: set[str]) -> tuple[str, ...]:
    pending: deque[tuple[str, ...]] = deque([(start,)])
    while pending:
        path = pending.popleft()
        for name in ways[path[-1]]:
            if name == start:
                return path
            if name in group and name not in path:
                pending.append((*path, name))
    raise AssertionError(f"{start} is in no circle")


@rule(
    "CC806",
    "no-human-within-three-steps",
    "warning",
    wrong="From a menu, no human can be reached within three choices.",
    reason="Callers whom the menus do not fit give up, or call again and again.",
    remedy="Offer a way to a queue, a ring group or an agent, for instance by `0`.",
)
def no_human_in_reach(design: Design) -> Iterator[Hit]:
    """Humans are agents, queues, ring groups and transfers outside; out of hours a mailbox is one, too."""
    by_day = _reached_by_day(design)
    for menu in _menus(design):
        humans = (Agent, Queue, Ring, External) if menu.name in by_day else (Agent, Queue, Ring, External, Voicemail)
        has_ways = bool(design.graph.edges[menu.name]) and not menu.direct_dial
        if has_ways and not _within(menu.name, humans, design):
            yield Hit(path_of(menu), menu, f"no agent, queue, ring group or transfer within {MAX_STEPS} choices")


def _reached_by_day(design: Design) -> set[str]:
    """Destinations that calls come to by choice in open hours; all others are for when nobody is there."""
    pending, found = list(design.graph.entries.values()), set[str]()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [e.to for e in design.graph.edges[name] if _by_day(e, design.index.destination(name))]
    return found


def _by_day(edge: Edge, item: Any) -> bool:
    return edge.why not in _OUT_OF_HOURS or isinstance(item, Announcement)


def _within(start: str, humans: tuple[type, ...], design: Design) -> bool:
    """Breadth first; only menus cost a step."""
    pending, seen = deque([(start, 0)]), set[str]()
    while pending:
        name, steps = pending.popleft()
        item = design.index.destination(name)
        if isinstance(item, humans):
            return True
        steps += isinstance(item, Menu)
        if name not in seen and steps <= MAX_STEPS:
            seen.add(name)
            add = pending.append if isinstance(item, Menu) else pending.appendleft
            for edge in design.graph.edges[name]:
                add((edge.to, steps))
    return False


@rule(
    "CC807",
    "too-many-options",
    "info",
    wrong="A menu has more than seven options.",
    reason="Callers forget the first while they hear the last, and choose wrong.",
    remedy="Split it into two menus.",
)
def too_many_options(design: Design) -> Iterator[Hit]:
    """What is said takes time."""
    for menu in _menus(design):
        if len(menu.options) > MAX_OPTIONS:
            yield Hit(f"{path_of(menu)}.options", menu, count(len(menu.options), "option"))


@rule(
    "CC808",
    "unreachable",
    "warning",
    wrong="No number, extension or other destination leads to a destination.",
    reason="Nobody ever comes there; probably a line that should lead there is missing.",
    remedy="Send a number, an option or an overflow there, give it an extension, or delete it.",
)
def unreachable(design: Design) -> Iterator[Hit]:
    """From public numbers, and from extensions dialed inside. Agents have one by definition."""
    pending = [*design.graph.entries.values(), *(p.partition(".")[2] for p in design.plan.extensions.values())]
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += [e.to for e in design.graph.edges.get(name, ())]
    for name, path in design.graph.paths.items():
        if name not in found and not path.startswith("agents."):
            item: Any = design.index.destination(name)
            yield Hit(path, item, "no number, extension or other destination leads here")


@rule(
    "CC809",
    "condition-twice",
    "warning",
    wrong="A time condition leads to another one with the same hours.",
    reason="The second decides what is already decided: one of its ways is never taken.",
    remedy="Lead to what the second one would choose.",
)
def condition_twice(design: Design) -> Iterator[Hit]:
    """Directly one after the other."""
    for name, first in design.index["time_conditions"].items():
        for edge in design.graph.edges.get(name, ()):
            second = design.index.destination(edge.to)
            if isinstance(second, TimeCondition) and second.hours == first.hours and second is not first:
                message = f"`{edge.to}` asks for `{first.hours}` again"
                yield Hit(f"{path_of(first)}.{edge.why}", first, message)


@rule(
    "CC810",
    "said-key-missing",
    "warning",
    wrong="A menu's prompt tells callers to press a key that is no option of the menu.",
    reason="Who presses it is told that the key is wrong.",
    remedy="Add the option, or correct the prompt.",
)
def said_key_missing(design: Design) -> Iterator[Hit]:
    """In English and Spanish texts, one finding a menu. Digits that are collected or dialed are no options."""
    for menu in _menus(design):
        prompt = design.prompts.get(prompt_key(menu, "prompt") or "")
        said = {key for text in (prompt.text.values() if prompt else ()) for key in _SAID_KEY.findall(text)}
        missing = sorted(said - set(menu.options))
        if missing and menu.options and not menu.direct_dial:
            yield Hit(f"{path_of(menu)}.options", menu, f"the prompt speaks of {listed(missing)}")
