"""Where the audio of a packet belongs: by the sender's time stamps, so that a packet that comes late leaves no gap."""

from ccstack.calls.rtp import CLOCK, RtpPacket

_STRAY = CLOCK
"""Time stamps that are further than this from the time of arrival do not tell when the audio was said."""
_WRAP = 1 << 32


class Timeline:
    """Samples from a call's first packet on, over all its sources (SSRC).

    A source begins where its first packet came. From there on its time stamps count (RFC 3550 section 5.1), as they
    do for a phone that plays it: packets that a busy machine passes on late and then all at once are whole audio.
    """

    def __init__(self) -> None:
        self._began: float | None = None
        self._length = 0
        self._last: tuple[int, int, int] | None = None

    def missing(self, packet: RtpPacket, arrival: float) -> int:
        """Take a packet that came at `arrival` (seconds); how many samples are missing before it, 0 for none."""
        self._began = arrival if self._began is None else self._began
        place = self._place(packet, int((arrival - self._began) * CLOCK))
        self._last = packet.ssrc, packet.timestamp, place
        missing = max(0, place - self._length)
        self._length += missing + len(packet.payload)
        return missing

    def _place(self, packet: RtpPacket, arrived: int) -> int:
        if self._last is None or self._last[0] != packet.ssrc:
            return arrived
        _, timestamp, place = self._last
        place += (packet.timestamp - timestamp + _WRAP // 2) % _WRAP - _WRAP // 2
        return place if abs(place - arrived) <= _STRAY else arrived
