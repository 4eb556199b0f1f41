"""Interfaces that get the same lines, configured together: `interface range` (Cisco IOS Interface Configuration Guide).

A switch takes each line once instead of once a port: most of the time that a first push takes is spent so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

_OWN = "description "
"""Begins a line that differs from port to port."""
_MOST = 5
"""Ranges that one line may name."""


def with_ranges(lines: Sequence[str]) -> list[str]:
    """`lines` with neighbouring interfaces put together that get the same. Nothing else changes its place."""
    made: list[str] = []
    sections = groupby(_sections(lines), key=lambda section: section[0].startswith("interface "))
    for are_interfaces, group in sections:
        made += _together(list(group)) if are_interfaces else [line for section in group for line in section]
    return made


def _sections(lines: Sequence[str]) -> Iterator[list[str]]:
    section: list[str] = []
    for line in lines:
        if section and not line.startswith(" "):
            yield section
            section = []
        section.append(line)
    if section:
        yield section


def _together(sections: Sequence[list[str]]) -> Iterator[str]:
    """Several at once where that is less; what is each one's own follows."""
    groups: dict[tuple[str, ...], list[list[str]]] = {}
    for section in sections:
        shared = tuple(line for line in section[1:] if not line.strip().startswith(_OWN))
        groups.setdefault(shared, []).append(section)
    for shared, members in groups.items():
        if len(members) < 2 or not shared or len({member[0] for member in members}) < len(members):
            yield from (line for member in members for line in member)
            continue
        own = [[line for line in member[1:] if line not in shared] for member in members]
        are_alike = all(one == own[0] for one in own)
        for header in _headers([member[0].removeprefix("interface ") for member in members]):
            yield header
            yield from shared
            yield from own[0] if are_alike else ()
        if not are_alike:
            yield from (
                line for member, lines in zip(members, own, strict=True) if lines for line in (member[0], *lines)
            )


def _headers(interfaces: Sequence[str]) -> Iterator[str]:
    """`interface range Gi1/0/1 - 4 , Gi1/0/7`: the lines that open them all."""
    spans: list[tuple[str, int, int]] = []
    for interface in interfaces:
        match = re.fullmatch(r"(.*\D)(\d+)", interface)
        assert match, interface
        prefix, number = match[1], int(match[2])
        if spans and spans[-1][0] == prefix and spans[-1][2] == number - 1:
            spans[-1] = (prefix, spans[-1][1], number)
        else:
            spans.append((prefix, number, number))
    for start in range(0, len(spans), _MOST):
        named = [
            f"{p}{first} - {last}" if last > first else f"{p}{first}" for p, first, last in spans[start : start + _MOST]
        ]
        yield f"interface range {' , '.join(named)}" if len(named) > 1 or " - " in named[0] else f"interface {named[0]}"
