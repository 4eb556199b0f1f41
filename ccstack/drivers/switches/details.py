"""What a switch says of its ports and of itself: who is heard there, whether there is a link and power, its model.

Every platform has tables of its own. What cannot be read in one is left out: a missing fact is no fact of the contrary.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from ccstack.design.wiring import full_name
from ccstack.model.switch import Platform
from ccstack.plan.actual import Power, SeenPort, SwitchActual

from .errors import RefusedError
from .terminal import Terminal


@dataclass(frozen=True, slots=True)
class Questions:
    """The commands of a platform, and how its answers are read."""

    neighbours: str
    heard: str
    """What only an answer about neighbours has; without it nothing is known of any."""
    place: str
    """A line that says at which interface the neighbour is, of which the lines after it speak."""
    ids: str
    """A line with a chassis or port id: either may be the phone's MAC address (ANSI/TIA-1057 section 10.2.2)."""
    links: str
    link: Callable[[str], Iterator[tuple[str, str]]]
    """Interfaces and the platform's words for their links."""
    power: str
    fed: str
    """A line of the table of power: `port`, `admin`, `oper`."""
    itself: tuple[str, ...]
    model: str
    version: str
    source: str
    """Where the vendor shows these tables."""


def detailed(terminal: Terminal, platform: Platform, actual: SwitchActual) -> SwitchActual:
    """`actual` with what the switch says of its ports and of itself. Raises `DroppedError`."""
    ask = QUESTIONS[platform]
    itself = "\n".join(_said(terminal, command) for command in ask.itself)
    return replace(
        actual,
        neighbours=neighbours_in(platform, _said(terminal, ask.neighbours)),
        ports=ports_in(platform, _said(terminal, ask.links), _said(terminal, ask.power)),
        facts={**actual.facts, **itself_in(platform, itself)},
    )


def _said(terminal: Terminal, command: str) -> str:
    """Empty where the switch does not take the command: it has no such thing, or it is switched off."""
    try:
        return terminal.show(command)
    except RefusedError:
        return ""


# --- Who is heard ---

_MAC = re.compile(
    r"(?<![0-9A-Za-z:.-])((?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}|[0-9a-f]{12})(?![0-9a-z])",
    re.IGNORECASE,
)
"""As switches write it: `00:15:65:aa:bb:cc`, `0015.65aa.bbcc`, and `001565AABBCC` (also in `001565AABBCC:P1`)."""


def neighbours_in(platform: Platform, said: str) -> dict[str, frozenset[str]] | None:
    """By interface: the MAC addresses in the ids of who is heard there, as twelve lower-case hex digits; none of a
    device that goes by another id. None: the answer says nothing of neighbours, or not where they are."""
    ask = QUESTIONS[platform]
    if not re.search(ask.heard, said, re.MULTILINE):
        return None
    found: dict[str, frozenset[str]] = {}
    port = ""
    for line in said.splitlines():
        if place := re.match(ask.place, line):
            port = full_name(platform, place[1])
        if ids := re.match(ask.ids, line):
            if not port:  # older releases of IOS do not say it
                return None
            macs = (re.sub(r"[:.-]", "", mac).lower() for mac in _MAC.findall(ids[1]))
            found[port] = found.get(port, frozenset()).union(macs)
    return found


# --- Link and power ---

_LINKS: Mapping[str, bool] = {
    "connected": True,
    "up": True,
    "notconnect": False,
    "disabled": False,
    "err-disabled": False,
    "errdisabled": False,
    "down": False,
}
_OPER: Mapping[str, Power] = {
    "on": "on",
    "powered": "on",
    "delivering": "on",
    "off": "off",
    "detecting": "off",
    "searching": "off",
    "disabled": "disabled",
    "faulty": "fault",
    "fault": "fault",
    "faulted": "fault",
    "denied": "fault",
    "power-deny": "fault",
    "overload": "fault",
}
_NOT_FED = ("off", "never", "no", "false", "disabled")


def ports_in(platform: Platform, links: str, power: str) -> dict[str, SeenPort]:
    """By interface: what two tables say of it. One that neither speaks of is not there."""
    ask = QUESTIONS[platform]
    found = {full_name(platform, port): SeenPort(_LINKS.get(word), word) for port, word in ask.link(links)}
    for row in re.finditer(ask.fed, power, re.MULTILINE | re.IGNORECASE):
        port = full_name(platform, row["port"])
        found[port] = replace(found.get(port, SeenPort()), power=_fed(row["admin"].lower(), row["oper"].lower()))
    return found


def _fed(admin: str, oper: str) -> Power | None:
    return "disabled" if admin in _NOT_FED else _OPER.get(oper)


