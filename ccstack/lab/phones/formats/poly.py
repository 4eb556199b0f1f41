"""Poly's XML attributes (Poly UC Software 6.4 Administrator Guide, "Configuration Parameters")."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

from ccstack.lab.phones.config import Account, Key, PhoneConfig, Server, Srtp, Transport, host_port, number

from .values import Values, parsed

_TRANSPORTS: dict[str, Transport] = {"UDPOnly": "udp", "TCPOnly": "tcp", "TLS": "tls", "TCPpreferred": "tcp"}
_SERVERS = (1, 2, 3, 4)
_DSCP = {
    "EF": 46,
    **{f"AF{c}{d}": 8 * c + 2 * d for c in (1, 2, 3, 4) for d in (1, 2, 3)},
    **{f"CS{c}": 8 * c for c in range(8)},
}
"""Names that qos.ip.* takes besides numbers."""
_KNOWN = re.compile(
    r"(reg|device|voIpProt|voice|sec|qos|tcpIpApp|lcl|attendant|lineKey|softkey|efk|feature|call|dir|log|up|nat|dialplan"
    r"|divert|msg|mb|httpd|prov|se|bg|apps|hotelingMode|pnet|acd|tone|keypadLock|power|powerSaving|presence|ptt|res"
    r"|sampled_audio|np|license|dns|diags|exchange|homeScreen|key|location|oai|roaming_buddies|roaming_privacy"
    r"|video|volume|webutility|xmpp|smartPaging|button|basicLogin|cnfg|hybrid|mr)\.[A-Za-z0-9_.]+"
    r"|xmlns(:[a-z]+)?|\{http[^}]*\}[A-Za-z]+"
    r"|(APP_FILE_PATH|CONFIG_FILES|MISC_FILES|LOG_FILE_DIRECTORY|OVERRIDES_DIRECTORY|CONTACTS_DIRECTORY"
    r"|LICENSE_DIRECTORY|USER_PROFILES_DIRECTORY|CALL_LISTS_DIRECTORY|COREFILE_DIRECTORY|CAPTURE_DIRECTORY"
    r"|DECT_FILE_PATH)(_[A-Za-z0-9_]+)?"
)


def read(text: str) -> PhoneConfig:
    """What the phone makes of a file, the master file or one that it names. Raises `FormatError`."""
    root = parsed(text)
    values = Values({name: value for element in root.iter() for name, value in element.attrib.items()}, _KNOWN)
    device = _device(values)
    return PhoneConfig(
        accounts=tuple(_accounts(values)),
        keys=tuple(_keys(values)),
        vlan=number(device("device.net.vlanId"), 1, 4094),
        media_dscp=_dscp(values.get("qos.ip.rtp.dscp")),
        signalling_dscp=_dscp(values.get("qos.ip.callControl.dscp")),
        time_zone=values.first("tcpIpApp.sntp.gmtOffset", "device.sntp.gmtOffset"),
        time_server=values.first("tcpIpApp.sntp.address", "device.sntp.serverName"),
        trust=tuple(_trust(values, device("device.sec.TLS.customCaCert1"), device("device.sec.TLS.customCaCert2"))),
        url=device("device.prov.serverName"),
        user=device("device.prov.user"),
        password=device("device.prov.password"),
        more_files=_more(root),
        ignored=values.ignored(),
    )


def _device(values: Values) -> Callable[[str], str]:
    """`device.*` holds only where it, and all of them together, are switched on ("Changing Parameter Values")."""
    at_all = values.is_on("device.set")

    def get(name: str) -> str:
        value, here = values.get(name), values.is_on(f"{name}.set")
        return value if at_all and here else ""

    return get


def _more(root: ET.Element) -> tuple[str, ...]:
    lists = (element.get("CONFIG_FILES", "") for element in root.iter("APPLICATION"))
    return tuple(name.strip() for names in lists for name in names.split(",") if name.strip())


def _accounts(values: Values) -> Iterator[Account]:
    for i in values.numbers(r"reg\.(\d+)\..*"):
        at = f"reg.{i}"
        address = values.get(f"{at}.address")
        user, _, domain = address.partition("@")
        servers = tuple(_servers(values, at))
        described = Account(
            user=user,
            domain=domain or values.first(f"{at}.server.1.address", "voIpProt.server.1.address"),
            servers=_proxy(values, at, servers),
            auth_user=values.get(f"{at}.auth.userId"),
            password=values.get(f"{at}.auth.password"),
            display=values.get(f"{at}.displayName"),
            label=values.get(f"{at}.label"),
            srtp=_srtp(values, at),
            expires_s=number(values.first(f"{at}.server.1.expires", "voIpProt.server.1.expires"), 10, 2**31) or 3600,
        )
        if address and servers:
            yield described


def _servers(values: Values, at: str) -> Iterator[Server]:
    for place in _SERVERS:
        names = [f"{at}.server.{place}", f"voIpProt.server.{place}"]
        transport = _TRANSPORTS.get(values.first(*(f"{name}.transport" for name in names)), "udp")
        address = values.first(*(f"{name}.address" for name in names))
        port = number(values.first(*(f"{name}.port" for name in names)), 1, 65_535)
        registers = values.first(*(f"{name}.register" for name in names))
        found = host_port(address if port is None else f"{address}:{port}", transport)
        if found and registers != "0":
            yield Server(*found, transport)


def _proxy(values: Values, at: str, servers: tuple[Server, ...]) -> tuple[Server, ...]:
    """An outbound proxy takes all that the line sends."""
    names = [f"{at}.outboundProxy", "voIpProt.SIP.outboundProxy"]
    address = values.first(*(f"{name}.address" for name in names))
    transport = _TRANSPORTS.get(values.first(*(f"{name}.transport" for name in names)), "udp")
    port = number(values.first(*(f"{name}.port" for name in names)), 1, 65_535)
    found = host_port(address if port is None else f"{address}:{port}", transport)
    return (Server(*found, transport),) if found else servers


def _srtp(values: Values, at: str) -> Srtp:
    def says(word: str, default: str) -> bool:
        return (values.first(f"{at}.srtp.{word}", f"sec.srtp.{word}") or default) == "1"

    enabled, offers, requires = says("enable", "1"), says("offer", "0"), says("require", "0")
    if not enabled:
        return "off"
    return "required" if requires else "optional" if offers else "off"


def _dscp(text: str) -> int:
    found = number(text, 0, 63)
    return _DSCP.get(text.upper(), 0) if found is None else found


def _trust(values: Values, *device: str) -> Iterator[str]:
    yield from filter(None, device)
    yield from filter(None, (values.get(f"sec.TLS.customCaCert.{place}") for place in range(1, 8)))


def _keys(values: Values) -> Iterator[Key]:
    for i in values.numbers(r"attendant\.resourceList\.(\d+)\..*"):
        at = f"attendant.resourceList.{i}"
        if address := values.get(f"{at}.address"):
            yield Key(i, values.get(f"{at}.type") or "normal", address, values.get(f"{at}.label"))
    for i in values.numbers(r"efk\.efklist\.(\d+)\..*"):
        at = f"efk.efklist.{i}"
        if values.is_on(f"{at}.status"):
            yield Key(100 + i, values.get(f"{at}.mname"), values.get(f"{at}.action.string"), values.get(f"{at}.label"))
