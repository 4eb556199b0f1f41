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
class Expected:
    """What the processes must say they have once they run these files."""

    endpoints: tuple[str, ...]
    queues: tuple[str, ...]
    contexts: tuple[str, ...]
    modules: tuple[str, ...]
    dispatcher: tuple[tuple[int, str], ...]
    htables: dict[str, int]
    addresses: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Expected:
        """From the manifest's `expect`."""
        return cls(
            tuple(data["endpoints"]),
            tuple(data["queues"]),
            tuple(data["contexts"]),
            tuple(data["modules"]),
            tuple((int(number), uri) for number, uri in data["dispatcher"]),
            dict(data["htables"]),
            tuple((int(number), address) for number, address in data["addresses"]),
        )


@dataclass(frozen=True)
class Manifest:
    """A release of one host."""

    release: str
    center: str
    host: str
    blueprint: str
    files: tuple[Entry, ...]
    units: tuple[str, ...]
    expect: Expected

    @property
    def paths(self) -> frozenset[str]:
        """All managed paths."""
        return frozenset(entry.path for entry in self.files)


def read(text: str) -> Manifest:
    """The manifest in `text`; `ManifestError` when it is not one that this program understands."""
    data = json.loads(text)
    if data.get("schema") != SCHEMA:
        raise ManifestError(f"the release is of schema {data.get('schema')!r}, this program reads {SCHEMA!r}")
    files = tuple(Entry(**{**entry, "mode": int(entry["mode"], 8)}) for entry in data["files"])
    units = tuple(name if "." in name else f"{name}.service" for name in data["units"])
    expect = Expected.of(data["expect"])
    return Manifest(data["release"], data["center"], data["host"], data["blueprint"], files, units, expect)
