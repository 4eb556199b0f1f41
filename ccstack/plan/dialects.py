"""What is to be known of each platform's configuration language to find the lines from one state to another.

All of it is data. hier_config does the comparing (plan/switches.py); its own rules for these platforms are not used:
they cover whole configurations, miss what phone ports need (a voice VLAN that changes would be taken away first), and
rewrite what they read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccstack.model.switch import Platform


@dataclass(frozen=True, slots=True)
class VlanList:
    """A line that lists VLANs: kept apart VLAN by VLAN, so that only what differs is added and taken away."""

    prefix: str
    """What stands before the list."""
    add: str
    """What is typed before VLANs to add them to it."""
    remove: str
    absent: Literal["all", "none"] = "none"
    """What a port carries where no such line is shown."""


@dataclass(frozen=True, slots=True)
class Rules:
    """A platform."""

    no: str = "no "
    """What takes a line back."""
    settings: tuple[str, ...] = ()
    """Lines that replace one another, by what their groups match: setting the new value is enough."""
    displaced: tuple[tuple[str, str], ...] = ()
    """A line that goes by itself when one like the other is set."""
    taken_back: tuple[tuple[str, str], ...] = ()
    """How what begins with `no` is really written, as search and replacement."""
    lists: tuple[VlanList, ...] = ()
    alike: tuple[tuple[str, str], ...] = ()
    """Ways to write the same, as search and replacement."""
    wholes: tuple[str, ...] = ()
    """Hierarchies, outer ones first, of which an empty one would still say something: one of which nothing is to stay
    is deleted by its name."""


_CISCO_LISTS = (
    VlanList(
        "switchport trunk allowed vlan ",
        "switchport trunk allowed vlan add ",
        "switchport trunk allowed vlan remove ",
        "all",
    ),
    VlanList("ip dhcp snooping vlan ", "ip dhcp snooping vlan ", "no ip dhcp snooping vlan "),
)

_CISCO = Rules(
    settings=(
        r"^(name) ",
        r"^(description) ",
        r"^(switchport access vlan) ",
        r"^(switchport mode) ",
        r"^(switchport voice vlan) ",
        r"^(switchport port-security maximum) \d+$",
        r"^(switchport port-security violation) ",
        r"^(switchport port-security aging time) ",
        r"^(spanning-tree portfast)(?: |$)",
        r"^(spanning-tree bpduguard) ",
        r"^(ip dhcp snooping vlan \d+ information option format-type circuit-id(?: override)? string) ",
        r"^(set dscp) ",
        r"^(priority level) ",
        r"^(bandwidth remaining percent) ",
    ),
    taken_back=(
        (r"^no power inline\b.*", "power inline auto"),
        (r"^no spanning-tree portfast .*", "no spanning-tree portfast"),
    ),
    lists=_CISCO_LISTS,
    alike=((r"^spanning-tree portfast edge$", "spanning-tree portfast"),),
)
"""Replacing an attached policy is refused ("already attached"), so `service-policy` is not among the settings."""

_EOS = Rules(
    settings=(
        r"^(name) ",
        r"^(description) ",
        r"^(switchport access vlan) ",
        r"^(switchport mode) ",
        r"^(switchport trunk native vlan) ",
        r"^(switchport phone vlan) ",
        r"^(switchport phone trunk) ",
        r"^(switchport port-security) violation ",
        r"^(switchport port-security mac-address maximum) ",
        r"^(spanning-tree portfast)(?: |$)",
        r"^(spanning-tree bpduguard) ",
        r"^(ip dhcp snooping information option circuit-id type) ",
        r"^(set traffic-class) ",
    ),
    lists=_CISCO_LISTS,
    alike=((r"^spanning-tree portfast edge$", "spanning-tree portfast"),),
)

_AOSCX = Rules(
    settings=(
        r"^(name) ",
        r"^(description) ",
        r"^(vlan )(?:access|trunk native) \d+$",
        r"^(spanning-tree port-type) ",
        r"^(client-limit) ",
        r"^(\d+) (?:match|class) ",
    ),
    displaced=(
        (r"^vlan access \d+$", r"^vlan trunk "),
        (r"^vlan trunk allowed all$", r"^vlan trunk allowed \d+$"),
        (r"^vlan trunk allowed \d+$", r"^vlan trunk allowed all$"),
    ),
    taken_back=((r"^no (\d+) (?:match|class) .*", r"no \1"),),
    lists=(VlanList("vlan trunk allowed ", "vlan trunk allowed ", "no vlan trunk allowed "),),
)

_JUNOS = Rules(
    no="delete ",
    settings=(
        r"^set (interfaces \S+ description) ",
        r"^set (interfaces \S+ unit \d+ family ethernet-switching interface-mode) ",
        r"^set (vlans \S+ vlan-id) ",
        r"^set (switch-options voip interface \S+ (?:vlan|forwarding-class)) ",
        r"^set (switch-options interface \S+ interface-mac-limit) \d+$",
        r"^set (switch-options interface \S+ interface-mac-limit limit) ",
        r"^set (switch-options interface \S+ interface-mac-limit packet-action) ",
        r"^set (class-of-service interfaces \S+ scheduler-map) ",
        r"^set (class-of-service interfaces \S+ unit \d+ classifiers dscp) ",
        r"^set (class-of-service classifiers dscp \S+ import) ",
        r"^set (class-of-service scheduler-maps \S+ forwarding-class \S+ scheduler) ",
        r"^set (class-of-service schedulers \S+ (?:transmit-rate|priority|buffer-size)) ",
    ),
    taken_back=(
        (r"^delete (interfaces \S+ description) .*", r"delete \1"),
        (r"^delete (interfaces \S+ unit \d+ family ethernet-switching interface-mode) .*", r"delete \1"),
        (r"^delete (vlans \S+ vlan-id) .*", r"delete \1"),
        (r"^delete (switch-options voip interface \S+ (?:vlan|forwarding-class)) .*", r"delete \1"),
        (r"^delete (switch-options interface \S+ interface-mac-limit packet-action) .*", r"delete \1"),
        (r"^delete (class-of-service interfaces \S+ scheduler-map) .*", r"delete \1"),
        (r"^delete (class-of-service interfaces \S+ unit \d+ classifiers dscp) .*", r"delete \1"),
        (r"^delete (class-of-service schedulers \S+ (?:transmit-rate|priority|buffer-size)) .*", r"delete \1"),
    ),
    wholes=(
        r"vlans \S+",
        r"vlans \S+ forwarding-options dhcp-security option-82",
        r"switch-options voip interface \S+",
        r"switch-options interface \S+ interface-mac-limit",
        r"class-of-service (?:classifiers dscp|scheduler-maps|schedulers) \S+",
    ),
)
"""A statement with one value is deleted by its name; with its value the command line does not take it."""

RULES: dict[Platform, Rules] = {
    "cisco-ios": _CISCO,
    "cisco-ios-xe": _CISCO,
    "arista-eos": _EOS,
    "aruba-aoscx": _AOSCX,
    "juniper-junos": _JUNOS,
}
"""Every platform."""
