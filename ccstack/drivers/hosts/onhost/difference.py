"""What is not yet as a release wants it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from . import disk
from .layout import Layout
from .manifest import Entry, Manifest
from .place import Standing, standing


@dataclass(frozen=True)
class Difference:
    """What an activation has to change."""

    changed: tuple[Entry, ...]
    """Content, owner or mode are others."""
    unplaced: tuple[Entry, ...]
    """Right, but something else stands where ccstack's link or copy belongs."""
    leaving: tuple[str, ...]
    """Paths of the release before that are wanted no more."""
    classes: frozenset[str]
    """How processes take over what changes."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that change."""
        return tuple(sorted({*(entry.path for entry in (*self.changed, *self.unplaced)), *self.leaving}))


def difference(layout: Layout, manifest: Manifest, record: Mapping[str, Any]) -> Difference:
    """Compare the host with `manifest`; `record` is of the release in place."""
    noted = disk.read_json(f"{layout.home}/seen.json")
    there = {entry.path: standing(layout, entry.path, noted) for entry in manifest.files}
    changed = tuple(entry for entry in manifest.files if not _is_right(entry, there[entry.path]))
    right = (entry for entry in manifest.files if _is_right(entry, there[entry.path]))
    unplaced = tuple(entry for entry in right if not _is_placed(there[entry.path]))
    before: Mapping[str, Any] = record.get("files", {})
    leaving = tuple(p for p in sorted(before) if p not in manifest.paths and os.path.lexists(layout.at(p)))
    classes = {entry.apply for entry in changed} | {str(before[path]["apply"]) for path in leaving}
    return Difference(changed, unplaced, leaving, frozenset(classes))


def _is_right(entry: Entry, there: Standing | None) -> bool:
    return there is not None and there.has({**asdict(entry), "mode": f"{entry.mode:o}"})


def _is_placed(there: Standing | None) -> bool:
    return there is not None and there.placed
