"""Cisco with Multiplatform firmware (6800, 7800, 8800): `<mac>.xml`, a flat profile.

Sources. Read: "XML Reference Guide for Cisco IP Phones" (`Secure_Call_Option_n_`: `Strict` is SRTP with TLS and nothing
else; `TLS_Name_Validate_n_`, `SIP_Transport_n_`); IP Phone 8800 Series Multiplatform Phone Administration Guide, "Macro
Expansion Variables" (`$MA`) and `Auto_Answer_Page`; names in public provisioning systems for 8811 to 8865. From
knowledge of that guide ("Profile Rule": `[--uid U --pwd P] URL`; "Daylight Saving Time Rule": month/day/weekday, the
first such weekday from that day on, day -1 for the last of the month, 1 for Monday; "Line Key": `fnc=...`), not read
again: the rest.
Not confirmed: a setting for taking NOTIFY from the SBC only: none was found, and a phone that
registers over TLS takes requests over that connection. Menus in other languages need a dictionary that Cisco supplies.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import zip_longest

from ccstack.render.state import Line, Source
from ccstack.render.text import RenderError

from .facts import CENTER, DTMF_PAYLOAD, REGISTER_SECONDS, Ground, Handset, Key
from .xml import DECLARATION, Elements, escaped
from .zone import Change

_CODECS = {"ulaw": "G711u", "alaw": "G711a", "g722": "G722"}
_CODEC_PLACES = ("Preferred_Codec_1_", "Second_Preferred_Codec_1_", "Third_Preferred_Codec_1_")
_ADMIN_ONLY = ' ua="na"'
_INDENT = "  "


def common(ground: Ground) -> tuple[Line, ...]:
    """What phones of this ground share: the head of the file, and settings."""
    cfg = Elements(_INDENT, _ADMIN_ONLY)
    _servers(cfg, ground)
    _media(cfg, ground)
    _network(cfg, ground)
    _time(cfg, ground)
    _trust(cfg, ground)
    _conduct(cfg, ground)
    return (Line(DECLARATION, CENTER), Line("<flat-profile>", CENTER), *cfg.lines)


def files(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> Iterable[tuple[str, tuple[Line, ...]]]:
    """The phone's files by name."""
    yield f"{phone.mac}.xml", document(ground, shared, phone)


def document(ground: Ground, shared: tuple[Line, ...], phone: Handset) -> tuple[Line, ...]:
    """The file of one phone."""
    cfg = Elements(_INDENT, _ADMIN_ONLY)
    own = Source(phone.path, "phones-cisco")
    cfg.put(own, {"User_ID_1_": phone.user, "Auth_ID_1_": phone.user})
    cfg.secret("Password_1_", phone.sip_password("xml"), own)
    cfg.say("Display_Name_1_", phone.label, own, phone.label_path)
    cfg.say("Station_Display_Name", phone.label, own, phone.label_path)
    cfg.set("Extension_1_", 1, own)
    cfg.say("Short_Name_1_", phone.label, own, phone.label_path)
    for place, key in enumerate(phone.keys, start=2):
        cfg.set(f"Extension_{place}_", "Disabled", own)
        cfg.set(f"Extended_Function_{place}_", _function(key), own)
    cfg.lines += (line for place in phone.unused for line in _unused(place))
    cfg.set("Voice_Mail_Number", ground.voicemail if phone.mailbox else "", own)
    cfg.set("PC_PORT_Enable", "Yes" if phone.pc else "No", own)
    login = f"[--uid {phone.mac} --pwd {phone.slot('provisioning', 'xml')}]"
    cfg.secret("Profile_Rule", f"{login}{escaped(ground.base, ground.server.path)}/$MA.xml", own)
    cfg.secret("Admin_Password", phone.slot("admin", "xml"), own)
    cfg.secret("User_Password", phone.slot("admin", "xml"), own)
    return (*shared, *cfg.lines, Line("</flat-profile>", CENTER))


@cache
def _unused(place: int) -> tuple[Line, ...]:
    cfg = Elements(_INDENT, _ADMIN_ONLY)
    cfg.put(CENTER, {f"Extension_{place}_": "Disabled", f"Extended_Function_{place}_": ""})
    return tuple(cfg.lines)


def _function(key: Key) -> str:
    """What a line key does: `fnc=...;name=value;...`, without any quoting."""
    if any(mark in key.label for mark in ";=") or key.label != key.label.strip():
        raise RenderError(
            key.path, key.label, "a semicolon, an equals sign or white space at an end would end the label"
        )
    if key.kind == "blf":
        return f"fnc=blf+sd;sub={key.dial}@$PROXY;ext={key.dial}@$PROXY;nme={key.label}"
    return f"fnc=sd;ext={key.dial}@$PROXY;nme={key.label}"


