"""What every host needs besides its engines: names, packet filter, clock, logs, how services are kept running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.part import Part
from ccstack.render.state import File, Unit
from ccstack.render.templates import template_lines

from .chrony import chrony_conf
from .hosts import hostname_file, hosts_file
from .nftables import nftables_conf
from .retention import recordings_file

PACKAGES = ("chrony", "logrotate", "nftables")
UNITS = (Unit("nftables.service"), Unit("chrony.service"))


def parts(design: Design) -> Mapping[str, Part]:
    """The share of every host that does not depend on the engines' own files."""
    return {name: _part(design, host) for name, host in design.index["hosts"].items()}


def _part(design: Design, host: Host) -> Part:
    return Part(packages=PACKAGES, units=UNITS, files=tuple(_files(design, host)))


def _files(design: Design, host: Host) -> Iterator[File]:
    yield hosts_file(design, host)
    yield hostname_file(host)
    yield nftables_conf(design, host)
    yield chrony_conf(design, host)
    yield _file("/etc/systemd/journald.conf.d/ccstack.conf", "journald.conf", host)
    if host.pbx:
        yield _file("/etc/systemd/system/asterisk.service.d/ccstack.conf", "asterisk.service.conf", host)
        yield _file("/etc/logrotate.d/asterisk", "asterisk.logrotate", host)
        if design.index["recordings"]:
            yield recordings_file(design)
    if host.sbc:
        yield _file("/etc/systemd/system/kamailio.service.d/ccstack.conf", "kamailio.service.conf", host)
        yield _file("/etc/systemd/system/rtpengine-daemon.service.d/ccstack.conf", "rtpengine.service.conf", host)


def _file(path: str, template: str, host: Host) -> File:
    lines = template_lines(f"system/{template}", f"hosts.{host.name}")
    return File(path, lines, "systemd" if path.startswith("/etc/systemd/system") else "none")
