"""From one release to another; an interruption at any moment leaves one of them in full: docs/activator.md."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from typing import Any

from . import disk, taken
from . import manifest as manifests
from .apply import in_order
from .difference import difference
from .engines import Host
from .health import wanted_of, wrong
from .held import alone, now
from .kept import prune, read_record
from .layout import Layout, is_copy
from .manifest import Manifest
from .outcome import Outcome
from .place import is_ours, note
from .put import folder, freshen, place
from .recover import end, manifest_before, mark, undo
from .schema import prepare
from .settings import put_in_order
from .shell import first_failure
from .units import CUTTING

WATCH_SECONDS = 4.0
"""How long it is watched whether neighbours that answered before still do. An SBC pings a PBX every second and gives
it up after two pings that nobody answered within a second each; a PBX gives an SBC up at once."""
PINGS, PING_SECONDS = 2, 1.2
"""How often who has not answered by then is pinged again, and how long an answer may take. One that comes late, from a
host that is busy or has just started, is no reason to go back."""
QUEUES = "/etc/asterisk/queues.conf"


def activate(host: Host, name: str) -> Outcome:
    """Put the staged release `name` in place, or leave the one before."""
    with alone(host.layout, "changing"):
        layout, outcome = host.layout, Outcome(name)
        manifest = manifests.read_file(f"{layout.release(name)}/manifest.json")
        change = _Change(host, manifest, read_record(layout))
        outcome.changed, outcome.files = True, list(change.difference.paths)
        with outcome.timed("activate"):
            change.begin()
            problem = change.carry_out(outcome)
        if not problem:
            with outcome.timed("check"):
                problem = change.check()
        if problem:
            outcome.fail(*problem).messages += undo(host, change.journal)
            outcome.restored, outcome.release = True, change.record.get("release") or ""
            return outcome
        outcome.restarted = change.restarted()
        change.commit()
        return outcome


class _Change:
    """One activation."""

    def __init__(self, host: Host, manifest: Manifest, record: Mapping[str, Any]) -> None:
        self.host, self.layout, self.manifest, self.record = host, host.layout, manifest, record
        self.difference = difference(self.layout, manifest, record)
        before_units: list[str] = record.get("units", [])
        self.states = host.engines.states(sorted({*manifest.units, *before_units}))
        stale = taken.stale(self.layout, self.states, _files_of(record))
        self.classes = self.difference.classes.union(*stale.values(), self._forgotten())
        self.classes |= self._needs()
        self.running = [unit for unit, state in self.states.items() if state.pid]
        self.reached = host.engines.reached(self.running) if self.classes & CUTTING else {}
        self.journal = self._journal()

    def _needs(self) -> set[str]:
        """A restart that no file asks for by its own class."""
        paths = [entry.path for entry in self.difference.changed if entry.path == QUEUES]
        files = [(self.layout.at(path), self.layout.staged(self.manifest.release, path)) for path in paths]
        return {"asterisk-restart" for old, new in files if os.path.isfile(old) and put_in_order(old, new)}

    def _forgotten(self) -> frozenset[str]:
        """Classes of what processes do not have although the release before brought it: mended along the way."""
        before = manifest_before(self.layout, {"before": self.record.get("release")})
        running = [unit for unit, state in self.states.items() if state.pid]
        wrong = self.host.engines.wrong(wanted_of(self.layout, before), running) if before else {}
        return frozenset(filter(None, wrong.values()))

    def _journal(self) -> dict[str, Any]:
        layout, name = self.layout, self.manifest.release
        kept_in = f"{layout.release(name)}/before"
        placed = [entry.path for entry in (*self.difference.changed, *self.difference.unplaced)]
        touched = [path for path in placed if is_copy(path) or not is_ours(layout, path)]
        stand = {path for path in touched if os.path.lexists(layout.at(path))}
        ours = [path for path in self.difference.leaving if is_ours(layout, path)]
        return {
            "release": name,
            "before": self.record.get("release"),
            "since": now(),
            "added": sorted(set(touched) - stand),
            "kept": sorted(stand | (set(self.difference.leaving) - set(ours))),
            "kept_in": f"{kept_in}-again" if os.path.isdir(kept_in) else kept_in,
            "unlinked": ours,
            "changed": [entry.path for entry in self.difference.changed],
            "classes": sorted(self.classes),
            "processes": {unit: state.process for unit, state in self.states.items() if state.pid},
            "stopped": [unit for unit in self.manifest.units if self.states[unit].active != "active"],
            "disabled": [unit for unit in self.manifest.units if self.states[unit].enabled == "disabled"],
        }

    def begin(self) -> None:
        """Have on the disk how to go back, before anything is changed."""
        layout, kept_in = self.layout, self.journal["kept_in"]
        disk.clear(kept_in)
        disk.folders(kept_in, 0o700)
        for path in self.journal["kept"]:
            disk.copy(layout.at(path), kept_in + path)
        disk.sync(disk.tree(kept_in))
        disk.folders(os.path.dirname(layout.taken), 0o700)
        disk.write(mark(layout), self.manifest.release.encode())
        disk.put_json(layout.pending, self.journal)

    def carry_out(self, outcome: Outcome) -> tuple[str, ...]:
        """Switch the files and have the processes follow; what went wrong."""
        try:
            self._switch()
        except (OSError, LookupError) as why:
            return (f"the files cannot be put in place: {why}",)
        problem = prepare(self.layout, self.manifest)
        if problem:
            return (problem,)
        started, ran = self.host.engines.bring_up(self.manifest.units)
        ran = (*ran, *self.host.engines.follow(self.classes, self.manifest.expect, frozenset(started)))
        outcome.applied = in_order(self.classes)
        self._noted()
        failure = first_failure(ran)
        return (failure,) if failure else ()

    def _switch(self) -> None:
        layout, name = self.layout, self.manifest.release
        by_path, journal = self.manifest.by_path, self.journal
        freshen((layout.staged(name, path), layout.at(path)) for path in journal["changed"])
        for path in journal["added"]:
            place(layout, name, by_path[path])
        wanted = [by_path[path] for path in journal["kept"] if path in by_path]
        for entry in wanted:
            if is_copy(entry.path):
                place(layout, name, entry)
        disk.link(layout.current, f"releases/{name}")
        for entry in wanted:
            if not is_copy(entry.path):
                place(layout, name, entry)
        for path in self.difference.leaving:
            disk.remove(layout.at(path))
        disk.sync({layout.home, *(folder(layout, path) for path in self.difference.paths)})

    def _noted(self) -> None:
        states = self.host.engines.states(self.states)
        taken.note(self.layout, states, {e.path: (e.apply, e.sha256) for e in self.manifest.files})

    def check(self) -> tuple[str, ...]:
        """What is still not right once the processes have had their time, and who is no longer reached."""
        return wrong(self.host, self.manifest) or self._cut_off()

    def _cut_off(self) -> tuple[str, ...]:
        before = {name for name, answers in self.reached.items() if answers}
        lost = sorted(before)
        for seconds in (WATCH_SECONDS, *[PING_SECONDS] * PINGS):
            if lost:
                # PBXs ping each other every ten seconds by themselves.
                self.host.engines.ping(lost)
                time.sleep(seconds)
                lost = self._silent(before)
        return tuple(f"{name}: answered before this release, and does not any more" for name in lost)

    def _silent(self, before: set[str]) -> list[str]:
        """Those that do not answer now. One that is gone altogether was taken away on purpose."""
        after = self.host.engines.reached(self.running)
        return sorted(name for name in before if after.get(name) is False)

    def restarted(self) -> list[str]:
        """Units whose main process is another one now."""
        after = self.host.engines.states(self.manifest.units)
        return [unit for unit in self.manifest.units if self.states[unit].process != after[unit].process]

    def commit(self) -> None:
        """From here on it is the release in place; what follows is tidying."""
        layout, before = self.layout, self.record.get("release")
        mends = bool(before) and _same_files(layout, str(before), self.manifest)
        _have_key(layout)
        disk.put_json(layout.state, self._record(self.record.get("before") if mends else before))
        end(layout)
        prune(layout, gone=[str(before)] if mends else [])
        digests = {entry.path: entry.sha256 for entry in self.manifest.files}
        disk.put_json(f"{layout.home}/seen.json", note(layout, digests))

    def _record(self, before: Any) -> dict[str, Any]:
        manifest = self.manifest
        return {
            "schema": "ccstack.host-record/2",
            "center": manifest.center,
            "host": manifest.host,
            "release": manifest.release,
            "before": before,
            "blueprint": manifest.blueprint,
            "deployed_at": now(),
            "units": list(manifest.units),
            "files": {entry.path: {"apply": entry.apply, "sha256": entry.sha256} for entry in manifest.files},
        }


def _have_key(layout: Layout) -> None:
    """The key that a look at this host makes its `state` with; it never leaves the host."""
    path = f"{layout.home}/fingerprint.key"
    if not os.path.isfile(path):
        disk.put(path, os.urandom(32).hex().encode())


def _same_files(layout: Layout, before: str, manifest: Manifest) -> bool:
    """Whether a release only mends the one before: it is no step to go back from, and replaces that."""
    try:
        return manifests.read_file(f"{layout.release(before)}/manifest.json").files == manifest.files
    except (OSError, manifests.ManifestError):
        return False


def _files_of(record: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {path: (about["apply"], about.get("sha256", "")) for path, about in record.get("files", {}).items()}
