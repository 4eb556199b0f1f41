"""Yealink's `key = value` files (Yealink SIP IP Phones Administrator Guide V86, "Configuration Parameters")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccstack.lab.phones.config import Account, FormatError, Key, PhoneConfig, Server, Srtp, Transport, host_port, number

from .values import Values

_HEADER = "#!version:1.0.0.1"
"""Without this first line the phone takes nothing (Administrator Guide, "Configuration File Formats")."""
_EMPTY = ("%NULL%", "%EMPTY%")
_TRANSPORTS: dict[str, Transport] = {"0": "udp", "1": "tcp", "2": "tls"}
_SRTP: dict[str, Srtp] = {"0": "off", "1": "optional", "2": "required"}
_LAN = "static.network"
_KNOWN = re.compile(
    r"account\.\d+\.(sip_server\.[12]|outbound_proxy\.[12]|outbound_proxy_fallback_interval|nat|fallback|reg|unregister|subscribe|codec|dtmf|auto_answer"
    r"|missed_calllog|voice_mail|acd|dialoginfo|blf|cid_source|100rel|session_timer|ptime|sip_trust_ctrl|features"
    r"|anonymous|music|shared_line|conf|picture|display|keep|srtp_lifetime|direct_ip_call|compact_header|naptr"
    r"|enable_user|advanced|caller|random|register|hoteling|transport|bla|number_of)[a-z0-9_.]*"
    r"|(static\.)?(auto_provision|security|network|trusted_certificates|server_certificates|firmware|wui|zero_touch"
    r"|managementserver|syslog|usb|wifi|bluetooth|directory|lang)[a-z0-9_.]*"
    r"|(linekey|programablekey|expansion_module|features|local_time|lang|gui_lang|phone_setting|voice|sip|push_xml"
    r"|action_url|acd|screensaver|backgrounds|wallpaper_upload|custom|dialplan|call_waiting|transfer|forward|dnd"
    r"|intercom|multicast|ldap|remote_phonebook|local_contact|distinctive_ring_tones|ringtone|softkey|hotdesking"
    r"|hoteling|emergency|queue|super_search|search_in_dialing|talk_timer|overwrite_mode|call_park|directory_setting"
    r"|watch_dog|feature|over_the_air|edk|redial|auto_redial|watch|language)[a-z0-9_.]*"
)


def read(text: str) -> PhoneConfig:
    """What the phone makes of its file. Raises `FormatError`."""
    if text.split("\n", 1)[0].strip() != _HEADER:
        raise FormatError(f"the first line is not {_HEADER}")
    values = Values(dict(_lines(text)), _KNOWN)
    tagged = values.is_on(f"{_LAN}.vlan.internet_port_enable")
    vlan = number(values.get(f"{_LAN}.vlan.internet_port_vid"), 1, 4094)
    priority = number(values.get(f"{_LAN}.vlan.internet_port_priority"), 0, 7)
    return PhoneConfig(
        accounts=tuple(_accounts(values)),
        keys=tuple(_keys(values)),
        vlan=vlan if tagged else None,
        vlan_priority=priority or 0,
        media_dscp=number(values.first(f"{_LAN}.qos.audiotos", f"{_LAN}.qos.rtptos"), 0, 63) or 0,
        signalling_dscp=number(values.get(f"{_LAN}.qos.signaltos"), 0, 63) or 0,
        time_zone=" ".join(filter(None, (values.get("local_time.time_zone"), values.get("local_time.time_zone_name")))),
        time_server=values.get("local_time.ntp_server1"),
        trust=tuple(filter(None, (values.first("static.trusted_certificates.url", "trusted_certificates.url"),))),
        url=values.first("static.auto_provision.server.url", "auto_provision.server.url"),
        user=values.first("static.auto_provision.server.username", "auto_provision.server.username"),
        password=values.first("static.auto_provision.server.password", "auto_provision.server.password"),
        ignored=values.ignored(),
    )


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith("#"):
            yield name.strip(), "" if value.strip() in _EMPTY else value.strip()


def _accounts(values: Values) -> Iterator[Account]:
    for i in values.numbers(r"account\.(\d+)\..*"):
        at = f"account.{i}"
        user, domain = values.get(f"{at}.user_name"), values.get(f"{at}.sip_server.1.address")
        described = Account(
            user=user,
            domain=domain,
            servers=tuple(_servers(values, at)),
            auth_user=values.get(f"{at}.auth_name"),
            password=values.get(f"{at}.password"),
            display=values.get(f"{at}.display_name"),
            label=values.get(f"{at}.label"),
            srtp=_SRTP.get(values.get(f"{at}.srtp_encryption"), "off"),
            expires_s=number(values.get(f"{at}.sip_server.1.expires"), 30, 2_147_483_647) or 3600,
        )
        if values.is_on(f"{at}.enable") and user and domain:
            yield described


def _servers(values: Values, at: str) -> Iterator[Server]:
    """The outbound proxies where they are on, else the servers themselves."""
    hops = "outbound_proxy" if values.is_on(f"{at}.outbound_proxy_enable") else "sip_server"
    for place in (1, 2):
        kind = values.get(f"{at}.sip_server.{place}.transport_type") or values.get(f"{at}.sip_server.1.transport_type")
        transport = _TRANSPORTS.get(kind, "udp")
        port = values.get(f"{at}.{hops}.{place}.port") or "5060"
        found = host_port(f"{values.get(f'{at}.{hops}.{place}.address')}:{port}", transport)
        if found:
            yield Server(*found, transport)


def _keys(values: Values) -> Iterator[Key]:
    for i in values.numbers(r"linekey\.(\d+)\..*"):
        kind, value = values.get(f"linekey.{i}.type"), values.get(f"linekey.{i}.value")
        if kind not in ("", "0"):
            yield Key(i, kind, value, values.get(f"linekey.{i}.label"))
