"""Yealink: `<mac>.cfg`.

Sources. Read: names of settings in Yealink's configuration template of firmware 84 to 86, as public provisioning
systems ship it for SIP-T5x; the rule of clock changes by week (month/week/weekday/hour) in the guide for SIP-T2 to T5,
"Auto DST File Attributes". From knowledge of that guide ("Account Registration", "Server
Redundancy", "TLS", "SRTP", "DSS Keys": types 13 speed dial, 15 line, 16 BLF), not read again: the meaning of values.
`sip.notify_reboot_enable = 0` is what public systems use for a fetch without a restart; what RTP is marked with has two
names, of which a model knows one. Not confirmed: `features.save_call_history` on every model.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ccstack.render.state import Line, Source

from .facts import CENTER, DTMF_PAYLOAD, REGISTER_SECONDS, Ground, Handset
from .keyvalue import Settings
from .zone import Change

_CODECS = {"ulaw": "pcmu", "alaw": "pcma", "g722": "g722"}
_OTHER_CODECS = ("g729", "g726_16", "g726_24", "g726_32", "g726_40", "g723_53", "g723_63", "opus", "ilbc")
_LANGUAGES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "it": "Italian",
    "pt": "Portuguese",
    "pl": "Polish",
    "tr": "Turkish",
    "ru": "Russian",
}
_KEY_TYPES = {"dial": 13, "blf": 16}
_LINE_KEY = 15
_ADMIN, _USER = "admin", "user"
_HEAD = "#!version:1.0.0.1"
"""Must be the first line, as it is."""


def common(ground: Ground) -> tuple[Line, ...]:
    """What phones of this ground share."""
    cfg = Settings()
    cfg.lines.append(Line(_HEAD, CENTER))
    _servers(cfg, ground)
    _media(cfg, ground)
    _network(cfg, ground)
    _time(cfg, ground)
    _trust(cfg, ground)
    _conduct(cfg, ground)
    return tuple(cfg.lines)


def document(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> tuple[Line, ...]:
    """The file of one phone."""
    cfg = Settings()
    own = Source(phone.path, "phones-yealink")
    cfg.put(own, {"account.1.enable": 1, "account.1.user_name": phone.user, "account.1.auth_name": phone.user})
    cfg.secret("account.1.password", phone.sip_password("plain"), own)
    cfg.say("account.1.label", phone.label, own, phone.label_path)
    cfg.say("account.1.display_name", phone.label, own, phone.label_path)
    cfg.put(own, {"linekey.1.type": _LINE_KEY, "linekey.1.line": 1})
    cfg.say("linekey.1.label", phone.label, own, phone.label_path)
    for place, key in enumerate(phone.keys, start=2):
        cfg.put(own, {f"linekey.{place}.type": _KEY_TYPES[key.kind], f"linekey.{place}.line": 1})
        cfg.set(f"linekey.{place}.value", key.dial, own)
        cfg.say(f"linekey.{place}.label", key.label, own, key.path)
    cfg.lines += (_unused(place) for place in phone.unused)
    if phone.mailbox:
        cfg.set("voice_mail.number.1", ground.voicemail, own)
    else:
        cfg.clear("voice_mail.number.1", own)
    cfg.put(own, {"features.save_call_history": int(not phone.shared), "static.network.pc_port.enable": int(phone.pc)})
    cfg.set("static.auto_provision.server.username", phone.mac, own)
    cfg.secret("static.auto_provision.server.password", phone.slot("provisioning", "plain"), own)
    for name in (_ADMIN, _USER):
        cfg.secret("static.security.user_password", f"{name}:{phone.slot('admin', 'plain')}", own)
    return (*shared, *cfg.lines)


@cache
def _unused(place: int) -> Line:
    return Line(f"linekey.{place}.type = 0", CENTER)


def files(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
    """The phone's files by name."""
    yield f"{phone.mac}.cfg", document(ground, shared, phone)


