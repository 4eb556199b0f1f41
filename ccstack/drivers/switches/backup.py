"""What was ccstack's on a switch before each push, kept on the machine that deploys: for its owner's eyes only."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from ccstack.model.switch import Platform
from ccstack.render.state import Line, Section, Source, SwitchState

_SECTIONS = TypeAdapter(tuple[Section, ...])
SCHEMA = "ccstack.switch-backup/1"
KEPT = 20
"""Configurations of a switch that are kept; the oldest go first."""


class NoBackupError(Exception):
    """There is no such configuration here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Backups:
    """A folder with a folder for each switch, and in it a file for each configuration, named by its hash."""

    folder: Path

    def keep(self, name: str, platform: Platform, state: str, sections: tuple[Section, ...], owned: str) -> None:
        """Keep what is ccstack's on a switch, before it is changed."""
        place = self.folder / name
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        told = {"schema": SCHEMA, "platform": platform, "sections": _SECTIONS.dump_python(sections)}
        _write(place / f"{state}.json", json.dumps(told | {"lines": owned.splitlines()}) + "\n")
        for old in self._files(name)[KEPT:]:
            old.unlink(missing_ok=True)

    def read(self, name: str, state: str = "") -> SwitchState:
        """What was there, as something to be wanted; without `state` the newest. Raises `NoBackupError`."""
        files = [file for file in self._files(name) if not state or file.stem == state]
        if not files:
            what = f"the configuration {state[:12]}" if state else "no configuration"
            raise NoBackupError(f"{what} is not kept in {self.folder / name}: it lies on the machine that deployed it")
        kept = json.loads(files[0].read_text(encoding="utf-8"))
        sections = _SECTIONS.validate_python(kept["sections"])
        lines = tuple(Line(line, Source(f"switches.{name}", "backup")) for line in kept["lines"])
        return SwitchState(name, kept["platform"], lines, sections)

    def _files(self, name: str) -> list[Path]:
        """Newest first."""
        return sorted((self.folder / name).glob("*.json"), key=lambda file: file.stat().st_mtime_ns, reverse=True)


def _write(path: Path, text: str) -> None:
    """Written whole or not at all, and never readable by others."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
