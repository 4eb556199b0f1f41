"""Hosts, sites and networks: addresses, ports, and what is left when something fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from itertools import combinations

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.model import Agent, Gateway, Host, Model, Network, Site, Station

from .rule import Hit, count, listed, rule

STREAMS_PER_CALL = {"pbx": 2, "sbc": 4}
"""Media streams (port pairs) that one call from a trunk to an agent takes: a PBX has two legs, an SBC anchors both
sides of both the carrier's and the agent's leg."""


@rule(
    "CC301",
    "no-pbx",
    "error",
    wrong="No host is a PBX.",
    reason="Menus, queues and voicemail live on a PBX; without one no call gets beyond the SBC.",
    remedy="Give a host the role `Pbx()`.",
)
def no_pbx(design: Design) -> Iterator[Hit]:
    """At least one."""
    if not design.homes.pbxs:
        yield Hit("hosts", design.center, "none of the hosts has the role `Pbx()`")


@rule(
    "CC302",
    "no-sbc",
    "error",
    wrong="No host is an SBC.",
    reason="Phones register at an SBC and trunks end there; without one nobody can call.",
    remedy="Give a host the role `Sbc()`; it may be the PBX's host.",
)
def no_sbc(design: Design) -> Iterator[Hit]:
    """At least one."""
    if not design.homes.sbcs:
        yield Hit("hosts", design.center, "none of the hosts has the role `Sbc()`")


@rule(
    "CC303",
    "duplicate-address",
    "error",
    wrong="Two hosts, switches, routers or carrier gateways have the same address.",
    reason="Two machines would answer at it; and a call from a gateway's address could not be told to one trunk.",
    remedy="Give each its own address.",
)
def duplicate_address(design: Design) -> Iterator[Hit]:
    """Gateways count with their port within one trunk, without it between trunks and hosts."""
    owner: dict[IPv4Address, str] = {}
    for address, who, path, item in _addresses(design):
        if address in owner:
            yield Hit(path, item, f"{address} is already the address of {owner[address]}")
        owner.setdefault(address, who)


def _addresses(design: Design) -> Iterator[tuple[IPv4Address, str, str, Model]]:
    """Addresses with who has them; the path and object are those of the later one, which is told."""
    for path, network in _networks(design):
        yield router(network), f"the router of {network.subnet}", f"{path}.gateway", network
    for host in design.index["hosts"].values():
        yield host.address, path_of(host), f"{path_of(host)}.address", host
    for switch in design.index["switches"].values():
        yield switch.address, path_of(switch), f"{path_of(switch)}.address", switch
    for trunk in design.index["trunks"].values():
        for address, (position, gateway) in _gateways(trunk.gateways).items():
            yield address, path_of(trunk), f"{path_of(trunk)}.gateways.{position}.address", gateway


def _gateways(gateways: tuple[Gateway, ...]) -> dict[IPv4Address, tuple[int, Gateway]]:
    # Two ports at one address are one machine of the carrier.
    return {g.address: (i, g) for i, g in reversed(list(enumerate(gateways)))}


def router(network: Network) -> IPv4Address:
    """The router's address in a network: the declared one, else the first."""
    return network.gateway or network.subnet.network_address + 1


@rule(
    "CC304",
    "gateway-twice",
    "error",
    wrong="A trunk has the same gateway twice.",
    reason="Failing over to the same address only makes the caller wait again.",
    remedy="Delete one, or correct its address or port.",
)
def gateway_twice(design: Design) -> Iterator[Hit]:
    """Same address, port and transport."""
    for trunk in design.index["trunks"].values():
        seen: set[tuple[IPv4Address, int, str]] = set()
        for position, gateway in enumerate(trunk.gateways):
            key = (gateway.address, gateway.port, gateway.transport)
            if key in seen:
                message = f"{gateway.address}:{gateway.port} over {gateway.transport} is there twice"
                yield Hit(f"{path_of(trunk)}.gateways.{position}", gateway, message)
            seen.add(key)


def _servers(site: Site) -> list[Network]:
    return [n for n in site.networks if n.kind == "servers"]


