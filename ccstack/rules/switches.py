"""Switches: ports, VLANs, power and addresses for phones."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.wiring import Seat, full_name, interfaces_of, is_interface
from ccstack.model import Model, Network, Site, Switch
from ccstack.model.phone_models import PHONE_MODELS
from ccstack.model.switch import Platform

from .hosts import router
from .rule import Hit, count, listed, rule

INTERFACES = {
    "cisco-ios": "`GigabitEthernet1/0/7` (or `Gi1/0/7`), `FastEthernet0/7`",
    "cisco-ios-xe": "`GigabitEthernet1/0/7` (or `Gi1/0/7`), `TenGigabitEthernet1/1/1`",
    "arista-eos": "`Ethernet7` (or `Et7`), `Ethernet1/7`",
    "aruba-aoscx": "`1/1/7`",
    "juniper-junos": "`ge-0/0/7`, `mge-0/0/7`, `xe-0/2/0`",
}
"""By platform: what its interfaces are called, for people."""


def _switches(design: Design) -> list[Switch]:
    return list(design.index["switches"].values())


def _site(design: Design, switch: Switch) -> Site | None:
    site: Site | None = design.index["sites"].get(switch.site)
    return site


@rule(
    "CC321",
    "switch-outside-site",
    "error",
    wrong="A switch's address is in none of its site's networks.",
    reason="The site's router would not find it there, so it cannot be configured.",
    remedy="Correct the address or the site, or declare the network that the switches are managed in.",
)
def switch_outside_site(design: Design) -> Iterator[Hit]:
    """Any network will do: many sites manage switches beside their servers."""
    for switch in _switches(design):
        site = _site(design, switch)
        if site and not any(switch.address in network.subnet for network in site.networks):
            has = listed([str(network.subnet) for network in site.networks]) or "none"
            message = f"{switch.address} is in no network of `{site.name}`, which has {has}"
            yield Hit(f"{path_of(switch)}.address", switch, message)


@rule(
    "CC322",
    "switch-without-login",
    "error",
    wrong="A switch has neither a password nor a key for ssh.",
    reason="Nobody can log in to configure it.",
    remedy="Write `access=SwitchAccess(password=from_env('SWITCH_PASSWORD'))`, or `key=from_file(...)`.",
)
def switch_without_login(design: Design) -> Iterator[Hit]:
    """An ssh agent is not asked: a switch takes the keys that it was given, one by one."""
    for switch in _switches(design):
        if switch.access.password is None and switch.access.key is None:
            yield Hit(f"{path_of(switch)}.access", switch, f"no way to log in as `{switch.access.user}`")


@rule(
    "CC323",
    "interface-of-another-platform",
    "error",
    wrong="An interface has a name that the switch's platform does not have.",
    reason="The switch would refuse the line, and with it the whole change.",
    remedy="Write it as the switch's own command line does, or correct the platform.",
    sources=("vendors' interface naming, see docs/phones.md",),
)
def interface_of_another_platform(design: Design) -> Iterator[Hit]:
    """Phone ports, uplinks, and the ports that phones name. A phone port is never a bundle."""
    for path, item, switch, interface, bundle in _interfaces(design):
        if not is_interface(switch.platform, interface, bundle=bundle):
            message = f"`{interface}` is no interface{'' if bundle else ' for a phone'} of {switch.platform}"
            yield Hit(path, item, message, f"There they are called {INTERFACES[switch.platform]}.")


def _interfaces(design: Design) -> Iterator[tuple[str, Model, Switch, str, bool]]:
    """Path, object, switch, interface as written, and whether a bundle may stand there."""
    for switch in _switches(design):
        for each in switch.phone_ports:
            yield f"{path_of(switch)}.phone_ports", switch, switch, re.sub(r"(?<=[0-9])-[0-9]+$", "", each), False
        for each in switch.uplinks:
            yield f"{path_of(switch)}.uplinks", switch, switch, each, True
    for phone in design.index["phones"].values():
        if phone.port and (at := design.index["switches"].get(phone.port.switch)):
            yield f"{path_of(phone)}.port.interface", phone, at, phone.port.interface, False


@rule(
    "CC324",
    "range-runs-backwards",
    "error",
    wrong="A range of interfaces ends before it begins.",
    reason="It has no interface at all: the phones there would not work.",
    remedy="Write the lower number first.",
)
def range_runs_backwards(design: Design) -> Iterator[Hit]:
    """`Gi1/0/24-1`."""
    for switch in _switches(design):
        for each in switch.phone_ports:
            match = re.fullmatch(r"(.*[^0-9])([0-9]+)-([0-9]+)", each)
            if match and int(match[3]) < int(match[2]):
                remedy = f"Write `{match[1]}{match[3]}-{match[2]}`."
                yield Hit(f"{path_of(switch)}.phone_ports", switch, f"`{each}` runs backwards", remedy)


@rule(
    "CC325",
    "interface-twice",
    "error",
    wrong="An interface of a switch is listed twice.",
    reason="It would be configured twice; where it is a phone port and an uplink, either phones or the switch lose "
    "their network.",
    remedy="Take it out of one of the lists or ranges.",
)
def interface_twice(design: Design) -> Iterator[Hit]:
    """Among the phone ports, among the uplinks, or in both."""
    for switch in _switches(design):
        ports = list(interfaces_of(switch.platform, switch.phone_ports))
        uplinks = [full_name(switch.platform, each) for each in switch.uplinks]
        for field, names in (("phone_ports", ports), ("uplinks", uplinks)):
            twice = [name for name, often in Counter(names).items() if often > 1]
            if twice:
                yield Hit(f"{path_of(switch)}.{field}", switch, f"{listed(twice)} is there twice")
        both = [name for name in dict.fromkeys(uplinks) if name in ports]
        if both:
            yield Hit(f"{path_of(switch)}.uplinks", switch, f"{listed(both)} is a phone port and an uplink")


@rule(
    "CC326",
    "switch-without-uplinks",
    "error",
    wrong="A switch has phone ports, but no uplink.",
    reason="The phones' VLANs end there: no phone gets an address.",
    remedy="Name the interfaces towards the router or the other switches as `uplinks`.",
)
def switch_without_uplinks(design: Design) -> Iterator[Hit]:
    """Without phone ports nothing has to be carried."""
    for switch in _switches(design):
        if switch.phone_ports and not switch.uplinks:
            ports = sum(1 for _ in interfaces_of(switch.platform, switch.phone_ports))
            yield Hit(f"{path_of(switch)}.uplinks", switch, f"{count(ports, 'phone port')}, and no uplink")


@rule(
    "CC327",
    "no-voice-vlan",
    "error",
    wrong="A site has switches with phone ports, but no voice network with a VLAN.",
    reason="The switch could not tell phones which network is theirs.",
    remedy="Declare a network with `kind='voice'` and its `vlan` at the site.",
    sources=("ANSI/TIA-1057 section 10.2.3",),
)
def no_voice_vlan(design: Design) -> Iterator[Hit]:
    """One finding a switch."""
    for switch in _switches(design):
        site = _site(design, switch)
        if site and switch.phone_ports and design.wiring.vlans[switch.name].voice is None:
            voice = [network for network in site.networks if network.kind == "voice"]
            message = f"`{site.name}` has {'a voice network without `vlan`' if voice else 'no voice network'}"
            yield Hit(f"{path_of(site)}.networks", voice[0] if voice else site, message)


@rule(
    "CC328",
    "vlan-twice",
    "error",
    wrong="Two networks of a site have the same VLAN.",
    reason="Both would be one broadcast domain: PCs among the phones, and addresses from the wrong network.",
    remedy="Give each network a VLAN of its own.",
    sources=("IEEE 802.1Q",),
)
def vlan_twice(design: Design) -> Iterator[Hit]:
    """Within a site; sites are apart."""
    for site in design.index["sites"].values():
        tagged = [(i, network) for i, network in enumerate(site.networks) if network.vlan is not None]
        for (_, one), (position, other) in combinations(tagged, 2):
            if one.vlan == other.vlan:
                message = f"VLAN {other.vlan} is also that of {one.subnet}"
                yield Hit(f"{path_of(site)}.networks.{position}.vlan", other, message)


@rule(
    "CC329",
    "network-without-ports",
    "warning",
    wrong="A site has a second voice or data network with a VLAN, which no phone port uses.",
    reason="Phone ports take the first of each kind; whoever expects the other one there does not find it.",
    remedy="Put the one that phones shall have first, or leave `vlan` away at the other.",
)
def network_without_ports(design: Design) -> Iterator[Hit]:
    """Only at sites with switches."""
    with_switches = {switch.site for switch in _switches(design)}
    for site in (s for name, s in design.index["sites"].items() if name in with_switches):
        first: dict[str, Network] = {}
        for position, network in enumerate(site.networks):
            if network.vlan is None or network.kind == "servers":
                continue
            if network.kind in first:
                message = f"phone ports have VLAN {first[network.kind].vlan} for {network.kind}, not {network.vlan}"
                yield Hit(f"{path_of(site)}.networks.{position}", network, message)
            first.setdefault(network.kind, network)


@rule(
    "CC330",
    "pc-without-data-vlan",
    "error",
    wrong="A phone's port shall have a PC behind the phone, but the site has no data network with a VLAN.",
    reason="The PC would get no network, or the phones'.",
    remedy="Declare a network with `kind='data'` and its `vlan`, or write `pc=False`.",
)
def pc_without_data_vlan(design: Design) -> Iterator[Hit]:
    """Where nothing is written, a PC is meant only where it can be."""
    for phone in design.index["phones"].values():
        vlans = design.wiring.vlans.get(phone.port.switch) if phone.port else None
        if vlans and phone.port.pc and vlans.data is None:
            site = design.index["switches"][phone.port.switch].site
            message = f"a PC behind `{phone.name}`, and `{site}` has no data network with a VLAN"
            yield Hit(f"{path_of(phone)}.port.pc", phone, message)


@rule(
    "CC331",
    "poe-budget",
    "error",
    wrong="The phones on a switch may take more power than it can feed.",
    reason="When all of them start at once, after a power cut, the switch denies power to some.",
    remedy="Move phones to another switch, or correct `poe_budget_watts`.",
    sources=("IEEE 802.3-2022 table 145-11",),
)
def poe_budget(design: Design) -> Iterator[Hit]:
    """By what a switch sets aside for each phone's PoE class."""
    for switch in _switches(design):
        seats = [design.wiring.seats[jack.phone] for jack in design.wiring.jacks[switch.name] if jack.phone]
        watts = sum(PHONE_MODELS[seat.phone.model].watts for seat in seats)
        if watts > switch.poe_budget_watts:
            message = (
                f"{count(len(seats), 'phone')} of `{switch.name}` may take {watts:g} W, and it feeds "
                f"{switch.poe_budget_watts:g} W"
            )
            yield Hit(f"{path_of(switch)}.poe_budget_watts", switch, message)


