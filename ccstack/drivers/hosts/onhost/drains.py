"""PBXs that get no new calls from this SBC: rows of a table of its script, kept for a Kamailio that restarts.

docs/architecture.md says what a row does, and has the form of the file that Kamailio imports when it starts.
"""

from __future__ import annotations

import os

from . import disk
from .ask import UnreadableError, kamailio
from .layout import Layout
from .observe import drained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

_UNIT = ("kamailio.service",)


def drain(layout: Layout, sets: Iterable[int]) -> dict[str, Any]:
    """Send these dispatcher sets no new calls."""
    wanted = sorted({*drained(_UNIT), *sets})
    _keep(layout, wanted)
    return _answer([_tried("htable.sets", "drained", str(number), "1") for number in wanted])


def undrain(layout: Layout, sets: Iterable[int]) -> dict[str, Any]:
    """Send them calls again; all of them when `sets` is empty."""
    there = drained(_UNIT)
    gone = sorted(set(sets) or there)
    _keep(layout, [number for number in there if number not in gone])
    return _answer([_tried("htable.delete", "drained", str(number)) for number in gone if number in there])


def _keep(layout: Layout, sets: list[int]) -> None:
    path = f"{layout.home}/drained.cfg"
    if sets:
        rows = "".join(f'    $sht(drained=>{number}) = "1";\n' for number in sets)
        disk.put(path, f"event_route[htable:mod-init] {{\n{rows}}}\n".encode(), 0o644)
    else:
        disk.remove(path)
    disk.sync({os.path.dirname(path)})


def _tried(method: str, *arguments: str) -> str:
    try:
        kamailio(method, *arguments)
    except UnreadableError as why:
        return str(why)
    return ""


def _answer(said: list[str]) -> dict[str, Any]:
    messages = [one for one in said if one]
    return {"ok": not messages, "drained": drained(_UNIT), "messages": messages}
