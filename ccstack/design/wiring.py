"""Which phone is at which switch port, on which VLANs, with which address, and what it needs from whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address

from ccstack.model.agent import Agent
from ccstack.model.phone import LINES, Phone, Station
from ccstack.model.site import Network, Site
from ccstack.model.switch import Platform, Switch

from .homes import Homes
from .index import Index


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of interface of a platform: its name and what stands before the numbers, as the platform prints them."""

    name: str
    joint: str
    numbers: str
    """What its numbers look like, as a pattern."""
    bundle: bool = False
    """Whether it is made of several others."""


_SLOTTED, _STACKED = r"[0-9]+(/[0-9]+){1,2}", r"[0-9]+/[0-9]+/[0-9]+"
_IOS = tuple(_Kind(name, "", _SLOTTED) for name in ("FastEthernet", "GigabitEthernet", "TenGigabitEthernet"))
_XE = tuple(
    _Kind(name, "", _SLOTTED)
    for name in ("TwoGigabitEthernet", "FiveGigabitEthernet", "TwentyFiveGigE", "FortyGigabitEthernet", "HundredGigE")
)
_CHANNEL = _Kind("Port-channel", "", "[0-9]+", bundle=True)

_KINDS: dict[Platform, tuple[_Kind, ...]] = {
    "cisco-ios": (*_IOS, _CHANNEL),
    "cisco-ios-xe": (*_IOS, *_XE, _CHANNEL),
    "arista-eos": (
        _Kind("Ethernet", "", r"[0-9]+(/[0-9]+){0,2}"),
        _Kind("Port-Channel", "", "[0-9]+", bundle=True),
    ),
    "aruba-aoscx": (_Kind("", "", _STACKED), _Kind("lag", " ", "[0-9]+", bundle=True)),
    "juniper-junos": (
        *(_Kind(name, "-", _STACKED) for name in ("ge", "mge", "xe", "et")),
        _Kind("ae", "", "[0-9]+", bundle=True),
    ),
}
"""The kinds of each platform; a shortened name means the first kind that begins with it (`Te` is TenGigabitEthernet).
Cisco Interface and Hardware Component command reference; Arista EOS User Manual, Ethernet Ports; AOS-CX Fundamentals
Guide, Interfaces; Junos OS Interfaces Fundamentals, Interface Naming."""


@dataclass(frozen=True, slots=True)
class Jack:
    """A switch port for a phone."""

    switch: str
    interface: str
    """As the switch prints it."""
    phone: str | None
    """The phone that is patched to it, if one is."""
    pc: bool
    """Whether a PC may be behind the phone."""
    address: IPv4Address | None
    """What a phone gets here from DHCP, where the switch has `phone_addresses`."""
    location: str | None
    """Name of the site's emergency location that this socket is at, if it or its switch names one."""


@dataclass(frozen=True, slots=True)
class Vlans:
    """The networks of a switch's phone ports; None where the site has no such network with a VLAN."""

    voice: Network | None
    data: Network | None


