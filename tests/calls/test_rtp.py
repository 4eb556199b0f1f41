"""RTP figures and telephone-events, packet by packet."""

import asyncio
import socket
import time
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.calls.ear import Ear
from ccstack.calls.g711 import encode
from ccstack.calls.media import MediaClock, MediaError, MediaStream, PortPool
from ccstack.calls.rtp import (
    EVENTS,
    DigitEar,
    RtpPacket,
    StreamStats,
    TelephoneEvent,
    parse_event,
    parse_rtp,
)
from ccstack.calls.sip.sdp import Agreed
from ccstack.calls.tone import SIGNATURES
from ccstack.calls.tones import one_second

from .support import fresh_host

PACKETS = st.builds(
    RtpPacket,
    payload_type=st.integers(0, 63),
    marker=st.booleans(),
    sequence=st.integers(0, 0xFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    ssrc=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=200),
)


@given(PACKETS)
def test_packet_survives_the_wire(packet: RtpPacket) -> None:
    assert parse_rtp(bytes(packet)) == packet


@given(st.binary(max_size=300))
def test_noise_does_no_harm(data: bytes) -> None:
    packet = parse_rtp(data)
    assert packet is None or len(packet.payload) <= len(data)


def test_extension_contributors_and_padding_are_taken_off() -> None:
    plain = bytes(RtpPacket(0, False, 1, 2, 3, b""))
    head = bytes([0x80 | 0x20 | 0x10 | 2]) + plain[1:]
    packet = parse_rtp(head + b"ssrcssrc" + b"\x00\x00\x00\x01" + b"ext!" + b"audio" + b"\0\0\x03")
    assert packet is not None
    assert packet.payload == b"audio"


def test_rtcp_is_no_rtp() -> None:
    assert parse_rtp(b"\x80\xc8" + b"\0" * 26) is None


@pytest.mark.parametrize("digit", EVENTS)
@pytest.mark.parametrize("end", [False, True])
def test_event_survives_the_wire(digit: str, end: bool) -> None:
    event = TelephoneEvent(digit, end, 1280)
    assert parse_event(bytes(event)) == event


def _stats(sequences: Iterable[int], ssrc: int = 1, into: StreamStats | None = None) -> StreamStats:
    stats = into or StreamStats()
    for n, sequence in enumerate(sequences):
        stats.take(RtpPacket(0, False, sequence & 0xFFFF, n * 160, ssrc, b""), 100 + n * 0.02)
    return stats


@pytest.mark.parametrize(
    ("sequences", "received", "lost", "duplicate"),
    [
        (range(50), 50, 0, 0),
        ([1, 2, 5, 6], 4, 2, 0),
        ([1, 3, 2, 4], 4, 0, 0),
        ([1, 2, 2, 3], 3, 0, 1),
        ([3, 2, 1], 3, 0, 0),
        (range(0xFFF0, 0x10010), 32, 0, 0),
        ([0xFFFE, 0xFFFF, 2], 3, 2, 0),
    ],
)
def test_loss_is_counted_by_sequence(sequences: Iterable[int], received: int, lost: int, duplicate: int) -> None:
    stats = _stats(sequences)
    assert (stats.received, stats.lost, stats.duplicate) == (received, lost, duplicate)


def test_new_source_begins_a_count_of_its_own() -> None:
    stats = _stats(range(1000, 1010), ssrc=2, into=_stats(range(10)))
    assert (stats.received, stats.lost) == (20, 0)


def test_long_streams_keep_counting() -> None:
    stats = _stats([n for n in range(20_000) if n % 100])
    assert stats.lost == 199
    assert stats.received == 19_800


def test_jitter_is_that_of_the_rfc() -> None:
    steady, shaky = StreamStats(), StreamStats()
    for n in range(400):
        packet = RtpPacket(0, False, n, n * 160, 1, b"")
        steady.take(packet, 5 + n * 0.02)
        shaky.take(packet, 5 + n * 0.02 + 0.004 * (n % 2))
    assert steady.jitter_ms == pytest.approx(0, abs=0.01)
    assert shaky.jitter_ms == pytest.approx(4, abs=0.1)
    assert shaky.longest_gap == pytest.approx(0.024, abs=0.0001)


def _event(digit: str, end: bool, timestamp: int, sequence: int = 0) -> RtpPacket:
    return RtpPacket(97, False, sequence, timestamp, 9, bytes(TelephoneEvent(digit, end, 1280 if end else 160)))