def _below_status(said: str) -> Iterator[tuple[str, str]]:
    """Of a table whose second column is a description, with whatever blanks and words people wrote into it."""
    column = 0
    for line in said.splitlines():
        if re.match(r"Port +Name +Status ", line):
            column = line.index("Status")
        elif column and line[column - 1 : column] == " " and line[column : column + 1].strip():
            yield line.split()[0], line[column:].split()[0]


def _by(pattern: str) -> Callable[[str], Iterator[tuple[str, str]]]:
    def rows(said: str) -> Iterator[tuple[str, str]]:
        for row in re.finditer(pattern, said, re.MULTILINE):
            yield row[1], row[2]

    return rows


# --- The switch itself ---


def itself_in(platform: Platform, said: str) -> dict[str, str]:
    """Its `model` and `version`, as far as it says them."""
    ask = QUESTIONS[platform]
    found = {"model": re.search(ask.model, said, re.MULTILINE), "version": re.search(ask.version, said, re.MULTILINE)}
    return {name: match[1] for name, match in found.items() if match}


_AOSCX_PORT = r"\d+/\d+/\d+"
_JUNOS_PORT = r"[a-z]+-\d+/\d+/\d+"

_CISCO = Questions(
    neighbours="show lldp neighbors detail",
    heard=r"^Total entries displayed",
    place=r"Local Intf: *(\S+)",
    ids=r"(?:Chassis|Port) id: *(.*)",
    links="show interfaces status",
    link=_below_status,
    power="show power inline",
    fed=r"^(?P<port>[a-z]+[\d/]+) +(?P<admin>auto|static|consume|never|off) +(?P<oper>\S+) ",
    itself=("show version",),
    model=r"^[Cc]isco (\S+) .*processor",
    version=r", Version ([^\s,]+)",
    source="Cisco IOS LAN Switching and Interface Command References",
)

QUESTIONS: Mapping[Platform, Questions] = {
    "cisco-ios": _CISCO,
    "cisco-ios-xe": _CISCO,
    "arista-eos": Questions(
        neighbours="show lldp neighbors detail",
        heard=r"^Interface \S+ detected \d+ LLDP neighbors",
        place=r"Interface (\S+) detected",
        ids=r"\s*(?:- )?(?:Chassis|Port) ID +:(.*)",
        links="show interfaces status",
        link=_below_status,
        power="show poe",
        fed=r"^(?P<port>Et[a-z]*[\d/]+) +(?P<admin>true|false|yes|no) .*?\b"
        r"(?P<oper>powered|delivering|detecting|searching|disabled|overload|denied|fault|faulty)\b",
        itself=("show version",),
        model=r"^Arista (\S+)",
        version=r"^Software image version: *(\S+)",
        source="Arista EOS User Manual, LLDP, Ethernet Ports, and Power over Ethernet",
    ),
    "aruba-aoscx": Questions(
        neighbours="show lldp neighbor-info",
        heard=r"^LOCAL-PORT +CHASSIS-ID",
        place=rf"({_AOSCX_PORT})\s",
        ids=rf"{_AOSCX_PORT}\s(.*)",
        links="show interface brief",
        link=_by(rf"^({_AOSCX_PORT}) .*? (?:yes|no) +(up|down)\b"),
        power="show power-over-ethernet brief",
        fed=rf"^(?P<port>{_AOSCX_PORT}) +(?P<admin>yes|no) .*?\b"
        r"(?P<oper>delivering|searching|disabled|denied|faulted|fault)\b",
        # Only `show system` names the model.
        itself=("show version", "show system"),
        model=r"^Product Name +: *(.*\S)",
        version=r"^(?:Version|ArubaOS-CX Version) +: *(\S+)",
        source="AOS-CX Monitoring Guide and Fundamentals Guide",
    ),
    "juniper-junos": Questions(
        neighbours="show lldp neighbors",
        heard=r"^Local Interface +Parent Interface +Chassis Id",
        place=rf"({_JUNOS_PORT})(?:\.0)?\s",
        ids=rf"{_JUNOS_PORT}(?:\.0)?\s(.*)",
        links="show interfaces terse",
        link=_by(rf"^({_JUNOS_PORT}) +(?:up|down) +(up|down)\b"),
        power="show poe interface",
        fed=rf"^ *(?P<port>{_JUNOS_PORT}) +(?P<admin>enabled|disabled) +(?P<oper>\S+)",
        itself=("show version",),
        model=r"^Model: *(\S+)",
        version=r"^Junos: *(\S+)",
        source="Junos OS CLI Reference; Power over Ethernet User Guide for EX Series Switches",
    ),
}
