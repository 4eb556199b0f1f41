"""What would become of a switch's configuration, section by section, and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccstack.model.switch import Platform
from ccstack.render.state import File, Line, Source, SwitchState
from ccstack.render.switches.circuit import names_host

from .actual import SwitchActual
from .causes import Causes, Changed
from .mask import Redact, difference, printable
from .plan import Action, Change, Risk, TargetPlan
from .switches import tree_of

WHOLE = "global"
"""The section of lines that are about the whole switch."""
_FIRST = "first deployment to this switch"
_EDITED = "edited on the switch"
_UNKNOWN_BEFORE = "what the switch was deployed from is not known"
_NOT_SAVED = "what it runs is not what it would start with: a restart would lose changes"
_SEEN = Source("", "seen")

_CARRIES = re.compile(
    r"\b(access vlan|voice vlan|phone vlan|trunk (native|allowed)|vlan members|voip interface \S+ vlan|"
    r"power|poe|shutdown|disable|switchport mode|interface-mode|routing)\b"
)
"""Lines without which a phone that works would not: VLANs, power, and whether the port is on."""


@dataclass(frozen=True, slots=True)
class SwitchLook:
    """All that is known when a switch's configuration is compared."""

    wanted: SwitchState
    before: SwitchState | None
    """What was wanted before; None where that is not known."""
    changed: Changed
    actual: SwitchActual
    is_first: bool
    """Whether the center was never deployed."""
    redact: Redact


def switch_plan(look: SwitchLook, words: Iterable[str] = ()) -> TargetPlan:
    """What would be done to a switch. `words` are told where anything is: what can be undone there, and how."""
    changes = tuple(switch_changes(look)) or tuple(_unsaved(look))
    refused = (f"{look.actual.pending}; wait until it is over",) if look.actual.pending else ()
    notes = words if changes else ()
    return TargetPlan(look.wanted.name, look.actual.state, changes, refused, tuple(notes))


def _unsaved(look: SwitchLook) -> Iterator[Change]:
    """A switch that runs what it shall and would not start with it; any other change saves it anyway."""
    if not look.actual.saved:
        yield Change(look.wanted.name, "section", "startup configuration", "mend", "none", why=_NOT_SAVED)


def switch_changes(look: SwitchLook) -> Iterator[Change]:
    """The sections that are not as they shall be, in the order in which the configuration is written."""
    before = _sections(look.before.lines, look.wanted.platform) if look.before else {}
    for now, there in differing(look.wanted, look.actual.owned):
        yield _change(look, before.get(now.path, File(now.path, (), "none")), now, there)


def differing(state: SwitchState, owned: str) -> Iterator[tuple[File, File]]:
    """The sections that are not as they shall be: as wanted, and as they are there."""
    wanted = _sections(state.lines, state.platform)
    seen = _sections((Line(text, _SEEN) for text in owned.splitlines()), state.platform)
    for path in {**wanted, **seen}:
        now, there = wanted.get(path, File(path, (), "none")), seen.get(path, File(path, (), "none"))
        if not _same(now, there, state.platform):
            yield now, there


def goes_by_host_name(state: SwitchState) -> bool:
    """Whether DHCP servers know the switch's ports by its host name, which is not ccstack's to set."""
    return any(names_host(line.text) for line in state.lines)


def _same(one: File, other: File, platform: Platform) -> bool:
    """Whether two sections say the same, in whatever order."""
    return one.text == other.text or tree_of(one.text, platform) == tree_of(other.text, platform)


def _change(look: SwitchLook, before: File, now: File, there: File) -> Change:
    causes = Causes()
    if look.before is not None and not look.is_first:
        causes = look.changed.of_file(before, now)
    action, why = _judged(look, before, now, there, causes)
    old = tuple(printable(look.redact(line.text)) for line in _in_order(there, now))
    return Change(
        target=look.wanted.name,
        kind="section",
        path=now.path,
        action=action,
        risk=_risk(now, there),
        why=why,
        reasons=causes.reasons,
        diff=difference(now.path, old, [printable(line.text) for line in now.lines], on="switch"),
    )


def _judged(look: SwitchLook, before: File, now: File, there: File, causes: Causes) -> tuple[Action, str]:
    """What is done to a section, and what the blueprint does not say about why."""
    plain: Action = "remove" if not now.lines else "change" if there.lines else "add"
    if look.is_first:
        return plain, _FIRST
    if look.before is None:
        return plain, _UNKNOWN_BEFORE
    platform = look.wanted.platform
    if _same(before, now, platform):
        return "mend", _EDITED
    edited = "" if _same(before, there, platform) else _EDITED
    return plain, "; ".join(filter(None, (causes.words, edited)))


def _in_order(there: File, now: File) -> list[Line]:
    """What stands on the switch, in the order in which ccstack writes it: a switch has an order of its own."""
    places = {line.text: place for place, line in enumerate(now.lines)}
    keyed, last = [], -1
    for line in there.lines:
        last = places.get(line.text, last)
        keyed.append((last, line))
    # A line of a class in a policy stands below its own; such a section is shown as it is.
    is_deep = any(line.text.startswith("  ") for line in (*there.lines, *now.lines))
    return list(there.lines) if is_deep else [line for _, line in sorted(keyed, key=lambda one: one[0])]


def _risk(now: File, there: File) -> Risk:
    """A phone that is on a call loses it when its port loses a VLAN, its power, or itself."""
    kept = {line.text for line in now.lines}
    lost = [line.text for line in there.lines if line.text not in kept and _CARRIES.search(line.text)]
    return "drops-calls" if lost and _is_used(now, there) else "reload"


def _is_used(now: File, there: File) -> bool:
    """Whether a phone is behind a section: on a port where one is patched; behind a trunk or a VLAN always."""
    described = [line.text for line in (*now.lines, *there.lines) if "description" in line.text]
    return not described or any("ccstack: " in text and "ccstack: free" not in text for text in described)


# --- Sections as people read them ---


def _sections(lines: Iterable[Line], platform: Platform) -> dict[str, File]:
    """Lines by their section, in order: an interface, a VLAN, a policy, or the whole switch."""
    lines = list(lines)
    paths = _junos_paths(lines) if platform == "juniper-junos" else _headers(lines)
    found: dict[str, list[Line]] = {}
    for path, line in zip(paths, lines, strict=True):
        found.setdefault(path, []).append(line)
    return {path: File(path, tuple(own), "none") for path, own in found.items()}


def _headers(lines: list[Line]) -> Iterator[str]:
    header = WHOLE
    for place, line in enumerate(lines):
        if not line.text.startswith(" "):
            opens = place + 1 < len(lines) and lines[place + 1].text.startswith(" ")
            is_section = opens or line.text.startswith(("interface ", "vlan "))
            header = line.text if is_section else WHOLE
        yield header


def _junos_paths(lines: list[Line]) -> Iterator[str]:
    """All that is about a port is one section to people, wherever Junos keeps it."""
    for line in lines:
        port = re.search(r" interfaces? ([a-z]+-\d+/\d+/\d+|ae\d+)\b", line.text)
        vlan = re.match(r"\w+ vlans (\S+) ", line.text)
        yield f"interfaces {port[1]}" if port else f"vlans {vlan[1]}" if vlan else _area(line.text)


def _area(text: str) -> str:
    words = text.split()
    return "class-of-service" if words[1] == "class-of-service" else WHOLE
