"""host.cfg: who and where this SBC is. All else in the script is the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.state import File, Line, Slot, Source
from ccstack.render.text import RenderError

from .destinations import sbc_set

DMQ_PORT = 5062
"""UDP port on which SBCs tell each other registrations, call-backs and channels in use."""


def public_address(host: Host) -> IPv4Address:
    """The address under which carriers and remote agents know the SBC."""
    assert host.sbc is not None
    return host.sbc.advertised_address or host.address


def host_cfg(design: Design, host: Host) -> File:
    """The definitions and sockets of one SBC."""
    _refuse_port_in_use(host)
    return File(
        path="/etc/kamailio/host.cfg",
        lines=tuple(_lines(design, host)),
        apply="kamailio-restart",
        group="kamailio",
        mode=0o640,
    )


def _refuse_port_in_use(host: Host) -> None:
    assert host.sbc is not None
    ports = [("sbc.sip_port", host.sbc.sip_port), ("sbc.tls_port", host.sbc.tls_port)]
    if host.pbx:
        ports.append(("pbx.sip_port", host.pbx.sip_port))
    for field, port in ports:
        if port == DMQ_PORT:
            raise RenderError(f"hosts.{host.name}.{field}", str(port), "SBCs speak among themselves on this port")


def _lines(design: Design, host: Host) -> Iterator[Line]:
    assert host.sbc is not None
    source = Source(f"hosts.{host.name}", "kamailio.host_cfg")
    address, sbc = host.address, host.sbc
    for key, value in (
        ("CC_NAME", host.name),
        ("CC_ADDRESS", str(address)),
        ("CC_PUBLIC", str(public_address(host))),
        ("CC_SIP_PORT", str(sbc.sip_port)),
        ("CC_TLS_PORT", str(sbc.tls_port)),
        ("CC_DMQ_PORT", str(DMQ_PORT)),
        ("CC_MASK_KEY", str(Slot("internal.sbc-mask"))),
        ("CC_NONCE_KEY", str(Slot("internal.sbc-nonce"))),
    ):
        yield Line(f'#!substdef "!{key}!{value}!g"', source)
    yield Line(f"server_id={sbc_set(host.name)}", source)
    for socket in (
        f"udp:{address}:{sbc.sip_port}",
        f"tcp:{address}:{sbc.sip_port}",
        f"tls:{address}:{sbc.tls_port}",
        f"udp:{address}:{DMQ_PORT}",
    ):
        yield Line(f"listen={socket}", source)
    if sbc.advertised_address:
        yield Line("#!define CC_NAT", source)
        yield from (Line(f"alias={sbc.advertised_address}:{port}", source) for port in (sbc.sip_port, sbc.tls_port))
    # In the field's old form: the code point is its upper six bits (RFC 2474).
    yield Line(f"tos={design.center.qos.signalling_dscp * 4}", Source("center.qos", "kamailio.host_cfg"))
    yield from _peers(design, host)


def _peers(design: Design, host: Host) -> Iterator[Line]:
    """Whom dmq greets first; from them it learns of all others. Without any the SBC is alone."""
    for name in design.homes.sbcs:
        if name != host.name:
            other = design.index["hosts"][name].address
            source = Source(f"hosts.{name}", "kamailio.host_cfg")
            yield Line(f'modparam("dmq", "notification_address", "sip:{other}:{DMQ_PORT}")', source)
