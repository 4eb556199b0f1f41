"""Releases that stay on the host."""

from __future__ import annotations

import os
from collections.abc import Iterable

from . import disk
from .layout import Layout
from .observe import read_record, releases

KEPT = 5
"""How many releases stay on the host."""


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
    """Clear what an interruption left of releases that were being staged or cleared."""
    for name in os.listdir(layout.releases):
        if name.startswith("."):
            disk.clear(layout.release(name))
