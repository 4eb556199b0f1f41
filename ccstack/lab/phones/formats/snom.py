"""Snom's XML settings (Snom Service Hub, "Settings" and "XML configuration", firmware 10)."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ccstack.lab.phones.config import Account, FormatError, Key, PhoneConfig, Server, Srtp, Transport, host_port, number

from .values import Values, parsed

_TRANSPORTS: dict[str, Transport] = {"udp": "udp", "tcp": "tcp", "tls": "tls"}
_SAVP: dict[str, Srtp] = {"mandatory": "required", "optional": "optional"}
_KNOWN = re.compile(
    r"(user|codec|signaling|vlan|lldp|http|https|webserver|admin|timezone|ntp|dhcp|setting|settings|update|firmware|prov"
    r"|language|web|tone|dkey|gui|idle|display|ring|alert|call|cw|cc|dnd|fwd|redirect|pui|phone|ip|dns|mac|netmask|gateway"
    r"|eth|syslog|log|ldap|tbook|action|block|challenge|conf|contrast|date|time|dst|utc|edit|emergency|filter|headset"
    r"|ignore|intercom|keyboard|led|locale|max|message|mic|mute|mwi|no|offer|overlap|partial|peer|pickup|pin|pool|presence"
    r"|privacy|publish|reject|release|require|rtcp|rtp|session|show|silence|sip|speaker|srtp|ssrc|stun|subscribe|support"
    r"|tcp|tls|trusted|transfer|use|vol|vpn|wifi|xml|check|enable|allow|answer|auto|advertise|aec|backlight|bind|certificate"
    r"|cert|custom|default|reset|release|multicast|mc|lcserver|context|guess|long|naming|network|network_id|only|pcap|pnp"
    r"|quick|record|retry|ruler|scroll|short|smart|snmp|status|screen|sub|theme|uaprof|unit|unused|virtual|zone"
    r"|tr369|active|additional|dirty|disable|explicitly|feature|flood|hide|hold|hoteling|keys|minibrowser|play|prefer|preset"
    r"|remote|serverside|supplementary|text|ui)(_[a-z0-9_]+)?(\[\d+\])?"
    r"|fkey\[\d+\]|uploads?(\[\d+\])?|certificate(\[\d+\])?"
)


def read(text: str) -> PhoneConfig:
    """What the phone makes of its file. Raises `FormatError`."""
    root = parsed(text)
    if root.tag != "settings":
        raise FormatError(f"the file begins with <{root.tag}>, not with <settings>")
    values = Values(dict(_settings(root)), _KNOWN)
    return PhoneConfig(
        accounts=tuple(_accounts(values)),
        keys=tuple(_keys(root)),
        vlan=number(values.get("vlan_id"), 1, 4094),
        vlan_priority=number(values.get("vlan_qos"), 0, 7) or 0,
        media_dscp=(number(values.get("codec_tos"), 0, 255) or 0) >> 2,
        signalling_dscp=(number(values.get("signaling_tos"), 0, 255) or 0) >> 2,
        time_zone=values.get("timezone"),
        time_server=values.get("ntp_server"),
        trust=tuple(_trust(root)),
        url=values.get("setting_server"),
        user=values.first("http_client_user"),
        password=values.first("http_client_pass"),
        ignored=values.ignored(),
    )


def _settings(root: ET.Element) -> Iterator[tuple[str, str]]:
    """`name`, or `name[idx]` for what there is one of for each identity."""
    for section in root.findall("phone-settings"):
        for element in section:
            index = element.get("idx")
            yield element.tag if index is None else f"{element.tag}[{index}]", element.text or ""


def _accounts(values: Values) -> Iterator[Account]:
    for i in values.numbers(r"user_[a-z_]+\[(\d+)\]"):
        name, host = values.get(f"user_name[{i}]"), values.get(f"user_host[{i}]")
        described = Account(
            user=name,
            domain=host.partition(":")[0],
            servers=tuple(_servers(values.get(f"user_outbound[{i}]") or host)),
            auth_user=values.get(f"user_pname[{i}]"),
            password=values.get(f"user_pass[{i}]"),
            display=values.get(f"user_realname[{i}]"),
            label=values.get(f"user_idle_text[{i}]"),
            srtp=_srtp(values.get(f"user_srtp[{i}]"), values.get(f"user_savp[{i}]")),
            expires_s=number(values.get(f"user_expiry[{i}]"), 10, 2**31) or 3600,
        )
        if values.get(f"user_active[{i}]") != "off" and name and host:
            yield described


def _servers(text: str) -> Iterator[Server]:
    """`[sip:]host[:port][;transport=tls]`, several of them with blanks between."""
    for word in text.split():
        target, _, parameters = word.removeprefix("sip:").partition(";")
        match = re.search(r"(?:^|;)transport=([a-z]+)", parameters)
        transport = _TRANSPORTS.get(match[1] if match else "udp", "udp")
        if found := host_port(target, transport):
            yield Server(*found, transport)


def _srtp(srtp: str, savp: str) -> Srtp:
    """RTP/SAVP is offered when `user_savp` says so, and insisted on when that is mandatory."""
    return "off" if srtp == "off" else _SAVP.get(savp, "off")


def _keys(root: ET.Element) -> Iterator[Key]:
    for element in root.iter("fkey"):
        kind, _, value = (element.text or "").strip().partition(" ")
        place = number(element.get("idx"), 0, 500)
        if place is not None and kind not in ("", "none"):
            yield Key(place, kind, value.strip(), element.get("label", ""))


def _trust(root: ET.Element) -> Iterator[str]:
    """`<certificates><certificate url="..."/>`, or the certificate itself in base64 (DER)."""
    for element in root.iter("certificate"):
        if element.get("url"):
            yield element.get("url", "")
        elif text := (element.text or "").strip():
            yield text if "BEGIN CERTIFICATE" in text else _pem(text)


def _pem(base64: str) -> str:
    lines = re.findall(r".{1,64}", re.sub(r"\s+", "", base64))
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])
