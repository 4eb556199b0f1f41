"""Bring a release onto the host: stage and try it out, and have it activated, or leave everything as it was."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import IO, Any

from . import ask_asterisk, disk, foreign, held, trial
from . import manifest as manifests
from .activate import activate
from .coming import Coming, named, write_half
from .difference import difference
from .engines import Host
from .kept import clear_halves, read_record, releases
from .layout import Layout
from .manifest import Manifest
from .outcome import Outcome
from .place import hash_of, standing
from .program import install
from .recover import recover
from .settle import note_center, settle
from .shell import Ran, run

BACKUPS = "/var/backups/ccstack"
"""Where `backup` keeps foreign files; never cleared by ccstack."""

_REFUSED = (
    "somebody else's file stands here, and ccstack has never managed it; deploy with --on-foreign adopt (take it over) "
    f"or --on-foreign backup (also keep it in {BACKUPS})"
)


def stage(
    host: Host, archive: IO[bytes] | str, on_foreign: str, token: str = "", doors: trial.Doors | None = None
) -> Outcome:
    """Have the release in `archive` lie on the host, tried out: nothing that is in use is changed.

    `doors` are the numbers that are called on it; all of the center's own by default. The outcome's `staged` is what
    `release_staged` is to be given; empty when every file is in place already.
    """
    with zipfile.ZipFile(archive) as packed, _alone(host, token) as outcome:
        return outcome if outcome.failed else _stage(host, _coming(host, packed, outcome), on_foreign, outcome, doors)


def release_staged(host: Host, name: str, token: str = "") -> Outcome:
    """Activate what was staged as `name`, if the host is still what it was tried out on."""
    with _alone(host, token) as outcome:
        return outcome if outcome.failed else _release(host, name, outcome)


def release(host: Host, archive: IO[bytes] | str, on_foreign: str, token: str = "") -> Outcome:
    """Bring the release in `archive` onto the host. Files of others are treated as `on_foreign` says."""
    with zipfile.ZipFile(archive) as packed, _alone(host, token) as outcome:
        if outcome.failed:
            return outcome
        coming = _coming(host, packed, outcome)
        made = _stage(host, coming, on_foreign, outcome)
        if made.failed or made.staged:
            return made if made.failed else _release(host, made.staged, made)
        note_center(host.layout, coming)
        return settle(host, coming.manifest, coming.record, outcome)


@contextmanager
def _alone(host: Host, token: str) -> Iterator[Outcome]:
    """Hold the host, with nothing cut off left on it; the outcome has failed for whoever may change nothing here."""
    with held.alone(host.layout, "lock"):
        outcome, refusal = Outcome(""), held.refusal(host.layout, token)
        if refusal:
            outcome.fail(refusal)
        else:
            left = recover(host)
            if left["did"] == "reverted":
                outcome.messages += ["an activation that was cut off is undone", *left["messages"]]
        yield outcome


def _coming(host: Host, packed: zipfile.ZipFile, outcome: Outcome) -> Coming:
    layout = host.layout
    clear_halves(layout)
    manifest = manifests.read(packed.read("manifest.json").decode())
    record = read_record(layout)
    outcome.release = str(record.get("release") or "")
    return Coming(manifest, packed, frozenset(packed.namelist()), difference(layout, manifest, record), record)


def rollback(host: Host, to: str, token: str = "") -> Outcome:
    """Go back to the kept release `to`, or to the one before the release in place."""
    layout = host.layout
    with _alone(host, token) as outcome:
        if outcome.failed:
            return outcome
        record = read_record(layout)
        name = to or record.get("before") or ""
        outcome.release = str(record.get("release") or "")
        if not name or not os.path.isfile(f"{layout.release(name)}/manifest.json"):
            return outcome.fail(_no_such(host, to))
        manifest = manifests.read_file(f"{layout.release(name)}/manifest.json")
        edited = _edited(layout, manifest)
        if edited:
            return outcome.fail(f"release {name} is not what it was: {', '.join(edited)} changed since")
        if not difference(layout, manifest, record).paths:
            return settle(host, manifest, record, outcome)
        return _activated(host, name)


def _no_such(host: Host, to: str) -> str:
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


# --- Staged, and tried out ---


def _stage(host: Host, coming: Coming, on_foreign: str, outcome: Outcome, doors: trial.Doors | None = None) -> Outcome:
    layout = host.layout
    if coming.record and not coming.difference.paths:
        return outcome
    strangers = _strangers(layout, coming)
    if strangers and on_foreign == "refuse":
        return outcome.fail(*(f"{path}: {_REFUSED}" for path in strangers))
    with outcome.timed("stage"):
        install(layout)
        name, problem = write_half(layout, coming)
    if problem:
        return outcome.fail(problem)
    with outcome.timed("try out"):
        wrong, measured = trial.try_out(layout, layout.half(name), frozenset(coming.difference.leaving), doors)
    if wrong:
        disk.clear(layout.half(name))
        return outcome.fail("the try-out refused this release; nothing was changed on the host", *wrong)
    if measured.get("untried"):
        outcome.messages.append(f"the try-out had no time to call {measured['untried']} of the center's own numbers")
    disk.put_json(f"{layout.half(name)}/measured.json", measured)
    to_back_up = strangers if on_foreign == "backup" else ()
    tried = {"stand": _stand(layout, named(coming.manifest, name)), "back_up": to_back_up, "told": outcome.messages}
    disk.put_json(f"{layout.half(name)}/tried.json", tried)
    outcome.staged = name
    return outcome


def _stand(layout: Layout, manifest: Manifest) -> str:
    """A hash of what a try-out finds on the host, and an activation must find again."""
    record, noted = read_record(layout), disk.read_json(f"{layout.home}/seen.json")
    paths = sorted({*manifest.paths, *record.get("files", {})})
    files = {path: there and there.about for path in paths for there in (standing(layout, path, noted),)}
    about = [record.get("release"), files, ask_asterisk.beside(), trial.own_addresses()]
    return hash_of(json.dumps(about, sort_keys=True).encode())


# --- Put in place ---


def _release(host: Host, name: str, outcome: Outcome) -> Outcome:
    layout = host.layout
    tried = disk.read_json(f"{layout.half(name)}/tried.json")
    if not tried:
        return outcome.fail(f"no release {name} is staged here any more; nothing was changed; deploy again")
    manifest = manifests.read_file(f"{layout.half(name)}/manifest.json")
    if tried["stand"] != _stand(layout, manifest):
        disk.clear(layout.half(name))
        return outcome.fail(f"the host is not what {name} was tried out on any more; nothing was changed; deploy again")
    for path in tried["back_up"]:
        disk.bring(layout.at(f"{BACKUPS}/{name}{path}"), layout.at(path))
    os.rename(layout.half(name), layout.release(name))
    disk.sync({layout.releases})
    clear_halves(layout)
    activated = _activated(host, name)
    activated.seconds = {**outcome.seconds, **activated.seconds}
    activated.messages = [*dict.fromkeys([*tried["told"], *outcome.messages, *activated.messages])]
    if read_record(layout).get("release") != name:
        disk.clear(layout.release(name))
    return activated


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
