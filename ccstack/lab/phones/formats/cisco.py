"""Cisco's flat profile (Cisco IP Phone 8800 Series Multiplatform Phones Provisioning Guide, "XML Profile Format")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ccstack.lab.phones.config import Account, FormatError, Key, PhoneConfig, Server, Srtp, Transport, host_port, number

from .values import Values, parsed

_TRANSPORTS: dict[str, Transport] = {"UDP": "udp", "TCP": "tcp", "TLS": "tls"}
_SRTP: dict[str, Srtp] = {"optional": "optional", "required": "required", "strict": "required"}
_YES = ("yes", "true", "1")
_KNOWN = re.compile(
    r"(Line|Proxy|Outbound|Alternate|Dual|Register|Survivable|User|Auth|Use|Password|Display|Short|Extension|SIP|Secure"
    r"|SRTP|RTP|VLAN|Enable|Time|Primary|Secondary|Profile|Upgrade|Resync|Custom|Extended|Share|Call|CFWD|DND|Voice|Mailbox"
    r"|Preferred|Second|Third|Use_Pref|DTMF|Dial|NAT|Sticky|Blind|Auto|Admin|Web|Phone|Station|Text|Language|Locale|Daylight"
    r"|Date|Syslog|Debug|Host|Domain|DNS|DHCP|Network|CDP|LLDP|PC|Peer|Provision|Report|Log|GPP|Set|Feature|Feature_Key"
    r"|Server|XML|XSI|LDAP|BroadSoft|Directory|Ring|Tone|Dictionary|Attendant|Number|Unit|Idle|Screen|Back|Attn|Transport"
    r"|Message|Conference|Hoteling|ACD|Broadsoft|Speed|Miscellaneous|Cfwd|Block|Serv|Hold|Music|Paging|Group|Emergency"
    r"|Ignore|Interdigit|Allow|Accept|Restricted|Sip|EMERGENCY|Mute|Softkey|Programmable|PSK|User_Equal|Max|Min|Reg|Sub"
    r"|Dns|Mac|Bluetooth|Wi-Fi|Cloud|Peer_Firmware|HTTP|Transfer|Diversion|Media|TLS|Codec|G7|Opus|iLBC|Silence|Echo|Comfort"
    r"|BLF|OPUS|AVT|INFOREQ|L16|Key|Ext|Press|Protocol|Remote|Restart|SSH|Control|Default|Handset|Headset|Speaker|Missed)[A-Za-z0-9_.-]*"
)


def read(text: str) -> PhoneConfig:
    """What the phone makes of its file. Raises `FormatError`."""
    root = parsed(text)
    flat = root if root.tag == "flat-profile" else root.find("flat-profile")
    if flat is None:
        raise FormatError(f"there is no <flat-profile> in <{root.tag}>")
    values = Values({element.tag: element.text or "" for element in flat}, _KNOWN)
    vlan = number(values.get("VLAN_ID"), 1, 4094)
    rule = re.match(r"(?:\[(?P<options>[^]]*)\])?\s*(?P<url>\S*)", values.get("Profile_Rule"))
    options = rule["options"] or "" if rule else ""
    return PhoneConfig(
        accounts=tuple(_accounts(values)),
        keys=tuple(_keys(values)),
        vlan=vlan if values.is_on("Enable_VLAN", _YES) else None,
        media_dscp=_dscp(values.first("RTP_TOS_DiffServ_Value_1_")),
        signalling_dscp=_dscp(values.first("SIP_TOS_DiffServ_Value_1_", "SIP_TOS/DiffServ_Value_1_")),
        time_zone=values.get("Time_Zone"),
        time_server=values.get("Primary_NTP_Server"),
        trust=tuple(filter(None, (values.first("Custom_CA_Rule", "Custom_CA_URL"),))),
        url=rule["url"] if rule else "",
        user=_option(options, "uid"),
        password=_option(options, "pwd"),
        ignored=values.ignored(),
    )


def _option(options: str, name: str) -> str:
    """`[--uid USER --pwd PASSWORD]` before a URL ("Profile Rule Parameters")."""
    match = re.search(rf"--{name}\s+(?:\"([^\"]*)\"|(\S+))", options)
    return (match[1] or match[2]) if match else ""


def _accounts(values: Values) -> Iterator[Account]:
    for i in values.numbers(r"User_ID_(\d+)_"):
        transport = _TRANSPORTS.get(values.get(f"SIP_Transport_{i}_"), "udp")
        user, proxy = values.get(f"User_ID_{i}_"), values.get(f"Proxy_{i}_")
        described = Account(
            user=user,
            domain=proxy.partition(":")[0],
            servers=tuple(_servers(values, i, transport)),
            auth_user=values.get(f"Auth_ID_{i}_") if values.is_on(f"Use_Auth_ID_{i}_", _YES) else "",
            password=values.get(f"Password_{i}_"),
            display=values.get(f"Display_Name_{i}_"),
            label=values.get(f"Short_Name_{i}_"),
            srtp=_SRTP.get(values.first(f"Secure_Call_Option_{i}_").lower(), "off"),
            expires_s=number(values.get(f"Register_Expires_{i}_"), 1, 2**31) or 3600,
        )
        enabled = values.get(f"Line_Enable_{i}_").lower() in (*_YES, "")
        registers = values.get(f"Register_{i}_").lower() in (*_YES, "")
        if enabled and registers and user and proxy:
            yield described


def _servers(values: Values, i: int, transport: Transport) -> Iterator[Server]:
    """The outbound proxies where there are any, else the proxies; the alternate one second."""
    proxies = [values.get(f"Proxy_{i}_"), values.get(f"Alternate_Proxy_{i}_")]
    outbound = [values.get(f"Outbound_Proxy_{i}_"), values.get(f"Alternate_Outbound_Proxy_{i}_")]
    values.get(f"Dual_Registration_{i}_")
    for address in outbound if any(outbound) else proxies:
        if found := host_port(address, transport):
            yield Server(*found, transport)


def _dscp(text: str) -> int:
    """The whole byte in hexadecimal, `0xb8` for 46."""
    match = re.fullmatch(r"0x([0-9a-fA-F]{1,2})", text)
    return int(match[1], 16) >> 2 if match else 0


def _keys(values: Values) -> Iterator[Key]:
    """`fnc=blf+sd;sub=ann@host;ext=ann@host` of lines that are not lines ("Line Key Functions")."""
    for i in values.numbers(r"Extended_Function_(\d+)_"):
        text = values.get(f"Extended_Function_{i}_")
        parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
        value = parts.get("ext") or parts.get("sub", "")
        if parts.get("fnc"):
            yield Key(i, parts["fnc"], value, parts.get("nme") or values.get(f"Short_Name_{i}_"))
