"""Ethernet frames with and without a tag (IEEE 802.1Q), and UDP in IPv4 (RFC 768, RFC 791)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

IPV4, ARP, TAGGED, LLDP = 0x0800, 0x0806, 0x8100, 0x88CC
"""EtherTypes."""
EVERYBODY = b"\xff" * 6
TCP, UDP = 6, 17

_HEADER = struct.Struct("!6s6sH")
_TAG = struct.Struct("!HH")
_IP = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")
_CHECKSUM_AT = {TCP: 16, UDP: 6}


@dataclass(frozen=True, slots=True)
class Tag:
    """What a tagged frame carries: the VLAN, and the priority (PCP, 0-7)."""

    vlan: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Frame:
    """One Ethernet frame."""

    destination: bytes
    source: bytes
    kind: int
    """EtherType of the payload."""
    payload: bytes
    tag: Tag | None = None

    def __bytes__(self) -> bytes:
        if self.tag is None:
            return _HEADER.pack(self.destination, self.source, self.kind) + self.payload
        head = _HEADER.pack(self.destination, self.source, TAGGED)
        return head + _TAG.pack(self.tag.priority << 13 | self.tag.vlan, self.kind) + self.payload


def parse_frame(data: bytes) -> Frame | None:
    """The frame, or None for what is too short to be one."""
    if len(data) < _HEADER.size:
        return None
    destination, source, kind = _HEADER.unpack_from(data)
    if kind != TAGGED:
        return Frame(destination, source, kind, data[_HEADER.size :])
    if len(data) < _HEADER.size + _TAG.size:
        return None
    control, kind = _TAG.unpack_from(data, _HEADER.size)
    return Frame(destination, source, kind, data[_HEADER.size + _TAG.size :], Tag(control & 0xFFF, control >> 13))


@dataclass(frozen=True, slots=True)
class Datagram:
    """A UDP datagram with the addresses of its IPv4 packet."""

    source: IPv4Address
    destination: IPv4Address
    source_port: int
    port: int
    payload: bytes

    def __bytes__(self) -> bytes:
        """The whole IPv4 packet. The UDP checksum is left out, as IPv4 allows."""
        udp = _UDP.pack(self.source_port, self.port, _UDP.size + len(self.payload), 0) + self.payload
        fields = (0x45, 0, _IP.size + len(udp), 0, 0, 64, UDP, 0, self.source.packed, self.destination.packed)
        head = bytearray(_IP.pack(*fields))
        struct.pack_into("!H", head, 10, checksum(head))
        return bytes(head) + udp


def parse_datagram(packet: bytes) -> Datagram | None:
    """The datagram of an IPv4 packet; None for anything else, fragments included."""
    if len(packet) < _IP.size or packet[0] >> 4 != 4 or packet[9] != UDP:
        return None
    start, fragment = (packet[0] & 0x0F) * 4, int.from_bytes(packet[6:8]) & 0x3FFF
    if fragment or len(packet) < start + _UDP.size:
        return None
    source_port, port, length, _ = _UDP.unpack_from(packet, start)
    addresses = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
    return Datagram(*addresses, source_port, port, packet[start + _UDP.size : start + length])


def checksum(data: bytes | bytearray) -> int:
    """The internet checksum (RFC 1071)."""
    padded = bytes(data) + b"\x00" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def with_checksum(packet: bytes) -> bytes:
    """An IPv4 packet with the TCP or UDP checksum that its sender left to the network card."""
    if len(packet) < _IP.size or packet[9] not in _CHECKSUM_AT:
        return packet
    start, length = (packet[0] & 0x0F) * 4, int.from_bytes(packet[2:4])
    body = bytearray(packet[start:length])
    at = _CHECKSUM_AT[packet[9]]
    if len(body) < at + 2:
        return packet
    body[at : at + 2] = b"\x00\x00"
    pseudo = packet[12:20] + struct.pack("!HH", packet[9], len(body))
    struct.pack_into("!H", body, at, checksum(pseudo + body) or 0xFFFF)
    return packet[:start] + bytes(body)