@rule(
    "CC332",
    "phone-addresses-elsewhere",
    "error",
    wrong="A switch's `phone_addresses` are not a part of its site's voice network.",
    reason="A phone would get an address that its router does not know.",
    remedy="Choose a block within the voice network, such as its second half.",
)
def phone_addresses_elsewhere(design: Design) -> Iterator[Hit]:
    """The voice network that the phone ports have."""
    for switch, block, voice in _blocks(design):
        if voice is not None and not block.subnet_of(voice.subnet):
            message = f"{block} is not within the voice network {voice.subnet}"
            yield Hit(f"{path_of(switch)}.phone_addresses", switch, message)


def _blocks(design: Design) -> Iterator[tuple[Switch, IPv4Network, Network | None]]:
    for switch in _switches(design):
        if switch.phone_addresses is not None:
            yield switch, switch.phone_addresses, design.wiring.vlans[switch.name].voice


@rule(
    "CC333",
    "phone-addresses-too-few",
    "error",
    wrong="A switch has more phone ports than `phone_addresses`.",
    reason="A phone in one of the last ports would get no address of its port, and an emergency call no place.",
    remedy="Choose a larger block.",
)
def phone_addresses_too_few(design: Design) -> Iterator[Hit]:
    """One address a port."""
    for switch, block, _ in _blocks(design):
        ports = len(design.wiring.jacks[switch.name])
        if ports > block.num_addresses:
            bits = 32 - (ports - 1).bit_length()
            message = f"{count(ports, 'phone port')}, and {block} has room for {block.num_addresses:,}"
            yield Hit(f"{path_of(switch)}.phone_addresses", switch, message, f"A block of that size is a /{bits}.")