def _servers(cfg: Settings, ground: Ground) -> None:
    # The SIP domain is no host: requests for it go to the outbound proxies, one after the other.
    cfg.put(
        CENTER,
        {
            "account.1.sip_server.1.address": ground.domain,
            "account.1.sip_server.1.transport_type": 2 if ground.secure else 0,
            "account.1.sip_server.1.expires": REGISTER_SECONDS,
            "account.1.outbound_proxy_enable": 1,
            "account.1.fallback.redundancy_type": 1,
            "account.1.outbound_proxy_fallback_interval": REGISTER_SECONDS,
        },
    )
    cfg.set("account.1.sip_server.1.port", ground.sbcs[0].port, ground.sbcs[0].source)
    for place, sbc in enumerate(ground.sbcs[:2], start=1):
        cfg.set(f"account.1.outbound_proxy.{place}.address", sbc.address, sbc.source)
        cfg.set(f"account.1.outbound_proxy.{place}.port", sbc.port, sbc.source)
    if len(ground.sbcs) == 1:
        cfg.clear("account.1.outbound_proxy.2.address", CENTER)


def _media(cfg: Settings, ground: Ground) -> None:
    cfg.set("account.1.srtp_encryption", 2 if ground.secure else 0, ground.here)
    known = [_CODECS[name] for name in ground.codecs if name in _CODECS]
    for priority, codec in enumerate(known, start=1):
        cfg.set(f"account.1.codec.{codec}.enable", 1, CENTER)
        cfg.set(f"account.1.codec.{codec}.priority", priority, CENTER)
    for codec in (*(c for c in _CODECS.values() if c not in known), *_OTHER_CODECS):
        cfg.set(f"account.1.codec.{codec}.enable", 0, CENTER)
    cfg.put(CENTER, {"account.1.dtmf.type": 1, "account.1.dtmf.dtmf_payload": DTMF_PAYLOAD})


def _network(cfg: Settings, ground: Ground) -> None:
    # No VLAN id of its own: a phone that insists on one is dead at every port that does not carry it.
    cfg.put(
        CENTER,
        {
            "static.network.lldp.enable": 1,
            "static.network.cdp.enable": 0,
            "static.network.vlan.internet_port_enable": 0,
            "static.network.qos.signaltos": ground.qos.signalling_dscp,
            "static.network.qos.rtptos": ground.qos.media_dscp,
            "static.network.qos.audiotos": ground.qos.media_dscp,
        },
    )


def _time(cfg: Settings, ground: Ground) -> None:
    zone = ground.zone
    for place, address in enumerate(ground.ntp[:2], start=1):
        cfg.set(f"local_time.ntp_server{place}", address, ground.here)
    cfg.put(
        ground.here,
        {"local_time.manual_ntp_srv_prior": 1, "local_time.dhcp_time": 0, "local_time.time_zone": _offset(zone.offset)},
    )
    cfg.set("local_time.summer_time", int(zone.start is not None), ground.here)
    if zone.start is not None and zone.end is not None:
        cfg.put(
            ground.here,
            {
                "local_time.dst_time_type": 1,
                "local_time.start_time": _change(zone.start),
                "local_time.end_time": _change(zone.end),
                "local_time.offset_time": zone.saving,
            },
        )
    if language := _LANGUAGES.get(ground.language[:2]):
        cfg.put(CENTER, {"lang.gui": language, "lang.wui": language})


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")


def _change(change: Change) -> str:
    return f"{change.month}/{change.week}/{change.weekday}/{change.hour}"


def _trust(cfg: Settings, ground: Ground) -> None:
    cfg.set("static.trusted_certificates.url", ground.ca_url, ground.server)
    cfg.set("static.auto_provision.server.url", f"{ground.base}/", ground.server)
    cfg.put(
        CENTER,
        {
            "static.security.trust_certificates": 1,
            "static.security.ca_cert": 1,
            "static.security.cn_validation": 1,
            "static.auto_provision.power_on": 1,
            "static.auto_provision.dhcp_option.enable": 1,
            "static.auto_provision.pnp_enable": 0,
            "static.zero_touch.enable": 0,
            "static.wui.http_enable": 0,
            "static.wui.https_enable": 0,
        },
    )


def _conduct(cfg: Settings, ground: Ground) -> None:
    cfg.put(
        CENTER,
        {
            "sip.trust_ctrl": 1,
            "sip.notify_reboot_enable": 0,
            "features.intercom.allow": 1,
            "features.direct_ip_call_enable": 0,
            "phone_setting.emergency.number": ",".join(ground.emergency),
        },
    )