def test_a_digit_is_counted_once_however_often_it_is_said() -> None:
    ear = DigitEar()
    news = [ear.take(_event("5", end, 1000), 1.0) for end in (False, False, True, True, True)]
    assert news == [False, False, True, False, False]
    assert [(d.digit, d.duration_ms, d.complete) for d in ear.digits] == [("5", 160, True)]


def test_the_same_digit_twice_is_two_and_lost_ends_are_seen() -> None:
    ear = DigitEar()
    for packet in (_event("5", True, 1000), _event("5", False, 4000), _event("6", True, 8000)):
        ear.take(packet, 1.0)
    assert [(d.digit, d.complete) for d in ear.digits] == [("5", True), ("5", False), ("6", True)]


AGREED = Agreed("PCMU", "h", 1, 0, 0, None, None, "sendrecv")
TONE = str(SIGNATURES[5])
AUDIO = encode("PCMU", one_second(SIGNATURES[5]))


def _heard(packets: Iterable[tuple[int, float]], ssrc: int = 1, into: Ear | None = None) -> list[tuple[float, float]]:
    """When the tone is heard, given (which frame of it, when that comes) of each packet."""
    ear = into or Ear(origin=1000.0)
    for n, at in packets:
        frame = AUDIO[n % 50 * 160 : n % 50 * 160 + 160]
        ear.take(RtpPacket(0, False, n & 0xFFFF, n * 160 & 0xFFFFFFFF, ssrc, frame), 1000.0 + at, AGREED)
    assert {h.tone for h in ear.heard()} <= {TONE}
    return [(h.start, h.end) for h in ear.heard()]


def _steady(*frames: range) -> list[tuple[int, float]]:
    return [(n, n * 0.02) for each in frames for n in each]


def test_report_times_stay_true_over_gaps() -> None:
    heard = _heard(_steady(range(100, 150), range(600, 650)))
    assert [round(start) for start, _ in heard] == [2, 12]
    assert all(0.7 <= end - start <= 1.3 for start, end in heard)


@pytest.mark.parametrize("lost", [1, 5, 9, 20, 39])
@pytest.mark.parametrize("before", [30, 33, 37])
def test_a_tone_that_loses_packets_is_one(lost: int, before: int) -> None:
    (heard,) = _heard(_steady(range(before), range(before + lost, 150)))
    assert heard == (0, pytest.approx(3, abs=0.21))


@pytest.mark.parametrize("pause", [50, 75, 250])
def test_a_menus_pause_is_never_bridged(pause: int) -> None:
    first, second = _heard(_steady(range(100), range(100 + pause, 200 + pause)))
    assert second[0] - first[0] == pytest.approx(2 + pause * 0.02, abs=0.11)


@pytest.mark.parametrize("late", [0.09, 0.4, 0.95])
def test_packets_that_come_late_and_all_at_once_are_no_gap(late: float) -> None:
    (heard,) = _heard((n, max(n * 0.02, 1.0 + late if n >= 50 else 0)) for n in range(150))
    assert heard == (0, pytest.approx(3, abs=0.11))


def test_late_packets_move_nothing_that_follows() -> None:
    packets = [(n, max(n * 0.02, 1.9 if n >= 50 else 0)) for n in range(100)]
    first, second = _heard([*packets, *_steady(range(250, 350))])
    assert (first[0], second[0]) == (0, pytest.approx(5, abs=0.11))


def test_time_stamps_that_leap_tell_no_time() -> None:
    leap = 0xF0000000 // 160
    (heard,) = _heard((n if n < 50 else n + leap, n * 0.02) for n in range(150))
    assert heard == (0, pytest.approx(3, abs=0.11))


def test_another_source_goes_on_where_it_comes() -> None:
    ear = Ear(origin=1000.0)
    _heard(_steady(range(50)), ssrc=1, into=ear)
    first, second = _heard(((n, 4 + n * 0.02) for n in range(50)), ssrc=2, into=ear)
    assert (first[0], second[0]) == (0, pytest.approx(4, abs=0.11))


@pytest.mark.parametrize("left_out", [3, 7, 11])
@pytest.mark.parametrize("where", range(60, 66))
def test_frames_that_the_sender_left_out_do_not_split_a_tone(left_out: int, where: int) -> None:
    ear = Ear(origin=1000.0)
    for n in range(150):
        frame = (n if n < where else n + left_out) * 160 % 8000 + (37 if n >= where else 0)
        audio = (AUDIO + AUDIO)[frame : frame + 160]
        ear.take(RtpPacket(0, False, n, n * 160, 1, audio), 1000 + n * 0.02, AGREED)
    assert [(h.tone, h.start) for h in ear.heard()] == [(TONE, 0)]


