"""LLDP-MED as a phone speaks it: IEEE 802.1AB-2016 section 8, ANSI/TIA-1057 section 10."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address

NEAREST_BRIDGE = bytes.fromhex("0180c200000e")
"""Where LLDP frames go; no bridge hands them on (802.1AB table 7-1)."""
TTL_S = 120
"""How long a neighbour believes a frame."""
FAST_FRAMES = 4
"""So many frames a second apart begin a conversation (TIA-1057 section 11.2.1, fast start)."""
FAST_S = 1.0
SLOW_S = 30.0

_END, _CHASSIS, _PORT, _TTL, _PORT_WORDS, _NAME, _WORDS, _CAPABILITIES, _OWN = 0, 1, 2, 3, 4, 5, 6, 7, 127
_TIA = bytes.fromhex("0012bb")
_MED_CAPABILITIES, _MED_POLICY, _MED_POWER, _MED_MAKER, _MED_MODEL = 1, 2, 4, 9, 10
_CLASS_III = 3
_VOICE = 1
_BRIDGE_AND_TELEPHONE = 1 << 2 | 1 << 5


@dataclass(frozen=True, slots=True)
class Policy:
    """The network policy for an application of the port (TIA-1057 section 10.2.3)."""

    vlan: int
    """The VLAN id; 0 where frames carry a priority only."""
    tagged: bool
    priority: int
    """PCP of tagged frames."""
    dscp: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What the other end of the cable says of itself."""

    chassis: str
    port: str
    name: str | None = None
    ttl_s: int = 0
    voice: Policy | None = None
    """The policy for voice, if it has one."""
    is_endpoint: bool = False
    """Whether it is a phone or the like (class I to III): one behind a hub, say. Its words are not the network's."""


@dataclass(frozen=True, slots=True)
class Self:
    """What the phone says of itself."""

    mac: bytes
    address: IPv4Address
    """0.0.0.0 until it has one."""
    maker: str
    model: str
    watts: float
    """What it draws at most."""


def encode(own: Self) -> bytes:
    """The LLDPDU of a phone: a Class III endpoint that asks for the policy for voice."""
    med = 1 << 0 | 1 << 1 | 1 << 4 | 1 << 5  # capabilities, network policy, extended power (PD), inventory
    # 2 bits PD, 2 bits source unknown, 4 bits priority high, then tenths of a watt (TIA-1057 section 10.2.5).
    power = struct.pack("!BH", 0x40 | 0x02, round(own.watts * 10))
    return b"".join(
        (
            _tlv(_CHASSIS, b"\x05\x01" + own.address.packed),
            _tlv(_PORT, b"\x03" + own.mac),
            _tlv(_TTL, struct.pack("!H", TTL_S)),
            _tlv(_PORT_WORDS, b"LAN port"),
            _tlv(_NAME, f"{own.maker} {own.model}".encode()),
            _tlv(_WORDS, f"{own.maker} {own.model} ({own.mac.hex()})".encode()),
            _tlv(_CAPABILITIES, struct.pack("!HH", _BRIDGE_AND_TELEPHONE, _BRIDGE_AND_TELEPHONE)),
            _med(_MED_CAPABILITIES, struct.pack("!HB", med, _CLASS_III)),
            _med(_MED_POLICY, bytes((_VOICE, 0x80, 0, 0))),  # U: the policy is wanted and not known
            _med(_MED_POWER, power),
            _med(_MED_MAKER, own.maker.encode()[:32]),
            _med(_MED_MODEL, own.model.encode()[:32]),
            _tlv(_END, b""),
        )
    )


def _tlv(kind: int, value: bytes) -> bytes:
    return struct.pack("!H", kind << 9 | len(value)) + value


def _med(subtype: int, value: bytes) -> bytes:
    return _tlv(_OWN, _TIA + bytes((subtype,)) + value)


def decode(data: bytes) -> Neighbour | None:
    """What a neighbour says; None when the frame lacks what every LLDPDU has (802.1AB section 8.2)."""
    tlvs = list(_tlvs(data))
    if [kind for kind, _ in tlvs[:3]] != [_CHASSIS, _PORT, _TTL] or any(len(value) < 2 for _, value in tlvs[:3]):
        return None
    first = dict(reversed(tlvs))
    return Neighbour(
        chassis=_identifier(first[_CHASSIS], mac_subtype=4),
        port=_identifier(first[_PORT], mac_subtype=3),
        name=first[_NAME].decode(errors="replace") if _NAME in first else None,
        ttl_s=int.from_bytes(first[_TTL][:2]),
        voice=next(_voice(tlvs), None),
        is_endpoint=any(_is_endpoint(kind, value) for kind, value in tlvs),
    )


def _tlvs(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 2 <= len(data):
        head = int.from_bytes(data[at : at + 2])
        kind, length = head >> 9, head & 0x1FF
        if kind == _END or at + 2 + length > len(data):
            return
        yield kind, data[at + 2 : at + 2 + length]
        at += 2 + length


def _identifier(value: bytes, mac_subtype: int) -> str:
    if value[0] == mac_subtype and len(value) == 7:
        return value[1:].hex(":")
    return value[1:].decode(errors="replace")


def _is_endpoint(kind: int, value: bytes) -> bool:
    """The device type in the capabilities TLV: 1 to 3 are endpoints, 4 is network connectivity (TIA-1057 table 9)."""
    return kind == _OWN and value[:4] == _TIA + bytes((_MED_CAPABILITIES,)) and value[6:7] in (b"\1", b"\2", b"\3")


def _voice(tlvs: list[tuple[int, bytes]]) -> Iterator[Policy]:
    for kind, value in tlvs:
        if kind != _OWN or value[:4] != _TIA + bytes((_MED_POLICY,)) or len(value) < 8 or value[4] != _VOICE:
            continue
        bits = int.from_bytes(value[5:8])
        if bits >> 23 == 0:  # U set: the switch does not know, either
            yield Policy(bits >> 9 & 0xFFF, bool(bits >> 22 & 1), bits >> 6 & 7, bits & 0x3F)
