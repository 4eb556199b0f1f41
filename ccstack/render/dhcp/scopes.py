"""What a DHCP server is to say in each voice network that it serves, whatever program says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.site import Network
from ccstack.render.phones.vendors import VENDORS, Vendor
from ccstack.render.switches.circuit import circuit_id
from ccstack.render.text import RenderError

LEASE = 2 * 3600
"""Seconds until a lease ends. Long enough to mend a dead server in while phones keep their addresses; short, because
dnsmasq does not give the address of a port to the next phone there as long as the one before has a lease on it."""
REBIND = LEASE - 15 * 60
"""Seconds until a phone asks any server, because its own does not answer (T2, RFC 2131 section 4.4.5)."""
RENEW = 14 * 60
"""Seconds until a phone asks its server again (T1). Soon: a phone that could not have the address of its port shall
have it then, because an emergency call is told apart by it."""


Run = tuple[IPv4Address, IPv4Address]
"""First and last address."""


@dataclass(frozen=True, slots=True)
class Port:
    """A switch port whose phone gets an address of its own."""

    switch: str
    interface: str
    circuit: bytes
    """What its switch puts into option 82 (RFC 3046)."""
    address: IPv4Address


@dataclass(frozen=True, slots=True)
class Scope:
    """A voice network."""

    site: str
    subnet: IPv4Network
    router: IPv4Address
    ranges: tuple[Run, ...]
    """The addresses that this server gives to phones which have none by their port."""
    ports: tuple[Port, ...]
    keeps_ports: bool
    """Whether the address of a port is the next phone's there at once. Only Kea can, and only when no dnsmasq serves
    the site too: that one refuses a phone, in the middle of a call, what it did not give it itself."""
    clocks: tuple[IPv4Address, ...]
    """NTP servers."""
    urls: tuple[tuple[Vendor, str], ...]
    """Where each vendor's phones find their configuration; empty when nobody has it."""
    tftp: IPv4Address | None
    """Where phones of no known vendor ask for theirs, if anybody answers."""


def scopes(design: Design, host: Host) -> tuple[Scope, ...]:
    """Every voice network that `host` serves: sites in the blueprint's order.

    Raises `RenderError` when two ports of a network cannot be told apart.
    """
    sites = [site for site in design.index["sites"].values() if host.name in design.wiring.dhcp[site.name]]
    found = [_scope(design, host, site.name, net) for site in sites for net in site.networks if net.kind == "voice"]
    for scope in found:
        _refuse_alike(scope)
    return tuple(found)


def served(design: Design, host: Host) -> Iterator[tuple[str, IPv4Network]]:
    """The voice networks that `host` serves, each with its site."""
    for site in design.index["sites"].values():
        if host.name in design.wiring.dhcp[site.name]:
            yield from ((site.name, net.subnet) for net in site.networks if net.kind == "voice")


def is_attached(host: Host, scopes: Iterable[Scope]) -> bool:
    """Whether the host stands in a network that it serves, so that phones ask it without a relay."""
    return any(host.address in scope.subnet for scope in scopes)


def _scope(design: Design, host: Host, site: str, network: Network) -> Scope:
    servers = design.wiring.dhcp[site]
    router = network.gateway or network.subnet.network_address + 1
    source = _provisioning(design, site)
    base = base_url(source) if source else ""
    return Scope(
        site=site,
        subnet=network.subnet,
        router=router,
        ranges=tuple(_ranges(network, router, servers.index(host.name), len(servers))),
        ports=tuple(_ports(design, site, network)),
        keeps_ports=all(_is_kea(design.index["hosts"][name]) for name in servers),
        clocks=tuple(design.index["hosts"][name].address for name in servers),
        urls=tuple((vendor, vendor.url(base)) for vendor in VENDORS.values()) if base else (),
        tftp=source.address if source and source.provisioning and source.provisioning.tftp else None,
    )


def _is_kea(host: Host) -> bool:
    return host.dhcp is not None and host.dhcp.server == "kea"


def _provisioning(design: Design, site: str) -> Host | None:
    names = design.wiring.provisioning[site]
    return design.index["hosts"][names[0]] if names else None


def base_url(host: Host) -> str:
    """Where a provisioning host listens: `https://<address>[:port]`."""
    assert host.provisioning is not None
    port = host.provisioning.https_port
    return f"https://{host.address}" if port == 443 else f"https://{host.address}:{port}"


# --- Addresses that no port has ---


def _ranges(network: Network, router: IPv4Address, number: int, servers: int) -> Iterator[Run]:
    """This server's share of the pool: the pool is cut into as many runs as there are servers, in their order."""
    if network.pool is None:
        return
    first, size = int(network.pool.network_address), network.pool.num_addresses
    share = range(first + size * number // servers, first + size * (number + 1) // servers)
    taken = {int(network.subnet.network_address), int(network.subnet.broadcast_address), int(router)}
    yield from _runs(share, taken)


def _runs(share: range, taken: set[int]) -> Iterator[Run]:
    """The share without the addresses in `taken`, as runs."""
    begin = share.start
    for stop in (*sorted(one for one in taken if one in share), share.stop):
        if begin < stop:
            yield IPv4Address(begin), IPv4Address(stop - 1)
        begin = stop + 1


# --- Addresses by port ---


def _ports(design: Design, site: str, network: Network) -> Iterator[Port]:
    for name, switch in design.index["switches"].items():
        voice = design.wiring.vlans[name].voice
        if switch.site != site or voice is None or voice.subnet != network.subnet or voice.vlan is None:
            continue
        for jack in design.wiring.jacks[name]:
            if jack.address is not None:
                circuit = circuit_id(switch, jack.interface, voice.vlan)
                yield Port(name, jack.interface, circuit, jack.address)


def _refuse_alike(scope: Scope) -> None:
    seen: dict[bytes, Port] = {}
    for port in scope.ports:
        other = seen.setdefault(port.circuit, port)
        if other is not port:
            rule = (
                f"its switch and {other.switch} call a port alike in DHCP (RFC 3046), so that the server cannot tell "
                "them apart: only one of the two may have phone_addresses"
            )
            raise RenderError(f"switches.{port.switch}.phone_addresses", port.interface, rule)
