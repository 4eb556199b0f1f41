"""Who may speak to the SBC at all: the permissions module's address list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.state import File, Line, Source

from .dbtext import DATA

INSIDE, SITES, TRUNKS, WATCHERS = 1, 2, 3, 4
"""Groups as the script knows them: hosts of the center; phones; carriers; who may only send OPTIONS."""


@dataclass(frozen=True, slots=True)
class Address:
    """One declared source; the tag is the site's or the trunk's name."""

    group: int
    network: IPv4Network
    tag: str
    source: Source

    @property
    def line(self) -> Line:
        """`group address prefix-length port tag`; port 0 is any port."""
        text = f"{self.group} {self.network.network_address} {self.network.prefixlen} 0 {self.tag}"
        return Line(text, self.source)


def addresses(design: Design, host: Host) -> tuple[Address, ...]:
    """Every declared source, as the SBC on `host` sees them, each once."""
    found: dict[tuple[int, IPv4Network], Address] = {}
    for each in (*_center(design), *_watchers(host)):
        found.setdefault((each.group, each.network), each)
    return tuple(found.values())


def _center(design: Design) -> Iterator[Address]:
    index = design.index
    for name, host in index["hosts"].items():
        yield _of(INSIDE, IPv4Network(host.address), name, f"hosts.{name}")
    for name, trunk in index["trunks"].items():
        for position, gateway in enumerate(trunk.gateways):
            yield _of(TRUNKS, IPv4Network(gateway.address), name, f"trunks.{name}.gateways.{position}")
    for name, site in index["sites"].items():
        for position, network in enumerate(site.networks):
            yield _of(SITES, network.subnet, name, f"sites.{name}.networks.{position}")
    for name, probe in index["probes"].items():
        if probe.address is not None:
            yield _of(SITES, IPv4Network(probe.address), probe.site, f"probes.{name}.address")


def _watchers(host: Host) -> Iterator[Address]:
    assert host.sbc is not None
    for position, peer in enumerate(host.sbc.peers):
        yield _of(WATCHERS, IPv4Network(peer), "watch", f"hosts.{host.name}.sbc.peers.{position}")


def _of(group: int, network: IPv4Network, tag: str, path: str) -> Address:
    return Address(group, network, tag, Source(path, "kamailio.addresses"))


def address_file(found: tuple[Address, ...]) -> File:
    """address.list. Lines in a wrong format would load as nothing, so nothing here is free text."""
    return File(f"{DATA}/address.list", tuple(a.line for a in found), "kamailio-permissions", group="kamailio")
