"""rtpengine: anchors the media of every call that passes the SBC."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ccstack.design import Design
from ccstack.model.center import Qos
from ccstack.model.host import Host

from .part import Part
from .state import File, Line, Source, Unit

CONTROL_PORT = 2223
"""UDP port on the loopback where Kamailio speaks to it (NG protocol)."""


def parts(design: Design) -> Mapping[str, Part]:
    """The media relay's share of every SBC."""
    hosts: list[Host] = [design.index["hosts"][name] for name in design.homes.sbcs]
    return {host.name: _part(host, design.center.qos) for host in hosts}


def _part(host: Host, qos: Qos) -> Part:
    file = File("/etc/rtpengine/rtpengine.conf", tuple(_lines(host, qos)), "rtpengine-restart")
    return Part(packages=("rtpengine-daemon",), units=(Unit("rtpengine-daemon.service"),), files=(file,))


def _lines(host: Host, qos: Qos) -> Iterator[Line]:
    assert host.sbc is not None
    source = Source(f"hosts.{host.name}", "rtpengine.conf")
    ports = host.sbc.rtp_ports
    for text in (
        "[rtpengine]",
        "# In user space: the kernel module is not there on every host, and G.711 costs about 0.001 core a call.",
        "table = -1",
        f"interface = {_interfaces(host)}",
        f"listen-ng = 127.0.0.1:{CONTROL_PORT}",
        f"port-min = {ports.first}",
        f"port-max = {ports.last}",
        "# A call without packets for a minute is over; one on hold may be silent for an hour.",
        "timeout = 60",
        "silent-timeout = 3600",
        f"tos = {qos.media_dscp * 4}",
        "# Media comes before all else that the host does, as it does for Asterisk (-p of its package).",
        "scheduling = rr",
        "priority = 10",
        "# Nothing is recorded here: recording is the PBX's, after the notice.",
        "log-level = 4",
    ):
        yield Line(text, source)


def _interfaces(host: Host) -> str:
    """`inside` for phones and PBXs, `outside` for carriers and homes: behind a 1:1 NAT the public address there."""
    assert host.sbc is not None
    public = host.sbc.advertised_address
    outside = f"{host.address}!{public}" if public else str(host.address)
    return f"inside/{host.address};outside/{outside}"
