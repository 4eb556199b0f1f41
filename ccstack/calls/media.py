"""RTP streams of all calls in the process, driven by one timer.

Every 20 ms the clock sends each stream's due frames and drains its socket. Arrival times are the kernel's, so jitter
and gaps are those of the network even when this process comes late. Without streams there is no timer.
"""

import asyncio
import secrets
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from ccstack.calls.ear import Ear
from ccstack.calls.g711 import Law
from ccstack.calls.protocol import MediaReport
from ccstack.calls.rtp import FRAME, RtpPacket, TelephoneEvent, parse_rtp
from ccstack.calls.sip.sdp import Agreed
from ccstack.calls.sip.transport import NewSocket, plain_socket
from ccstack.calls.sounds import frames
from ccstack.calls.srtp import Srtp

TICK_S = 0.02
_LATE_FRAMES = 10
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@qq")
_END_PACKETS = 3
_NEWS_EVERY = 25


class MediaError(Exception):
    """Media that cannot be had: no free port, or digits that the far end cannot take."""


class PacketTransform(Protocol):
    """What stands between RTP and the wire."""

    def protect(self, packet: bytes) -> bytes:
        """A packet for the wire."""
        ...

    def unprotect(self, packet: bytes) -> bytes | None:
        """A packet from the wire, or None when it is to be dropped."""
        ...


class PlainRtp:
    """Packets as they are."""

    def protect(self, packet: bytes) -> bytes:
        """The packet."""
        return packet

    def unprotect(self, packet: bytes) -> bytes | None:
        """The packet."""
        return packet


class MediaClock:
    """The one timer of all streams. It runs while there are any."""

    def __init__(self) -> None:
        self._streams: set[MediaStream] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._started = 0.0
        self._ticks = 0

    def add(self, stream: "MediaStream") -> None:
        """Drive a stream from now on."""
        self._streams.add(stream)
        if self._timer is None:
            self._started, self._ticks = asyncio.get_running_loop().time(), 0
            self._tick()

    def remove(self, stream: "MediaStream") -> None:
        """Drive it no more."""
        self._streams.discard(stream)

    def _tick(self) -> None:
        if not self._streams:
            self._timer = None
            return
        loop = asyncio.get_running_loop()
        ticks = int((loop.time() - self._started) / TICK_S + 0.01) + 1
        frames_due, self._ticks = ticks - self._ticks, ticks
        for stream in list(self._streams):
            stream.tick(frames_due)
        self._timer = loop.call_at(self._started + ticks * TICK_S, self._tick)


class PortPool:
    """Even UDP ports for RTP on one address range, handed out at random and taken back."""

    def __init__(self, first: int, last: int, new_socket: NewSocket = plain_socket) -> None:
        self._first, self._last, self._new_socket = first + first % 2, last, new_socket

    def bind(self, host: str) -> socket.socket:
        """A non-blocking socket on a free even port. Raises `MediaError`."""
        ports = list(range(self._first, self._last + 1, 2))
        start = secrets.randbelow(len(ports)) if ports else 0
        for port in ports[start:] + ports[:start]:
            made = self._new_socket(socket.SOCK_DGRAM)
            try:
                made.bind((host, port))
            except OSError:
                made.close()
                continue
            made.setblocking(False)
            made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            return made
        raise MediaError(f"no free RTP port on {host} from {self._first} to {self._last}")


@dataclass
class _DigitOrder:
    """Digits to be sent, and the packets of the one that is going out."""

    done: "asyncio.Future[None]"
    packets: deque[tuple[TelephoneEvent | None, bool, int]] = field(default_factory=deque)
    started: int = 0


