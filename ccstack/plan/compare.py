"""Compare what is wanted with what stands: the answer is a plan.

Pure: no clock, no network, no file. The center that a host was deployed from comes with its look, and is rendered here
once more, so that what the blueprint changed can be told from what somebody changed on the host.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.model.center import ContactCenter
from ccstack.render import render
from ccstack.render.state import DesiredState, Expectation, HostState
from ccstack.render.text import RenderError
from ccstack.rules import check

from .actual import HostActual
from .causes import Changed
from .files import Look, file_changes
from .mask import Redact
from .objects import Difference, differences, object_of
from .plan import Change, ObjectChange, Plan, TargetPlan, highest
from .processes import drain_changes, pending_changes, process_changes, unit_changes

_NO_HOST = HostState("", (), (), (), (), Expectation())
_FOREIGN = "somebody else's file stands here, and ccstack has never managed it"
_UNREADABLE = "what this host was deployed from is not of this version of ccstack, so reasons are not known"


def compare(
    center: ContactCenter,
    blueprint: str,
    desired: DesiredState,
    actual: Mapping[str, HostActual | Unknown],
    *,
    redact: Redact = lambda text: text,
) -> Plan:
    """What it takes to bring the hosts in `actual` to `desired`, the rendering of `center` (whose hash is `blueprint`).

    `desired` has its secrets as slots; contents are compared by the digests in each look. `redact` masks values that
    the vault knows, should somebody have written one into a file of his own.
    """
    seen = {name: one for name, one in actual.items() if isinstance(one, HostActual)}
    pasts = _pasts(seen.values(), center, desired, blueprint)
    targets: list[TargetPlan] = []
    for host in desired.hosts:
        if host.name in seen:
            past = pasts[seen[host.name].center]
            look = Look(center, host, past.host(host.name), past.changed, seen[host.name], redact)
            targets.append(_target(look, past))
    unknown = {name: one.why for name, one in actual.items() if isinstance(one, Unknown)}
    return Plan(center.name, blueprint, _objects(pasts, seen, targets, desired, blueprint), tuple(targets), unknown)


@dataclass(frozen=True)
class _Past:
    """What some hosts were deployed from, and what is different from it now."""

    changed: Changed
    state: DesiredState | None = None
    trouble: str = ""

    def host(self, name: str) -> HostState | None:
        """What was wanted of a host then: nothing of one that was not in the center; None where it is not known."""
        if self.state is None:
            return None
        return next((host for host in self.state.hosts if host.name == name), replace(_NO_HOST, name=name))


def _pasts(
    seen: Collection[HostActual], center: ContactCenter, desired: DesiredState, blueprint: str
) -> dict[str | None, _Past]:
    """The pasts of the hosts, by the center that they were deployed from."""
    is_first = all(one.release is None for one in seen)
    pasts: dict[str | None, _Past] = {None: _Past(Changed(differences(None, center) if is_first else (), center))}
    for one in seen:
        if one.center is not None and one.center not in pasts:
            is_same = one.blueprint == blueprint
            pasts[one.center] = _Past(Changed((), center), desired) if is_same else _past(one.center, center)
    return pasts


def _past(text: str, center: ContactCenter) -> _Past:
    """The past that began with the center in `text`, as far as this version understands it."""
    try:
        before = ContactCenter.model_validate(_without_schema(json.loads(text)))
    except ValueError:  # a ValidationError is one, too
        return _Past(Changed((), center), trouble=_UNREADABLE)
    changed = Changed(differences(before.model_dump(mode="json"), center), center)
    plan = design(before)
    # A center from before a rule came may break it; of such a one a renderer promises nothing.
    if any(finding.severity == "error" for finding in check(plan)):
        return _Past(changed, trouble=_UNREADABLE)
    try:
        return _Past(changed, render(plan))
    except RenderError:
        return _Past(changed, trouble=_UNREADABLE)


def _without_schema(data: Any) -> Any:
    return {name: value for name, value in data.items() if name != "schema"} if isinstance(data, dict) else data


def _target(look: Look, past: _Past) -> TargetPlan:
    actual, name = look.actual, look.wanted.name
    changes = [*_bootstrap(look), *file_changes(look), *unit_changes(look.wanted, actual)]
    changes += process_changes(look.wanted, actual, look.center, changes)
    changes += drain_changes(look.wanted, actual, look.center)
    changes += pending_changes(look.wanted, actual)
    changes += _conflicts(actual)
    refused = tuple(f"{path}: {_FOREIGN}" for path in sorted(actual.foreign))
    return TargetPlan(name, actual.state, tuple(changes), refused, tuple(_notes(actual, past, changes)))


def _bootstrap(look: Look) -> Iterator[Change]:
    """Packages, users and directories: brought up to date without starting or stopping anything."""
    actual, name = look.actual, look.wanted.name
    installs = any(host.name == name and host.install == "packages" for host in look.center.hosts)
    missing = [one for one in look.wanted.packages if one not in actual.packages] if installs else []
    whys = []
    if not actual.bootstrap:
        whys.append("the host never had its bootstrap")
    elif actual.bootstrap != actual.wanted_bootstrap:
        whys.append("packages, units or the playbook are others than at the host's last bootstrap")
    if missing and actual.bootstrap:
        whys.append(f"not installed: {', '.join(missing)}")
    if whys:
        yield Change(name, "bootstrap", "packages", "install", "none", why="; ".join(whys))


def _conflicts(actual: HostActual) -> Iterator[Change]:
    for path, trouble in sorted(actual.overrides.items()):
        if trouble:
            yield Change(actual.host, "override", path, "report", "none", why=trouble)


_PHONES_FETCH = "phones fetch their files at their next start: nothing on this host tells them to"


def _notes(actual: HostActual, past: _Past, changes: Iterable[Change]) -> Iterator[str]:
    if any(change.apply == "phones" and change.action in ("add", "change", "mend") for change in changes):
        yield _PHONES_FETCH
    if actual.lock:
        yield f"locked by {actual.lock.owner} since {actual.lock.since}"
    for path, trouble in sorted(actual.overrides.items()):
        if not trouble:
            yield f"{path} is the site's own and stays in force"
    if past.trouble and actual.center:
        yield past.trouble


def _objects(
    pasts: Mapping[str | None, _Past],
    seen: Mapping[str, HostActual],
    targets: list[TargetPlan],
    desired: DesiredState,
    blueprint: str,
) -> tuple[ObjectChange, ...]:
    """Every object that is different for some host. Hosts with different pasts may have different reasons."""
    merged: dict[str, ObjectChange] = {}
    # Hosts that a change did not concern keep the center from before it: that is nothing to tell once others have it.
    is_deployed = any(one.blueprint == blueprint for one in seen.values())
    for text, past in pasts.items():
        mine = [target for target in targets if seen[target.target].center == text]
        touched = _touched_at_first(desired, mine) if text is None else _touched(mine)
        for path, one in past.changed.differences.items():
            change = _with_touches(one, touched.get(path, ()), mine)
            if is_deployed and not change.touches:
                continue
            key = json.dumps([path, [(r.path, r.before, r.after) for r in one.reasons]], sort_keys=True)
            old = merged.get(key)
            merged[key] = replace(change, touches=(*old.touches, *change.touches)) if old else change
    return tuple(merged.values())


def _with_touches(one: Difference, touches: tuple[str, ...], targets: list[TargetPlan]) -> ObjectChange:
    """The object's change with its touches, as risky as what is done there because of it."""
    change = one.as_change(touches)
    mine = {reason.path for reason in one.reasons}
    done = [c.risk for target in targets for c in target.changes if mine & {reason.path for reason in c.reasons}]
    return replace(change, risk=highest([change.risk, *done]))


def _touched(targets: list[TargetPlan]) -> dict[str, tuple[str, ...]]:
    """Objects, and the targets that have changes because of them."""
    found: dict[str, dict[str, None]] = {}
    for target in targets:
        for path in {object_of(reason.path) for change in target.changes for reason in change.reasons}:
            found.setdefault(path, {})[target.target] = None
    return {path: tuple(names) for path, names in found.items()}


def _touched_at_first(desired: DesiredState, targets: list[TargetPlan]) -> dict[str, tuple[str, ...]]:
    """Objects, and the targets that shall have lines or artifacts of them."""
    names = {target.target for target in targets}
    found: dict[str, dict[str, None]] = {}
    for host in desired.hosts:
        if host.name in names:
            sources = {line.source.path for file in host.files for line in file.lines}
            for path in {object_of(path) for path in sources | {made.source.path for made in host.artifacts}}:
                found.setdefault(path, {})[host.name] = None
    return {path: tuple(touched) for path, touched in found.items()}