@rule(
    "CC334",
    "phone-addresses-taken",
    "error",
    wrong="A switch's `phone_addresses` cover addresses that somebody else has.",
    reason="Two machines would have one address: a phone, and a server, a router or a phone of another switch.",
    remedy="Choose a block that is free, beside the network's own address, its router, its `pool` and other switches'.",
    sources=("RFC 5227",),
)
def phone_addresses_taken(design: Design) -> Iterator[Hit]:
    """Only the addresses that ports really get count; a block may be larger than needed."""
    owners = _owners(design)
    clashing = _clashing_blocks(design)
    for switch, block, voice in _blocks(design):
        used = [jack.address for jack in design.wiring.jacks[switch.name] if jack.address is not None]
        taken = owners | (_ends(voice) if voice else {})
        clash = next(((a, taken[a]) for a in used if a in taken), None)
        if clash:
            yield Hit(f"{path_of(switch)}.phone_addresses", switch, f"{clash[0]} is {clash[1]}")
        elif voice and voice.pool and voice.pool.overlaps(block):
            message = f"{block} overlaps the pool {voice.pool} of {voice.subnet}"
            yield Hit(f"{path_of(switch)}.phone_addresses", switch, message)
        elif switch.name in clashing:
            other = clashing[switch.name]
            message = f"{block} overlaps {other.phone_addresses} of `{other.name}`"
            yield Hit(f"{path_of(switch)}.phone_addresses", switch, message)


