"""A topology as namespaces, cables, addresses and routes: what `ip` is to make, worked out without touching anything.

Each site has a router namespace with one bridge per network. Two further namespaces stand for what joins the sites:
`wan` (their private network) and `internet` (carriers and homes). Every link to one of them ends in a bridge with a
single port at either side, so that the port can be cut, or replaced by an impaired one, while routes stay.
No namespace has a route to this machine's own network.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from .topology import INNER, Core, LabFarEnd, LabHost, LabLink, LabNetwork, LabSite, LabTopology

MAX_INTERFACE_NAME = 15
"""IFNAMSIZ less the final NUL (linux/if.h)."""

CONTROL = "control"
INTERNET_TABLE = 100
INTERNET_RULE = 33_000
"""After `main` (32766): a public address uses the internet link only for what the site does not know."""


@dataclass(frozen=True, slots=True)
class Port:
    """One end of a cable: an interface in a namespace, and the bridge that it belongs to, if any."""

    space: str
    interface: str
    bridge: str | None = None


@dataclass(frozen=True, slots=True)
class Cable:
    """A veth pair."""

    a: Port
    b: Port


@dataclass(frozen=True, slots=True)
class Route:
    """A way to `to`: via a neighbour, or out of an interface; `source` is the preferred source address."""

    to: IPv4Network
    via: IPv4Address
    source: IPv4Address | None = None
    table: int | None = None


@dataclass(frozen=True, slots=True)
class Space:
    """A network namespace: bridges, addresses by interface, routes, and sources that may use the internet table."""

    name: str
    forwards: bool = False
    bridges: tuple[str, ...] = ()
    addresses: tuple[tuple[str, IPv4Interface], ...] = ()
    routes: tuple[Route, ...] = ()
    internet_sources: tuple[IPv4Address, ...] = ()


@dataclass(frozen=True, slots=True)
class LinkEnds:
    """The two single-port bridges between which a link runs; `outer` is the site's or far end's, `inner` the core's."""

    link: LabLink
    outer: Port
    inner: Port
    outer_address: IPv4Address
    inner_address: IPv4Address


@dataclass(frozen=True, slots=True)
class Fabric:
    """Everything that `ip` makes for a topology, except the hosts' own ends' processes."""

    spaces: tuple[Space, ...]
    cables: tuple[Cable, ...]
    links: tuple[LinkEnds, ...]


def router_of(site: str) -> str:
    """Name of a site's router namespace."""
    return f"site-{site}"


def core_of(core: Core) -> str:
    """Name of a core's namespace."""
    return f"core-{core.value}"


def space_of_host(host: str) -> str:
    """Name of a host's namespace."""
    return f"host-{host}"


def space_of_far_end(far_end: str) -> str:
    """Name of a far end's namespace."""
    return f"far-{far_end}"


SWITCHES = "switches"
"""The namespace in which the switches' data planes are."""


def space_of_switch(switch: str) -> str:
    """Name of the namespace of a switch's management."""
    return f"switch-{switch}"


def core_port(site: int, vlan: int) -> str:
    """The end of a network's cable at the switches: the site's number in the topology, and the VLAN."""
    return f"c{site}v{vlan}"


def fabric_of(topology: LabTopology) -> Fabric:
    """Work out the fabric of a topology. Pure."""
    numbering = _Numbering(topology)
    links = tuple(_link_ends(topology, link, numbering) for link in topology.links)
    return Fabric(
        spaces=(
            *(_core_space(topology, core, numbering) for core in Core),
            *(_router(topology, site, numbering) for site in topology.sites),
            *(_host_space(topology, host) for host in topology.hosts),
            *(_far_space(topology, far, numbering) for far in topology.far_ends),
            *_switch_spaces(topology),
            _control_space(topology, numbering),
        ),
        cables=(
            *(Cable(ends.outer, ends.inner) for ends in links),
            *(cable for host in topology.hosts for cable in _host_cables(host)),
            *(_phones_cable(far) for far in topology.far_ends if far.site is not None),
            *(_management_cable(site) for site in topology.sites),
            *_switch_cables(topology),
        ),
        links=links,
    )


