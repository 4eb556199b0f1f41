"""DHCP on its way through a switch and a router: option 82 in and out (RFC 3046), requests relayed (RFC 2131)."""

from __future__ import annotations

from ipaddress import IPv4Address

INFORMATION = 82
SERVER_PORT, CLIENT_PORT = 67, 68
_COOKIE = bytes.fromhex("63825363")
_OPTIONS_AT = 240
_SHORTEST = 300
"""A BOOTP message has at least so many bytes (RFC 1542 section 2.1)."""
MOST_HOPS = 16
"""RFC 1542 section 4.1.1."""


def is_dhcp(message: bytes) -> bool:
    """Whether it is a DHCP message."""
    return len(message) >= _OPTIONS_AT and message[236:240] == _COOKIE


def is_request(message: bytes) -> bool:
    """Whether it is from a client (BOOTREQUEST)."""
    return message[0] == 1


def client(message: bytes) -> bytes:
    """The client's MAC address (`chaddr`)."""
    return message[28:34]


def relayed_by(message: bytes) -> IPv4Address:
    """`giaddr`: the relay; 0.0.0.0 for none."""
    return IPv4Address(message[24:28])


def yours(message: bytes) -> IPv4Address:
    """`yiaddr`: the address that is given."""
    return IPv4Address(message[16:20])


def wants_broadcast(message: bytes) -> bool:
    """Whether the client cannot hear anything else (RFC 2131 section 4.1)."""
    return bool(message[10] & 0x80)


def _end(message: bytes) -> tuple[int, int, int]:
    """Where the options end, and where option 82 begins and ends (-1 when there is none)."""
    at, start, stop = _OPTIONS_AT, -1, -1
    while at < len(message) and message[at] != 255:
        if message[at] == 0:
            at += 1
            continue
        size = 2 + (message[at + 1] if at + 1 < len(message) else 0)
        if message[at] == INFORMATION:
            start, stop = at, at + size
        at += size
    return at, start, stop


def information(message: bytes) -> bytes | None:
    """What option 82 says; None without one."""
    _, start, stop = _end(message)
    return message[start + 2 : stop] if start >= 0 else None


def with_information(message: bytes, circuit: bytes, remote: bytes) -> bytes:
    """The message with option 82 as its last option (RFC 3046 section 2.1): circuit id and remote id."""
    end, _, _ = _end(message)
    told = bytes((1, len(circuit))) + circuit + bytes((2, len(remote))) + remote
    return (message[:end] + bytes((INFORMATION, len(told))) + told + b"\xff").ljust(_SHORTEST, b"\0")


def without_information(message: bytes) -> bytes:
    """The message without option 82, as who put it in hands an answer on."""
    _, start, stop = _end(message)
    return message if start < 0 else (message[:start] + message[stop:]).ljust(_SHORTEST, b"\0")


def relayed(message: bytes, gateway: IPv4Address) -> bytes | None:
    """A request as a relay sends it on: a hop more, `giaddr` set, option 82 as it was. None: too many hops."""
    if message[3] >= MOST_HOPS:
        return None
    relay = gateway.packed if relayed_by(message) == IPv4Address(0) else message[24:28]
    return message[:3] + bytes((message[3] + 1,)) + message[4:24] + relay + message[28:]
