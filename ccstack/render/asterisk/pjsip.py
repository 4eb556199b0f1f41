"""pjsip.conf: the neighbours (SBCs and other PBXs), and an endpoint for each phone. Transports have their own file."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.state import Line, Source

from .ini import Ini
from .names import sip_uri, source_of

T1_MS = 100
"""RFC 3261's T1, for nothing but its consequence: timer B, 64 times T1, bounds the wait for a silent SBC to 6.4 s.

It is the least that Asterisk takes. Over TCP nothing is sent again but the 200, which a far caller may so get twice.
"""

RTP_TIMEOUT = 60
"""Seconds without media until a call counts as dead; lost BYEs would leave channels for ever."""

RTP_TIMEOUT_HOLD = 3_600

SBC_QUALIFY = 1
PEER_QUALIFY = 10


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A host that this PBX talks SIP with."""

    host: Host
    uri: str
    qualify: int


def neighbours(design: Design, host: Host) -> tuple[Neighbour, ...]:
    """Every SBC, the site's own first, then the other PBXs. A host that is both is there once, as an SBC."""
    hosts = design.index["hosts"]
    sbcs = [hosts[name] for name in design.homes.site_sbcs.get(host.site, design.homes.sbcs)]
    peers = [hosts[name] for name in design.homes.pbxs if name != host.name]
    found = [Neighbour(h, sip_uri(h, h.sbc.sip_port), SBC_QUALIFY) for h in sbcs]
    known = {h.name for h in sbcs}
    found += [Neighbour(h, sip_uri(h, h.pbx.sip_port), PEER_QUALIFY) for h in peers if h.name not in known]
    return tuple(found)


def codecs(design: Design) -> str:
    """Every codec of the trunks in their order, and G.711, which phones have."""
    names = dict.fromkeys(c for t in design.index["trunks"].values() for c in t.codecs)
    return ",".join(("!all", *dict.fromkeys((*names, "ulaw", "alaw"))))


def phones(design: Design) -> tuple[Line, ...]:
    """Agents, stations and probes: the same on every PBX."""
    ini = Ini()
    for phone in design.index.registering.values():
        source = source_of(phone, "pjsip-phone")
        ini.section(phone.name, source, "phone")
        ini.set("callerid", f"<{phone.extension}>", source)
        # As a variable the label needs no quoting but the file's; `callerid` would read quotes and brackets in it.
        ini.set("set_var", f"CALLERID(name)={getattr(phone, 'label', None) or phone.name}", source)
        ini.section(phone.name, source, "phone-id")
        ini.set("endpoint", phone.name, source)
        ini.set("match_header", f"X-CC-Endpoint: {phone.name}", source)
    return ini.lines


TRANSPORTS = "pjsip_transports.conf"
"""What Asterisk takes over only when it starts (res_pjsip: a changed transport "is not fully reloadable")."""


def pjsip(design: Design, host: Host, shared: tuple[Line, ...]) -> tuple[Line, ...]:
    """The whole file for `host`."""
    ini = Ini()
    ini.include(TRANSPORTS, Source("center", "pjsip-transports"))
    near = neighbours(design, host)
    _acl(ini, near)
    _templates(ini, design)
    for neighbour in near:
        _neighbour(ini, neighbour)
    ini.extend(shared)
    return ini.lines


def transports(design: Design, host: Host) -> tuple[Line, ...]:
    """What `pjsip.conf` includes: how the whole of res_pjsip works, and where it listens."""
    assert host.pbx is not None
    ini = Ini()
    source = Source("center", "pjsip-global")
    ini.section("global", source)
    ini.settings(
        source,
        type="global",
        user_agent="ccstack",
        endpoint_identifier_order="header,ip",
        default_from_user="ccstack",
        keep_alive_interval=30,
        # Many agents logging in at once are no reason to refuse calls.
        taskprocessor_overload_trigger="pjsip_only",
    )
    ini.section("system", source)
    ini.settings(source, type="system", timer_t1=T1_MS, timer_b=64 * T1_MS)
    at = source_of(host, "pjsip-transport")
    for protocol in ("udp", "tcp"):
        ini.section(f"transport-{protocol}", at)
        ini.settings(at, type="transport", protocol=protocol, bind=f"{host.address}:{host.pbx.sip_port}")
        ini.set("tos", design.center.qos.signalling_dscp * 4, Source("center.qos", "pjsip-transport"))
    return ini.lines


def _acl(ini: Ini, near: tuple[Neighbour, ...]) -> None:
    """Only neighbours are heard at all."""
    ini.section("neighbours", Source("center", "pjsip-acl"))
    ini.settings(Source("center", "pjsip-acl"), type="acl", deny="0.0.0.0/0.0.0.0")
    # A set, because an SBC on this very host has the same address as the PBX.
    for address, source in {n.host.address: source_of(n.host, "pjsip-acl") for n in near}.items():
        ini.set("permit", f"{address}/255.255.255.255", source)


def _templates(ini: Ini, design: Design) -> None:
    source = Source("center", "pjsip-endpoint")
    ini.section("endpoint", source, is_template=True)
    ini.settings(
        source,
        type="endpoint",
        disallow="all",
        allow=codecs(design).removeprefix("!all,"),
        direct_media="no",
        rtp_symmetric="yes",
        rtp_timeout=RTP_TIMEOUT,
        rtp_timeout_hold=RTP_TIMEOUT_HOLD,
        send_pai="yes",
        dtmf_mode="rfc4733",
        tos_audio=design.center.qos.media_dscp * 4,
        transport="transport-tcp",
    )
    ini.section("neighbour", source, "endpoint", is_template=True)
    ini.settings(source, context="from-sbc", message_context="messages", identify_by="ip", trust_id_inbound="yes")
    # A REFER that came in by a trunk is nobody's right; phones' calls have endpoints of their own.
    ini.set("allow_transfer", "no", source)
    ini.section("phone", source, "endpoint", is_template=True)
    ini.settings(source, context="from-agent", message_context="cc-none", identify_by="header", device_state_busy_at=1)
    # A phone's endpoint counts as reachable always: which SBC leads to it, the dialplan finds out at each call.
    ini.set("aors", "phones", source)
    ini.set("set_var", "TRANSFER_CONTEXT=cc-transfer", source)
    ini.section("phones", source)
    ini.settings(source, type="aor", contact="sip:phones.invalid")
    ini.section("phone-id", source, is_template=True)
    ini.settings(source, type="identify")


def _neighbour(ini: Ini, neighbour: Neighbour) -> None:
    name, source = neighbour.host.name, source_of(neighbour.host, "pjsip-neighbour")
    ini.section(name, source, "neighbour")
    ini.set("aors", name, source)
    ini.section(name, source)
    ini.settings(source, type="aor", contact=neighbour.uri, qualify_frequency=neighbour.qualify, qualify_timeout="1.0")
    ini.section(name, source)
    ini.settings(source, type="identify", endpoint=name, match=f"{neighbour.host.address}/32")
