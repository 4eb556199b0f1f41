"""Where calls can go: destinations as nodes, each way out of them as an edge."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ccstack.model.agent import Agent
from ccstack.model.base import DESTINATIONS
from ccstack.model.destinations import Announcement, External, Ring, Voicemail
from ccstack.model.hours import TimeCondition
from ccstack.model.menu import Menu
from ccstack.model.queue import Queue

from .index import Index, path_of

Why = Literal[
    "key", "collected", "timeout", "invalid", "open", "closed", "holiday", "overflow", "full", "no_agents", "then"
]


@dataclass(frozen=True, slots=True)
class Edge:
    """One way from a destination to the next."""

    why: Why
    to: str
    """Name of the next destination."""
    key: str = ""
    """The key, for a menu's option."""


@dataclass(frozen=True, slots=True)
class CallGraph:
    """Edges by destination name. Names that dangle are left out."""

    edges: dict[str, tuple[Edge, ...]]
    paths: dict[str, str]
    """Destination name to object path."""
    entries: dict[str, str]
    """DID to the name of its first destination."""

    def reachable(self, start: str) -> tuple[str, ...]:
        """Every destination that a call to `start` can come to, `start` first, in breadth-first order."""
        seen = {start: None}
        queue = [start]
        for name in queue:
            for edge in self.edges.get(name, ()):
                if edge.to not in seen:
                    seen[edge.to] = None
                    queue.append(edge.to)
        return tuple(seen)


def build_call_graph(index: Index) -> CallGraph:
    """Work out the graph of all destinations."""
    items = {name: item for collection in DESTINATIONS for name, item in index[collection].items()}
    edges = {name: tuple(e for e in _edges(item) if e.to in items) for name, item in items.items()}
    entries = {n: number.to for n, number in index["numbers"].items() if number.to in items}
    return CallGraph(edges, {name: path_of(item) for name, item in items.items()}, entries)


def _edges(item: Any) -> Iterator[Edge]:
    match item:
        case Menu():
            yield from _menu(item)
        case TimeCondition():
            yield Edge("open", item.open)
            yield Edge("closed", item.closed)
            yield Edge("holiday", item.holiday or item.closed)
        case Queue():
            ways: tuple[tuple[Why, str | None], ...] = (
                ("overflow", item.overflow),
                ("full", item.when_full or item.overflow),
                ("no_agents", item.when_no_agents or item.overflow),
            )
            yield from (Edge(why, to) for why, to in ways if to)
        case Announcement() | Ring() | External():
            if item.then:
                yield Edge("then", item.then)
        case Agent():
            if item.voicemail:
                yield Edge("then", item.voicemail)
        case Voicemail():
            return


def _menu(menu: Menu) -> Iterator[Edge]:
    for key, option in menu.options.items():
        yield Edge("key", option.to, key)
    if menu.collect:
        yield Edge("collected", menu.collect.to)
    if menu.on_timeout:
        yield Edge("timeout", menu.on_timeout)
    if menu.on_invalid:
        yield Edge("invalid", menu.on_invalid)
