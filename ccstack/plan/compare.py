"""Compare what is wanted with what stands: the answer is a plan.

Pure: no clock, no network, no file. The center that a host was deployed from comes with its look (a switch keeps none:
the hosts' is the switches', too), and is rendered here once more, so that what the blueprint changed can be told from
what somebody changed on the target.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.model.center import ContactCenter
from ccstack.render.render import render
from ccstack.render.state import DesiredState, Expectation, HostState, SwitchState
from ccstack.render.text import RenderError
from ccstack.rules import check

from .actual import HostActual, SwitchActual
from .causes import Changed
from .files import Look, file_changes
from .mask import Redact
from .objects import Difference, differences, object_of
from .plan import Change, ObjectChange, Plan, TargetPlan, highest
from .processes import drain_changes, pending_changes, process_changes, unit_changes
from .sections import SwitchLook, switch_plan

_NO_HOST = HostState("", (), (), (), (), Expectation())
_FOREIGN = "somebody else's file stands here, and ccstack has never managed it"
_UNREADABLE = "what this host was deployed from is not of this version of ccstack, so reasons are not known"


Actual = HostActual | SwitchActual | Unknown
"""A look at a target, or why there is none."""


def compare(
    center: ContactCenter,
    blueprint: str,
    desired: DesiredState,
    actual: Mapping[str, Actual],
    *,
    redact: Redact = lambda text: text,
    words: Mapping[str, str] = MappingProxyType({}),
) -> Plan:
    """What it takes to bring the targets in `actual` to `desired`, the rendering of `center` with the hash `blueprint`.

    `desired` has its secrets as slots; contents are compared by the digests in each look. `redact` masks values that
    the vault knows, should somebody have written one into a file of his own. `words` are told of a switch to which
    something would be done: what it can take back by itself.
    """
    seen = {name: one for name, one in actual.items() if isinstance(one, HostActual)}
    pasts = _pasts(seen.values(), center, desired, blueprint)
    targets: list[TargetPlan] = []
    for host in desired.hosts:
        if host.name in seen:
            past = pasts[seen[host.name].center]
            look = Look(center, host, past.host(host.name), past.changed, seen[host.name], redact)
            targets.append(_target(look, past))
    of_switches, past = _switches_past(seen.values(), pasts, blueprint)
    for switch in desired.switches:
        one = actual.get(switch.name)
        if isinstance(one, SwitchActual):
            is_first = of_switches is None and bool(seen)
            before = past.switch(switch.name)
            switch_look = SwitchLook(switch, before, past.changed, one, is_first, redact)
            targets.append(switch_plan(switch_look, filter(None, [words.get(switch.name)])))
    unknown = {name: one.why for name, one in actual.items() if isinstance(one, Unknown)}
    known = {name: one.center for name, one in seen.items()} | {switch.name: of_switches for switch in desired.switches}
    objects = _objects(pasts, seen.values(), known, targets, desired, blueprint)
    return Plan(center.name, blueprint, objects, tuple(targets), unknown)


def deployed_before(
    center: ContactCenter, blueprint: str, desired: DesiredState, actual: Mapping[str, Actual]
) -> tuple[DesiredState, ...]:
    """What was wanted when hosts in `actual` were deployed to, each once. With it what is left of an object that is no
    more can be told from what is somebody else's (see `with_remains`)."""
    seen = [one for one in actual.values() if isinstance(one, HostActual)]
    return tuple(past.state for past in _pasts(seen, center, desired, blueprint).values() if past.state is not None)


def _switches_past(
    seen: Collection[HostActual], pasts: Mapping[str | None, _Past], blueprint: str
) -> tuple[str | None, _Past]:
    """What switches were deployed from, and the past that is: the hosts keep it. Hosts that a change did not concern
    have an older one; as long as one of them has, it may not have reached the switches."""
    known = [one for one in seen if one.center is not None]
    older = [one for one in known if one.blueprint != blueprint]
    text = next((one.center for one in (*older, *known)), None)
    return text, pasts[text]


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

    def switch(self, name: str) -> SwitchState | None:
        """What was wanted of a switch then; None where it is not known, or was another switch."""
        return next((one for one in self.state.switches if one.name == name), None) if self.state else None


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
    before, state = _rendered(text)
    changed = Changed(differences(before.model_dump(mode="json"), center) if before else (), center)
    return _Past(changed, state, "" if state else _UNREADABLE)


@lru_cache(maxsize=4)
def _rendered(text: str) -> tuple[ContactCenter | None, DesiredState | None]:
    """The center in `text` and what it renders to, as far as this version understands them."""
    try:
        before = ContactCenter.model_validate(_without_schema(json.loads(text)))
    except ValueError:  # a ValidationError is one, too
        return None, None
    plan = design(before)
    # A center from before a rule came may break it; of such a one a renderer promises nothing.
    if any(finding.severity == "error" for finding in check(plan)):
        return before, None
    try:
        return before, render(plan)
    except RenderError:
        return before, None


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


_PHONES_FETCH = "an SBC then tells phones that are registered to fetch their files; the others do when they start"


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
    hosts: Collection[HostActual],
    known: Mapping[str, str | None],
    targets: list[TargetPlan],
    desired: DesiredState,
    blueprint: str,
) -> tuple[ObjectChange, ...]:
    """Every object that is different for some target. `known`: the center that each was deployed from. Targets with
    different pasts may have different reasons."""
    merged: dict[str, ObjectChange] = {}
    # Hosts that a change did not concern keep the center from before it: that is nothing to tell once others have it.
    is_deployed = any(one.blueprint == blueprint for one in hosts)
    for text, past in pasts.items():
        mine = [target for target in targets if known[target.target] == text]
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
    for switch in desired.switches:
        if switch.name in names:
            for path in {object_of(line.source.path) for line in switch.lines}:
                found.setdefault(path, {})[switch.name] = None
    return {path: tuple(touched) for path, touched in found.items()}
