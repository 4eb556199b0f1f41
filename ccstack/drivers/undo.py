"""Which deployment a rollback undoes: the last one that is not undone yet, by the records that the hosts keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .history import read


@dataclass(frozen=True, slots=True)
class Undo:
    """A deployment, and the hosts that it gave another release."""

    when: str
    """UTC, ISO 8601."""
    who: str
    back: Mapping[str, str]
    """Host to the release that it had before."""
    first: tuple[str, ...]
    """Hosts that had none before: they keep what they have."""


def last_deployment(histories: Mapping[str, Sequence[str]]) -> Undo | None:
    """The newest deployment that gave some host the release that it has now; None when no record tells of one.

    A host that a deployment left alone has nothing to undo of it, whatever it had got earlier.
    """
    stacks = {host: stack for host, lines in histories.items() if (stack := _releases(host, lines))}
    if not stacks:
        return None
    newest = max((stack[-1][1] for stack in stacks.values()), key=lambda said: str(said["when"]))
    mine = {host: stack for host, stack in stacks.items() if stack[-1][1]["id"] == newest["id"]}
    back = {host: stack[-2][0] for host, stack in mine.items() if len(stack) > 1}
    return Undo(newest["when"], newest["who"], back, tuple(host for host in mine if host not in back))


def _releases(host: str, lines: Sequence[str]) -> list[tuple[str, Mapping[str, Any]]]:
    """The releases that led to the one in place, oldest first, each with the entry that brought it."""
    stack: list[tuple[str, Mapping[str, Any]]] = []
    for said in filter(None, map(read, lines)):
        release = said.get("results", {}).get(host, {}).get("release")
        names = [name for name, _ in stack]
        if release in names:  # it was gone back to, or nothing happened
            del stack[names.index(release) + 1 :]
        elif release:
            stack.append((release, said))
    return stack
