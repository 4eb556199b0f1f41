"""Bring a release onto the host: stage, try out, and have it activated, or leave everything as it was."""

from __future__ import annotations

import json
import os
import stat
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import IO, Any

from . import disk, foreign, health, held, taken, trial
from . import manifest as manifests
from .activate import activate
from .apply import in_order
from .difference import Difference, difference
from .engines import Host
from .health import wanted_of
from .kept import clear_halves
from .layout import AUDIO, Layout
from .manifest import Entry, Manifest
from .observe import read_record
from .outcome import Outcome
from .place import hash_of, ids, standing
from .program import install
from .recover import recover
from .schema import prepare
from .shell import Ran, first_failure, run
from .units import RESTARTS, unit_of

BACKUPS = "/var/backups/ccstack"
"""Where `backup` keeps foreign files; never cleared by ccstack."""

_EXTRAS = ("center.json", "plan.json")
"""What an archive has besides the files: kept with the release."""

_REFUSED = (
    "somebody else's file stands here, and ccstack has never managed it; deploy with --on-foreign adopt (take it over) "
    f"or --on-foreign backup (also keep it in {BACKUPS})"
)


@dataclass(frozen=True)
class Coming:
    """A release on its way in."""

    manifest: Manifest
    packed: zipfile.ZipFile
    names: frozenset[str]
    difference: Difference
    record: Mapping[str, Any]


def release(host: Host, archive: IO[bytes] | str, on_foreign: str, token: str = "") -> Outcome:
    """Bring the release in `archive` onto the host. Files of others are treated as `on_foreign` says."""
    layout = host.layout
    with zipfile.ZipFile(archive) as packed, held.alone(layout, "lock"):
        refusal = held.refusal(layout, token)
        if refusal:
            return Outcome("").fail(refusal)
        left = recover(host)
        clear_halves(layout)
        manifest = manifests.read(packed.read("manifest.json").decode())
        record = read_record(layout)
        names = frozenset(packed.namelist())
        coming = Coming(manifest, packed, names, difference(layout, manifest, record), record)
        outcome = Outcome(manifest.release)
        if left["did"] == "reverted":
            outcome.messages += ["an activation that was cut off is undone", *left["messages"]]
        if record and not coming.difference.paths:
            outcome.release = record["release"]
            _note_center(layout, coming)
            return _settle(host, manifest, record, outcome)
        strangers = _strangers(layout, coming)
        if strangers and on_foreign == "refuse":
            return outcome.fail(*(f"{path}: {_REFUSED}" for path in strangers))
        return _bring(host, coming, strangers if on_foreign == "backup" else (), outcome)


def rollback(host: Host, to: str, token: str = "") -> Outcome:
    """Go back to the kept release `to`, or to the one before the release in place."""
    layout = host.layout
    with held.alone(layout, "lock"):
        refusal = held.refusal(layout, token)
        if refusal:
            return Outcome("").fail(refusal)
        recover(host)
        record = read_record(layout)
        name = to or record.get("before") or ""
        outcome = Outcome(str(record.get("release") or ""))
        if not name or not os.path.isfile(f"{layout.release(name)}/manifest.json"):
            return outcome.fail(_no_such(host, to))
        manifest = manifests.read_file(f"{layout.release(name)}/manifest.json")
        edited = _edited(layout, manifest)
        if edited:
            return outcome.fail(f"release {name} is not what it was: {', '.join(edited)} changed since")
        if not difference(layout, manifest, record).paths:
            return _settle(host, manifest, record, outcome)
        return _activated(host, name)


def _no_such(host: Host, to: str) -> str:
    from .observe import releases

    kept = ", ".join(releases(host.layout)) or "none"
    return (
        f"there is no release {to}; kept are: {kept}"
        if to
        else f"there is no release before this one; kept are: {kept}"
    )


def _edited(layout: Layout, manifest: Manifest) -> list[str]:
    """Files of a kept release that are not what they were."""
    found = []
    for entry in manifest.files:
        path = layout.staged(manifest.release, entry.path)
        try:
            with open(path, "rb") as file:
                right = hash_of(file.read()) == entry.sha256
        except OSError:
            right = False
        found += [] if right else [entry.path]
    return found


def _strangers(layout: Layout, coming: Coming) -> tuple[str, ...]:
    hosts = coming.packed.read("tree/etc/hosts").decode() if "tree/etc/hosts" in coming.names else ""
    wanted = {entry.path: asdict(entry) for entry in coming.manifest.files}
    seen = {path: standing(layout, path) for path in wanted}
    return foreign.foreign(layout, wanted, seen, frozenset(coming.record.get("files", {})), hosts)