@dataclass(frozen=True, slots=True)
class Seat:
    """A phone, with all that its configuration needs."""

    phone: Phone
    line: Agent | Station | None
    """None when the name leads nowhere; a rule reports that."""
    site: str | None
    """Where it stands: its port's switch's site, else its line's."""
    jack: Jack | None
    sbcs: tuple[str, ...]
    """Hosts at which it registers, the site's own first."""
    servers: tuple[str, ...]
    """Hosts that have its configuration, the site's own first."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """Phones, switch ports, and the servers that phones start from."""

    jacks: dict[str, tuple[Jack, ...]]
    """By switch: its phone ports, in order."""
    uplinks: dict[str, tuple[str, ...]]
    """By switch: its uplinks as it prints them."""
    vlans: dict[str, Vlans]
    """By switch."""
    seats: dict[str, Seat]
    """By phone."""
    dhcp: dict[str, tuple[str, ...]]
    """By site: the hosts that serve DHCP to its voice networks, its own first."""
    provisioning: dict[str, tuple[str, ...]]
    """By site: every provisioning host, its own first."""


def build_wiring(index: Index, homes: Homes) -> Wiring:
    """Work out the wiring."""
    switches: dict[str, Switch] = index["switches"]
    patched = _patched(switches, index)
    vlans = {name: _vlans(index["sites"].get(switch.site)) for name, switch in switches.items()}
    jacks = {name: tuple(_jacks(switch, vlans[name], patched[name])) for name, switch in switches.items()}
    taken = {jack.phone: jack for each in jacks.values() for jack in each if jack.phone}
    servers = {site: _provisioning(site, index) for site in index["sites"]}
    return Wiring(
        jacks=jacks,
        uplinks={n: tuple(full_name(s.platform, one) for one in s.uplinks) for n, s in switches.items()},
        vlans=vlans,
        seats={name: _seat(phone, taken, index, homes, servers) for name, phone in index["phones"].items()},
        dhcp={site: _dhcp(site, index) for site in index["sites"]},
        provisioning=servers,
    )


def full_name(platform: Platform, interface: str) -> str:
    """An interface as the platform prints it: `Gi1/0/7` is `GigabitEthernet1/0/7`. One that the platform cannot have
    stays as it is; a rule reports it."""
    kind, numbers = _parsed(platform, interface)
    return f"{kind.name}{kind.joint}{numbers}" if kind else interface


def is_interface(platform: Platform, interface: str, *, bundle: bool = True) -> bool:
    """Whether the platform has interfaces of such a name; without `bundle` those made of several do not count."""
    kind, _ = _parsed(platform, interface)
    return kind is not None and (bundle or not kind.bundle)


@cache
def _parsed(platform: Platform, interface: str) -> tuple[_Kind | None, str]:
    match = re.fullmatch(r"([A-Za-z-]*?)[- ]?([0-9/]+)", interface)
    given, numbers = (match[1].lower(), match[2]) if match else ("", "")
    for kind in _KINDS[platform]:
        name = kind.name.lower()
        # One letter is too few to shorten a name to.
        if (name == given or (len(given) > 1 and name.startswith(given))) and re.fullmatch(kind.numbers, numbers):
            return kind, numbers
    return None, numbers


def interfaces_of(platform: Platform, ranges: tuple[str, ...]) -> Iterator[str]:
    """Every interface of `Switch.phone_ports`, as the platform prints it, in order. A range that runs backwards has
    none; a rule reports it."""
    for each in ranges:
        match = re.fullmatch(r"(.*[^0-9])([0-9]+)-([0-9]+)", each)
        if match is None:
            yield full_name(platform, each)
            continue
        for number in range(int(match[2]), int(match[3]) + 1):
            yield full_name(platform, f"{match[1]}{number}")


def _patched(switches: dict[str, Switch], index: Index) -> dict[str, dict[str, Phone]]:
    """By switch and interface: the phone that is patched there; of several the first one, a rule reports the others."""
    found: dict[str, dict[str, Phone]] = {name: {} for name in switches}
    for phone in index["phones"].values():
        if phone.port is not None and (switch := switches.get(phone.port.switch)) is not None:
            found[switch.name].setdefault(full_name(switch.platform, phone.port.interface), phone)
    return found


def _jacks(switch: Switch, vlans: Vlans, patched: dict[str, Phone]) -> Iterator[Jack]:
    block = switch.phone_addresses
    for place, interface in enumerate(interfaces_of(switch.platform, switch.phone_ports)):
        phone = patched.get(interface)
        port = phone.port if phone else None
        yield Jack(
            switch=switch.name,
            interface=interface,
            phone=phone.name if phone else None,
            pc=port.pc if port and port.pc is not None else vlans.data is not None,
            address=block[place] if block is not None and place < block.num_addresses else None,
            location=(port.emergency_location if port else None) or switch.emergency_location,
        )


def _vlans(site: Site | None) -> Vlans:
    networks = [network for network in site.networks if network.vlan is not None] if site else []
    voice = next((network for network in networks if network.kind == "voice"), None)
    return Vlans(voice, next((network for network in networks if network.kind == "data"), None))


def _seat(
    phone: Phone,
    taken: dict[str, Jack],
    index: Index,
    homes: Homes,
    servers: dict[str, tuple[str, ...]],
) -> Seat:
    line = index.find(LINES, phone.line)
    switch = index["switches"].get(phone.port.switch) if phone.port else None
    site = switch.site if switch else line.site if line else None
    return Seat(
        phone, line, site, taken.get(phone.name), homes.site_sbcs.get(site or "", ()), servers.get(site or "", ())
    )


def _dhcp(site: str, index: Index) -> tuple[str, ...]:
    hosts = [h for h in index["hosts"].values() if h.dhcp and site in (h.dhcp.sites or (h.site,))]
    return tuple(host.name for host in sorted(hosts, key=lambda host: host.site != site))


def _provisioning(site: str, index: Index) -> tuple[str, ...]:
    hosts = [host for host in index["hosts"].values() if host.provisioning]
    return tuple(host.name for host in sorted(hosts, key=lambda host: host.site != site))
