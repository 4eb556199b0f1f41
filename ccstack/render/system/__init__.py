"""What every host needs besides its engines: names, packet filter, clock, logs, how services are kept running."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.dhcp import has_tftp
from ccstack.render.part import Part
from ccstack.render.state import ApplyClass, File, Unit
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
    yield _file("/etc/systemd/journald.conf.d/ccstack.conf", "journald.conf", host, "journald")
    if host.pbx:
        yield _drop_in("asterisk", "asterisk", host, "asterisk-restart")
        yield _file("/etc/logrotate.d/asterisk", "asterisk.logrotate", host, "none")
        if design.index["recordings"]:
            yield recordings_file(design)
    if host.sbc:
        yield _drop_in("kamailio", "kamailio", host, "kamailio-restart")
        yield _drop_in("rtpengine", "rtpengine-daemon", host, "rtpengine-restart")
    for unit in _phone_services(host):
        yield _drop_in(unit, unit, host, "systemd")


def _phone_services(host: Host) -> Iterator[str]:
    """Units that phones start from. systemd restarts one that dies, as its drop-in says as soon as that is read."""
    if host.dhcp and host.dhcp.server == "kea":
        yield "kea-dhcp4-server"
    if (host.dhcp and host.dhcp.server == "dnsmasq") or has_tftp(host):
        yield "dnsmasq"
    if host.provisioning:
        yield "nginx"


def _drop_in(engine: str, unit: str, host: Host, apply: ApplyClass) -> File:
    """What a unit is told besides. A process keeps the limits that it was started with, whatever systemd reads."""
    return _file(f"/etc/systemd/system/{unit}.service.d/ccstack.conf", f"{engine}.service.conf", host, apply)


def _file(path: str, template: str, host: Host, apply: ApplyClass) -> File:
    return File(path, template_lines(f"system/{template}", f"hosts.{host.name}"), apply)
