"""What phones are told whose files are others now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ccstack.drivers.base import say
from ccstack.drivers.hosts import HostResult

from .reach import Reached

if TYPE_CHECKING:
    from ccstack.design import Design


def tell_phones(within: Reached, design: Design, hosts: Mapping[str, HostResult]) -> None:
    """Have SBCs tell the phones whose files changed on these hosts to fetch them. Who cannot be told is said: such a
    phone has its new configuration when it starts."""
    lines = _lines(design, {path for one in hosts.values() if one.status == "changed" for path in one.changed_files})
    for sbcs, names in lines.items():
        deaf = within.driver.resync(names, sbcs)
        what = f"phones of {', '.join(names[:5])}{' and others' if len(names) > 5 else ''} ({len(names)})"
        how = "told to fetch their files" if deaf is None else f"not told of their files: {deaf.why}"
        say(within.watch, "", "note", f"{what}: {how}")


def _lines(design: Design, changed: Iterable[str]) -> dict[tuple[str, ...], list[str]]:
    """Lines whose phones have one of these files, by the SBCs where they register."""
    if not design.wiring.seats or not changed:
        return {}
    from ccstack.render.phones import files_of

    paths, found = set(changed), dict[tuple[str, ...], list[str]]()
    for seat in design.wiring.seats.values():
        if seat.line is not None and paths.intersection(files_of(seat)):
            found.setdefault(seat.sbcs, []).append(seat.line.name)
    return found
