"""The record of what was deployed: a file of lines, each with the hash of the one before.

It lies on the machine that deploys, with every center that was deployed beside it, and each host keeps the lines of the
deployments that touched it. So a line that somebody changes is found where it lies, and one that somebody changes with
all that follow it is found on the hosts. It holds no secret.
"""

from __future__ import annotations

import getpass
import hashlib
import json
import os
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ccstack.model import ContactCenter

from .base import Unknown
from .hosts.onhost.history import append, broken, whole_lines

SCHEMA = "ccstack.history/1"


def who() -> str:
    """Who is at work, as the record and a lock name them: `ana@laptop`."""
    user = os.environ.get("SUDO_USER") or getpass.getuser()
    return f"{user}@{socket.gethostname()}"


def now() -> str:
    """UTC, ISO 8601."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(**told: Any) -> dict[str, Any]:
    """One entry, with the hash of all that it says as its `id`."""
    made = {"schema": SCHEMA, "when": now(), "who": who()} | told
    return made | {"id": id_of(made)}


def id_of(made: Mapping[str, Any]) -> str:
    """The SHA-256 of what an entry says, whoever keeps it and after whatever line."""
    said = {name: value for name, value in made.items() if name not in ("id", "prev", "kept")}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Log:
    """The record of one center on this machine."""

    folder: Path

    @classmethod
    def of(cls, center: str) -> Log:
        """Where it lies: $XDG_STATE_HOME/ccstack/CENTER, by default ~/.local/state/ccstack/CENTER."""
        state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
        return cls(Path(state) / "ccstack" / center)

    @property
    def file(self) -> Path:
        """The lines."""
        return self.folder / "history.jsonl"

    def center(self, blueprint: str) -> Path:
        """Where the center whose hash is `blueprint` is kept, as JSON."""
        return self.folder / "centers" / f"{blueprint}.json"

    def add(self, made: Mapping[str, Any], kept: Sequence[str], center_json: str) -> None:
        """Append an entry, `kept` on these hosts too, and keep the center that it is about, if it is about one."""
        place = self.center(made["blueprint"] or "none")
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if made["blueprint"] and not place.exists():
            place.write_text(center_json, encoding="utf-8")
        append(str(self.file), dict(made) | {"kept": list(kept)})

    def lines(self) -> list[str]:
        """Every line, oldest first."""
        return whole_lines(str(self.file))

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every line that can be read."""
        return (said for line in self.lines() if (said := read(line)) is not None)


def read(line: str) -> dict[str, Any] | None:
    """The entry in a line; None when it is none."""
    try:
        said = json.loads(line)
    except ValueError:
        return None
    return said if isinstance(said, dict) and said.get("schema") == SCHEMA else None


def faults(log: Log, hosts: Mapping[str, tuple[str, ...] | Unknown]) -> list[str]:
    """What is wrong with the record here and on these hosts, in words; nothing when it is whole."""
    here = log.lines()
    found = [f"{log.file}: {fault}" for fault in _faults_of(here)]
    found += [
        f"{log.center(one)}: {fault}" for one in _blueprints(here) if (fault := _fault_of_center(log.center(one)))
    ]
    for host, lines in hosts.items():
        if not isinstance(lines, Unknown):
            found += [f"{host}: {fault}" for fault in (*_faults_of(lines), *_missing(host, here, lines))]
    return found


def _faults_of(lines: Sequence[str]) -> Iterator[str]:
    """A line that was changed says so by its own hash, one that is gone or was put in by that of the line after it."""
    for number, line in enumerate(lines, 1):
        said = read(line)
        if said is None or said.get("id") != id_of(said):
            yield f"line {number} is not what was written"
    wrong = broken(lines)
    if wrong:
        yield f"line {wrong} does not follow the line before it: one of them was changed, removed or put in"


def _blueprints(lines: Sequence[str]) -> dict[str, None]:
    return dict.fromkeys(str(said["blueprint"]) for line in lines if (said := read(line)) and said.get("blueprint"))


def _fault_of_center(path: Path) -> str:
    if not path.exists():
        return "it is gone"
    center = json.loads(path.read_text(encoding="utf-8"))
    return "" if blueprint_of(center) == path.stem else "it is not the center that was deployed"


def blueprint_of(center: Mapping[str, Any]) -> str:
    """SHA-256 of a center as JSON has it: the same for a Python blueprint and for its JSON."""
    canonical = {name: value for name, value in center.items() if name != "schema"}
    return hashlib.sha256(json.dumps(canonical, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def blueprint_hash(center: ContactCenter) -> str:
    """`blueprint_of` a center."""
    return blueprint_of(center.model_dump(mode="json"))


def _missing(host: str, here: Sequence[str], there: Sequence[str]) -> Iterator[str]:
    ids = {said["id"] for line in there if (said := read(line)) and "id" in said}
    for number, line in enumerate(here, 1):
        said = read(line)
        if said and host in said.get("kept", ()) and said.get("id") not in ids:
            yield f"it has not the entry of {said['when']}, which line {number} here says it keeps"
