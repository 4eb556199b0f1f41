"""LLDP-MED as a switch speaks it: IEEE 802.1AB-2016 section 8, ANSI/TIA-1057 section 10."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from .engine import Neighbour, PortSettings

NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
TTL_S = 120
INTERVAL_S = 30.0
FAST_FRAMES = 4
"""After a phone was heard for the first time, so many frames a second apart (TIA-1057 section 11.2.1)."""
_DOT1 = bytes.fromhex("0080c2")
_TIA = bytes.fromhex("0012bb")
_BRIDGE = 1 << 2
_TELEPHONE = 1 << 5


@dataclass(frozen=True, slots=True)
class Heard:
    """A frame from a neighbour: who it is, for how long that holds (seconds), and what it draws (watts)."""

    neighbour: Neighbour
    ttl_s: int
    watts: float


def announce(name: str, mac: bytes, interface: str, port: PortSettings) -> bytes:
    """What a switch says on a port; a VLAN for voice only where the configuration has one."""
    parts = [
        _tlv(1, b"\x04" + mac),
        _tlv(2, b"\x05" + interface.encode()),
        _tlv(3, struct.pack("!H", TTL_S)),
        _tlv(4, interface.encode()),
        _tlv(5, name.encode()),
        _tlv(6, b"lab model of a switch"),
        _tlv(7, struct.pack("!HH", _BRIDGE, _BRIDGE)),
        _own(_DOT1, 1, struct.pack("!H", port.access)),
        _own(_TIA, 1, struct.pack("!HB", 0b0000_0000_0000_0011, 4)),
    ]
    if port.voice:
        # U, T, X, twelve bits of VLAN, three of priority, six of DSCP (TIA-1057 section 10.2.3.2)
        bits = 1 << 22 | port.voice << 9 | port.voice_priority << 6 | port.voice_dscp
        parts.append(_own(_TIA, 2, b"\x01" + bits.to_bytes(3, "big")))
    return b"".join([*parts, _tlv(0, b"")])


def _tlv(kind: int, text: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(text)) + text


def _own(maker: bytes, subtype: int, text: bytes) -> bytes:
    return _tlv(127, maker + bytes((subtype,)) + text)


def heard(frame: bytes) -> Heard | None:
    """What a neighbour says; None when its frame lacks what every one has (802.1AB section 8.2)."""
    listed = list(_tlvs(frame))
    if [kind for kind, _ in listed[:3]] != [1, 2, 3] or any(len(text) < 2 for _, text in listed[:3]):
        return None
    first = dict(reversed(listed))
    med = {text[3]: text[4:] for kind, text in listed if kind == 127 and text[:3] == _TIA and len(text) > 4}
    able = int.from_bytes(first.get(7, b"\0\0\0\0")[2:4], "big")
    power = int.from_bytes(med[4][1:3], "big") / 10 if len(med.get(4, b"")) >= 3 else 0.0
    mac = first[2] if first[2][0] == 3 else first[1]  # a phone's port id is its MAC address
    neighbour = Neighbour(
        chassis=_identifier(mac, 3 if first[2][0] == 3 else 4),
        port=_identifier(first[2], 3),
        name=first.get(5, b"").decode(errors="replace"),
        description=first.get(6, b"").decode(errors="replace"),
        med=1 in med,
        capabilities=",".join(letter for bit, letter in ((_BRIDGE, "B"), (_TELEPHONE, "T")) if able & bit),
    )
    return Heard(neighbour, int.from_bytes(first[3][:2], "big"), power)


def _tlvs(frame: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(frame):
        head = int.from_bytes(frame[at : at + 2], "big")
        kind, length = head >> 9, head & 0x1FF
        if kind == 0 or at + 2 + length > len(frame):
            return
        yield kind, frame[at + 2 : at + 2 + length]
        at += 2 + length


def _identifier(text: bytes, mac_subtype: int) -> str:
    if text[0] == mac_subtype and len(text) == 7:
        return text[1:].hex(":")
    if text[:2] == b"\x05\x01" and len(text) == 6:
        return ".".join(map(str, text[2:]))
    return text[1:].decode(errors="replace")
