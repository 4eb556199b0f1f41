"""What was on the wire: calls from captured SIP, media streams from captured RTP, and what became of both.

The captures are tcpdump's, on an Ethernet interface; RTP with a snap length that ends with its fixed header, so
that every record has the same size and a whole minute of a heavy load is read at once.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

import numpy as np
import numpy.typing as npt

ETHERNET = 14

RTP_SNAP = ETHERNET + 20 + 8 + 12
"""Bytes of a captured RTP packet: Ethernet, IPv4 without options, UDP, RTP's fixed header (RFC 3550)."""

PACKET_SAMPLES = 160
"""A packet of G.711 as everybody sends it: 20 ms."""

_FILE_HEADER = 24
_RECORD = np.dtype(
    [
        ("seconds", "<u4"),
        ("micros", "<u4"),
        ("captured", "<u4"),
        ("length", "<u4"),
        ("ethernet_and_ip", "V26"),
        ("source", ">u4"),
        ("target", ">u4"),
        ("source_port", ">u2"),
        ("target_port", ">u2"),
        ("udp", "V4"),
        ("rtp", "V2"),
        ("sequence", ">u2"),
        ("timestamp", ">u4"),
        ("ssrc", ">u4"),
    ]
)

Times = npt.NDArray[np.float64]


# --- media ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stream:
    """One RTP stream as it arrived somewhere, packet by packet.

    When (seconds since 1970), sequence numbers without their wrap, and timestamps (in samples) as they are.
    """

    port: int
    times: Times
    numbers: npt.NDArray[np.int64]
    stamps: npt.NDArray[np.uint32]

    @property
    def packets(self) -> int:
        """How many arrived."""
        return len(self.times)

    @property
    def lost(self) -> int:
        """How many packets between the first and the last never came, by their sequence numbers.

        Asterisk leaves out a number where the source of the audio changes, and no audio: the timestamp tells.
        """
        numbers, first = np.unique(self.numbers, return_index=True)
        steps = np.diff(self.stamps[first]).astype(np.int32) // PACKET_SAMPLES
        return int(np.minimum(np.diff(numbers) - 1, np.maximum(steps - 1, 0)).sum())

    @property
    def silence(self) -> float:
        """The longest time in which nothing came, in seconds."""
        return float(np.diff(self.times).max(initial=0.0))


class Media:
    """All RTP that arrived at one place."""

    def __init__(self, path: Path) -> None:
        raw = np.memmap(path, dtype=np.uint8, mode="r")
        whole = (len(raw) - _FILE_HEADER) // _RECORD.itemsize
        self._records = raw[_FILE_HEADER : _FILE_HEADER + whole * _RECORD.itemsize].view(_RECORD)
        if whole and (self._records["captured"] != RTP_SNAP).any():
            raise ValueError(f"{path}: packets of another size than {RTP_SNAP} captured bytes")
        self._times: Times = self._records["seconds"] + self._records["micros"] / 1e6

    def streams(self, start: float, end: float) -> list[Stream]:
        """The streams' parts that arrived from `start` to `end`."""
        first, last = np.searchsorted(self._times, (start, end))
        part, times = self._records[first:last], self._times[first:last]
        who = np.stack([part[name].astype(np.int64) for name in ("source", "source_port", "target_port", "ssrc")])
        if not len(part):
            return []
        order = np.lexsort(who)
        edges = np.flatnonzero(np.any(np.diff(who[:, order], axis=1) != 0, axis=0)) + 1
        return [_stream(part[rows], times[rows]) for rows in map(np.sort, np.split(order, edges))]


def _stream(part: npt.NDArray[np.void], times: Times) -> Stream:
    steps = np.diff(part["sequence"]).astype(np.int16).astype(np.int64)  # as RFC 3550 says, modulo 2 to the 16
    numbers = np.concatenate([[0], np.cumsum(steps)])
    return Stream(int(part["target_port"][0]), times, numbers, part["timestamp"].astype(np.uint32))


