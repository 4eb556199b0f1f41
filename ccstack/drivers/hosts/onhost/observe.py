"""One look at the host: what stands at the managed paths, how the units are, what the processes say. Writes nothing."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from . import foreign, readback
from .layout import Layout
from .manifest import Entry, Expected
from .place import standing
from .units import unit_states


def observe(layout: Layout, request: dict[str, Any]) -> dict[str, Any]:
    """Answer a request of the controller.

    `request` has `files` (as in a manifest), `units`, `expect`, `hosts` (the /etc/hosts to come) and `key`, which the
    hashes are made with: a fresh one each time, so that no hash says anything to anybody else.
    """
    entries = tuple(Entry(**{**entry, "mode": int(entry["mode"], 8)}) for entry in request["files"])
    units = tuple(request["units"])
    record = read_record(layout)
    managed = frozenset(record.get("files", {}))
    key = bytes.fromhex(request["key"])
    seen = {path: standing(layout.at(path), key) for path in sorted({entry.path for entry in entries} | managed)}
    return {
        "release": record.get("release"),
        "blueprint": record.get("blueprint"),
        "bootstrap": _text(layout, "bootstrap"),
        "managed": sorted(managed),
        "foreign": foreign.foreign(layout, entries, managed, request["hosts"]),
        "files": {path: there and asdict(there) for path, there in seen.items()},
        "units": {name: asdict(state) for name, state in unit_states(units).items()},
        "runtime": readback.problems(Expected.of(request["expect"]), units),
    }


def read_record(layout: Layout) -> dict[str, Any]:
    """The record of the last deployment; empty on a host that never had one."""
    text = _text(layout, "state.json")
    return json.loads(text) if text else {}


def _text(layout: Layout, name: str) -> str:
    path = layout.home / name
    return path.read_text().strip() if path.is_file() else ""
