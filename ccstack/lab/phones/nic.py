"""A phone's network card and its inner switch: tags what it sends, and hands on what came on its VLAN.

The kernel needs no 802.1Q devices for this: frames of the cable are read and written raw (packet(7)), and those of
the voice VLAN pass to and from a TAP device that has the phone's address.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .frames import ARP, EVERYBODY, IPV4, Frame, Tag, parse_frame, with_checksum
from .space import entered

LAN, VOICE = "lan", "voice"
"""The cable's end, and the device with the phone's address, in the phone's namespace."""

_TUNSETIFF, _IFF_TAP, _IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
"""linux/if_tun.h"""
_SOL_PACKET, _PACKET_AUXDATA, _PACKET_OUTGOING = 263, 8, 4
_CHECKSUM_NOT_READY, _TAG_VALID = 1 << 3, 1 << 4
"""linux/if_packet.h: `tp_status`"""
_AUXDATA = struct.Struct("=IIIHHHH")
_ALL_PROTOCOLS = 0x0003
_SIOCGIFFLAGS, _IFF_RUNNING = 0x8913, 0x40
_LONGEST = 65_536
_BATCH = 64

Handler = Callable[[Frame], None]


class Nic:
    """The network card of the phone whose namespace is at `space`; the cable must be in it. Needs a running loop."""

    def __init__(self, space: Path, mac: bytes) -> None:
        self.tag: Tag | None = None
        """The VLAN that the phone speaks on; None: untagged."""
        self._mac = mac
        self._handlers: dict[int, Handler] = {}
        with entered(space):
            self._lan = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
            self._lan.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
            self._lan.setblocking(False)
            self._lan.bind((LAN, _ALL_PROTOCOLS))
            self._asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self._tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            fcntl.ioctl(self._tap, _TUNSETIFF, struct.pack("16sH", VOICE.encode(), _IFF_TAP | _IFF_NO_PI))
        loop = asyncio.get_running_loop()
        loop.add_reader(self._lan, self._from_cable)
        loop.add_reader(self._tap, self._from_phone)

    def close(self) -> None:
        """Let go of everything; the TAP device vanishes."""
        loop = asyncio.get_running_loop()
        for reader in (self._lan, self._tap):
            loop.remove_reader(reader)
        self._lan.close()
        self._asker.close()
        os.close(self._tap)

    def on(self, kind: int, handler: Handler) -> None:
        """Call `handler` with every frame of this EtherType: untagged ones (LLDP) or, for IPv4, the phone's VLAN's."""
        self._handlers[kind] = handler

    def send(self, destination: bytes, kind: int, payload: bytes, tagged: bool = True) -> None:
        """Put a frame of our own on the cable; on a cable that is out it is lost."""
        self._put(Frame(destination, self._mac, kind, payload, self.tag if tagged else None))

    def broadcast(self, packet: bytes) -> None:
        """Send an IPv4 packet to everybody on the phone's VLAN."""
        self.send(EVERYBODY, IPV4, packet)

    @property
    def has_link(self) -> bool:
        """Whether there is a live port at the other end of the cable (IFF_RUNNING, netdevice(7))."""
        try:
            answer = fcntl.ioctl(self._asker, _SIOCGIFFLAGS, struct.pack("16sH14x", LAN.encode(), 0))
        except OSError:
            return False  # the cable was pulled out
        return bool(struct.unpack_from("16xH", answer)[0] & _IFF_RUNNING)

    def _put(self, frame: Frame) -> None:
        with suppress(OSError):
            self._lan.send(bytes(frame))

    def _from_phone(self) -> None:
        for _ in range(_BATCH):
            try:
                frame = parse_frame(os.read(self._tap, _LONGEST))
            except (BlockingIOError, OSError):
                return
            if frame is not None and frame.kind in (IPV4, ARP):
                self._put(Frame(frame.destination, frame.source, frame.kind, frame.payload, self.tag))

    def _from_cable(self) -> None:
        for _ in range(_BATCH):
            try:
                data, about, _, sender = self._lan.recvmsg(_LONGEST, 64)
            except (BlockingIOError, OSError):
                return
            frame = parse_frame(data)
            if frame is not None and sender[2] != _PACKET_OUTGOING:
                self._take(_whole(frame, about))

    def _take(self, frame: Frame) -> None:
        handler = self._handlers.get(frame.kind)
        if frame.kind not in (IPV4, ARP):
            if handler is not None and frame.tag is None:
                handler(frame)
            return
        if _vlan(frame.tag) != _vlan(self.tag) or frame.destination not in (self._mac, EVERYBODY):
            return
        if handler is not None:
            handler(frame)
        with suppress(OSError):  # the device is down: nobody is there yet
            os.write(self._tap, bytes(Frame(frame.destination, frame.source, frame.kind, frame.payload)))


def _vlan(tag: Tag | None) -> int:
    return tag.vlan if tag else 0


def _whole(frame: Frame, about: list[tuple[int, int, bytes]]) -> Frame:
    """The frame with the tag that the kernel took off, and the checksum that it left to the card."""
    for level, kind, data in about:
        if (level, kind) != (_SOL_PACKET, _PACKET_AUXDATA) or len(data) < _AUXDATA.size:
            continue
        status, _, _, _, _, control, _ = _AUXDATA.unpack_from(data)
        tag = Tag(control & 0xFFF, control >> 13) if status & _TAG_VALID else frame.tag
        unsummed = status & _CHECKSUM_NOT_READY and frame.kind == IPV4
        payload = with_checksum(frame.payload) if unsummed else frame.payload
        return Frame(frame.destination, frame.source, frame.kind, payload, tag)
    return frame