@rule(
    "CC305",
    "address-outside-site",
    "error",
    wrong="A host's address is in none of its site's servers networks.",
    reason="The site's router would not find it there.",
    remedy="Correct the address or the site, or declare the network with `kind='servers'`.",
)
def address_outside_site(design: Design) -> Iterator[Hit]:
    """A site with hosts needs a servers network."""
    for host, site in _hosted(design):
        networks = _servers(site)
        if not any(host.address in n.subnet for n in networks):
            has = listed([str(n.subnet) for n in networks]) or "none"
            message = f"{host.address} is in no servers network of `{site.name}`, which has {has}"
            yield Hit(f"{path_of(host)}.address", host, message)


def _hosted(design: Design) -> Iterator[tuple[Host, Site]]:
    sites = design.index["sites"]
    return ((h, sites[h.site]) for h in design.index["hosts"].values() if h.site in sites)


@rule(
    "CC306",
    "address-not-usable",
    "error",
    wrong="A host has the first or last address of its network, which name the network and its broadcast.",
    reason="No machine can have such an address.",
    remedy="Choose an address inside the network.",
    sources=("RFC 1122 section 3.2.1.3",),
)
def address_not_usable(design: Design) -> Iterator[Hit]:
    """Network and broadcast addresses; /31 and /32 have none."""
    for host, site in _hosted(design):
        for network in (n.subnet for n in _servers(site) if n.subnet.prefixlen < 31 and host.address in n.subnet):
            if host.address in (network.network_address, network.broadcast_address):
                which = "network" if host.address == network.network_address else "broadcast"
                yield Hit(f"{path_of(host)}.address", host, f"{host.address} is the {which} address of {network}")


@rule(
    "CC307",
    "overlapping-networks",
    "error",
    wrong="Two networks of the center overlap.",
    reason="An address in both belongs to two places; routers send half of the packets to the wrong one.",
    remedy="Give each network a range of its own.",
)
def overlapping_networks(design: Design) -> Iterator[Hit]:
    """All sites share one address plan. Sorted by first address, an overlap shows between neighbours or nested ones."""
    networks = sorted(_networks(design), key=lambda n: (n[1].subnet.network_address, n[1].subnet.prefixlen, n[0]))
    open_ones: list[tuple[str, Network]] = []
    for path, network in networks:
        open_ones = [o for o in open_ones if o[1].subnet.broadcast_address >= network.subnet.network_address]
        for other, wider in open_ones:
            yield Hit(f"{path}.subnet", network, f"{network.subnet} overlaps {wider.subnet} of {other}")
        open_ones.append((path, network))


def _networks(design: Design) -> Iterator[tuple[str, Network]]:
    for site in design.index["sites"].values():
        for position, network in enumerate(site.networks):
            yield f"{path_of(site)}.networks.{position}", network


@rule(
    "CC308",
    "router-outside-network",
    "error",
    wrong="A network's gateway is not an address inside the network.",
    reason="Hosts could not reach their router, so nothing outside the network.",
    remedy="Correct the gateway or the subnet.",
)
def router_outside_network(design: Design) -> Iterator[Hit]:
    """The router is called `gateway` in the blueprint, as on hosts."""
    for path, network in _networks(design):
        if network.gateway and network.gateway not in network.subnet:
            yield Hit(f"{path}.gateway", network, f"{network.gateway} is not in {network.subnet}")


@dataclass(frozen=True, slots=True)
class _Ports:
    """A use of ports on a host."""

    what: str
    path: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}" if self.last > self.first else str(self.first)


def _uses(host: Host) -> Iterator[_Ports]:
    yield _Ports("ssh", "access.port", host.access.port, host.access.port)
    if host.pbx:
        yield _Ports("the PBX's SIP", "sip_port", host.pbx.sip_port, host.pbx.sip_port)
        yield _Ports("the PBX's media", "rtp_ports", host.pbx.rtp_ports.first, host.pbx.rtp_ports.last)
    if host.sbc:
        yield _Ports("the SBC's SIP", "sip_port", host.sbc.sip_port, host.sbc.sip_port)
        yield _Ports("the SBC's SIP over TLS", "tls_port", host.sbc.tls_port, host.sbc.tls_port)
        yield _Ports("the SBC's media", "rtp_ports", host.sbc.rtp_ports.first, host.sbc.rtp_ports.last)
    if host.provisioning:
        https = host.provisioning.https_port
        yield _Ports("the provisioning server's HTTPS", "https_port", https, https)


