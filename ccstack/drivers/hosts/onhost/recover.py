"""Back to the release before: after a check that failed, or an interruption. docs/activator.md."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from . import disk, taken
from . import manifest as manifests
from .engines import Host
from .health import wrong
from .held import alone
from .kept import read_record
from .layout import Layout
from .manifest import Manifest
from .put import folder, freshen
from .shell import Ran
from .units import RESTARTS, UnitState, unit_of


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
    before = manifest_before(layout, journal)
    found = [str(one) for one in ran if not one.ok]
    if before and is_same_boot(layout, journal):
        found += wrong(host, before)
    if before:
        states = host.engines.states(before.units)
        taken.note(layout, states, {e.path: (e.apply, e.sha256) for e in before.files})
    end(layout)
    return tuple(f"after going back: {one}" for one in found)


def manifest_before(layout: Layout, journal: Mapping[str, Any]) -> Manifest | None:
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
    disk.sync({layout.home, *(folder(layout, path) for path in paths)})


def _processes_back(host: Host, journal: Mapping[str, Any]) -> tuple[Ran, ...]:
    layout, engines = host.layout, host.engines
    engines.put_away(journal["stopped"] if is_same_boot(layout, journal) else (), journal["disabled"])
    ran = engines.follow({"systemd"} & set(journal["classes"]), {}, frozenset())
    # After a boot the engines come up by themselves, and read the old files.
    sleeping = [unit for unit, state in engines.states(journal["processes"]).items() if not state.pid]
    if is_same_boot(layout, journal):
        ran = (*ran, *engines.start(sleeping))
    else:
        sleeping = []
    manifest = manifest_before(layout, journal) or manifests.read_file(
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


def mark(layout: Layout) -> str:
    """Gone with a boot: tells whether the processes of the journal can still be running."""
    return f"{os.path.dirname(layout.taken)}/changing"


def is_same_boot(layout: Layout, journal: Mapping[str, Any]) -> bool:
    try:
        with open(mark(layout), encoding="utf-8") as file:
            return bool(file.read() == journal["release"])
    except OSError:
        return False


def end(layout: Layout) -> None:
    """The activation is over, one way or the other."""
    disk.remove(layout.pending)
    disk.sync({layout.home})
