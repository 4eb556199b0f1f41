"""Which of the center's own numbers each host calls when it tries a release out.

Every PBX has the whole center's dialplan. Where all of them try theirs out before the first is changed, a number need
not be called on every one: the home that its calls come to calls it, and one more, from which they are sent there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ccstack.render.state import lot

CALLERS = 2
"""Hosts that call a number which has a home: that one, if it is among them."""

Door = tuple[str, str, str]
"""See `Expectation.doors`."""


def shares(doors: Mapping[str, Sequence[Door]]) -> dict[str, list[tuple[str, str]]]:
    """Contexts and numbers that each host calls, of all that it has; for hosts that try out together."""
    hosts: dict[Door, list[str]] = {}
    for host, its in doors.items():
        for door in its:
            hosts.setdefault(door, []).append(host)
    found: dict[str, list[tuple[str, str]]] = {host: [] for host in doors}
    for door, having in hosts.items():
        for host in _callers(door, having):
            found[host].append(door[:2])
    return found


def _callers(door: Door, hosts: Sequence[str]) -> Sequence[str]:
    _context, number, home = door
    if not home:
        return hosts
    return sorted(hosts, key=lambda host: (host != home, lot(host, number)))[:CALLERS]
