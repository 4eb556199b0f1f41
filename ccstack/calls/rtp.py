"""RTP packets (RFC 3550), telephone-events (RFC 4733), and the figures kept about a stream that comes in.

PyPI's `aiortp` was looked at and not used: it is in its alpha, paces every stream with a task and timer of its own
(sixty callers on one slow core need one timer for all), and takes arrival times when Python gets round to them.
"""

import struct
from dataclasses import dataclass, field

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
EVENTS = "0123456789*#ABCD"
FRAME = 160
CLOCK = 8000


@dataclass(frozen=True)
class RtpPacket:
    """One RTP packet without padding, contributing sources and extension."""

    payload_type: int
    marker: bool
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes

    def __bytes__(self) -> bytes:
        second = (0x80 if self.marker else 0) | self.payload_type
        return _HEADER.pack(0x80, second, self.sequence, self.timestamp, self.ssrc) + self.payload


def parse_rtp(data: bytes) -> RtpPacket | None:
    """The packet, or None for what is not RTP version 2 (RTCP on the same port included)."""
    if len(data) < _HEADER.size or data[0] >> 6 != 2 or 192 <= data[1] <= 223:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = _HEADER.size + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if first & 0x20:
        end -= data[-1]
    if start > end:
        return None
    return RtpPacket(second & 0x7F, bool(second & 0x80), sequence, timestamp, ssrc, data[start:end])


@dataclass(frozen=True)
class TelephoneEvent:
    """One report of a DTMF digit (RFC 4733 section 2.3); `duration` in units of 1/8000 s."""

    digit: str
    end: bool
    duration: int
    volume: int = 10

    def __bytes__(self) -> bytes:
        return _EVENT.pack(EVENTS.index(self.digit), (0x80 if self.end else 0) | self.volume, self.duration)


def parse_event(payload: bytes) -> TelephoneEvent | None:
    """The event, or None for one that is no DTMF digit."""
    if len(payload) < _EVENT.size:
        return None
    event, second, duration = _EVENT.unpack_from(payload)
    if event >= len(EVENTS):
        return None
    return TelephoneEvent(EVENTS[event], bool(second & 0x80), duration, second & 0x3F)


@dataclass
class _Source:
    """One SSRC: extended sequence numbers and jitter (RFC 3550 appendix A)."""

    first: int
    highest: int
    transit: float
    received: int = 1
    jitter: float = 0.0
    seen: set[int] = field(default_factory=set)


@dataclass
class StreamStats:
    """What came in, over all sources: a switch takes a new SSRC when it joins another party to the call."""

    received: int = 0
    duplicate: int = 0
    longest_gap: float = 0.0
    first_at: float | None = None
    last_at: float | None = None
    _sources: dict[int, _Source] = field(default_factory=dict)
    _jitter: float = 0.0

    def take(self, packet: RtpPacket, arrival: float, paced: bool = True) -> bool:
        """Count a packet that arrived at `arrival` (seconds); False when it is a copy of one seen.

        Packets that are not `paced` by their time stamps (telephone-events) say nothing about jitter.
        """
        source = self._sources.get(packet.ssrc)
        if source is None:
            transit = arrival * CLOCK - packet.timestamp
            source = self._sources[packet.ssrc] = _Source(packet.sequence, packet.sequence, transit)
            source.seen.add(packet.sequence)
        elif not self._follow(source, packet, arrival, paced):
            self.duplicate += 1
            return False
        self.received += 1
        self._time(arrival)
        return True

    def _follow(self, source: _Source, packet: RtpPacket, arrival: float, paced: bool) -> bool:
        step = (packet.sequence - source.highest + 0x8000) % 0x10000 - 0x8000
        extended = source.highest + step
        if extended in source.seen:
            return False
        source.seen.add(extended)
        source.highest = max(source.highest, extended)
        source.first = min(source.first, extended)
        source.received += 1
        if len(source.seen) > 4096:
            source.seen = {number for number in source.seen if number > source.highest - 1024}
        if not paced:
            return True
        transit = arrival * CLOCK - packet.timestamp
        difference, source.transit = abs(transit - source.transit), transit
        # A jump of the time stamps by seconds is a new talk spurt or the wrap, not jitter.
        if difference < 2 * CLOCK:
            source.jitter += (difference - source.jitter) / 16
            self._jitter = source.jitter
        return True

    def _time(self, arrival: float) -> None:
        if self.last_at is not None:
            self.longest_gap = max(self.longest_gap, arrival - self.last_at)
        self.first_at = arrival if self.first_at is None else self.first_at
        self.last_at = arrival

    @property
    def lost(self) -> int:
        """Packets that were sent and did not come, by their sequence numbers."""
        return sum(source.highest - source.first + 1 - source.received for source in self._sources.values())

    @property
    def jitter_ms(self) -> float:
        """Interarrival jitter of the source heard last."""
        return self._jitter * 1000 / CLOCK


@dataclass
class DigitHeard:
    """A digit as it comes in; `complete` once an end packet was seen. `at` is its first packet's arrival."""

    digit: str
    at: float
    timestamp: int
    ssrc: int
    duration_ms: int
    complete: bool


@dataclass
class DigitEar:
    """Makes digits of event packets: packets of one event share SSRC and time stamp (RFC 4733 section 2.5)."""

    digits: list[DigitHeard] = field(default_factory=list)

    def take(self, packet: RtpPacket, arrival: float) -> bool:
        """Take an event packet; True when a digit has just become complete."""
        event = parse_event(packet.payload)
        if event is None:
            return False
        found = self._same(packet)
        if found is None:
            found = DigitHeard(event.digit, arrival, packet.timestamp, packet.ssrc, 0, complete=False)
            self.digits.append(found)
        found.duration_ms = max(found.duration_ms, event.duration * 1000 // CLOCK)
        ended, found.complete = found.complete, found.complete or event.end
        return found.complete and not ended

    def _same(self, packet: RtpPacket) -> DigitHeard | None:
        recent = reversed(self.digits[-4:])
        return next((d for d in recent if (d.timestamp, d.ssrc) == (packet.timestamp, packet.ssrc)), None)