def test_silence_that_was_sent_ends_a_tone() -> None:
    ear = Ear(origin=1000.0)
    for n in range(150):
        audio = b"\xff" * 160 if 60 <= n < 90 else AUDIO[n % 50 * 160 : n % 50 * 160 + 160]
        ear.take(RtpPacket(0, False, n, n * 160, 1, audio), 1000 + n * 0.02, AGREED)
    assert len(ear.heard()) == 2


def _received(sock: socket.socket) -> list[RtpPacket]:
    packets = []
    while True:
        try:
            packets.append(parse_rtp(sock.recv(2048)))
        except BlockingIOError:
            return [packet for packet in packets if packet is not None]


class Hand(MediaClock):
    """A clock that the test drives."""

    def add(self, stream: MediaStream) -> None:
        """Nothing goes by itself."""


def _stream(host: str, clock: MediaClock) -> tuple[MediaStream, socket.socket, Agreed]:
    pool = PortPool(30001, 30011)
    far = pool.bind(host)
    stream = MediaStream(clock, pool.bind(host), time.time(), lambda: None)
    return stream, far, Agreed("PCMU", host, far.getsockname()[1], 0, 0, 98, 98, "sendrecv")


def test_packets_leave_in_step_and_digits_in_between() -> None:
    async def test() -> None:
        stream, far, agreed = _stream(fresh_host(), Hand())
        with pytest.raises(MediaError, match="did not agree"):
            stream.send_digits("1", 100, 60)
        stream.connect(agreed, sending=True, listening=True)
        for _ in range(25):
            stream.tick(1)
        audio = _received(far)
        assert len(audio) == 25
        done = stream.send_digits("7", 100, 60)
        for _ in range(20):
            stream.tick(1)
        digits = _received(far)
        assert done.done()
        stream.close()
        whole = [*audio, *digits]
        assert [p.sequence for p in whole] == [(whole[0].sequence + n) & 0xFFFF for n in range(len(whole))]
        assert [p.marker for p in audio] == [True] + [False] * (len(audio) - 1)
        events = [p for p in digits if p.payload_type == 98]
        found = [parse_event(p.payload) for p in events]
        assert [(e.duration, e.end) for e in found if e] == [
            (160, False), (320, False), (480, False), (640, False), (800, True), (800, True), (800, True),
        ]  # fmt: skip
        assert len({p.timestamp for p in events}) == 1
        assert [p.marker for p in events] == [True] + [False] * 6
        sounds = [p.timestamp for p in whole if p.payload_type == 0]
        before, after = [t for t in sounds if t < events[0].timestamp], [t for t in sounds if t > events[0].timestamp]
        assert events[0].timestamp - before[-1] == 160
        assert after[0] - events[0].timestamp == 5 * 160
        far.close()

    asyncio.run(test())


def test_a_process_that_comes_late_catches_up_but_does_not_flood() -> None:
    async def test() -> None:
        stream, far, agreed = _stream(fresh_host(), Hand())
        stream.connect(agreed, sending=True, listening=True)
        for frames in (1, 1, 6, 1):
            stream.tick(frames)
        short = _received(far)
        assert [packet.marker for packet in short] == [True] + [False] * 8
        stream.tick(50)
        long = _received(far)
        assert len(long) == 10
        assert [packet.marker for packet in long] == [True] + [False] * 9
        assert (long[-1].timestamp - short[-1].timestamp) % 2**32 == 50 * 160
        stream.close()
        far.close()

    asyncio.run(test())


def test_the_clock_keeps_the_time_of_the_wall() -> None:
    async def test() -> None:
        stream, far, agreed = _stream(fresh_host(), MediaClock())
        began = time.monotonic()
        stream.connect(agreed, sending=True, listening=True)
        await asyncio.sleep(0.3)
        time.sleep(0.5)  # the process is held up
        await asyncio.sleep(0.3)
        took = time.monotonic() - began
        sent = _received(far)
        # Whatever was left out meanwhile, its time has passed; at the end a busy machine may owe a little.
        assert took - 0.5 <= (sent[-1].timestamp - sent[0].timestamp) % 2**32 / 8000 <= took
        stream.close()
        far.close()

    asyncio.run(test())


def test_ports_are_even_run_out_and_come_back() -> None:
    host, pool = fresh_host(), PortPool(31001, 31006)
    bound = [pool.bind(host) for _ in range(3)]
    assert sorted(s.getsockname()[1] for s in bound) == [31002, 31004, 31006]
    with pytest.raises(MediaError, match=f"no free RTP port on {host}"):
        pool.bind(host)
    bound.pop().close()
    pool.bind(host).close()
    for each in bound:
        each.close()