class _Numbering:
    """The /30 of each inner cable, by its place in the topology."""

    def __init__(self, topology: LabTopology) -> None:
        keys = [*(link.name for link in topology.links), *(f"{site.name}/{CONTROL}" for site in topology.sites)]
        self._places = {key: place for place, key in enumerate(keys)}

    def outer(self, key: str) -> IPv4Interface:
        """The address at the site's or far end's side."""
        return IPv4Interface((INNER[self._places[key] * 4 + 1], 30))

    def inner(self, key: str) -> IPv4Interface:
        """The address at the core's or control's side."""
        return IPv4Interface((INNER[self._places[key] * 4 + 2], 30))


def short(prefix: str, name: str) -> str:
    """`prefix` and `name` as an interface name: as they are if they fit, else cut and made distinct by a hash."""
    plain = f"{prefix}{name}"
    if len(plain) <= MAX_INTERFACE_NAME:
        return plain
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain[: MAX_INTERFACE_NAME - 9]}~{mark}"


def _end_space(topology: LabTopology, link: LabLink) -> str:
    return router_of(link.end) if topology.site(link.end) else space_of_far_end(link.end)


def _link_ends(topology: LabTopology, link: LabLink, numbering: _Numbering) -> LinkEnds:
    outer = Port(_end_space(topology, link), f"p-{link.core.value}", f"b-{link.core.value}")
    inner = Port(core_of(link.core), short("p-", link.end), short("b-", link.end))
    return LinkEnds(link, outer, inner, numbering.outer(link.name).ip, numbering.inner(link.name).ip)


def _core_space(topology: LabTopology, core: Core, numbering: _Numbering) -> Space:
    links = [link for link in topology.links if link.core is core]
    return Space(
        name=core_of(core),
        forwards=True,
        bridges=tuple(short("b-", link.end) for link in links),
        addresses=tuple((short("b-", link.end), numbering.inner(link.name)) for link in links),
        routes=tuple(
            Route(network, numbering.outer(link.name).ip) for link in links for network in _behind(topology, link)
        ),
    )


def _behind(topology: LabTopology, link: LabLink) -> Iterable[IPv4Network]:
    """What a core reaches over a link: the WAN all networks of a site, the internet only its public addresses."""
    site = topology.site(link.end)
    if site is None:
        return [_only(a) for far in topology.far_ends if far.name == link.end for a in far.addresses]
    if link.core is Core.WAN:
        return [network.subnet for network in site.networks]
    return [_only(address) for address in site.public]


def _only(address: IPv4Address) -> IPv4Network:
    return IPv4Network((address, 32))


EVERYWHERE = IPv4Network("0.0.0.0/0")


def _router(topology: LabTopology, site: LabSite, numbering: _Numbering) -> Space:
    links = [link for link in topology.links if link.end == site.name]
    return Space(
        name=router_of(site.name),
        forwards=True,
        bridges=(*(_bridge_of(n.name) for n in site.networks), *(f"b-{link.core.value}" for link in links)),
        addresses=(
            *((_bridge_of(n.name), _gateway(n)) for n in site.networks),
            *((f"b-{link.core.value}", numbering.outer(link.name)) for link in links),
            ("mgmt", numbering.outer(f"{site.name}/{CONTROL}")),
        ),
        routes=tuple(_router_routes(topology, site, numbering)),
        internet_sources=site.public,
    )


def _router_routes(topology: LabTopology, site: LabSite, numbering: _Numbering) -> Iterator[Route]:
    yield Route(_only(topology.control), numbering.inner(f"{site.name}/{CONTROL}").ip)
    wan = numbering.inner(f"{site.name}/{Core.WAN.value}").ip
    for other in topology.sites:
        if other.name != site.name:
            yield from (Route(network.subnet, wan) for network in other.networks)
    yield Route(EVERYWHERE, numbering.inner(f"{site.name}/{Core.INTERNET.value}").ip, table=INTERNET_TABLE)


def _bridge_of(network: str) -> str:
    return short("n-", network)


def _gateway(network: LabNetwork) -> IPv4Interface:
    return IPv4Interface((network.gateway, network.subnet.prefixlen))


def _network(topology: LabTopology, site: str, name: str) -> LabNetwork:
    found = topology.site(site)
    network = found.network(name) if found else None
    assert network is not None, f"{site}.{name} was checked by the topology"
    return network


