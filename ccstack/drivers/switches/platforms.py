"""What each platform of switches is asked by the driver, and what it can take back by itself: one row a platform.

docs/switches.md shows this table; a test holds the two together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ccstack.model.switch import Platform

Way = Literal["lines", "timer", "checkpoint", "session", "commit"]
"""How a change is made. `lines`: each line counts at once, and nothing reverts. `timer`: the same under a timer that
puts the old configuration back. `checkpoint`: the same, by a checkpoint. `session`: a candidate that is committed under
a timer. `commit`: a candidate of the whole switch, committed under a timer."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the driver speaks with a platform."""

    label: str
    device_type: str
    """netmiko's name for it."""
    way: Way
    reverts: str
    """What the switch does by itself when nobody confirms a change, in the plan's words."""
    running: str
    """Shows what runs, in the form of `SwitchState.lines`."""
    startup: str
    """Shows what it would start with; empty where a commit is that by itself."""
    save: str
    """Makes what runs what it starts with; empty as above."""
    named: str = r"(?m)^hostname (\S+)"
    """Finds its host name in what it runs."""
    pending: str = ""
    """Shows whether a commit waits for its confirmation, where the platform says so."""
    is_pending: str = r"(?!)"
    """What it says then."""
    refusal: str = r"^%"
    """What begins a line with which the switch refuses what it was given."""
    harmless: str = r"(?!)"
    """What begins a line that looks like that and is only a hint."""
    bulk: int = 1
    """Lines that may be written without waiting for each one's answer."""
    ranges: bool = False
    """Whether `interface range` configures several interfaces at once."""
    exits: bool = False
    """Whether a mode must be left before another is entered; elsewhere a line that opens one leaves the other."""
    source: str = ""
    """Where the vendor says so."""

    def refuses(self, said: str) -> str:
        """The part of an answer that says that a line is refused; empty when none does."""
        lines = [line for line in said.splitlines() if line.strip()]
        wrong = [line for line in lines if re.match(self.refusal, line) and not re.match(self.harmless, line)]
        return wrong[0].strip() if wrong else ""


_SYSLOG = r"%[A-Z0-9_]+-[0-7]-[A-Z0-9_]+:"
"""A message of the log, which a terminal may show at any time (Cisco IOS System Message Logging)."""

_IOS_REFUSAL = r"%|Command rejected|ERROR:"
_IOS_HARMLESS = rf"{_SYSLOG}|% ?Warning|%Portfast has been configured"

PLATFORMS: Mapping[Platform, Dialect] = {
    "cisco-ios": Dialect(
        label="Cisco IOS",
        device_type="cisco_ios",
        way="lines",
        reverts="it takes nothing back by itself: every line counts at once. Should the connection break, ccstack puts "
        "back what was there once the switch answers again; a switch that is cut off for good keeps what it has",
        running="show running-config",
        startup="show startup-config",
        save="write memory",
        refusal=_IOS_REFUSAL,
        harmless=_IOS_HARMLESS,
        ranges=True,
        source="Cisco IOS Configuration Fundamentals Command Reference",
    ),
    "cisco-ios-xe": Dialect(
        label="Cisco IOS-XE",
        device_type="cisco_xe",
        way="timer",
        reverts="it goes back by itself when nobody confirms the change (configure terminal revert timer)",
        running="show running-config",
        startup="show startup-config",
        save="write memory",
        pending="show archive config rollback timer",
        is_pending=r"(?m)^Time configured",
        refusal=_IOS_REFUSAL,
        harmless=_IOS_HARMLESS,
        ranges=True,
        source="Cisco IOS XE Configuration Management Configuration Guide, Configuration Rollback Confirmed Change",
    ),
    "arista-eos": Dialect(
        label="Arista EOS",
        device_type="arista_eos",
        way="session",
        reverts="nothing counts before all is accepted, and it goes back by itself when nobody confirms the change "
        "(configure session, commit timer)",
        running="show running-config",
        startup="show startup-config",
        save="write memory",
        pending="show configuration sessions",
        is_pending=r"pendingCommitTimer|pending commit timer",
        refusal=r"%",
        harmless=_SYSLOG,
        bulk=50,
        exits=True,
        source="Arista EOS User Manual, Configure Session",
    ),
    "aruba-aoscx": Dialect(
        label="Aruba AOS-CX",
        device_type="aruba_aoscx",
        way="checkpoint",
        reverts="it goes back by itself when nobody confirms the change (checkpoint auto)",
        running="show running-config",
        startup="show startup-config",
        save="write memory",
        refusal=r"%|Invalid input|Error|Failed|Operation not allowed|Unknown command",
        exits=True,
        source="AOS-CX Fundamentals Guide, Checkpoints",
    ),
    "juniper-junos": Dialect(
        label="Juniper Junos",
        device_type="juniper_junos",
        way="commit",
        reverts="nothing counts before all is accepted, and it goes back by itself when nobody confirms the change "
        "(commit confirmed)",
        running="show configuration | display set",
        startup="",
        save="",
        named=r"(?m)^set system host-name (\S+)",
        pending="show system commit",
        is_pending=r"(?m)^0 .*commit confirmed, rollback in",
        refusal=r"error:|syntax error|unknown command|missing argument|invalid ",
        bulk=50,
        source="Junos OS CLI User Guide, Commit the Configuration",
    ),
}

NO_ARCHIVE = (
    "it could go back by itself, and cannot as it is: `archive` with a `path` is not configured (Configuration "
    "Rollback Confirmed Change needs it). Every line counts at once. Should the connection break, ccstack puts back "
    "what was there once the switch answers again"
)
"""What is said of an IOS-XE switch without an archive."""


def way_of(platform: Platform, running: str) -> tuple[Way, str]:
    """How a switch is changed that has this running configuration, and what it takes back by itself, in words."""
    dialect = PLATFORMS[platform]
    if dialect.way == "timer" and not re.search(r"(?m)^archive\r?\n(?: .*\n)*? path \S", running):
        return "lines", NO_ARCHIVE
    return dialect.way, dialect.reverts
