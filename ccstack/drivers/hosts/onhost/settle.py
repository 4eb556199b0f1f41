"""A release whose files are all in place: that the units run, and that the processes have what the files say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import disk, health, taken
from .apply import in_order
from .coming import EXTRAS, Coming, named
from .engines import Host
from .health import wanted_of
from .layout import Layout
from .manifest import Manifest
from .outcome import Outcome
from .schema import prepare
from .shell import first_failure
from .units import RESTARTS, unit_of

MODULES = "asterisk-modules"
"""What mends modules that are gone."""


def note_center(layout: Layout, coming: Coming) -> None:
    """Keep what the center is now, where it changed and no file did (a label, say)."""
    if coming.record.get("blueprint") != coming.manifest.blueprint:
        for extra in EXTRAS:
            if extra in coming.names:
                disk.put(f"{layout.current}/{extra}", coming.packed.read(extra))
        disk.put_json(layout.state, {**coming.record, "blueprint": coming.manifest.blueprint})


def settle(host: Host, manifest: Manifest, record: Mapping[str, Any], outcome: Outcome) -> Outcome:
    """See that the units run and that the processes have what the files say."""
    layout = host.layout
    problem = prepare(layout, manifest)
    if problem:
        return outcome.fail(problem)
    in_place = named(manifest, str(record["release"]))
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