# --- calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Message:
    """A SIP message: when, whether the place of the capture sent it, and its text."""

    time: float
    sent: bool
    text: str

    @property
    def request(self) -> str:
        """The method of a request; empty for a response."""
        return "" if self.text.startswith("SIP/2.0 ") else self.text.partition(" ")[0]

    @property
    def status(self) -> int:
        """The status of a response, else 0."""
        return int(self.text[8:11]) if self.text.startswith("SIP/2.0 ") else 0

    def header(self, name: str) -> str:
        """The first header of this name, or nothing."""
        found = re.search(rf"^{name}: *(.*?)\r?$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


def messages(path: Path, own: Iterable[IPv4Address]) -> Iterator[Message]:
    """The SIP messages of a capture; `own` are the addresses of the place where it was taken."""
    data, mine = path.read_bytes(), {address.packed for address in own}
    at = _FILE_HEADER
    while at + 16 <= len(data):
        seconds, micros, captured, _length = struct.unpack_from("<IIII", data, at)
        packet = data[at + 16 + ETHERNET : at + 16 + captured]
        at += 16 + captured
        header = (packet[0] & 15) * 4
        if struct.unpack_from(">H", packet, 6)[0] & 0x1FFF == 0:  # a further fragment has no UDP header
            text = packet[header + 8 :].decode("utf-8", "replace")
            yield Message(seconds + micros / 1e6, packet[12:16] in mine, text)


@dataclass
class Call:
    """A call as one end saw it. Times in seconds since 1970, 0 for what never happened."""

    caller: str
    called: str
    outgoing: bool
    """This end placed it."""
    invited: float
    port: int = 0
    """Where this end listens for media."""
    status: int = 0
    """The final answer."""
    answered: float = 0.0
    hung_up: float = 0.0
    by_us: bool = False
    """This end hung up."""
    bye_status: int = 0
    """The answer to the BYE."""
    bye_answered: float = 0.0
    """When that came."""
    cleared: float = 0.0
    """When the other end hung up too: it had not heard of the BYE."""

    def up(self, start: float, end: float) -> tuple[float, float]:
        """The part of the span in which it was up; empty (end not above start) if there is none."""
        return max(start, self.answered or end), min(end, self.hung_up or end)


def calls(heard: Iterable[Message]) -> list[Call]:
    """The calls of a capture, in order."""
    found: dict[str, Call] = {}
    for message in heard:
        key, cseq = message.header("Call-ID"), message.header("CSeq").split()
        if message.request == "INVITE" and key not in found:
            found[key] = Call(_user(message.header("From")), _user(message.header("To")), message.sent, message.time)
        if key in found and len(cseq) == 2:
            _take(found[key], message, cseq[1])
    return list(found.values())


def _user(header: str) -> str:
    found = re.search(r"sips?:([^@>;]+)", header)
    return found[1] if found else ""


def _take(call: Call, message: Message, method: str) -> None:
    port = re.search(r"^m=audio (\d+)", message.text, re.MULTILINE)
    if port and message.sent and method == "INVITE":
        call.port = int(port[1])
    if method == "INVITE" and message.status >= 200 and not call.status:
        call.status = message.status
        call.answered = message.time if message.status < 300 else 0.0
    if message.request == "BYE" and not call.hung_up:
        call.hung_up, call.by_us = message.time, message.sent
    elif message.request == "BYE" and message.sent != call.by_us and not call.cleared:
        call.cleared = message.time
    if method == "BYE" and message.status >= 200 and message.sent != call.by_us and not call.bye_status:
        call.bye_status, call.bye_answered = message.status, message.time


# --- both, over a span of time ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ends:
    """What both ends and the PBX heard."""

    callers: Sequence[Call]
    phones: Sequence[Call]
    media: dict[str, Media]
    """By place: `callers`, `phones`, `pbx`."""


@dataclass(frozen=True)
class Expected:
    """What calls do by themselves."""

    talk: float
    """How long a call lasts after its answer, in seconds."""
    waiting: frozenset[str]
    """Numbers whose calls the far end hangs up."""
    phones: Mapping[str, str]
    """Numbers that ring one phone alone, and that phone."""


RESTART_SECONDS = 2.0
"""How long an SBC is away at most when it restarts."""
SETUP_SECONDS = 10.0
"""A call that is not answered by then has failed."""
TOLERANCE = 1.5
"""Seconds by which an end may come early, and for which a menu may be silent."""


@dataclass
class Figures:
    """A span of time: its calls and their media."""

    seconds: float
    placed: int = 0
    up: int = 0
    """Most calls at a time."""
    failed: list[float] = field(default_factory=list)
    """When calls were placed that nobody answered, in seconds from the span's start."""
    busy: int = 0
    """Calls refused because the end of the last one had not come through, from the phone or to it."""
    dropped: list[str] = field(default_factory=list)
    """Calls that ended before their time, or whose media ceased, in words."""
    unheard: list[str] = field(default_factory=list)
    """Calls whose end the other side did not hear of, in words."""
    lost: dict[str, int] = field(default_factory=dict)
    """By place: the most packets that one stream lost on its way there."""
    lost_in_all: int = 0
    packets: int = 0
    silence: float = 0.0
    """The longest that any stream was silent, in seconds."""
    pace: float = 0.0
    """Packets a second that the median caller heard."""

    @property
    def worst(self) -> int:
        """The most packets that any stream lost."""
        return max(self.lost.values(), default=0)

    @property
    def outage(self) -> float:
        """Seconds from the first call that failed to the last."""
        return self.failed[-1] - self.failed[0] if self.failed else 0.0


def figures(ends: Ends, expected: Expected, start: float, end: float, cut: float = 0.0) -> Figures:
    """What happened from `start` to `end`. The captures must go on for ten seconds longer.

    `cut`: when an SBC that restarted was there again. A call that was being set up meanwhile, and that one side does
    not know, is a lost set-up.
    """
    told = Figures(end - start)
    new = [call for call in ends.callers if start <= call.invited < end]
    told.placed, told.up = len(new), _most_up(ends.callers, start, end)
    failed = [call for call in new if not 0 < call.answered - call.invited < SETUP_SECONDS]
    told.failed = [call.invited - start for call in failed if not _is_busy(call, ends.phones, expected)]
    told.busy = len(failed) - len(told.failed)
    told.dropped = [*_early(ends.callers, expected, start, end), *_left_alone(ends, start, end)]
    unheard = list(_unheard(ends, expected, start, end, cut))
    torn = {call.caller: call.invited for call in ends.callers if call.invited < cut < call.answered + RESTART_SECONDS}
    told.unheard = [words for caller, words in unheard if caller not in torn]
    told.failed = sorted([*told.failed, *(torn[caller] - start for caller, _ in unheard if caller in torn)])
    _count_media(ends, told, start, end)
    return told


def _is_busy(call: Call, legs: Sequence[Call], expected: Expected) -> bool:
    phone = expected.phones.get(call.called)
    before = [leg for leg in legs if leg.called == phone and 0 < leg.answered < call.invited]
    return any(not leg.hung_up or leg.hung_up > call.invited or _is_unheard(leg, call.invited) for leg in before)


def _is_unheard(leg: Call, moment: float) -> bool:
    """Whether the center has not heard by then that the phone has hung up."""
    is_told = leg.bye_status == 200 and leg.bye_answered < moment
    return leg.by_us and not is_told and not 0 < leg.cleared < moment


def _most_up(known: Sequence[Call], start: float, end: float) -> int:
    spans = [(a, b) for call in known for a, b in [call.up(start, end)] if a < b]
    changes = sorted([(a, 1) for a, _ in spans] + [(b, -1) for _, b in spans])
    return int(np.cumsum([change for _, change in changes]).max(initial=0))


def _early(known: Sequence[Call], expected: Expected, start: float, end: float) -> Iterator[str]:
    for call in known:
        lasted = call.hung_up - call.answered
        if call.answered and start <= call.hung_up < end and not call.by_us and lasted < expected.talk - TOLERANCE:
            yield f"{call.caller} to {call.called}: hung up by the center after {lasted:.1f} s"


def _left_alone(ends: Ends, start: float, end: float) -> Iterator[str]:
    """Agents who lost their caller while the caller was still there."""
    over = {call.caller: call.hung_up for call in ends.callers if call.hung_up}
    for leg in ends.phones:
        theirs = over.get(leg.caller, 0.0) or end + TOLERANCE
        if start <= leg.hung_up < end and not leg.by_us and leg.answered and leg.hung_up < theirs - TOLERANCE:
            yield f"{leg.caller} at a phone: hung up by the center {theirs - leg.hung_up:.1f} s before the caller"


def _unheard(ends: Ends, expected: Expected, start: float, end: float, cut: float) -> Iterator[tuple[str, str]]:
    """The caller's number, and what was not heard."""
    legs = {leg.caller: leg for leg in ends.phones}
    for call in ends.callers:
        if not call.answered or call.called in expected.waiting:
            continue
        leg = legs.get(call.caller)
        if start <= call.hung_up < end and not _is_heard(call, cut):
            yield (
                call.caller,
                f"{call.caller} to {call.called}: its BYE was answered with {call.bye_status or 'nothing'}",
            )
        elif start <= call.hung_up < end and leg and leg.answered and not leg.hung_up:
            yield call.caller, f"{call.caller} to {call.called}: the phone was never told"
    over = {call.caller: call.hung_up for call in ends.callers}
    for leg in ends.phones:
        if start <= leg.hung_up < end and leg.by_us and (not _is_heard(leg, cut) or not over.get(leg.caller)):
            yield leg.caller, f"{leg.caller} at a phone: its BYE was answered with {leg.bye_status or 'nothing'}"


def _is_heard(call: Call, cut: float) -> bool:
    """Whether its BYE arrived. An SBC that restarts may lose the answer, and what it sends on then meets no call."""
    return call.bye_status == 200 or (call.bye_status == 481 and call.hung_up < cut)


def _count_media(ends: Ends, told: Figures, start: float, end: float) -> None:
    paces = []
    for place, media in ends.media.items():
        streams = [stream for stream in media.streams(start, end) if stream.packets > 50]
        told.lost[place] = max((stream.lost for stream in streams), default=0)
        told.lost_in_all += sum(stream.lost for stream in streams)
        told.packets += sum(stream.packets for stream in streams)
        told.silence = max([told.silence, *(stream.silence for stream in streams)])
        if place == "callers":
            paces = [(s.packets - 1) / (s.times[-1] - s.times[0]) for s in streams]
            left = {leg.caller for leg in ends.phones if leg.by_us}  # whom nobody speaks to any more
            told.dropped += _muted([c for c in ends.callers if c.caller not in left], streams, start, end)
    told.pace = float(np.median(paces)) if paces else 0.0


def _muted(known: Sequence[Call], streams: Sequence[Stream], start: float, end: float) -> Iterator[str]:
    """Calls that were up and heard nothing in the end."""
    heard: dict[int, list[Stream]] = {}
    for stream in streams:
        heard.setdefault(stream.port, []).append(stream)
    for call in known:
        began, over = call.up(start, end)
        if over - began < 4 * TOLERANCE:
            continue
        last = max((s.times[s.times < over].max(initial=0.0) for s in heard.get(call.port, ())), default=0.0)
        if last < over - TOLERANCE:
            yield f"{call.caller} to {call.called}: no media in the last {over - max(last, began):.1f} s"
