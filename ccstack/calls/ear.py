"""What a call hears: packets counted, digits taken, tones recognised, and all of it kept if asked for."""

import time
from pathlib import Path

import numpy as np

from ccstack.calls.g711 import Law, Linear, decode
from ccstack.calls.protocol import Digit, Heard
from ccstack.calls.rtp import DigitEar, RtpPacket, StreamStats
from ccstack.calls.sip.sdp import STATIC_CODECS, Agreed
from ccstack.calls.timeline import Timeline
from ccstack.calls.tones import HOP, Recogniser
from ccstack.calls.wav import write_wav

_LAWS: dict[str, Law] = {"PCMU": "PCMU", "PCMA": "PCMA"}


class Ear:
    """The receiving half of a stream. `origin` is the wall clock time that report times count from."""

    def __init__(self, origin: float) -> None:
        self.stats = StreamStats()
        self.recording: Path | None = None
        self._origin = origin
        self._rfc4733 = DigitEar()
        self._info: list[Digit] = []
        self._recogniser = Recogniser()
        self._pending = bytearray()
        self._law: Law = "PCMU"
        self._timeline = Timeline()
        self._kept: list[Linear] = []

    def take(self, packet: RtpPacket, arrival: float, agreed: Agreed) -> bool:
        """Take a packet that arrived at `arrival` (wall clock); True when there is news: a digit or a tone."""
        event = packet.payload_type == agreed.receive_dtmf
        if not self.stats.take(packet, arrival, paced=not event):
            return False
        if event:
            return self._rfc4733.take(packet, arrival)
        law = _law(packet.payload_type, agreed)
        return False if law is None else self._listen(law, packet, arrival)

    def take_info(self, digit: str, duration_ms: int) -> None:
        """Note a digit that came in a SIP INFO."""
        at = round(time.time() - self._origin, 3)
        self._info.append(Digit(digit=digit, at=at, duration_ms=duration_ms, complete=True, by="info"))

    def _listen(self, law: Law, packet: RtpPacket, arrival: float) -> bool:
        """Put samples on the time line; True when they make a new tone."""
        missing = self._timeline.missing(packet, arrival)
        news = (missing > 0 or law != self._law) and self._flush()
        self._law = law
        if missing:
            self._miss(missing)
        self._pending += packet.payload
        return (len(self._pending) >= HOP and self._flush()) or news

    def _miss(self, samples: int) -> None:
        """What did not come is silence in what is kept, so that its times stay true."""
        self._recogniser.miss(samples)
        if self.recording is not None:
            self._kept.append(np.zeros(samples, dtype=np.int16))

    def _flush(self) -> bool:
        """Decode what has gathered, keep it, look for tones; True when there is a new one."""
        samples = decode(self._law, bytes(self._pending))
        self._pending.clear()
        known = len(self._recogniser.spans)
        self._recogniser.feed(samples / 32768.0)
        if self.recording is not None:
            self._kept.append(samples)
        return len(self._recogniser.spans) > known

    def heard(self) -> tuple[Heard, ...]:
        """Tones so far, times from the origin."""
        offset = (self.stats.first_at or self._origin) - self._origin
        return tuple(
            Heard(tone=span.tone, start=round(offset + span.start, 3), end=round(offset + span.end, 3))
            for span in self._recogniser.spans
        )

    def digits(self) -> tuple[Digit, ...]:
        """Digits so far, by whatever way they came, in order of arrival."""
        events = [
            Digit(digit=d.digit, at=round(d.at - self._origin, 3), duration_ms=d.duration_ms, complete=d.complete)
            for d in self._rfc4733.digits
        ]
        return tuple(sorted([*events, *self._info], key=lambda digit: digit.at))

    def save(self) -> str | None:
        """Write the recording, if one was asked for. Raises `OSError`."""
        if self.recording is None:
            return None
        self._flush()
        write_wav(self.recording, np.concatenate(self._kept) if self._kept else np.zeros(0, dtype=np.int16))
        return str(self.recording)


def _law(payload_type: int, agreed: Agreed) -> Law | None:
    name = agreed.codec if payload_type == agreed.receive_type else STATIC_CODECS.get(payload_type, "")
    return _LAWS.get(name)
