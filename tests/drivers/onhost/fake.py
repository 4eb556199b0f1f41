"""A host in a folder: real files, and processes that are what they last read."""

from __future__ import annotations

import grp
import hashlib
import io
import json
import math
import os
import pwd
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ccstack.drivers.hosts.onhost import activate, disk, health, recover, settle, trial
from ccstack.drivers.hosts.onhost import release as releasing
from ccstack.drivers.hosts.onhost.engines import Host
from ccstack.drivers.hosts.onhost.layout import Layout
from ccstack.drivers.hosts.onhost.observe import read_record
from ccstack.drivers.hosts.onhost.outcome import Outcome
from ccstack.drivers.hosts.onhost.shell import Ran
from ccstack.drivers.hosts.onhost.units import RESTARTS, UnitState, unit_of
from ccstack.drivers.hosts.onhost.wanted import Wanted

OWNER, GROUP = pwd.getpwuid(os.getuid()).pw_name, grp.getgrgid(os.getgid()).gr_name

Files = Mapping[str, tuple[bytes, str]]
"""Path to content and apply class."""


def entry_of(path: str, content: bytes, mode: int = 0o644, apply: str = "none") -> dict[str, str]:
    """A file as a manifest has it."""
    digest = hashlib.sha256(content).hexdigest()
    return {"path": path, "sha256": digest, "owner": OWNER, "group": GROUP, "mode": f"{mode:04o}", "apply": apply}


