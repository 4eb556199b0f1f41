"""Raw frames on an interface of a namespace (packet(7)), and what the kernel must not do to them."""

from __future__ import annotations

import array
import ctypes
import fcntl
import socket
import struct
from pathlib import Path

from ccstack.lab.phones.frames import Frame, Tag, parse_frame
from ccstack.lab.phones.space import entered

_SOL_PACKET, _AUXDATA, _TAG_VALID = 263, 8, 1 << 4
_AUX = struct.Struct("=IIIHHHH")
_ALL = 0x0003
_SO_ATTACH_FILTER = 26
_SIOCETHTOOL, _SET_TX_CHECKSUM = 0x8946, 0x17
"""linux/sockios.h, linux/ethtool.h"""
_LONGEST = 2048

_FILTER = (
    (0x20, 0, 0, 0xFFFFF004),  # packet type
    (0x15, 9, 0, 4),  # what we or the switch sent ourselves: no
    (0x28, 0, 0, 12),  # EtherType
    (0x15, 6, 0, 0x88CC),  # LLDP: yes
    (0x15, 0, 6, 0x0800),
    (0x30, 0, 0, 23),  # protocol of IPv4
    (0x15, 0, 4, 17),
    (0xB1, 0, 0, 14),  # length of its header
    (0x48, 0, 0, 16),  # UDP destination
    (0x15, 0, 1, 67),
    (0x06, 0, 0, 0x40000),
    (0x06, 0, 0, 0),
)
"""LLDP and DHCP requests that came in, and nothing else (bpf(4)): calls never pass through Python."""


class Wire:
    """An interface, read and written as whole frames. With `sparing`, only LLDP and DHCP requests are read."""

    def __init__(self, space: Path, interface: str, *, sparing: bool = True) -> None:
        with entered(space):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        self.socket.setblocking(False)
        if sparing:
            self._filter()
        self.socket.bind((interface, _ALL))

    def _filter(self) -> None:
        program = b"".join(struct.pack("HBBI", *one) for one in _FILTER)
        kept = ctypes.create_string_buffer(program)
        self.socket.setsockopt(
            socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", len(_FILTER), ctypes.addressof(kept))
        )

    def read(self) -> Frame | None:
        """The next frame, with the tag that the kernel took off; None when none waits. OSError: the cable is gone."""
        while True:
            try:
                data, about, _, sender = self.socket.recvmsg(_LONGEST, 64)
            except BlockingIOError:
                return None
            frame = parse_frame(data)
            if frame is not None and sender[2] != socket.PACKET_OUTGOING:
                return _tagged(frame, about)

    def write(self, frame: Frame) -> None:
        """Put a frame on the wire; on a cable that is out it is lost."""
        try:
            self.socket.send(bytes(frame))
        except OSError:
            return

    def close(self) -> None:
        """Let go of it."""
        self.socket.close()


def _tagged(frame: Frame, about: list[tuple[int, int, bytes]]) -> Frame:
    for level, kind, data in about:
        if (level, kind) == (_SOL_PACKET, _AUXDATA) and len(data) >= _AUX.size:
            status, _, _, _, _, control, _ = _AUX.unpack_from(data)
            if status & _TAG_VALID:
                return Frame(
                    frame.destination, frame.source, frame.kind, frame.payload, Tag(control & 0xFFF, control >> 13)
                )
    return frame


def whole_checksums(space: Path, interface: str) -> None:
    """Have the kernel itself write checksums into what it sends here: there is no network card that would
    (ethtool(8), `tx-checksumming`)."""
    with entered(space), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        request = array.array("B", struct.pack("II", _SET_TX_CHECKSUM, 0))
        address, _ = request.buffer_info()
        fcntl.ioctl(asker, _SIOCETHTOOL, struct.pack("16sP", interface.encode(), address))
