"""Which deployment a rollback undoes: the last one that is not undone yet, by the records that the hosts keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .history import read


@dataclass(frozen=True, slots=True)
class Undo:
    """A deployment, and the hosts and switches that it gave something else."""

    when: str
    """UTC, ISO 8601."""
    who: str
    back: Mapping[str, str]
    """Host to the release, switch to the configuration that it had before."""
    first: tuple[str, ...]
    """Hosts that had none before: they keep what they have."""


def last_deployment(
    histories: Mapping[str, Sequence[str]], switches: Collection[str] = (), hosts: Collection[str] | None = None
) -> Undo | None:
    """The newest deployment that gave some host (of `hosts`, if they are named) or some of these switches, of which all
    hosts keep the record, what it has now; None when no record tells of one.

    A target that a deployment left alone has nothing to undo of it, whatever it had got earlier.
    """
    asked = {host: lines for host, lines in histories.items() if hosts is None or host in hosts}
    stacks = {host: stack for host, lines in asked.items() if (stack := _releases(host, lines))}
    entries = _merged(histories.values()) if switches else []
    stacks |= {switch: stack for switch in switches if (stack := _states(switch, entries))}
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


def _merged(histories: Iterable[Sequence[str]]) -> list[Mapping[str, Any]]:
    """Every entry that some host keeps, once, oldest first."""
    found = {said["id"]: said for lines in histories for said in filter(None, map(read, lines)) if "id" in said}
    return sorted(found.values(), key=lambda said: str(said["when"]))


def _states(switch: str, entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, Mapping[str, Any]]]:
    """The configurations that led to the one in place, oldest first, each with the entry that brought it; none when
    what is in place came from no entry. What was there before a push was not always brought by one."""
    stack: list[tuple[str, Mapping[str, Any] | None]] = []
    for said in entries:
        result = said.get("results", {}).get(switch, {})
        before, now = result.get("before"), result.get("release") or "not known"
        if not before or before == now:
            continue
        if [name for name, _ in stack[-1:]] != [before]:
            stack.append((before, None))
        names = [name for name, _ in stack]
        stack = stack[: names.index(now) + 1] if now in names else [*stack, (now, said)]
    if not stack or stack[-1][1] is None:
        return []
    return [(name, said or stack[-1][1]) for name, said in stack]
