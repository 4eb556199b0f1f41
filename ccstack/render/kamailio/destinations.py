"""Dispatcher sets: one per PBX and SBC, and one per trunk and priority.

A set's number is derived from the name of what it stands for, so that adding an object moves no other's number. Orders
(home before standby, one priority before the next) are rules of `ds_select_routes` over such sets: each host is pinged
once, and draining a PBX is one row per SBC (docs/architecture.md).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.trunk import Gateway, Trunk
from ccstack.render.state import File, Line, Source
from ccstack.render.text import RenderError

from .dbtext import DATA

PRIORITY = 8
"""ds_select algorithm: destinations by priority."""
WEIGHT = 11
"""ds_select algorithm: by relative weight (`rweight`), the others after it."""


@dataclass(frozen=True, slots=True)
class Destination:
    """One line of dispatcher.list."""

    number: int
    uri: str
    source: Source
    rweight: int | None = None

    @property
    def line(self) -> Line:
        """`set uri flags priority attributes` (dispatcher module, section 6)."""
        attributes = f" rweight={self.rweight}" if self.rweight is not None else ""
        return Line(f"{self.number} {self.uri} 0 0{attributes}", self.source)


@cache
def set_number(what: str) -> int:
    """The dispatcher set of `what`: 31 bits of its SHA-256, never 0."""
    return int.from_bytes(hashlib.sha256(what.encode()).digest()[:4], "big") % 0x7FFFFFFE + 1


def pbx_set(host: str) -> int:
    """The set of the PBX on `host`."""
    return set_number(f"pbx {host}")


def sbc_set(host: str) -> int:
    """The set of the SBC on `host`."""
    return set_number(f"sbc {host}")


def trunk_set(trunk: str, priority: int) -> int:
    """The set of the gateways of `trunk` that have `priority`."""
    return set_number(f"trunk {trunk} {priority}")


def order(sets: Iterable[int], algorithm: int = PRIORITY) -> str:
    """A rule for ds_select_routes: the sets one after the other."""
    return ";".join(f"{number}={algorithm}" for number in sets)


def pbx_order(hosts: Iterable[str]) -> str:
    """The PBXs on `hosts`, one after the other."""
    return order(pbx_set(h) for h in hosts)


def pbx_uri(host: Host) -> str:
    """How an SBC reaches the PBX on `host`: TCP, so that a dead one is noticed at once."""
    assert host.pbx is not None
    return f"sip:{host.address}:{host.pbx.sip_port};transport=tcp"


def sbc_uri(host: Host) -> str:
    """How an SBC reaches the SBC on `host`."""
    assert host.sbc is not None
    return f"sip:{host.address}:{host.sbc.sip_port};transport=tcp"


def gateway_uri(gateway: Gateway) -> str:
    """How an SBC reaches a carrier's gateway."""
    return f"sip:{gateway.address}:{gateway.port};transport={gateway.transport}"


def priorities(trunk: Trunk) -> tuple[int, ...]:
    """The trunk's priorities, the one that is tried first in front."""
    return tuple(sorted({g.priority for g in trunk.gateways}))


def destinations(design: Design) -> tuple[Destination, ...]:
    """Every destination of the center but the SBC itself, which every SBC leaves out for itself."""
    found = tuple(_all(design))
    _refuse_shared_numbers(found)
    return found


def _all(design: Design) -> Iterator[Destination]:
    for name, host in design.index["hosts"].items():
        source = Source(f"hosts.{name}", "kamailio.dispatcher")
        if host.pbx:
            yield Destination(pbx_set(name), pbx_uri(host), source)
        if host.sbc:
            yield Destination(sbc_set(name), sbc_uri(host), source)
    for name, trunk in design.index["trunks"].items():
        for position, gateway in enumerate(trunk.gateways):
            source = Source(f"trunks.{name}.gateways.{position}", "kamailio.dispatcher")
            yield Destination(trunk_set(name, gateway.priority), gateway_uri(gateway), source, gateway.weight)


def _refuse_shared_numbers(found: Sequence[Destination]) -> None:
    owners: dict[int, str] = {}
    for each in found:
        owner = each.source.path.split(".gateways.")[0]
        first = owners.setdefault(each.number, owner)
        if first != owner:
            raise RenderError(owner, owner, f"its dispatcher set has the number of {first}; rename one of the two")


def dispatcher_file(found: Iterable[Destination]) -> File:
    """dispatcher.list. A line that Kamailio cannot read would empty the whole list, so nothing here is free text."""
    return File(f"{DATA}/dispatcher.list", tuple(d.line for d in found), "kamailio-dispatcher", group="kamailio")
