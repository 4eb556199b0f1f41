"""Grandstream's XML (GRP261x/GRP2624/GRP2634/GRP2670 Administration Guide and its P-value template).

Two spellings of the same settings: `<config version="1">` has P values (`<P271>1</P271>`), `<config version="2">` has
`<item name="account.1"><part name="enable">1</part></item>`.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from ccstack.lab.phones.config import Account, FormatError, Key, PhoneConfig, Server, Srtp, Transport, host_port, number

from .values import Values, parsed

_TRANSPORTS: dict[str, Transport] = {
    "0": "udp", "1": "tcp", "2": "tls", "udp": "udp", "tcp": "tcp", "tlsortcp": "tls", "tls": "tls",
}  # fmt: skip
_SRTP: dict[str, Srtp] = {
    "0": "off", "1": "optional", "2": "required", "3": "optional", "no": "off", "disabled": "off",
    "enabledbutnotforced": "optional", "enabledandforced": "required", "optional": "optional",
}  # fmt: skip
_ON = ("1", "yes", "enabled")
_KNOWN = re.compile(
    r"P\d+"
    r"|(account|network|provisioning|maintenance|sip|call|callfeatures|date_?time|dateTime|security|lcd|language|pks"
    r"|vpk|mpk|keys|line_?keys|programmablekeys|voip|preference|audio|ringtone|phonebook|ldap|xml_?application|users?"
    r"|tr069|syslog|ntp|certificates?|softkeys|ucm|bluetooth|wifi|screensaver|general|upgrade|settings|mac"
    r")([.][A-Za-z0-9_.-]+)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Names:
    """What an account's settings are called, P value first."""

    enable: tuple[str, ...]
    server: tuple[str, ...]
    second: tuple[str, ...]
    proxy: tuple[str, ...]
    second_proxy: tuple[str, ...]
    user: tuple[str, ...]
    auth: tuple[str, ...]
    password: tuple[str, ...]
    display: tuple[str, ...]
    label: tuple[str, ...]
    transport: tuple[str, ...]
    srtp: tuple[str, ...]
    expires: tuple[str, ...]


_P_OF_FIRST = ["P271", "P47", "P2312", "P48", "P2333", "P35", "P36", "P34", "P3", "P270", "P130", "P183", "P32"]
"""Account 1 has numbers from before there were several."""
_P_SUFFIXES = ["01", "02", "12", "03", "33", "04", "05", "06", "07", "17", "30", "43", "10"]
"""Accounts 2 to 6: P4xx to P8xx; `second` and `second_proxy` P2412 and P2433, and so on."""
_FIRST_KEYS, _MOST_KEYS = 6, 64
"""Six keys have P values from before there were more."""
_ITEMS = (
    "enable", "sip.server.1.address", "sip.server.2.address", "network.outboundproxy.1.address",
    "network.outboundproxy.2.address", "sip.userid", "sip.subscriber.userid", "sip.subscriber.password",
    "sip.subscriber.name", "name", "sip.transport", "srtp.mode", "sip.registration.expiration",
)  # fmt: skip


def _names(account: int) -> _Names:
    if account == 1:
        numbers = _P_OF_FIRST
    else:
        far = {"12", "33"}
        numbers = [f"P{'2' if s in far else ''}{account + 2}{s}" for s in _P_SUFFIXES]
    return _Names(*((p, f"account.{account}.{item}") for p, item in zip(numbers, _ITEMS, strict=True)))


def read(text: str) -> PhoneConfig:
    """What the phone makes of its file. Raises `FormatError`."""
    root = parsed(text)
    if root.tag != "gs_provision":
        raise FormatError(f"the file begins with <{root.tag}>, not with <gs_provision>")
    values = Values(dict(_settings(root)), _KNOWN)
    lan = "network.port.eth.1.vlan"
    return PhoneConfig(
        accounts=tuple(_accounts(values)),
        keys=tuple(_keys(values)),
        vlan=number(values.first("P51", f"{lan}.tag"), 1, 4094),
        vlan_priority=number(values.first("P87", f"{lan}.priority"), 0, 7) or 0,
        media_dscp=number(values.first("P1559", "network.qos.layer3.rtp"), 0, 63) or 0,
        signalling_dscp=number(values.first("P1558", "network.qos.layer3.sip"), 0, 63) or 0,
        time_zone=values.first("P64", "datetime.timezone"),
        time_server=values.first("P30", "datetime.ntp.server.1"),
        trust=tuple(filter(None, (values.first(f"P{n}") for n in (2386, 2486, 2586, 2686, 2786, 2886)))),
        url=values.first("P237", "provisioning.config.serverpath"),
        user=values.first("P1360", "provisioning.config.username"),
        password=values.first("P1361", "provisioning.config.password"),
        ignored=values.ignored(),
    )


def _settings(root: ET.Element) -> Iterator[tuple[str, str]]:
    for config in root.findall("config"):
        for element in config:
            if element.tag != "item":
                yield element.tag, element.text or ""
                continue
            for part in element.findall("part"):
                yield f"{element.get('name', '')}.{part.get('name', '')}", part.text or ""


def _accounts(values: Values) -> Iterator[Account]:
    for i in range(1, 7):
        names = _names(i)
        transport = _TRANSPORTS.get(values.first(*names.transport).lower(), "udp")
        server, user = values.first(*names.server), values.first(*names.user)
        proxies = [values.first(*names.proxy), values.first(*names.second_proxy)]
        servers = [server, values.first(*names.second)]
        minutes = number(values.first(*names.expires), 1, 64_800) or 60
        described = Account(
            user=user,
            domain=server.partition(":")[0],
            servers=tuple(_servers(proxies if any(proxies) else servers, transport)),
            auth_user=values.first(*names.auth),
            password=values.first(*names.password),
            display=values.first(*names.display),
            label=values.first(*names.label),
            srtp=_SRTP.get(values.first(*names.srtp).replace(" ", "").lower(), "off"),
            expires_s=60 * minutes,
        )
        if values.first(*names.enable).lower() in _ON and user and server:
            yield described


def _servers(addresses: list[str], transport: Transport) -> Iterator[Server]:
    for address in addresses:
        if found := host_port(address, transport):
            yield Server(*found, transport)


def _keys(values: Values) -> Iterator[Key]:
    """Virtual multi-purpose keys, in either spelling. A mode of -1 is none, 0 the line itself."""
    for place in range(1, _MOST_KEYS + 1):
        mode, words = _virtual_key(place)
        kind = values.first(f"P{mode}", f"pks.vpk.{place}.keymode")
        label = values.first(f"P{words}", f"pks.vpk.{place}.description")
        value = values.first(f"P{words + 1}", f"pks.vpk.{place}.value")
        if kind.lower() not in ("", "none", "-1", "0"):
            yield Key(place, kind, value, label)


def _virtual_key(place: int) -> tuple[int, int]:
    """The P values of a key's mode and of its description, behind which its value is."""
    if place <= _FIRST_KEYS:
        return 1363 + 2 * (place - 1), 1465 + 2 * (place - 1)
    mode = 23_800 + 4 * (place - _FIRST_KEYS - 1)
    return mode, mode + 2
