"""What a release holds, as the controller wrote it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

SCHEMA = "ccstack.release/1"


class ManifestError(Exception):
    """The release cannot be read: it is of another version, or damaged on the way."""


@dataclass(frozen=True)
class Entry:
    """One managed file."""

    path: str
    sha256: str
    owner: str
    group: str
    mode: int
    apply: str


@dataclass(frozen=True)
class Manifest:
    """A release of one host. `expect` is what the processes must say they have, as readback.py reads it."""

    release: str
    center: str
    host: str
    blueprint: str
    files: tuple[Entry, ...]
    units: tuple[str, ...]
    expect: dict[str, Any]

    @property
    def paths(self) -> frozenset[str]:
        """All managed paths."""
        return frozenset(entry.path for entry in self.files)

    @property
    def by_path(self) -> dict[str, Entry]:
        """The files by path."""
        return {entry.path: entry for entry in self.files}


def read(text: str) -> Manifest:
    """The manifest in `text`; `ManifestError` when it is not one that this program understands."""
    data = json.loads(text)
    if data.get("schema") != SCHEMA:
        raise ManifestError(f"the release is of schema {data.get('schema')!r}, this program reads {SCHEMA!r}")
    files = tuple(Entry(**{**entry, "mode": int(entry["mode"], 8)}) for entry in data["files"])
    units = tuple(name if "." in name else f"{name}.service" for name in data["units"])
    return Manifest(data["release"], data["center"], data["host"], data["blueprint"], files, units, data["expect"])


def read_file(path: str) -> Manifest:
    """The manifest in the file at `path`."""
    with open(path, encoding="utf-8") as file:
        return read(file.read())
