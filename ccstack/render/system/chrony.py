"""The clock: hours, records and limits per second all lean on it."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.clocks import PUBLIC_POOL
from ccstack.render.dhcp.scopes import served
from ccstack.render.state import File, Line, Source


def chrony_conf(design: Design, host: Host) -> File:
    """chrony.conf: the public pool; while that is out of reach the hosts keep step with each other (orphan mode)."""
    return File("/etc/chrony/chrony.conf", tuple(_lines(design, host)), "chrony")


def _lines(design: Design, host: Host) -> Iterator[Line]:
    own = Source(f"hosts.{host.name}", "system.chrony")
    yield Line(f"pool {PUBLIC_POOL} iburst maxsources 4", own)
    for name, other in design.index["hosts"].items():
        if name != host.name:
            source = Source(f"hosts.{name}", "system.chrony")
            yield Line(f"server {other.address} iburst", source)
            yield Line(f"allow {other.address}", source)
    if host.dhcp:
        # Phones are told to ask here: a certificate is only good while the clock is.
        for site, subnet in served(design, host):
            yield Line(f"allow {subnet}", Source(f"sites.{site}", "system.chrony"))
    for text in (
        "local stratum 10 orphan",
        "driftfile /var/lib/chrony/chrony.drift",
        "ntsdumpdir /var/lib/chrony",
        "logdir /var/log/chrony",
        "makestep 1.0 3",
        "rtcsync",
        "leapseclist /usr/share/zoneinfo/leap-seconds.list",
    ):
        yield Line(text, own)
