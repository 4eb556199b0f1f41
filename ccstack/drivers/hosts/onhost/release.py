"""Bring a release onto the host: stage, try out, put in place, have it taken over, check, or put everything back."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import foreign as foreigners
from . import manifest as manifests
from . import readback
from .apply import CLASSES, UNIT_OF, apply
from .layout import Layout
from .manifest import Entry, Manifest
from .observe import read_record
from .place import bring_back, hash_of, is_right, keep, own, put, standing, sync_directories
from .schema import prepare
from .shell import Ran, first_failure, run
from .trial import try_out
from .units import bring_up, unit_states

CHECK_SECONDS = 20.0
"""How long the processes may take after a change until they say the right things."""
KEPT = 5
"""How many releases stay on the host."""
BACKUPS = "/var/backups/ccstack"
"""Where `backup` keeps foreign files; never cleared by ccstack."""


@dataclass
class Outcome:
    """What became of a release, as the controller reads it."""

    release: str
    changed: bool = False
    failed: bool = False
    restored: bool = False
    files: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, *messages: str) -> Outcome:
        """The same, failed, with the reasons."""
        self.failed = True
        self.messages += messages
        return self


@dataclass(frozen=True)
class Difference:
    """What is not yet as the release wants it."""

    entries: tuple[Entry, ...]
    leaving: frozenset[str]
    classes: frozenset[str]

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that change."""
        return tuple(sorted({*(entry.path for entry in self.entries), *self.leaving}))


def release(layout: Layout, archive: Path, on_foreign: str) -> Outcome:
    """Bring the release in `archive` onto the host. Files of others are treated as `on_foreign` says."""
    with zipfile.ZipFile(archive) as packed, _locked(layout):
        manifest = manifests.read(packed.read("manifest.json").decode())
        record = read_record(layout)
        outcome = Outcome(manifest.release)
        difference = _difference(layout, manifest, record)
        if record and not difference.paths:
            outcome.release = record["release"]
            return _settle(layout, manifest, outcome)
        strangers = _strangers(layout, manifest, record, packed)
        if strangers and on_foreign == "refuse":
            return outcome.fail(*(f"{path}: {_REFUSED}" for path in strangers))
        return _bring(
            layout, manifest, packed, difference, record, strangers if on_foreign == "backup" else (), outcome
        )


_REFUSED = (
    "somebody else's file stands here, and ccstack has never managed it; deploy with --on-foreign adopt (take it over) "
    f"or --on-foreign backup (also keep it in {BACKUPS})"
)