@rule(
    "CC309",
    "port-clash",
    "error",
    wrong="Two services of one host use the same port.",
    reason="The second one to start fails; or, where a media range covers a SIP port, calls lose audio now and then.",
    remedy="Move one of them.",
)
def port_clash(design: Design) -> Iterator[Hit]:
    """SIP, media, HTTPS and ssh. Ports are compared whatever the transport: SIP uses both."""
    for host in design.index["hosts"].values():
        for a, b in combinations(_uses(host), 2):
            if a.first <= b.last and b.first <= a.last:
                message = f"{b.what} ({b}) and {a.what} ({a}) use the same ports"
                yield Hit(f"{path_of(host)}.roles.{b.path}", host, message)


@rule(
    "CC310",
    "bad-media-range",
    "error",
    wrong="A media range begins at an odd port, or ends before it begins.",
    reason="RTP takes the even port of each pair and RTCP the next; an odd first port leaves a pair without its mate.",
    remedy="Begin at an even port and end at a higher odd one.",
    sources=("RFC 3550 section 11",),
)
def bad_media_range(design: Design) -> Iterator[Hit]:
    """PBXs and SBCs."""
    for host in design.index["hosts"].values():
        for role in (host.pbx, host.sbc):
            if role is None:
                continue
            ports = role.rtp_ports
            path = f"{path_of(host)}.roles.{role.role}.rtp_ports"
            if ports.last <= ports.first:
                yield Hit(path, host, f"the range {ports.first}-{ports.last} is empty")
            elif ports.first % 2:
                yield Hit(path, host, f"the range begins at {ports.first}, which is odd")


@rule(
    "CC311",
    "media-ports-below-peak",
    "error",
    wrong="The media ports of all PBXs, or of all SBCs, do not suffice for the declared peak.",
    reason="Calls beyond that fail. A call from a trunk to an agent takes two pairs of ports in a PBX, four in an SBC.",
    remedy="Widen `rtp_ports`, or add hosts.",
    sources=("RFC 3550 section 11",),
)
def media_ports_below_peak(design: Design) -> Iterator[Hit]:
    """With everything up."""
    for role, streams in _media(design):
        need = design.budget.calls * STREAMS_PER_CALL[role]
        if 0 < sum(streams.values()) < need:
            have = sum(streams.values()) // STREAMS_PER_CALL[role]
            host = design.index["hosts"][next(iter(streams))]
            message = f"the {role.upper()} media ports carry {count(have, 'call')}; the peak is {design.budget.calls:,}"
            yield Hit(f"{path_of(host)}.roles.{role}.rtp_ports", host, message)


def _media(design: Design) -> tuple[tuple[str, dict[str, int]], ...]:
    return ("pbx", design.budget.pbx_streams), ("sbc", design.budget.sbc_streams)


@rule(
    "CC312",
    "media-ports-after-failure",
    "warning",
    wrong="With the largest PBX or SBC dead, the media ports of the others do not suffice for the declared peak.",
    reason="When a host fails at the peak, part of the calls that move to the others have no audio.",
    remedy="Widen `rtp_ports` of the others.",
)
def media_ports_after_failure(design: Design) -> Iterator[Hit]:
    """One failure at a time; a single host is told by other rules."""
    for role, streams in _media(design):
        need = design.budget.calls * STREAMS_PER_CALL[role]
        left = sum(streams.values()) - max(streams.values(), default=0)
        if len(streams) > 1 and left < need <= sum(streams.values()):
            largest = max(streams, key=lambda h: streams[h])
            host = design.index["hosts"][next(h for h in streams if h != largest)]
            have = left // STREAMS_PER_CALL[role]
            peak = design.budget.calls
            message = f"with `{largest}` dead the others carry {count(have, 'call')}; the peak is {peak:,}"
            yield Hit(f"{path_of(host)}.roles.{role}.rtp_ports", host, message)