def archive_of(name: str, files: Files, units: Iterable[str] = (), omit: Iterable[str] = ()) -> io.BytesIO:
    """A release as a controller sends it."""
    manifest = {
        "schema": "ccstack.release/1",
        "release": name,
        "center": "test",
        "host": "pbx",
        "blueprint": name,
        "files": [entry_of(path, content, apply=apply) for path, (content, apply) in sorted(files.items())],
        "units": list(units),
        "expect": {},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr("center.json", json.dumps({"name": name}))
        for path, (content, _apply) in files.items():
            if path not in omit:
                archive.writestr(f"tree{path}", content)
    return packed


@dataclass
class FakeEngines:
    """Processes that hold the contents of their files: all of them from their start, a class when told to follow it."""

    layout: Layout
    held: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Unit to path to content."""
    processes: dict[str, int] = field(default_factory=dict)
    enabled: set[str] = field(default_factory=set)
    starts: int = 100
    refuses: Callable[[Mapping[str, bytes]], str] = lambda _held: ""
    """What is wrong with what processes hold, as a health check finds it."""
    cuts: bytes = b"never"
    """A content that cuts its process off from its neighbours."""
    unanswered: float = math.inf
    """So many pings by that process are not answered; afterwards all are."""
    pings: int = 0

    def states(self, units: Iterable[str]) -> dict[str, UnitState]:
        """See `Engines`."""
        return {unit: self._state(unit) for unit in units}

    def _state(self, unit: str) -> UnitState:
        pid = self.processes.get(unit, 0)
        return UnitState(
            "active" if pid else "inactive", "enabled" if unit in self.enabled else "disabled", pid, pid, pid
        )

    def bring_up(self, units: Iterable[str]) -> tuple[tuple[str, ...], tuple[Ran, ...]]:
        """See `Engines`."""
        sleeping = tuple(unit for unit in units if unit not in self.processes)
        self.enabled |= set(units)
        return sleeping, self.start(sleeping)

    def start(self, units: Iterable[str]) -> tuple[Ran, ...]:
        """See `Engines`."""
        for unit in units:
            self.starts += 1
            self.processes[unit] = self.starts
            self.held[unit] = self._files(lambda apply, unit=unit: unit_of(apply) == unit)  # type: ignore[misc]
        return ()

    def put_away(self, stop: Iterable[str], disable: Iterable[str]) -> None:
        """See `Engines`."""
        for unit in stop:
            self.processes.pop(unit, None)
            self.held.pop(unit, None)
        self.enabled -= set(disable)

    def follow(self, classes: Iterable[str], expect: Mapping[str, Any], fresh: frozenset[str]) -> tuple[Ran, ...]:
        """See `Engines`."""
        for name in sorted(classes, key=lambda name: name not in RESTARTS):
            unit = unit_of(name)
            if unit and unit not in fresh and name in RESTARTS:
                self.start([unit])
            elif unit and unit not in fresh:
                kept = {p: c for p, c in self.held[unit].items() if self._applies.get(p) != name}
                self.held[unit] = kept | self._files(lambda apply, name=name: apply == name)  # type: ignore[misc]
        return ()

    _applies: dict[str, str] = field(default_factory=dict)

    def _files(self, wanted: Callable[[str], bool]) -> dict[str, bytes]:
        """What a process finds when it reads the files of some classes."""
        manifest = disk.read_json(f"{self.layout.current}/manifest.json")
        for entry in manifest.get("files", ()):
            self._applies[entry["path"]] = entry["apply"]
        paths = [path for path, apply in self._applies.items() if wanted(apply)]
        return {path: Path(self.layout.at(path)).read_bytes() for path in paths if os.path.isfile(self.layout.at(path))}

    def wrong(self, wanted: Wanted, units: Iterable[str]) -> dict[str, str]:
        """See `Engines`."""
        said = (self.refuses(self.held.get(unit, {})) for unit in units)
        return {one: "" for one in said if one}

    def reached(self, units: Iterable[str]) -> dict[str, bool]:
        """See `Engines`."""
        healed = self.pings > self.unanswered
        return {f"{unit} to a neighbour": healed or self.cuts not in self.held.get(unit, {}).values() for unit in units}

    def ping(self, ways: Iterable[str]) -> None:
        """See `Engines`."""
        self.pings += bool(list(ways))

    def reboot(self) -> None:
        """Every process is gone, and so is what lies in /run."""
        disk.clear(os.path.dirname(self.layout.taken))
        self.processes.clear()
        self.held.clear()


class FakeHost:
    """A host in a folder."""

    def __init__(self, root: Path, engines: FakeEngines | None = None) -> None:
        self.layout = Layout(str(root))
        self.engines = engines or FakeEngines(self.layout)
        self.host = Host(self.layout, self.engines)

    def release(
        self, name: str, files: Files, units: Iterable[str] = (), omit: Iterable[str] = (), **options: str
    ) -> Outcome:
        """Bring a release onto it; nothing is tried out in namespaces."""
        return releasing.release(self.host, archive_of(name, files, units, omit), options.get("on_foreign", "refuse"))

    def stage(self, name: str, files: Files, units: Iterable[str] = (), token: str = "") -> Outcome:
        """Have a release lie on it."""
        return releasing.stage(self.host, archive_of(name, files, units), "refuse", token)

    def release_staged(self, name: str) -> Outcome:
        """Bring what was staged into place."""
        return releasing.release_staged(self.host, name)

    def rollback(self, to: str = "") -> Outcome:
        """Go back."""
        return releasing.rollback(self.host, to)

    def recover(self) -> dict[str, Any]:
        """What the unit does."""
        return recover.recover(self.host)

    def boot(self) -> None:
        """As a boot goes: the recovery first, then what is enabled."""
        self.engines.reboot()
        self.recover()
        self.engines.start(sorted(self.engines.enabled))

    @property
    def in_place(self) -> str | None:
        """The release that is recorded."""
        return read_record(self.layout).get("release")

    def files(self) -> dict[str, bytes]:
        """Every file outside of ccstack's own folders, through links."""
        root = Path(self.layout.root)
        found = {}
        for path in sorted(root.rglob("*")):
            name = "/" + str(path.relative_to(root))
            if not name.startswith(("/var/lib/ccstack", "/run/")) and path.is_file():
                found[name] = path.read_bytes()
        return found

    def read_by(self, unit: str) -> dict[str, bytes]:
        """What the process of a unit has."""
        return self.engines.held.get(unit, {})


def no_try_out(monkeypatch: Any) -> None:
    """For hosts in a folder: nothing is tried out, program and databases are not put there, and neither disk
    nor anybody is waited for."""
    monkeypatch.setattr(disk.os, "fsync", lambda _handle: None)
    monkeypatch.setattr(trial, "try_out", lambda *_args: ((), {}))
    monkeypatch.setattr(releasing, "install", lambda _layout: None)
    for room in (activate, settle):
        # A database belongs to a user that is not here.
        monkeypatch.setattr(room, "prepare", lambda *_args: "")
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.0)
    for seconds in ("WATCH_SECONDS", "PING_SECONDS"):
        monkeypatch.setattr(activate, seconds, 0.0)
    monkeypatch.setattr(health, "POLL_SECONDS", 0.0)
