"""Which host serves what, and which one after it."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.model.host import Host
from ccstack.model.queue import Queue

from .index import Index


@dataclass(frozen=True, slots=True)
class Homes:
    """Orders of hosts, each with the preferred one first. All of them are names of hosts."""

    pbxs: tuple[str, ...]
    """Every PBX, in the blueprint's order."""
    sbcs: tuple[str, ...]
    """Every SBC, in the blueprint's order."""
    site_pbxs: dict[str, tuple[str, ...]]
    """For each site, every PBX: its own first."""
    site_sbcs: dict[str, tuple[str, ...]]
    """For each site, every SBC: its own first. Phones register in this order."""
    queue_pbxs: dict[str, tuple[str, ...]]
    """For each queue, its home and then its standby."""


def build_homes(index: Index) -> Homes:
    """Work out the orders of hosts."""
    hosts: list[Host] = list(index["hosts"].values())
    pbxs = [h for h in hosts if h.pbx]
    sbcs = [h for h in hosts if h.sbc]
    known = {h.name for h in pbxs}
    return Homes(
        pbxs=tuple(h.name for h in pbxs),
        sbcs=tuple(h.name for h in sbcs),
        site_pbxs={site: _own_first(pbxs, site) for site in index["sites"]},
        site_sbcs={site: _own_first(sbcs, site) for site in index["sites"]},
        queue_pbxs={name: _queue_order(queue, known) for name, queue in index["queues"].items()},
    )


def _own_first(hosts: list[Host], site: str) -> tuple[str, ...]:
    return tuple(h.name for h in sorted(hosts, key=lambda h: h.site != site))


def _queue_order(queue: Queue, known: set[str]) -> tuple[str, ...]:
    order = (queue.home,) if queue.standby in (None, queue.home) else (queue.home, queue.standby)
    return tuple(h for h in order if h in known)