@rule(
    "CC313",
    "no-spare",
    "info",
    wrong="There are several sites, but only one PBX or one SBC.",
    reason="When that host or its site's WAN fails, no other site has telephony.",
    remedy="Add a second host with that role, at another site.",
)
def no_spare(design: Design) -> Iterator[Hit]:
    """A center of one site may live with one of each."""
    if len(design.index["sites"]) > 1:
        for role, hosts in (("PBX", design.homes.pbxs), ("SBC", design.homes.sbcs)):
            if len(hosts) == 1:
                host = design.index["hosts"][hosts[0]]
                sites = len(design.index["sites"])
                yield Hit(path_of(host), host, f"`{host.name}` is the only {role} of {sites} sites")


def _lines(design: Design) -> list[Agent | Station]:
    """Whoever has a phone at a site: agents who work there, and stations."""
    agents = (agent for agent in design.index["agents"].values() if not agent.remote)
    return [*agents, *design.index["stations"].values()]


@rule(
    "CC314",
    "site-without-sbc",
    "warning",
    wrong="A site has phones, but no SBC.",
    reason="While its WAN is cut its phones cannot call at all, not even an emergency number.",
    remedy="Put a host with the role `Sbc()` there.",
    sources=("47 CFR 9.16", "docs/architecture.md, how a center stands up"),
)
def site_without_sbc(design: Design) -> Iterator[Hit]:
    """Remote agents are not at the site."""
    with_sbc = {design.index["hosts"][h].site for h in design.homes.sbcs}
    for name, site in design.index["sites"].items():
        phones = [line for line in _lines(design) if line.site == name]
        if phones and design.homes.sbcs and name not in with_sbc:
            yield Hit(path_of(site), site, f"{count(len(phones), 'phone')} at `{name}` and no SBC")


@rule(
    "CC315",
    "wan-below-peak",
    "warning",
    wrong="A site's WAN carries fewer calls than the site's phones may have at the declared peak.",
    reason="When it is full every call of the site breaks up, not only the last one.",
    remedy="Raise the bandwidth or `voice_share`, or lower the peak.",
    sources=("G.711 at 20 ms over Ethernet: 87.2 kbit/s each way",),
)
def wan_below_peak(design: Design) -> Iterator[Hit]:
    """At most one call a phone, and at most the peak."""
    phones: dict[str, int] = {}
    for line in _lines(design):
        phones[line.site] = phones.get(line.site, 0) + 1
    for name, site in design.index["sites"].items():
        need, have = min(design.budget.calls, phones.get(name, 0)), design.budget.site_wan_calls[name]
        if have < need and len(design.index["sites"]) > 1:
            message = f"{site.wan.bandwidth_mbps:g} Mbit/s at a voice share of {site.wan.voice_share:g} carry "
            yield Hit(f"{path_of(site)}.wan", site, f"{message}{count(have, 'call')}; the site needs {need:,}")


@rule(
    "CC316",
    "standalone-queue-elsewhere",
    "error",
    wrong="A site shall run a queue alone whose home and standby are both elsewhere.",
    reason="While the WAN is cut no PBX at the site would run it.",
    remedy="Make a PBX of that site the queue's standby, or take the queue from `standalone_queues`.",
)
def standalone_queue_elsewhere(design: Design) -> Iterator[Hit]:
    """Only queues that the site names; otherwise it runs those it can."""
    for site in design.index["sites"].values():
        for name in site.standalone_queues or ():
            hosts = design.homes.queue_pbxs.get(name, ())
            if hosts and all(design.index["hosts"][h].site != site.name for h in hosts):
                message = f"`{name}` runs on {listed(hosts)}, which are not at `{site.name}`"
                yield Hit(f"{path_of(site)}.standalone_queues", site, message)


@rule(
    "CC317",
    "private-towards-public",
    "warning",
    wrong="An SBC with a private address and no `advertised_address` talks to a public carrier.",
    reason="It offers its private address for media, and the carrier's audio goes nowhere: callers are not heard.",
    remedy="Give the SBC's role the public address that the NAT in front of it translates.",
    sources=("RFC 1918",),
)
def private_towards_public(design: Design) -> Iterator[Hit]:
    """Only where the gateway's address is a public one."""
    public = [t.name for t in design.index["trunks"].values() if any(g.address.is_global for g in t.gateways)]
    for host in design.index["hosts"].values():
        if public and host.sbc and not host.address.is_global and host.sbc.advertised_address is None:
            message = f"{host.address} is private, and {listed(public)} is reached over the internet"
            yield Hit(f"{path_of(host)}.roles.sbc.advertised_address", host, message)
