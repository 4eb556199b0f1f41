"""What a switch calls a port in DHCP: the Agent Circuit ID of option 82 (RFC 3046 section 3.1).

A DHCP server gives a phone the address of its port by it, so it must be the very bytes that the switch puts there.
"""

from __future__ import annotations

from collections.abc import Callable

from ccstack.model.switch import Platform, Switch

CISCO_LONGEST = 63
"""Characters of a circuit id that is set by hand (`format-type circuit-id string`)."""
EOS_TYPE = 2
EOS_FORMAT = "format %h:%p"
JUNOS_PREFIX = "prefix host-name"
"""The type that EOS is told to write before its circuit id."""


def circuit_id(switch: Switch, interface: str, vlan: int) -> bytes:
    """The value of the Agent Circuit ID sub-option for a phone on `interface`, as the switch prints it, in `vlan`."""
    return _FORMS[switch.platform](switch.name, interface, vlan)


def circuit_text(switch: str, interface: str) -> str:
    """What stands for a port where the platform lets it be set: `<switch>:<interface>`."""
    return f"{switch}:{interface}"


def names_host(line: str) -> bool:
    """Whether a line of configuration lets circuit ids begin with the switch's host name, which is not ccstack's."""
    return line.endswith((f" {EOS_FORMAT}", f" {JUNOS_PREFIX}"))


def vlan_name(kind: str, vlan: int) -> str:
    """How a VLAN is called on every switch: `voice-110`. With the number in it, no two VLANs share a name."""
    return f"{kind}-{vlan}"


def _cisco(switch: str, interface: str, _: int) -> bytes:
    """Set by hand, port by port. Type 1, length, string (Catalyst 3750-X and 3560-X Software Configuration Guide,
    Configuring DHCP Features, "User-Configured Suboption Packet Formats")."""
    return _typed(1, circuit_text(switch, interface))


def _eos(switch: str, interface: str, _: int) -> bytes:
    """`circuit-id type 2 format %h:%p`: type, length, host name and interface (EOS User Manual, DHCP Snooping). The
    host name must be the switch's name. That the interface is written in full was not confirmed on a switch."""
    return _typed(EOS_TYPE, circuit_text(switch, interface))


def _aoscx(_switch: str, interface: str, vlan: int) -> bytes:
    """Nothing can be set: AOS-CX writes its own form. Port and VLAN as text was not confirmed on a switch. It does not
    name the switch; so of two such switches in one site only one may have `phone_addresses`."""
    return f"{interface}:{vlan}".encode("ascii")


def _junos(switch: str, interface: str, vlan: int) -> bytes:
    """`circuit-id prefix host-name`: host name, logical interface and VLAN name (Junos OS, "circuit-id (DHCP
    Security)": `interface-name:vlan-name`, and before it the prefix). The host name must be the switch's name."""
    return f"{switch}:{interface}.0:{vlan_name('voice', vlan)}".encode("ascii")


def _typed(kind: int, text: str) -> bytes:
    return bytes((kind, len(text))) + text.encode("ascii")


_FORMS: dict[Platform, Callable[[str, str, int], bytes]] = {
    "cisco-ios": _cisco,
    "cisco-ios-xe": _cisco,
    "arista-eos": _eos,
    "aruba-aoscx": _aoscx,
    "juniper-junos": _junos,
}
