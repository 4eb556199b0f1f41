"""From one release to another; an interruption at any moment leaves one of them in full: docs/activator.md."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from typing import Any

from . import disk, taken
from . import manifest as manifests
from .difference import difference
from .engines import Host
from .held import alone, now
from .layout import Layout, is_copy
from .manifest import Entry, Manifest
from .observe import read_record, releases
from .outcome import Outcome
from .place import ids, is_ours, note
from .readback import Wanted, put_in_order
from .schema import prepare
from .shell import Ran, first_failure
from .units import CUTTING, RESTARTS, UnitState, unit_of

CHECK_SECONDS = 20.0
"""How long the processes may take after a change until they say the right things."""
WATCH_SECONDS = 4.0
"""How long it is watched whether neighbours that answered before still do. An SBC pings a PBX every second and gives
it up after two pings that nobody answered within a second each; a PBX gives an SBC up at once."""
POLL_SECONDS = 0.2
"""How often processes are asked meanwhile."""
QUEUES = "/etc/asterisk/queues.conf"
KEPT = 5
"""How many releases stay on the host."""


# --- Forward ---


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
        before = _manifest_before(self.layout, {"before": self.record.get("release")})
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
        disk.write(_mark(layout), self.manifest.release.encode())
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
        disk.sync({layout.home, *(_folder(layout, path) for path in self.difference.paths)})

    def _noted(self) -> None:
        states = self.host.engines.states(self.states)
        taken.note(self.layout, states, {e.path: (e.apply, e.sha256) for e in self.manifest.files})

    def check(self) -> tuple[str, ...]:
        """What is still not right once the processes have had their time, and who is no longer reached."""
        return wrong(self.host, self.manifest) or self._cut_off()

    def _cut_off(self) -> tuple[str, ...]:
        before = {name for name, answers in self.reached.items() if answers}
        deadline = time.monotonic() + WATCH_SECONDS
        lost: list[str] = []
        while before and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
            after = self.host.engines.reached(self.running)
            # One that is gone altogether was taken away on purpose.
            lost = sorted(name for name in before if after.get(name) is False)
        return tuple(f"{name}: answered before this release, and does not any more" for name in lost)

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


def place(layout: Layout, name: str, entry: Entry) -> None:
    """Have ccstack's link, or its copy from release `name`, at the path of `entry`."""
    path = layout.at(entry.path)
    if not is_copy(entry.path):
        disk.link(path, layout.target(entry.path))
        return
    with open(layout.staged(name, entry.path), "rb") as file:
        disk.put(path, file.read(), entry.mode, ids(entry.owner, entry.group))


def freshen(pairs: Iterable[tuple[str, str]]) -> None:
    """Make each new file younger, by a whole second, than the one that it comes after.

    Kamailio's db_text reads a table again only when its file's time (in seconds) is later, on the way back too.
    """
    for new, old in pairs:
        if os.path.isfile(new) and os.path.isfile(old) and os.stat(new).st_nlink == 1:
            stamp = max(time.time(), int(os.stat(old).st_mtime) + 1)
            os.utime(new, (stamp, stamp))


def in_order(classes: Iterable[str]) -> list[str]:
    """Apply classes in the order in which they are run, without `none`."""
    from .apply import CLASSES

    wanted = frozenset(classes)
    return [name for name in CLASSES if name in wanted and name != "none"]


def wrong(host: Host, manifest: Manifest) -> tuple[str, ...]:
    """What is not right with units and processes, after the time that they may take."""
    deadline = time.monotonic() + CHECK_SECONDS
    while True:
        found = _wrong_now(host, manifest)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _wrong_now(host: Host, manifest: Manifest) -> tuple[str, ...]:
    states = host.engines.states(manifest.units)
    down = tuple(f"unit {name} is {s.active}, {s.enabled}" for name, s in states.items() if not s.is_up)
    return down or tuple(host.engines.wrong(wanted_of(host.layout, manifest), manifest.units))


def wanted_of(layout: Layout, manifest: Manifest) -> Wanted:
    """What the processes of a release must say."""
    measured = disk.read_json(f"{layout.release(manifest.release)}/measured.json")
    there = (entry for entry in manifest.files if os.path.isfile(layout.at(entry.path)))
    return Wanted(manifest.expect, {layout.at(e.path): e.apply for e in there}, measured)


