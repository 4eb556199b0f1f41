"""The packet filter: what is not declared gets no answer, and does not reach a process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.dhcp.scopes import served
from ccstack.render.kamailio.host_cfg import DMQ_PORT
from ccstack.render.state import File, Line, Source


@dataclass(frozen=True, slots=True)
class Member:
    """An element of a set, and whose address it is."""

    network: IPv4Network
    path: str


def nftables_conf(design: Design, host: Host) -> File:
    """/etc/nftables.conf. Only our own table is replaced, in one transaction; other tables stay as they are."""
    return File("/etc/nftables.conf", tuple(_lines(design, host)), "nftables", mode=0o755)


def _lines(design: Design, host: Host) -> Iterator[Line]:
    own = Source(f"hosts.{host.name}", "system.nftables")
    yield from _each(own, "#!/usr/sbin/nft -f", "table inet ccstack", "delete table inet ccstack")
    yield Line("table inet ccstack {", own)
    yield from _set("inside", _hosts(design, host), own)
    if host.dhcp:
        yield from _set("leased", _leased(design, host), own)
        yield from _set("relays", _relays(design, host), own)
    if host.provisioning:
        yield from _set("phones", _phones(design), own)
    if host.sbc:
        yield from _set("callers", _callers(design, host), own)
        yield from _each(own, "    set newcomers {", "        type ipv4_addr", "        flags dynamic,timeout")
        yield from _each(own, "        timeout 1m", "        size 65535", "    }")
    yield from _each(own, "    chain input {", "        type filter hook input priority filter; policy drop;")
    yield from _each(own, "        ct state established,related accept", "        ct state invalid drop")
    yield from _each(own, '        iif "lo" accept', "        meta l4proto { icmp, ipv6-icmp } accept")
    yield Line(f"        tcp dport {host.access.port} accept", own)
    yield Line("        ip saddr @inside udp dport 123 accept", own)
    if host.pbx:
        yield from _pbx(host)
    if host.sbc:
        yield from _sbc(design, host)
    yield from _phone_services(design, host)
    yield from _each(own, "    }", "}")


def _each(source: Source, *texts: str) -> Iterator[Line]:
    return (Line(text, source) for text in texts)


def _set(name: str, members: Iterable[Member], own: Source) -> Iterator[Line]:
    """A named set of networks. Networks may overlap: nft merges them. An empty set matches nothing."""
    yield Line(f"    set {name} {{", own)
    yield from _each(own, "        type ipv4_addr", "        flags interval", "        auto-merge")
    known = list(members)
    if known:
        yield Line("        elements = {", own)
        yield from (Line(f"            {m.network},", Source(m.path, "system.nftables")) for m in known)
        yield Line("        }", own)
    yield Line("    }", own)


def _hosts(design: Design, host: Host) -> Iterator[Member]:
    for name, other in design.index["hosts"].items():
        if name != host.name:
            yield _member(other.address, f"hosts.{name}")


def _callers(design: Design, host: Host) -> Iterator[Member]:
    """Everybody who may speak SIP to this SBC: sites, carriers, probes, who watches. Each network once."""
    assert host.sbc is not None
    index = design.index
    members = [
        *(Member(n.subnet, f"sites.{s.name}") for s in index["sites"].values() for n in s.networks),
        *(_member(g.address, f"trunks.{t.name}") for t in index["trunks"].values() for g in t.gateways),
        *(_member(p.address, f"probes.{p.name}") for p in index["probes"].values() if p.address is not None),
        *(_member(peer, f"hosts.{host.name}") for peer in host.sbc.peers),
    ]
    first: dict[IPv4Network, Member] = {}
    for member in members:
        first.setdefault(member.network, member)
    return iter(first.values())


def _member(address: IPv4Address, path: str) -> Member:
    return Member(IPv4Network(address), path)


def _pbx(host: Host) -> Iterator[Line]:
    """A PBX speaks to hosts of the center only; media comes from the SBCs, which anchor it."""
    assert host.pbx is not None
    source = Source(f"hosts.{host.name}", "system.nftables.pbx")
    ports = host.pbx.rtp_ports
    yield Line(f"        ip saddr @inside meta l4proto {{ tcp, udp }} th dport {host.pbx.sip_port} accept", source)
    yield Line(f"        ip saddr @inside udp dport {ports.first}-{ports.last} accept", source)


def _leased(design: Design, host: Host) -> Iterator[Member]:
    """Voice networks that get their addresses here."""
    return (Member(subnet, f"sites.{site}") for site, subnet in served(design, host))


def _relays(design: Design, host: Host) -> Iterator[Member]:
    """Routers that relay: each may send from whichever of its addresses is nearest to this host (RFC 1542 4.1.1)."""
    sites = dict.fromkeys([host.site, *(site for site, _subnet in served(design, host))])
    for site in sites:
        for net in design.index["sites"][site].networks if site in design.index["sites"] else ():
            yield _member(net.gateway or net.subnet.network_address + 1, f"sites.{site}")


def _phones(design: Design) -> Iterator[Member]:
    """Networks with phones: desk phones in every voice network, softphones in the data networks, too."""
    kinds = ("voice", "data") if design.index["softphones"] else ("voice",)
    for site in design.index["sites"].values():
        yield from (Member(net.subnet, f"sites.{site.name}") for net in site.networks if net.kind in kinds)


def _phone_services(design: Design, host: Host) -> Iterator[Line]:
    if host.dhcp:
        source = Source(f"hosts.{host.name}", "system.nftables.dhcp")
        yield Line("        ip saddr @leased udp dport { 67, 123 } accept", source)
        yield Line("        ip saddr @relays udp dport 67 accept", source)
        if any(host.address in subnet for _site, subnet in served(design, host)):
            # Beside the phones, without a relay: a phone that has no address yet asks from none.
            yield Line("        ip saddr 0.0.0.0 udp sport 68 udp dport 67 accept", source)
    if host.provisioning:
        source = Source(f"hosts.{host.name}", "system.nftables.provisioning")
        yield Line(f"        ip saddr @phones tcp dport {host.provisioning.https_port} accept", source)
        if host.provisioning.tftp:
            yield Line("        ip saddr @phones udp dport 69 accept", source)


def _sbc(design: Design, host: Host) -> Iterator[Line]:
    assert host.sbc is not None
    sbc = host.sbc
    source = Source(f"hosts.{host.name}", "system.nftables.sbc")
    sip = f"meta l4proto {{ tcp, udp }} th dport {{ {sbc.sip_port}, {sbc.tls_port} }} accept"
    yield Line(f"        ip saddr @inside {sip}", source)
    yield Line(f"        ip saddr @callers {sip}", source)
    yield Line(f"        ip saddr @inside udp dport {DMQ_PORT} accept", source)
    # Carriers send media from addresses that they do not name; rtpengine takes only what a call has asked for.
    yield Line(f"        udp dport {sbc.rtp_ports.first}-{sbc.rtp_ports.last} accept", source)
    if any(agent.remote for agent in design.center.agents):
        source = Source("agents", "system.nftables.remote")
        limit = "add @newcomers { ip saddr limit rate over 20/minute burst 20 packets }"
        yield Line(f"        tcp dport {sbc.tls_port} ct state new {limit} drop", source)
        yield Line(f"        tcp dport {sbc.tls_port} accept", source)