def _host_space(topology: LabTopology, host: LabHost) -> Space:
    networks = [_network(topology, host.site, at.network) for at in host.addresses]
    return Space(
        name=space_of_host(host.name),
        addresses=tuple(
            (f"eth{i}", IPv4Interface((at.address, network.subnet.prefixlen)))
            for i, (at, network) in enumerate(zip(host.addresses, networks, strict=True))
        ),
        routes=(Route(EVERYWHERE, networks[0].gateway),),
    )


def _host_cables(host: LabHost) -> Iterator[Cable]:
    for i, at in enumerate(host.addresses):
        yield Cable(Port(space_of_host(host.name), f"eth{i}"), host_port(host, i, at.network))


def host_port(host: LabHost, index: int, network: str) -> Port:
    """The router's port into which a host's interface is plugged."""
    return Port(router_of(host.site), short(f"h{index}-", host.name), _bridge_of(network))


def _switch_spaces(topology: LabTopology) -> Iterator[Space]:
    """A namespace for each switch's management, and one for all data planes."""
    if topology.switches:
        yield Space(name=SWITCHES)
    for switch in topology.switches:
        network = _network(topology, switch.site, switch.at.network)
        yield Space(
            name=space_of_switch(switch.name),
            addresses=(("eth0", IPv4Interface((switch.at.address, network.subnet.prefixlen))),),
            routes=(Route(EVERYWHERE, network.gateway),),
        )


def _switch_cables(topology: LabTopology) -> Iterator[Cable]:
    """From each switch's management to its network, and from each network with a VLAN to the site's core bridge."""
    for switch in topology.switches:
        inner = Port(router_of(switch.site), short("m-", switch.name), _bridge_of(switch.at.network))
        yield Cable(Port(space_of_switch(switch.name), "eth0"), inner)
    for number, site in enumerate(topology.sites):
        for network in site.networks if any(switch.site == site.name for switch in topology.switches) else ():
            if network.vlan is not None:
                inner = Port(router_of(site.name), network_port(network.name), _bridge_of(network.name))
                yield Cable(Port(SWITCHES, core_port(number, network.vlan)), inner)


def bridge_of(network: str) -> str:
    """The router's bridge for a network of its site."""
    return _bridge_of(network)


def network_port(network: str) -> str:
    """The router's end of a network's cable to the switches."""
    return short("v-", network)


def _phones_cable(far: LabFarEnd) -> Cable:
    assert far.site is not None, "only a site's own far ends are plugged into its networks"
    assert far.network is not None, "the topology has both or neither"
    inner = Port(router_of(far.site), short("f-", far.name), _bridge_of(far.network))
    return Cable(Port(space_of_far_end(far.name), "eth0"), inner)


def _far_space(topology: LabTopology, far: LabFarEnd, numbering: _Numbering) -> Space:
    if far.site is not None and far.network is not None:
        network = _network(topology, far.site, far.network)
        return Space(
            name=space_of_far_end(far.name),
            addresses=tuple(("eth0", IPv4Interface((a, network.subnet.prefixlen))) for a in far.addresses),
            routes=(Route(EVERYWHERE, network.gateway, source=far.addresses[0]),),
        )
    key = f"{far.name}/{Core.INTERNET.value}"
    bridge = f"b-{Core.INTERNET.value}"
    return Space(
        name=space_of_far_end(far.name),
        bridges=(bridge,),
        addresses=((bridge, numbering.outer(key)), *(("lo", IPv4Interface((a, 32))) for a in far.addresses)),
        routes=(Route(EVERYWHERE, numbering.inner(key).ip, source=far.addresses[0]),),
    )


def _control_space(topology: LabTopology, numbering: _Numbering) -> Space:
    addresses = [(short("s-", site.name), numbering.inner(f"{site.name}/{CONTROL}")) for site in topology.sites]
    return Space(
        name=CONTROL,
        addresses=(("lo", IPv4Interface((topology.control, 32))), *addresses),
        routes=tuple(
            Route(network.subnet, numbering.outer(f"{site.name}/{CONTROL}").ip, source=topology.control)
            for site in topology.sites
            for network in site.networks
        ),
    )


def _management_cable(site: LabSite) -> Cable:
    return Cable(Port(CONTROL, short("s-", site.name)), Port(router_of(site.name), "mgmt"))