def _folder(layout: Layout, path: str) -> str:
    """The directory that holds the name `path`, or the nearest one that is there."""
    folder = os.path.dirname(layout.at(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


# --- Back ---


def recover(host: Host) -> dict[str, Any]:
    """End an activation that was cut off: confirm it when it was committed, else go back to the release before."""
    layout = host.layout
    with alone(layout, "changing"):
        journal, record = disk.read_json(layout.pending), read_record(layout)
        messages: list[str] = []
        did = "nothing"
        if journal and record.get("release") == journal["release"]:
            end(layout)
            did = "confirmed"
        elif journal:
            messages = list(undo(host, journal))
            did = "reverted"
        return {"did": did, "release": record.get("release"), "messages": messages}


def undo(host: Host, journal: Mapping[str, Any]) -> tuple[str, ...]:
    """Undo an activation: its files, then what processes took over of them. Can itself be cut off, and begun again.

    Returns what is not right afterwards.
    """
    layout = host.layout
    _files_back(layout, journal)
    ran = _processes_back(host, journal)
    before = _manifest_before(layout, journal)
    found = [str(one) for one in ran if not one.ok]
    if before and _is_same_boot(layout, journal):
        found += wrong(host, before)
    if before:
        states = host.engines.states(before.units)
        taken.note(layout, states, {e.path: (e.apply, e.sha256) for e in before.files})
    end(layout)
    return tuple(f"after going back: {one}" for one in found)


def _manifest_before(layout: Layout, journal: Mapping[str, Any]) -> Manifest | None:
    if not journal["before"]:
        return None
    try:
        return manifests.read_file(f"{layout.release(journal['before'])}/manifest.json")
    except (OSError, manifests.ManifestError):
        return None


def _files_back(layout: Layout, journal: Mapping[str, Any]) -> None:
    before, name = journal["before"], journal["release"]
    if before:
        old_and_new = ((layout.staged(before, p), layout.staged(name, p)) for p in journal["changed"])
        freshen(old_and_new)
        disk.link(layout.current, f"releases/{before}")
    for path in journal["kept"]:
        there = layout.at(path)
        disk.bring(there, journal["kept_in"] + path)
        if os.path.isfile(there) and not os.path.islink(there):
            freshen([(there, layout.staged(name, path))])
    for path in journal["unlinked"]:
        disk.link(layout.at(path), layout.target(path))
    for path in journal["added"]:
        disk.remove(layout.at(path))
    if not before:
        disk.remove(layout.current)
    paths = [*journal["kept"], *journal["unlinked"], *journal["added"]]
    for path in paths:
        disk.remove(disk.beside(layout.at(path)))
    disk.sync({layout.home, *(_folder(layout, path) for path in paths)})


def _processes_back(host: Host, journal: Mapping[str, Any]) -> tuple[Ran, ...]:
    layout, engines = host.layout, host.engines
    engines.put_away(journal["stopped"] if _is_same_boot(layout, journal) else (), journal["disabled"])
    ran = engines.follow({"systemd"} & set(journal["classes"]), {}, frozenset())
    # After a boot the engines come up by themselves, and read the old files.
    sleeping = [unit for unit, state in engines.states(journal["processes"]).items() if not state.pid]
    if _is_same_boot(layout, journal):
        ran = (*ran, *engines.start(sleeping))
    else:
        sleeping = []
    manifest = _manifest_before(layout, journal) or manifests.read_file(
        f"{layout.release(journal['release'])}/manifest.json"
    )
    states = engines.states(sorted({"chrony.service", *journal["processes"], *journal["stopped"]}))
    classes = {name for name in journal["classes"] if _must_follow(name, journal, states)}
    return (*ran, *engines.follow(classes - {"systemd"}, manifest.expect, frozenset(sleeping)))


def _must_follow(apply: str, journal: Mapping[str, Any], states: Mapping[str, UnitState]) -> bool:
    """Whether a running process may have taken over what is undone; one that was not restarted has not."""
    unit = "chrony.service" if apply == "chrony" else unit_of(apply)
    if not unit:
        return True
    state = states.get(unit)
    if state is None or not state.pid:
        return False
    return apply not in RESTARTS or bool(journal["processes"].get(unit) != state.process)


def _mark(layout: Layout) -> str:
    """Gone with a boot: tells whether the processes of the journal can still be running."""
    return f"{os.path.dirname(layout.taken)}/changing"


def _is_same_boot(layout: Layout, journal: Mapping[str, Any]) -> bool:
    try:
        with open(_mark(layout), encoding="utf-8") as file:
            return bool(file.read() == journal["release"])
    except OSError:
        return False


def end(layout: Layout) -> None:
    """The activation is over, one way or the other."""
    disk.remove(layout.pending)
    disk.sync({layout.home})


# --- Releases that stay ---


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