# --- Every file is right ---


def _note_center(layout: Layout, coming: Coming) -> None:
    """Keep what the center is now, where it changed and no file did (a label, say)."""
    if coming.record.get("blueprint") != coming.manifest.blueprint:
        for extra in _EXTRAS:
            if extra in coming.names:
                disk.put(f"{layout.current}/{extra}", coming.packed.read(extra))
        disk.put_json(layout.state, {**coming.record, "blueprint": coming.manifest.blueprint})


def _settle(host: Host, manifest: Manifest, record: Mapping[str, Any], outcome: Outcome) -> Outcome:
    """See that the units run and that the processes have what the files say."""
    layout = host.layout
    problem = prepare(layout, manifest)
    if problem:
        return outcome.fail(problem)
    in_place = _named(manifest, str(record["release"]))
    before = host.engines.states(manifest.units)
    running = [unit for unit, state in before.items() if state.pid]
    found = host.engines.wrong(wanted_of(layout, in_place), running)
    started, ran = host.engines.bring_up(manifest.units)
    outcome.restarted, outcome.changed = list(started), bool(ran)
    files = {entry.path: (entry.apply, entry.sha256) for entry in manifest.files}
    late = taken.stale(layout, host.engines.states(manifest.units), files)
    loads = frozenset({MODULES}) & set(found.values())
    if loads:
        # What comes with a module is there again when it is loaded: only what is missing then is reloaded.
        ran = (*ran, *host.engines.follow(loads, manifest.expect, frozenset(started)))
        failure = first_failure(ran)
        if failure:
            # Never a restart that no plan has shown: nobody has drained this host.
            return outcome.fail(failure, "the next plan has Asterisk restart for this module, drained")
        left = host.engines.wrong(wanted_of(layout, in_place), running)
    else:
        left = found
    classes = {*_mending(manifest, left), *(name for names in late.values() for name in names)}
    if classes or loads:
        ran = (*ran, *host.engines.follow(classes, manifest.expect, frozenset(started)))
        outcome.applied, outcome.changed = in_order(classes | loads), True
    failure = first_failure(ran)
    wrong = (failure,) if failure else health.wrong(host, in_place)
    if wrong:
        return outcome.fail(*wrong)
    if outcome.changed:
        after = host.engines.states(manifest.units)
        outcome.restarted = [unit for unit in manifest.units if before[unit].process != after[unit].process]
        taken.note(layout, after, files)
    outcome.messages += [_mended(problem, apply, problem in left) for problem, apply in found.items()]
    outcome.messages += [f"{unit} took over {', '.join(names)}" for unit, names in late.items()]
    return outcome


def _named(manifest: Manifest, name: str) -> Manifest:
    return Manifest(name, *(getattr(manifest, field) for field in _REST))


_REST = ("center", "host", "blueprint", "files", "units", "expect")


MODULES = "asterisk-modules"
"""What mends modules that are gone."""


def _mended(problem: str, apply: str, is_left: bool) -> str:
    if not is_left:
        return f"mended by loading it again: {problem}"
    return f"mended by a {'restart' if apply in RESTARTS else 'reload'}: {problem}"


def _mending(manifest: Manifest, found: Mapping[str, str]) -> frozenset[str]:
    """The classes that mend what is wrong: where a process could not be asked, all that drop nothing."""
    if "" not in found.values():
        return frozenset(found.values())
    return (frozenset(e.apply for e in manifest.files if unit_of(e.apply)) - RESTARTS) | set(
        filter(None, found.values())
    )


# --- A release that changes something ---


def _bring(host: Host, coming: Coming, to_back_up: tuple[str, ...], outcome: Outcome) -> Outcome:
    layout = host.layout
    with outcome.timed("stage"):
        install(layout)
        name, problem = stage(layout, coming)
    if problem:
        return outcome.fail(problem)
    with outcome.timed("try out"):
        manifest = _named(coming.manifest, name)
        wrong, measured = trial.try_out(layout, manifest, frozenset(coming.difference.leaving))
    if wrong:
        disk.clear(layout.release(name))
        return outcome.fail("the try-out refused this release; nothing was changed on the host", *wrong)
    if measured.get("untried"):
        outcome.messages.append(f"the try-out had no time to call {measured['untried']} of the center's own numbers")
    disk.put_json(f"{layout.release(name)}/measured.json", measured)
    for path in to_back_up:
        disk.bring(layout.at(f"{BACKUPS}/{name}{path}"), layout.at(path))
    activated = _activated(host, name)
    activated.seconds = {**outcome.seconds, **activated.seconds}
    activated.messages = [*outcome.messages, *activated.messages]
    if read_record(layout).get("release") != name:
        disk.clear(layout.release(name))
    return activated


