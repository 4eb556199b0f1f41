"""Names: every host of the center in /etc/hosts, so that nothing waits for a resolver that may be gone."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.state import File, Line, Source


def hosts_file(design: Design, host: Host) -> File:
    """/etc/hosts: the loopback, the host itself, then all others in the blueprint's order."""
    return File("/etc/hosts", tuple(_lines(design, host)), "none")


def _lines(design: Design, host: Host) -> Iterator[Line]:
    own = Source(f"hosts.{host.name}", "system.hosts")
    yield Line("127.0.0.1 localhost", own)
    yield Line("::1 localhost ip6-localhost ip6-loopback", own)
    domain = design.center.domain
    yield Line(f"{host.address} {host.name}.{domain} {host.name}", own)
    for name, other in design.index["hosts"].items():
        if name != host.name:
            yield Line(f"{other.address} {name}.{domain} {name}", Source(f"hosts.{name}", "system.hosts"))


def hostname_file(host: Host) -> File:
    """/etc/hostname."""
    return File("/etc/hostname", (Line(host.name, Source(f"hosts.{host.name}", "system.hostname")),), "hostname")
