"""What would become of a host's units and processes, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import cast

from ccstack.model.center import ContactCenter
from ccstack.render.kamailio.destinations import pbx_set
from ccstack.render.state import ApplyClass, HostState

from .actual import HostActual, SeenUnit
from .plan import Action, Change
from .risk import RISK_OF_CLASS, risk_of_class

FIRST = "first release of this host"

UNIT_OF: dict[str, str] = {
    "asterisk": "asterisk.service",
    "kamailio": "kamailio.service",
    "rtpengine": "rtpengine-daemon.service",
    "kea": "kea-dhcp4-server.service",
    "dnsmasq": "dnsmasq.service",
    "nginx": "nginx.service",
    "nftables": "nftables.service",
    "chrony": "chrony.service",
}
"""The unit that an apply class speaks to, by the class's first word."""

_OVERRIDES = "/etc/ccstack/overrides"

_SPEAKS_OF: tuple[tuple[str, ApplyClass], ...] = (
    (r"Asterisk module.* restart", "asterisk-restart"),
    (r"Asterisk module", "asterisk-modules"),
    (r"log channels", "asterisk-logger"),
    (r"music classes", "asterisk-music"),
    (r"voicemail boxes", "asterisk-voicemail"),
    (r"PJSIP|endpoint", "asterisk-pjsip"),
    (r"^queue|[Qq]ueue ", "asterisk-queues"),
    (r"dialplan|context", "asterisk-dialplan"),
    (r"dispatcher", "kamailio-dispatcher"),
    (r"htable", "kamailio-htable"),
    (r"permitted address", "kamailio-permissions"),
    (r"registration", "kamailio-uac"),
    (r"^Kea ", "kea-reload"),
    (r"^nginx ", "nginx-reload"),
    (r"nftables", "nftables"),
    (r"hostname", "hostname"),
)
"""What a difference that a process reports is mended by: the class whose reload brings such things."""


def unit_changes(wanted: HostState, actual: HostActual) -> Iterator[Change]:
    """Units that do not run, or would not come back at boot."""
    first = FIRST if actual.release is None else ""
    for unit in wanted.units:
        name = unit.name if "." in unit.name else f"{unit.name}.service"
        seen = actual.units.get(name)
        if seen is None or not seen.is_up:
            # One that runs and would not come back at boot is enabled, and goes on running.
            action: Action = "mend" if seen and seen.active == "active" else "start"
            yield Change(wanted.name, "unit", name, action, "none", why=first or _down(seen))


def _down(seen: SeenUnit | None) -> str:
    if seen is None or not seen.enabled:
        return "there is no such unit on the host"
    wrongs = [] if seen.active == "active" else [f"it is {seen.active}"]
    boots = SeenUnit("active", seen.enabled, 0).is_up
    return " and ".join([*wrongs, *([] if boots else [f"{seen.enabled}: it would not start at boot"])])


def process_changes(
    wanted: HostState, actual: HostActual, center: ContactCenter, others: Iterable[Change]
) -> Iterator[Change]:
    """Processes that do not have what their files say.

    What the `others` bring about anyway (a changed file of that class, a process that starts) is no change of its own.
    """
    brought = {change.apply for change in others if change.kind == "file"}
    idle = {name for name, unit in actual.units.items() if unit.active != "active"}
    for (unit, apply), whys in _differences(actual, _overridden(wanted, actual)).items():
        if unit not in idle and not _comes_with(unit, apply, brought):
            yield _process(wanted.name, unit, apply, whys, center)


def drain_changes(wanted: HostState, actual: HostActual, center: ContactCenter) -> Iterator[Change]:
    """PBXs that an SBC gives no new calls. While somebody deploys, that is as it shall be."""
    names = {pbx_set(host.name): host.name for host in center.hosts if host.pbx}
    for number in actual.drained if actual.lock is None else ():
        name = names.get(number, f"dispatcher set {number}")
        why = f"it gives {name} no new calls: a deployment that was killed left it so"
        yield Change(wanted.name, "process", f"kamailio.service/drain of {name}", "mend", "none", why=why)


def pending_changes(wanted: HostState, actual: HostActual) -> Iterator[Change]:
    """A release that was cut off half-way, and that the host has not mended by itself yet."""
    if actual.pending and actual.lock is None:
        why = f"release {actual.pending} was begun and neither confirmed nor reverted"
        yield Change(wanted.name, "process", "release", "mend", "none", why=why)


def _overridden(wanted: HostState, actual: HostActual) -> frozenset[str]:
    """Classes of files that a site's own additions contradict: what their process then has is reported there."""
    ends = tuple(path.removeprefix(_OVERRIDES) for path, trouble in actual.overrides.items() if trouble)
    return frozenset(file.apply for file in wanted.files if file.path.removeprefix("/etc") in ends)


_LATE = "its files changed since the process took them over"


def _differences(actual: HostActual, overridden: frozenset[str]) -> dict[tuple[str, str], list[str]]:
    """What is wrong by unit and class."""
    found: dict[tuple[str, str], list[str]] = {}
    for unit, classes in actual.stale.items():
        for apply in classes:
            found.setdefault((unit, apply), []).append(_LATE)
    for problem in actual.runtime:
        apply = _class_of(problem)
        if apply not in overridden:
            found.setdefault((_unit_of(apply, problem), apply), []).append(problem)
    return _with_modules(found)


def _with_modules(found: dict[tuple[str, str], list[str]]) -> dict[tuple[str, str], list[str]]:
    """What a process has not because modules are missing comes with them: one change."""
    loads = next((key for key in found if key[1] == "asterisk-modules"), None)
    if loads is None:
        return found
    alone = {key: whys for key, whys in found.items() if key[0] != loads[0] or _LATE in whys}
    return alone | {loads: [why for key, whys in found.items() if key not in alone for why in whys]}


def _class_of(problem: str) -> str:
    return next((apply for pattern, apply in _SPEAKS_OF if re.search(pattern, problem)), "none")


def _unit_of(apply: str, problem: str) -> str:
    named = UNIT_OF.get(apply.split("-")[0])
    return named or next((unit for word, unit in UNIT_OF.items() if word in problem.lower()), "")


def _comes_with(unit: str, apply: str, brought: set[str]) -> bool:
    of_unit = {one for one in brought if UNIT_OF.get(one.split("-")[0]) == unit}
    # A process that is asked in vain speaks of no class: whatever is done to it may be the remedy.
    return apply in of_unit or any(one.endswith("-restart") for one in of_unit) or (apply == "none" and bool(of_unit))


def _process(host: str, unit: str, apply: str, whys: list[str], center: ContactCenter) -> Change:
    is_known = apply in RISK_OF_CLASS
    risk = risk_of_class(cast(ApplyClass, apply), host, center) if is_known else "needs-window"
    action = "restart" if apply.endswith("-restart") else "mend" if apply == "none" else "reload"
    path = "/".join(filter(None, (unit, apply if apply != "none" else "")))
    return Change(host, "process", path or "processes", action, risk, apply, "; ".join(whys))  # type: ignore[arg-type]