def stage(layout: Layout, coming: Coming) -> tuple[str, str]:
    """Write the whole release into a folder of its own, onto the disk; its name, and what is wrong with it."""
    name = _free_name(layout, coming.manifest.release)
    half = layout.release(f".{name}")
    disk.clear(half)
    disk.folders(f"{half}/tree", held.ENTERED)
    for entry in coming.manifest.files:
        problem = _stage_file(layout, coming, entry, f"{half}/tree{entry.path}")
        if problem:
            disk.clear(half)
            return name, problem
    manifest = {**json.loads(coming.packed.read("manifest.json")), "release": name}
    disk.write(f"{half}/manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    for extra in _EXTRAS:
        if extra in coming.names:
            disk.write(f"{half}/{extra}", coming.packed.read(extra))
    disk.sync(disk.tree(half))
    os.rename(half, layout.release(name))
    disk.sync({layout.releases})
    return name, ""


def _free_name(layout: Layout, wanted: str) -> str:
    name, number = wanted, 1
    while os.path.lexists(layout.release(name)):
        number += 1
        name = f"{wanted}-{number}"
    return name


def _stage_file(layout: Layout, coming: Coming, entry: Entry, path: str) -> str:
    """Write one file; what is wrong with it."""
    disk.folders(os.path.dirname(path), held.ENTERED)
    there = layout.at(entry.path)
    if entry.path.endswith(AUDIO) and _is_shared(layout, coming, entry, path):
        return ""
    content = _content(coming, entry, there)
    if content is None or hash_of(content) != entry.sha256:
        return f"{entry.path}: the release does not carry what its manifest promises; send it again"
    try:
        disk.write(path, content, entry.mode, ids(entry.owner, entry.group))
    except LookupError as why:
        return f"{entry.path}: {why.args[0]}"
    if entry not in coming.difference.changed and os.path.isfile(there):
        # Processes that look at times must not take it for a change.
        about = os.stat(there)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    return ""


def _is_shared(layout: Layout, coming: Coming, entry: Entry, path: str) -> bool:
    """Have the file as another name of the one in place, if that is the very same; whether that was done."""
    before = coming.record.get("release")
    original = layout.staged(str(before), entry.path)
    right = entry not in coming.difference.changed and entry not in coming.difference.unplaced
    if not before or not right or not os.path.isfile(original) or not stat.S_ISREG(os.lstat(original).st_mode):
        return False
    try:
        os.link(original, path)
    except OSError:
        # Another file system, or as many names as one file can have.
        return False
    return True


def _content(coming: Coming, entry: Entry, there: str) -> bytes | None:
    # The controller leaves out what it has seen on the host, large audio above all.
    if f"tree{entry.path}" in coming.names:
        return coming.packed.read(f"tree{entry.path}")
    try:
        with open(there, "rb") as file:
            return file.read()
    except OSError:
        return None


# --- Activation, out of reach of a connection that breaks ---


def _activated(host: Host, name: str) -> Outcome:
    """Activate the staged release `name`: in a unit of its own where there is systemd to end and to mend it."""
    layout = host.layout
    if layout.root:
        return activate(host, name)
    command = (sys.executable, "-I", "-S", layout.program, "activate", name)
    options = ("--quiet", "--wait", "--pipe", "--collect", f"--unit=ccstack-activate-{os.urandom(4).hex()}")
    properties = ("--property=OnFailure=ccstack-recover.service", "--property=KillMode=control-group")
    ran = run("systemd-run", *options, *properties, *command, timeout=600)
    answer = _answer(ran)
    if answer:
        return Outcome(**answer)
    left = recover(host)
    outcome = Outcome(str(left["release"] or ""), changed=True).fail(
        f"the activation was cut off: {ran}", *left["messages"]
    )
    outcome.restored = left["release"] != name
    if left["release"] == name:
        outcome.failed = False
    return outcome


def _answer(ran: Ran) -> dict[str, Any]:
    lines = ran.output.strip().splitlines()
    try:
        return dict(json.loads(lines[-1])) if ran.ok and lines else {}
    except ValueError:
        return {}
