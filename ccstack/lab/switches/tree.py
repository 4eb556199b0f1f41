"""A configuration as a tree: what a running configuration shows, whatever was typed to get there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any


@dataclass(slots=True)
class Node:
    """A line and what stands below it, by the words that name each setting."""

    text: str = ""
    place: int = 0
    turn: int = 0
    section: bool = False
    ordered: bool = False
    children: dict[str, Node] = field(default_factory=dict)

    def clone(self) -> Node:
        """A copy that shares nothing."""
        below = {key: child.clone() for key, child in self.children.items()}
        return Node(self.text, self.place, self.turn, self.section, self.ordered, below)

    def get(self, *path: str) -> Node | None:
        """What stands at `path`, or None."""
        node: Node | None = self
        for key in path:
            node = node.children.get(key) if node else None
        return node

    def put(self, key: str, text: str, place: int, *, section: bool = False, ordered: bool = False) -> Node:
        """Set the line of a setting; what is below it stays, and so does its place among those shown as typed."""
        old = self.children.get(key)
        if old is None:
            turn = 1 + max((child.turn for child in self.children.values()), default=0) if ordered else 0
            old = self.children[key] = Node(turn=turn)
        old.text, old.place, old.section, old.ordered = text, place, section, ordered
        return old

    def as_data(self) -> dict[str, Any]:
        """As JSON has it."""
        below = {key: child.as_data() for key, child in self.children.items()}
        return {"is": [self.text, self.place, self.turn, self.section, self.ordered], "below": below}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Node:
        """What `as_data` gave."""
        below = {key: cls.from_data(child) for key, child in data["below"].items()}
        text, place, turn, section, ordered = data["is"]
        return cls(text, place, turn, section, ordered, below)

    def shown(self) -> Iterator[tuple[str, Node]]:
        """What is below, in the order in which it is shown."""
        return iter(sorted(self.children.items(), key=lambda item: _order(item[1])))


def _order(node: Node) -> tuple[int, int, tuple[Part, ...]]:
    return node.place, node.turn, () if node.ordered else natural(node.text)


Part = tuple[int, int, str]


@lru_cache(maxsize=4096)
def natural(text: str) -> tuple[Part, ...]:
    """A sort key under which numbers in a text count as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", text)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
