"""Releases that stay on the host."""

from __future__ import annotations

import os

from . import disk
from .layout import TRYING, Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

KEPT = 5
"""How many releases stay on the host."""


def read_record(layout: Layout) -> dict[str, Any]:
    """The record of the release in place; empty on a host that never had one."""
    return disk.read_json(layout.state)


def releases(layout: Layout) -> list[str]:
    """The releases that are kept, newest first."""
    try:
        names = [name for name in os.listdir(layout.releases) if not name.startswith(".")]
    except FileNotFoundError:
        return []
    return sorted(names, key=lambda name: os.stat(layout.release(name)).st_mtime, reverse=True)


def prune(layout: Layout, gone: Iterable[str] = ()) -> None:
    """Clear the releases in `gone`, and all but the last few."""
    record = read_record(layout)
    safe = {record.get("release"), record.get("before")}
    others = [name for name in releases(layout) if name not in safe]
    for name in {*gone, *others[max(0, KEPT - len(safe)) :]}:
        # Under another name first: half a release must not look like one.
        os.rename(layout.release(name), layout.release(f".gone-{name}"))
        disk.clear(layout.release(f".gone-{name}"))


def clear_halves(layout: Layout) -> None:
    """Clear what an interruption left of releases that were being staged, tried out or cleared."""
    for name in os.listdir(layout.releases):
        if name.startswith("."):
            disk.clear(layout.release(name))
    for name in os.listdir(layout.home):
        if name.startswith(TRYING):
            # Where only its parent was killed, a try-out still comes to its end: then whoever comes next clears it.
            try:
                disk.clear(f"{layout.home}/{name}")
            except OSError:
                continue
