"""Snom: `snom-<mac>.xml`.

Sources. Read: Service Hub, "Desk Phone Configuration Files" (the file's form, `{mac}`); names in public provisioning
systems for D7xx, among them the form of `dst` (`<seconds> MM.WW.DD hh:mm:ss MM.WW.DD hh:mm:ss`, 1 for Monday), the
second identity for failover, `keyboard_lock_emergency`, `webserver_type`; `<certificates>` in the page of the same file
form for related phones. From knowledge of the settings' pages, not read again: the meaning of values (`codec_tos` and
`signaling_tos` are the whole TOS byte).
A phone asks for one more SBC by a second identity of the same line, which takes over calls while the first is not
registered. Not confirmed: that `<certificate url>` takes PEM (the page's example is DER), `lldp_enable`, `pnp_config`,
`filter_registrar` for NOTIFY; and a setting that refuses servers with an unknown certificate: none was found.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from ccstack.render.state import Line, Source

from .facts import CENTER, REGISTER_SECONDS, Ground, Handset
from .xml import DECLARATION, Elements, escaped
from .zone import Change

_CODECS = {"ulaw": "pcmu", "alaw": "pcma", "g722": "g722", "gsm": "gsm"}
_LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Espanol",
    "fr": "Francais",
    "it": "Italiano",
    "nl": "Dutch",
    "pt": "Portugues",
    "pl": "Polski",
}
_WEB_LOGINS = dict.fromkeys(("snom-d862", "snom-d865"), ("webserver_admin_name", "webserver_admin_password"))
"""What the login of the web page is called where it is called otherwise."""
_READ_ONLY = ' perm="R"'
_INDENT = "    "


def common(ground: Ground) -> tuple[Line, ...]:
    """What phones of this ground share: the head of the file, and settings."""
    cfg = Elements(_INDENT, _READ_ONLY)
    for place, sbc in enumerate(ground.sbcs[:2], start=1):
        scheme = ";transport=tls" if ground.secure else ";transport=udp"
        cfg.set("user_outbound", f"{sbc}{scheme}", sbc.source, f' idx="{place}"')
        _identity(cfg, ground, f' idx="{place}"')
    if len(ground.sbcs) > 1:
        cfg.set("user_failover_identity", 2, CENTER, ' idx="1"')
        cfg.set("hide_identity", "true", CENTER, ' idx="2"')
    else:
        cfg.set("user_failover_identity", "none", CENTER, ' idx="1"')
        cfg.set("user_active", "off", CENTER, ' idx="2"')
    _network(cfg, ground)
    _time(cfg, ground)
    _conduct(cfg, ground)
    head = (DECLARATION, "<settings>", "  <phone-settings>")
    return (*(Line(text, CENTER) for text in head), *cfg.lines)


def files(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
    """The phone's files by name."""
    yield f"snom-{phone.mac}.xml", document(ground, shared, phone)