def _servers(cfg: Elements, ground: Ground) -> None:
    # The SIP domain is no host: every request goes to the outbound proxies, one after the other.
    cfg.put(
        CENTER,
        {
            "Line_Enable_1_": "Yes",
            "Proxy_1_": ground.domain,
            "Use_DNS_SRV_1_": "No",
            "Use_OB_Proxy_In_Dialog_1_": "Yes",
            "Register_1_": "Yes",
            "Register_Expires_1_": REGISTER_SECONDS,
            "Dual_Registration_1_": "No",
            "Auto_Register_When_Failover_1_": "Yes",
            "Proxy_Fallback_Intvl_1_": REGISTER_SECONDS,
        },
    )
    for name, sbc in zip_longest(("Outbound_Proxy_1_", "Alternate_Outbound_Proxy_1_"), ground.sbcs[:2]):
        cfg.set(name, str(sbc or ""), sbc.source if sbc else CENTER)
    cfg.set("SIP_Transport_1_", "TLS" if ground.secure else "UDP", ground.here)


def _media(cfg: Elements, ground: Ground) -> None:
    cfg.put(
        ground.here,
        {"Secure_Call_Serv": "Yes" if ground.secure else "No", "Secure_Call_Option_1_": "Strict"},
    )
    known = [_CODECS[name] for name in ground.codecs if name in _CODECS]
    for place, name in enumerate(_CODEC_PLACES):
        cfg.set(name, known[place] if place < len(known) else "Unspecified", CENTER)
    cfg.put(CENTER, {"Use_Pref_Codec_Only_1_": "No", "G729a_Enable_1_": "No", "OPUS_Enable_1_": "No"})
    cfg.put(CENTER, {"DTMF_Tx_Method_1_": "AVT", "AVT_Dynamic_Payload": DTMF_PAYLOAD})


def _network(cfg: Elements, ground: Ground) -> None:
    # No VLAN id of its own: a phone that insists on one is dead at every port that does not carry it.
    cfg.put(
        CENTER,
        {
            "Enable_VLAN": "No",
            "Enable_LLDP-MED": "Yes",
            "Enable_CDP": "No",
            "SIP_TOS_DiffServ_Value_1_": f"{ground.qos.signalling_dscp << 2:#04x}",
            "RTP_TOS_DiffServ_Value_1_": f"{ground.qos.media_dscp << 2:#04x}",
        },
    )


def _time(cfg: Elements, ground: Ground) -> None:
    zone = ground.zone
    for name, address in zip_longest(("Primary_NTP_Server", "Secondary_NTP_Server"), ground.ntp[:2]):
        cfg.set(name, address or "", ground.here)
    hours, minutes = divmod(abs(zone.offset), 60)
    cfg.set("Time_Zone", f"GMT{'-' if zone.offset < 0 else '+'}{hours:02}:{minutes:02}", ground.here)
    cfg.set("Ignore_DHCP_Time_Offset", "Yes", ground.here)
    cfg.set("Daylight_Saving_Time_Enable", "Yes" if zone.start else "No", ground.here)
    if zone.start is not None and zone.end is not None:
        save = f"{zone.saving // 60:02}:{zone.saving % 60:02}:00"
        rule = f"start={_change(zone.start)};end={_change(zone.end)};save={save}"
        cfg.set("Daylight_Saving_Time_Rule", rule, ground.here)


def _change(change: Change) -> str:
    day = -1 if change.week == 5 else change.week * 7 - 6
    return f"{change.month}/{day}/{change.weekday}/{change.time}"


def _trust(cfg: Elements, ground: Ground) -> None:
    cfg.set("Custom_CA_Rule", ground.ca_url, ground.server)
    cfg.put(
        CENTER,
        {
            "TLS_Name_Validate_1_": "Yes",
            "Provision_Enable": "Yes",
            "Resync_On_Reset": "Yes",
            "Resync_From_SIP": "Yes",
            "Upgrade_Enable": "No",
            "Enable_Web_Server": "No",
            "Phone-UI-User-Mode": "Yes",
        },
    )


def _conduct(cfg: Elements, ground: Ground) -> None:
    # The SBC signs no NOTIFY, so a challenge would never be answered.
    numbers = "".join(f"{number}S0|" for number in ground.emergency)
    cfg.put(
        CENTER,
        {
            "Auth_Resync-Reboot_1_": "No",
            "Auto_Answer_Page": "Yes",
            "Dial_Plan_1_": f"({numbers}[x*+].)",
            "Emergency_Number_1_": ",".join(ground.emergency),
        },
    )