def _clashing_blocks(design: Design) -> dict[str, Switch]:
    """By the later of two switches whose blocks overlap: the earlier one. Sorted, blocks that overlap are nested."""
    rank = {name: place for place, name in enumerate(design.index["switches"])}
    found: dict[str, Switch] = {}
    around: list[tuple[IPv4Network, Switch]] = []
    for switch, block, _ in sorted(_blocks(design), key=lambda b: (b[1].network_address, b[1].prefixlen)):
        around = [o for o in around if o[0].broadcast_address >= block.network_address]
        for _, other in around:
            first, second = sorted((switch, other), key=lambda each: rank[each.name])
            found.setdefault(second.name, first)
        around.append((block, switch))
    return found


def _owners(design: Design) -> dict[IPv4Address, str]:
    """Addresses of machines in the sites."""
    owners: dict[IPv4Address, str] = {}
    for site in design.index["sites"].values():
        owners |= {router(n): f"the router of {n.subnet}" for n in site.networks}
    owners |= {host.address: f"the address of `{host.name}`" for host in design.index["hosts"].values()}
    return owners | {switch.address: f"the address of `{switch.name}`" for switch in _switches(design)}


def _ends(network: Network) -> dict[IPv4Address, str]:
    """The addresses of a network that no machine may have (RFC 1122 section 3.2.1.3)."""
    if network.subnet.prefixlen >= 31:
        return {}
    return {
        network.subnet.network_address: f"the address of the network {network.subnet} itself",
        network.subnet.broadcast_address: f"the broadcast address of {network.subnet}",
    }


@rule(
    "CC335",
    "pool-not-free",
    "error",
    wrong="A network's `pool` is not within it, or covers an address that somebody has, or is of no voice network.",
    reason="DHCP would give a phone an address that does not work there, or a server's or a router's.",
    remedy="Choose a block of the voice network that nothing else uses.",
    sources=("RFC 2131",),
)
def pool_not_free(design: Design) -> Iterator[Hit]:
    """Pools of the sites' networks."""
    owners = _owners(design)
    for site in design.index["sites"].values():
        for position, network in enumerate(site.networks):
            if network.pool is not None and (message := _pool_fault(network, network.pool, owners)):
                yield Hit(f"{path_of(site)}.networks.{position}.pool", network, message)


def _pool_fault(network: Network, pool: IPv4Network, owners: dict[IPv4Address, str]) -> str:
    if network.kind != "voice":
        return f"{network.subnet} is a {network.kind} network; ccstack's DHCP serves voice networks only"
    if not pool.subnet_of(network.subnet):
        return f"{pool} is not within {network.subnet}"
    taken = owners | _ends(network)
    return next((f"{pool} holds {address}, {who}" for address, who in taken.items() if address in pool), "")


@rule(
    "CC336",
    "pool-too-small",
    "error",
    wrong="A site has more phones without an address by their port than its pool has addresses.",
    reason="The last ones to start get no address, and do not come up.",
    remedy="Enlarge `pool`, or give the switches `phone_addresses`.",
)
def pool_too_small(design: Design) -> Iterator[Hit]:
    """Phones that are patched nowhere, or to a switch without `phone_addresses`."""
    for site, network, phones in _pooled(design):
        size = network.pool.num_addresses if network and network.pool else 0
        if phones > size:
            at = network or site
            position = f".networks.{site.networks.index(network)}.pool" if network else ".networks"
            message = f"{count(phones, 'phone')} at `{site.name}` have no address by their port, and "
            message += f"the pool has {size:,}" if size else "there is no pool"
            yield Hit(f"{path_of(site)}{position}", at, message)


@rule(
    "CC337",
    "pool-half-too-small",
    "warning",
    wrong="With one of two DHCP servers dead, the other's half of the pool does not suffice for the site's phones.",
    reason="Servers divide the pool. A phone that starts then, and had its address from the dead one, gets none.",
    remedy="Make the pool twice as large as the phones that need it, or give the switches `phone_addresses`.",
    sources=("RFC 2131",),
)
def pool_half_too_small(design: Design) -> Iterator[Hit]:
    """A single server has the whole pool."""
    for site, network, phones in _pooled(design):
        servers = len(design.wiring.dhcp[site.name])
        if network and network.pool and servers > 1:
            share = network.pool.num_addresses // servers
            if share < phones <= network.pool.num_addresses:
                message = f"{count(phones, 'phone')} at `{site.name}`, and each server's share of {network.pool} is "
                path = f"{path_of(site)}.networks.{site.networks.index(network)}.pool"
                yield Hit(path, network, f"{message}{share:,}")