def document(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> tuple[Line, ...]:
    """The file of one phone."""
    cfg = Elements(_INDENT, _READ_ONLY)
    own = Source(phone.path, "phones-snom")
    for place in range(1, min(len(ground.sbcs), 2) + 1):
        _line(cfg, ground, phone, own, f' idx="{place}"')
    cfg.set("http_client_user", phone.mac, own)
    cfg.secret("http_client_pass", phone.slot("provisioning", "xml"), own)
    user, password = _WEB_LOGINS.get(phone.model, ("http_user", "http_pass"))
    cfg.set(user, "admin", own)
    for name in (password, "admin_mode_password", "admin_mode_password_confirm"):
        cfg.secret(name, phone.slot("admin", "xml"), own)
    middle = (Line("  </phone-settings>", CENTER), Line("  <functionKeys>", CENTER))
    end = (Line("  </functionKeys>", CENTER), *_certificates(ground), Line("</settings>", CENTER))
    return (*shared, *cfg.lines, *middle, *_keys(ground, phone, own), *end)


def _line(cfg: Elements, ground: Ground, phone: Handset, own: Source, place: str) -> None:
    cfg.set("user_name", phone.user, own, place)
    cfg.set("user_pname", phone.user, own, place)
    cfg.secret("user_pass", phone.sip_password("xml"), own, place)
    cfg.say("user_realname", phone.label, own, phone.label_path, place)
    cfg.say("user_idle_text", phone.label, own, phone.label_path, place)
    cfg.set("user_mailbox", ground.voicemail if phone.mailbox else "", own, place)


def _identity(cfg: Elements, ground: Ground, place: str) -> None:
    codecs = [*(_CODECS[name] for name in ground.codecs if name in _CODECS), "telephone-event"]
    cfg.set("user_active", "on", CENTER, place)
    cfg.set("user_host", ground.domain, CENTER, place)
    cfg.set("user_expiry", REGISTER_SECONDS, CENTER, place)
    cfg.set("user_srtp", "on" if ground.secure else "off", ground.here, place)
    cfg.set("user_savp", "mandatory" if ground.secure else "off", ground.here, place)
    cfg.set("user_dtmf_info", "off", CENTER, place)
    cfg.set("codec_priority_list", ",".join(codecs), CENTER, place)


def _keys(ground: Ground, phone: Handset, own: Source) -> Iterable[Line]:
    keys = Elements(_INDENT)
    label = escaped(phone.label, phone.label_path)
    keys.set("fkey", "line", own, f' idx="0" context="1" label="{label}" perm="R"')
    for place, key in enumerate(phone.keys, start=1):
        label = escaped(key.label, key.path)
        text = f"blf sip:{key.dial}@{ground.domain}" if key.kind == "blf" else f"speed {key.dial}"
        keys.set("fkey", text, own, f' idx="{place}" context="active" label="{label}" perm="R"')
    return (*keys.lines, *(_unused(place) for place in phone.unused))


@cache
def _unused(place: int) -> Line:
    return Line(f'{_INDENT}<fkey idx="{place - 1}" context="active" label="" perm="R">none</fkey>', CENTER)


def _network(cfg: Elements, ground: Ground) -> None:
    # No VLAN id of its own: a phone that insists on one is dead at every port that does not carry it.
    cfg.put(
        CENTER,
        {
            "vlan_id": "",
            "lldp_enable": "on",
            "signaling_tos": ground.qos.signalling_dscp << 2,
            "codec_tos": ground.qos.media_dscp << 2,
        },
    )


def _time(cfg: Elements, ground: Ground) -> None:
    zone = ground.zone
    rule = f"{zone.saving * 60} {_change(zone.start)} {_change(zone.end)}" if zone.start and zone.end else ""
    cfg.set("ntp_server", ground.ntp[0], ground.here)
    # The phone's own table of zones is left out, so that the rule counts.
    cfg.put(ground.here, {"timezone": "", "utc_offset": f"{zone.offset * 60:+d}", "dst": rule})
    # Without a language the newest models ask for one before they do anything else.
    language = _LANGUAGES.get(ground.language[:2], _LANGUAGES["en"])
    cfg.put(CENTER, {"language": language, "web_language": language})


def _change(change: Change) -> str:
    return f"{change.month:02}.{change.week:02}.{change.weekday:02} {change.time}"


def _conduct(cfg: Elements, ground: Ground) -> None:
    # The phone writes its MAC address in capitals for `{mac}`.
    cfg.set("tr369_enable", "false", CENTER, ' idx="1"')
    cfg.set("setting_server", f"{ground.base}/snom-{{mac}}.xml", ground.server)
    cfg.put(
        CENTER,
        {
            "update_policy": "settings_only",
            "pnp_config": "off",
            "webserver_type": "off",
            "admin_mode": "off",
            "filter_registrar": "on",
            "intercom_enabled": "on",
            "keyboard_lock_emergency": " ".join(ground.emergency),
        },
    )


def _certificates(ground: Ground) -> Iterable[Line]:
    url = escaped(ground.ca_url, ground.server.path)
    yield Line(f'  <certificates><certificate url="{url}"/></certificates>', ground.server)