@contextmanager
def _locked(layout: Layout) -> Iterator[None]:
    layout.releases.mkdir(parents=True, exist_ok=True)
    layout.home.chmod(0o711)
    layout.releases.chmod(0o700)
    with (layout.home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _difference(layout: Layout, manifest: Manifest, record: dict[str, Any]) -> Difference:
    entries = tuple(entry for entry in manifest.files if not is_right(layout.at(entry.path), entry))
    before: dict[str, Any] = record.get("files", {})
    leaving = frozenset(path for path in before if path not in manifest.paths and standing(layout.at(path)))
    classes = {entry.apply for entry in entries} | {str(before[path]["apply"]) for path in leaving}
    return Difference(entries, leaving, frozenset(classes))


def _strangers(layout: Layout, manifest: Manifest, record: dict[str, Any], packed: zipfile.ZipFile) -> tuple[str, ...]:
    has_hosts = "tree/etc/hosts" in packed.namelist()
    hosts = packed.read("tree/etc/hosts").decode() if has_hosts else ""
    return foreigners.foreign(layout, manifest.files, frozenset(record.get("files", {})), hosts)


def _settle(layout: Layout, manifest: Manifest, outcome: Outcome) -> Outcome:
    """Every file is right: see that the units run and that the processes have what the files say."""
    problem = prepare(layout, manifest)
    if problem:
        return outcome.fail(problem)
    started, ran = bring_up(manifest.units)
    outcome.restarted = list(started)
    outcome.changed = bool(ran)
    wrong = () if started else readback.problems(manifest.expect, manifest.units)
    if wrong:
        outcome.applied = [name for name in CLASSES if name in _reloads(manifest)]
        ran = (*ran, *apply(outcome.applied, manifest.expect, frozenset()))
        outcome.changed = True
    _checked(manifest, ran, outcome)
    if not outcome.failed:
        outcome.messages += [f"mended by a reload: {problem}" for problem in wrong]
    return outcome


def _reloads(manifest: Manifest) -> frozenset[str]:
    """The apply classes of the release's files that drop nothing."""
    return frozenset(entry.apply for entry in manifest.files if entry.apply.split("-")[0] in UNIT_OF) - _RESTARTS


_RESTARTS = frozenset(name for name in CLASSES if name.endswith("-restart"))


def _checked(manifest: Manifest, ran: tuple[Ran, ...], outcome: Outcome) -> Outcome:
    failure = first_failure(ran)
    wrong = (failure,) if failure else _wrong(manifest)
    return outcome.fail(*wrong) if wrong else outcome


def _wrong(manifest: Manifest) -> tuple[str, ...]:
    """What is still not right once the processes have had their time."""
    deadline = time.monotonic() + CHECK_SECONDS
    while True:
        states = unit_states(manifest.units)
        down = tuple(
            f"unit {name} is {state.active}, {state.enabled}" for name, state in states.items() if not state.is_up
        )
        wrong = down or readback.problems(manifest.expect, manifest.units)
        if not wrong or time.monotonic() > deadline:
            return wrong
        time.sleep(0.3)


# --- A release that changes something ---


def _bring(
    layout: Layout,
    manifest: Manifest,
    packed: zipfile.ZipFile,
    difference: Difference,
    record: dict[str, Any],
    to_back_up: tuple[str, ...],
    outcome: Outcome,
) -> Outcome:
    home = layout.release(manifest.release)
    with _timed(outcome, "stage"):
        problem = _stage(layout, manifest, packed)
    if problem:
        shutil.rmtree(home, ignore_errors=True)
        return outcome.fail(problem)
    with _timed(outcome, "try out"):
        wrong = try_out(layout, manifest, difference.leaving)
    if wrong:
        shutil.rmtree(home, ignore_errors=True)
        return outcome.fail("the try-out refused this release; nothing was changed on the host", *wrong)
    for path in to_back_up:
        keep(layout.at(path), layout.at(f"{BACKUPS}/{manifest.release}{path}"))
    outcome.changed, outcome.files = True, list(difference.paths)
    outcome.applied = [name for name in CLASSES if name in difference.classes and name != "none"]
    with _timed(outcome, "activate"):
        _activate(layout, manifest, difference, outcome)
    if outcome.failed:
        return outcome
    _write_record(layout, manifest, record)
    _prune(layout)
    return outcome


@contextmanager
def _timed(outcome: Outcome, step: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    outcome.seconds[step] = round(time.monotonic() - start, 2)


def _stage(layout: Layout, manifest: Manifest, packed: zipfile.ZipFile) -> str:
    """Write the whole release into its directory; what is wrong with it, or nothing."""
    home = layout.release(manifest.release)
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(mode=0o700)
    (home / "manifest.json").write_bytes(packed.read("manifest.json"))
    names = frozenset(packed.namelist())
    for entry in manifest.files:
        content = _content(layout, entry, packed, names)
        if content is None or hash_of(content) != entry.sha256:
            return f"{entry.path}: the release does not carry what its manifest promises; send it again"
        staged = home / "tree" / entry.path.lstrip("/")
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
        try:
            own(staged, entry)
        except LookupError as why:
            return f"{entry.path}: {why.args[0]}"
    return ""


def _content(layout: Layout, entry: Entry, packed: zipfile.ZipFile, names: frozenset[str]) -> bytes | None:
    # The controller leaves out what it has seen on the host, large audio above all.
    if f"tree{entry.path}" in names:
        return packed.read(f"tree{entry.path}")
    there = layout.at(entry.path)
    return there.read_bytes() if there.is_file() else None


def _activate(layout: Layout, manifest: Manifest, difference: Difference, outcome: Outcome) -> None:
    before = layout.release(manifest.release) / "before"
    for path in difference.paths:
        keep(layout.at(path), before / path.lstrip("/"))
    states = unit_states(manifest.units)
    problem = _place_safely(layout, manifest, difference) or prepare(layout, manifest)
    started, ran = ((), ()) if problem else bring_up(manifest.units)
    if problem:
        outcome.fail(problem)
    else:
        _checked(manifest, (*ran, *apply(difference.classes, manifest.expect, frozenset(started))), outcome)
    if outcome.failed:
        _restore(layout, manifest, difference, started)
        outcome.restored = True
        return
    after = unit_states(manifest.units)
    outcome.restarted = [name for name in manifest.units if states[name].pid != after[name].pid]
    _point(layout, manifest.release)


def _place_safely(layout: Layout, manifest: Manifest, difference: Difference) -> str:
    """Put the files in place; what went wrong (a full disk, a read-only mount), or nothing."""
    try:
        _place(layout, manifest, difference)
    except OSError as why:
        return f"the files cannot be put in place: {why}"
    return ""


def _place(layout: Layout, manifest: Manifest, difference: Difference) -> None:
    tree = layout.release(manifest.release) / "tree"
    for entry in difference.entries:
        put((tree / entry.path.lstrip("/")).read_bytes(), layout.at(entry.path), entry)
    for path in difference.leaving:
        layout.at(path).unlink(missing_ok=True)
    sync_directories({layout.at(path).parent for path in difference.paths})


def _restore(layout: Layout, manifest: Manifest, difference: Difference, started: tuple[str, ...]) -> None:
    before = layout.release(manifest.release) / "before"
    for path in difference.paths:
        bring_back(before / path.lstrip("/"), layout.at(path))
    for name in started:
        run("systemctl", "stop", name)
    stopped = frozenset(started)
    apply(difference.classes, manifest.expect, stopped)


def _point(layout: Layout, name: str) -> None:
    beside = layout.home / ".current"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path("releases") / name)
    os.replace(beside, layout.current)


def _write_record(layout: Layout, manifest: Manifest, before: dict[str, Any]) -> None:
    key = _fingerprint_key(layout)
    record = {
        "schema": "ccstack.host-record/1",
        "center": manifest.center,
        "host": manifest.host,
        "release": manifest.release,
        "before": before.get("release"),
        "blueprint": manifest.blueprint,
        "deployed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "files": {
            entry.path: {
                "apply": entry.apply,
                "fingerprint": hash_of(layout.at(entry.path).read_bytes(), key),
            }
            for entry in manifest.files
        },
    }
    beside = layout.home / ".state.json"
    beside.write_text(json.dumps(record, indent=1))
    os.replace(beside, layout.state)


def _fingerprint_key(layout: Layout) -> bytes:
    path = layout.home / "fingerprint.key"
    if not path.is_file():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(32))
    return bytes.fromhex(path.read_text())


def _prune(layout: Layout) -> None:
    current = layout.current.resolve()
    old = sorted((one for one in layout.releases.iterdir() if one != current), key=lambda one: one.stat().st_mtime)
    for one in old[: max(0, len(old) - KEPT + 1)]:
        shutil.rmtree(one, ignore_errors=True)