def _digit_packets(digits: str, duration_ms: int, gap_ms: int) -> Iterator[tuple[TelephoneEvent | None, bool, int]]:
    """(event or pause, first of its digit, frames that pass with it) for each packet of the digits."""
    for digit in digits:
        steps = max(2, duration_ms // 20)
        for step in range(1, steps):
            yield TelephoneEvent(digit, end=False, duration=step * FRAME), step == 1, 1
        # The end is said three times within one frame's time, as packets get lost (RFC 4733 section 2.5.1.4).
        for copy in range(_END_PACKETS):
            yield TelephoneEvent(digit, end=True, duration=steps * FRAME), False, 1 if copy == _END_PACKETS - 1 else 0
        for _ in range(max(1, gap_ms // 20)):
            yield None, False, 1


class MediaStream:
    """One call's audio, both ways. Times in reports count from `origin` (wall clock, seconds)."""

    def __init__(self, clock: MediaClock, socket_: socket.socket, origin: float, news: Callable[[], None]) -> None:
        self.host, self.port = socket_.getsockname()
        self.transform: PacketTransform = PlainRtp()
        self.ear = Ear(origin)
        self.timeout = 5.0
        self.timed_out = False
        self._clock, self._socket, self._origin, self._news = clock, socket_, origin, news
        self._agreed: Agreed | None = None
        self._law: Law = "PCMU"
        self._sound = "silence"
        self._frames = frames("silence", "PCMU")
        self._sending = self._listening = False
        self._sequence = secrets.randbelow(0x8000)
        self._timestamp = secrets.randbelow(0x80000000)
        self._ssrc = secrets.randbits(32)
        self._marker = True
        self._sent = 0
        self._orders: deque[_DigitOrder] = deque()
        self._quiet_since = 0.0
        self._saved: str | None = None

    def play(self, sound: str) -> None:
        """Play something else from the next frame on. Raises `SoundError`."""
        self._frames = frames(sound, self._law)
        self._sound = sound

    def connect(self, agreed: Agreed, sending: bool, listening: bool) -> None:
        """Take up what offer and answer came to; may be called again after a re-INVITE."""
        law: Law = "PCMA" if agreed.codec == "PCMA" else "PCMU"
        if law != self._law:
            self._law, self._frames = law, frames(self._sound, law)
        if sending and not self._sending:
            self._marker = True
        if listening and not self._listening:
            self._quiet_since = time.time()
        self._agreed, self._sending, self._listening = agreed, sending, listening
        self._encrypt(agreed.keys)
        self._clock.add(self)

    def _encrypt(self, keys: tuple[str, str] | None) -> None:
        """Keys that stay keep their packet counters, through a hold for instance."""
        if keys is None:
            self.transform = PlainRtp()
        elif not isinstance(self.transform, Srtp) or self.transform.keys != keys:
            self.transform = Srtp(*keys)

    def send_digits(self, digits: str, duration_ms: int, gap_ms: int) -> "asyncio.Future[None]":
        """Queue RFC 4733 digits; the future ends with the last one. Raises `MediaError`."""
        if self._agreed is None or self._agreed.send_dtmf is None:
            raise MediaError("the far end did not agree to telephone-event")
        if not self._sending:
            raise MediaError("nothing is sent now: the call is on hold")
        order = _DigitOrder(asyncio.get_running_loop().create_future())
        order.packets.extend(_digit_packets(digits, duration_ms, gap_ms))
        self._orders.append(order)
        return order.done

    def tick(self, frames_due: int) -> None:
        """Send what is due and take what has come; called by the clock."""
        if self._agreed is not None and self._sending:
            self._send_due(self._agreed, frames_due)
        else:
            self._timestamp += frames_due * FRAME
        self._drain()

    def _send_due(self, agreed: Agreed, frames_due: int) -> None:
        # Frames later than a far end's jitter buffer forgives are left out; their time passes all the same.
        left_out = max(0, frames_due - _LATE_FRAMES)
        self._timestamp += left_out * FRAME
        self._marker = self._marker or left_out > 0
        for _ in range(frames_due - left_out):
            self._send_frame(agreed)

    def _send_frame(self, agreed: Agreed) -> None:
        if not self._orders:
            self._send(agreed, agreed.send_type, next(self._frames), self._timestamp, self._marker)
            self._marker = False
            self._timestamp += FRAME
            return
        self._send_digit_frame(agreed, self._orders[0])

    def _send_digit_frame(self, agreed: Agreed, order: _DigitOrder) -> None:
        """One frame's time of a digit; during a pause the sound goes on, as it does on a phone."""
        while order.packets:
            event, first, passes = order.packets.popleft()
            if event is None:
                self._send(agreed, agreed.send_type, next(self._frames), self._timestamp, marker=False)
            else:
                order.started = self._timestamp if first else order.started
                self._send(agreed, agreed.send_dtmf or 0, bytes(event), order.started, marker=first)
            if passes:
                self._timestamp += FRAME
                break
        if not order.packets:
            self._orders.popleft()
            if not order.done.done():
                order.done.set_result(None)

    def _send(self, agreed: Agreed, payload_type: int, payload: bytes, timestamp: int, marker: bool) -> None:
        packet = RtpPacket(
            payload_type, marker, self._sequence & 0xFFFF, timestamp & 0xFFFFFFFF, self._ssrc, payload
        )  # fmt: skip
        self._sequence += 1
        # A full buffer, or a port unreachable answer to an earlier packet, is loss on the wire: not our error.
        with suppress(OSError):
            self._socket.sendto(self.transform.protect(bytes(packet)), (agreed.host, agreed.port))
            self._sent += 1

    def _drain(self) -> None:
        news = False
        for data, arrival in _arrived(self._socket):
            plain = self.transform.unprotect(data)
            packet = None if plain is None else parse_rtp(plain)
            if packet is not None and self._agreed is not None:
                self._quiet_since = arrival
                news |= self.ear.take(packet, arrival, self._agreed) or self.timed_out
                news |= self.ear.stats.received % _NEWS_EVERY == 1
                self.timed_out = False
        if self._listening and not self.timed_out and time.time() - self._quiet_since > self.timeout:
            self.timed_out = news = True
        if news:
            self._news()

    def close(self) -> None:
        """Take what has come, stop, free the port, write the recording. Raises `OSError` if that cannot be written."""
        if self._socket.fileno() < 0:
            return
        self._drain()
        self._clock.remove(self)
        self._socket.close()
        for order in self._orders:
            order.done.cancel()
        self._saved = self.ear.save()

    def report(self) -> MediaReport:
        """Everything measured so far."""
        stats, agreed = self.ear.stats, self._agreed
        return MediaReport(
            codec=agreed.codec if agreed else None,
            local=f"{self.host}:{self.port}",
            remote=f"{agreed.host}:{agreed.port}" if agreed else None,
            sent=self._sent,
            received=stats.received,
            lost=stats.lost,
            duplicate=stats.duplicate,
            jitter_ms=round(stats.jitter_ms, 2),
            longest_gap_ms=round(stats.longest_gap * 1000, 1),
            first_at=self._since(stats.first_at),
            last_at=self._since(stats.last_at),
            timed_out=self.timed_out,
            heard=self.ear.heard(),
            digits=self.ear.digits(),
            recording=self._saved,
        )

    def _since(self, at: float | None) -> float | None:
        return None if at is None else round(at - self._origin, 3)


def _arrived(socket_: socket.socket) -> Iterator[tuple[bytes, float]]:
    """Datagrams that wait, each with the kernel's time stamp."""
    while True:
        try:
            data, ancillary, _, _ = socket_.recvmsg(2048, 64)
        except BlockingIOError:
            return
        except OSError:
            continue
        yield data, _stamp(ancillary)


def _stamp(ancillary: list[tuple[int, int, bytes]]) -> float:
    for _, kind, value in ancillary:
        if kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(value[: _TIMESPEC.size])
            return float(seconds) + float(nanoseconds) / 1e9
    return time.time()
