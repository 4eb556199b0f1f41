"""All that an object of the center touches: files with their lines, and artifacts, on every host and switch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from ccstack.render.state import DesiredState, File, Line, slots_in


@dataclass(frozen=True, slots=True)
class Touched:
    """A file on a host, or a switch's configuration, that an object touches. An artifact has no lines."""

    host: str
    """The host or switch."""
    path: str
    ranges: tuple[tuple[int, int], ...] = ()
    """First and last line of each run of lines, counted from 1."""
    rules: tuple[str, ...] = ()
    """The rules that made the lines, or the artifact."""


def touched_by(path: str, state: DesiredState) -> Iterator[Touched]:
    """What comes from the object (or part of one) at `path`, host by host, by path; then switch by switch."""
    for host in state.hosts:
        found = [one for file in host.files if (one := _in_file(path, host.name, file))]
        found += [
            Touched(host.name, made.path, rules=(made.source.rule,))
            for made in host.artifacts
            if _lies_in(made.source.path, path)
        ]
        yield from sorted(found, key=lambda one: one.path)
    yield from (one for switch in state.switches if (one := _in_file(path, switch.name, switch.file)))


def _in_file(path: str, host: str, file: File) -> Touched | None:
    numbers = [number for number, line in enumerate(file.lines, 1) if _comes_from(line, path)]
    if not numbers:
        return None
    rules = dict.fromkeys(file.lines[number - 1].source.rule for number in numbers)
    return Touched(host, file.path, tuple(_runs(numbers)), tuple(rules))


def _comes_from(line: Line, path: str) -> bool:
    """Whether the object made the line, or a secret of the object stands in it."""
    return _lies_in(line.source.path, path) or any(_lies_in(slot.path, path) for slot in slots_in(line.text))


def _lies_in(path: str, outer: str) -> bool:
    return path == outer or path.startswith(f"{outer}.")


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    known = list(numbers)
    breaks = [0, *(i for i, (one, other) in enumerate(pairwise(known), 1) if other != one + 1), len(known)]
    for begin, end in pairwise(breaks):
        yield known[begin], known[end - 1]