def _pooled(design: Design) -> Iterator[tuple[Site, Network | None, int]]:
    """Sites that serve DHCP, with their voice network, and how many of their phones take an address from the pool."""
    phones = Counter(seat.site for seat in design.wiring.seats.values() if _takes_from_pool(seat))
    for name, site in design.index["sites"].items():
        if design.wiring.dhcp[name] and phones[name]:
            voice = next((n for n in site.networks if n.kind == "voice" and n.vlan is not None), None)
            yield site, voice or next((n for n in site.networks if n.kind == "voice"), None), phones[name]


def _takes_from_pool(seat: Seat) -> bool:
    if seat.jack is not None:
        return seat.jack.address is None
    return not at_home(seat)


def at_home(seat: Seat) -> bool:
    """Whether a phone stands with a remote agent, whose network is not ours."""
    return seat.jack is None and seat.phone.port is None and bool(getattr(seat.line, "remote", False))


@rule(
    "CC338",
    "dhcp-without-voice-network",
    "error",
    wrong="A host shall serve DHCP to a site that has no voice network.",
    reason="There would be nothing to serve; the server would not start.",
    remedy="Declare a network with `kind='voice'` at the site, or take the site from the role's `sites`.",
)
def dhcp_without_voice_network(design: Design) -> Iterator[Hit]:
    """Sites that the role names, or the host's own."""
    for host in design.index["hosts"].values():
        for name in (host.dhcp.sites or (host.site,)) if host.dhcp else ():
            site = design.index["sites"].get(name)
            if site and not any(network.kind == "voice" for network in site.networks):
                yield Hit(f"{path_of(host)}.roles.dhcp.sites", host, f"`{name}` has no voice network")


UNNAMED: frozenset[Platform] = frozenset({"aruba-aoscx"})
"""Platforms that do not say in DHCP which switch a port is on, and cannot be told to (render/switches/circuit.py)."""


@rule(
    "CC339",
    "ports-alike-in-dhcp",
    "error",
    wrong="Two switches of a site have `phone_addresses`, and call their ports alike in DHCP.",
    reason="The DHCP server could not tell the ports apart: a phone would get the address, and an emergency call the "
    "place, of the same port of the other switch.",
    remedy="Leave `phone_addresses` to one of them; phones of the other have addresses of the pool.",
    sources=("RFC 3046 section 3.1", "AOS-CX IP Services Guide, DHCP relay option 82"),
)
def ports_alike_in_dhcp(design: Design) -> Iterator[Hit]:
    """AOS-CX names the port and the VLAN, and not the switch."""
    first: dict[tuple[str, str], str] = {}
    for switch, _, _ in _blocks(design):
        if switch.platform in UNNAMED:
            ports = [(switch.site, jack.interface) for jack in design.wiring.jacks[switch.name]]
            alike = next((port for port in ports if port in first), None)
            if alike:
                message = f"{alike[1]} is called the same in DHCP on `{first[alike]}`"
                yield Hit(f"{path_of(switch)}.phone_addresses", switch, message)
            first |= {port: switch.name for port in ports if port not in first}


@rule(
    "CC340",
    "ports-kept-by-leases",
    "warning",
    wrong="A site whose switch ports have addresses has dnsmasq for a DHCP server.",
    reason="Until a phone's lease ends, up to two hours, dnsmasq keeps its port's address for it. The phone that comes "
    "in its place has one of the pool, and an emergency call shows its line's place, not the port's. Kea gives it the "
    "port's address at once, but not beside dnsmasq.",
    remedy="Take Kea on every DHCP host of the site.",
    sources=("dnsmasq(8), dhcp-host", "Kea Administrator Reference Manual, flex_id: replace-client-id"),
)
def ports_kept_by_leases(design: Design) -> Iterator[Hit]:
    """Told at each host with dnsmasq."""
    by_port = {switch.site for switch, _, _ in _blocks(design)}
    for name, host in design.index["hosts"].items():
        sites = [site for site in design.index["sites"] if site in by_port and name in design.wiring.dhcp[site]]
        if host.dhcp and host.dhcp.server == "dnsmasq" and sites:
            message = f"dnsmasq gives the ports' addresses at {listed([f'`{site}`' for site in sites])}"
            yield Hit(f"{path_of(host)}.roles.dhcp.server", host, message)
