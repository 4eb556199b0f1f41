"""Session descriptions for one audio stream (RFC 4566, offer and answer: RFC 3264, DTMF: RFC 4733, SDES: RFC 4568)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ccstack.calls.protocol import ANY_HOST
from ccstack.calls.srtp import SUITE, is_usable

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
PLAIN, SECURE = "RTP/AVP", "RTP/SAVP"
STATIC_CODECS = {0: "PCMU", 8: "PCMA"}
_MIRROR: dict[Direction, Direction] = {
    "sendrecv": "sendrecv", "sendonly": "recvonly", "recvonly": "sendonly", "inactive": "inactive",
}  # fmt: skip


class SdpError(ValueError):
    """A description that is none, or that has no audio we can speak."""


@dataclass(frozen=True)
class MediaLine:
    """One m= section. `formats` are payload types as written; `maps` is payload type to encoding name, upper case.

    `crypto` is the tag and the key of the SRTP suite that we speak, if it is there.
    """

    kind: str
    port: int
    protocol: str
    formats: tuple[str, ...]
    host: str
    maps: tuple[tuple[int, str], ...]
    direction: Direction
    crypto: tuple[int, str] | None = None

    @property
    def speakable(self) -> bool:
        """Whether it is audio that we can send and receive, in the clear or with a suite of ours."""
        known = self.protocol == PLAIN or (self.protocol == SECURE and self.crypto is not None)
        return self.kind == "audio" and self.port != 0 and known

    def payload_type(self, encoding: str) -> int | None:
        """The payload type of `PCMU`, `PCMA` or `TELEPHONE-EVENT`, or None."""
        return next((number for number, name in self.maps if name == encoding), None)


@dataclass(frozen=True)
class Sdp:
    """A session description, as far as audio needs it."""

    origin: str
    media: tuple[MediaLine, ...]

    @property
    def audio(self) -> MediaLine:
        """The first audio stream that is not refused and that we can speak. Raises `SdpError`."""
        for line in self.media:
            if line.speakable:
                return line
        raise SdpError(f"no m=audio with a port and {PLAIN}, or {SECURE} with {SUITE}")


def parse_sdp(text: str) -> Sdp:
    """Raises `SdpError`."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines or lines[0] != "v=0":
        raise SdpError("a session description begins with v=0")
    starts = [i for i, line in enumerate(lines) if line.startswith("m=")] + [len(lines)]
    session = lines[: starts[0]]
    origin = next((line[2:] for line in session if line.startswith("o=")), "")
    pairs = pairwise(starts)
    return Sdp(origin, tuple(_media(lines[start:end], session) for start, end in pairs))


def _media(lines: list[str], session: list[str]) -> MediaLine:
    match = re.match(r"^m=(\S+) (\d+)(?:/\d+)? (\S+) (.+)$", lines[0])
    if match is None:
        raise SdpError(f"not a media line: {lines[0]!r}")
    formats = tuple(match[4].split())
    host = _connection(lines) or _connection(session) or ""
    direction = _direction(lines) or _direction(session) or "sendrecv"
    # A hold from RFC 2543 times: the connection address 0.0.0.0 means "send me nothing".
    if host == ANY_HOST and direction == "sendrecv":
        direction = "sendonly"
    return MediaLine(match[1], int(match[2]), match[3], formats, host, _maps(formats, lines), direction, _crypto(lines))


def _crypto(lines: list[str]) -> tuple[int, str] | None:
    """Of a=crypto lines the first with our suite and no key identifier (RFC 4568 section 9.1)."""
    for line in lines:
        match = re.match(rf"^a=crypto:(\d+) {SUITE} inline:([^|\s]+)(?:\|2\^\d+)?(?:\s|$)", line)
        if match and is_usable(match[2]):
            return int(match[1]), match[2]
    return None


def _connection(lines: list[str]) -> str | None:
    found = next((line for line in lines if line.startswith("c=IN IP")), None)
    return None if found is None else found.split()[-1].partition("/")[0]


def _direction(lines: list[str]) -> Direction | None:
    return next((name for name in _MIRROR if f"a={name}" in lines), None)


def _maps(formats: tuple[str, ...], lines: list[str]) -> tuple[tuple[int, str], ...]:
    named = {int(m[1]): m[2].upper() for line in lines if (m := re.match(r"^a=rtpmap:(\d+) ([^/\s]+)/8000", line))}
    numbers = [int(text) for text in formats if text.isdigit()]
    known = {**STATIC_CODECS, **named}
    return tuple((number, known[number]) for number in numbers if number in known)


@dataclass(frozen=True)
class Agreed:
    """What both sides speak: where to send, with which payload types, and which ones will come in."""

    codec: str
    host: str
    port: int
    send_type: int
    receive_type: int
    send_dtmf: int | None
    receive_dtmf: int | None
    remote_direction: Direction
    keys: tuple[str, str] | None = None
    """SRTP master keys: ours to send with, theirs to receive with."""

    @property
    def may_send(self) -> bool:
        """Whether the other side wants to receive."""
        return self.remote_direction in ("sendrecv", "recvonly")


def agree(local: Sdp, remote: Sdp) -> Agreed:
    """What an offer and its answer come to, seen from the side that sent `local`. Raises `SdpError`."""
    ours, theirs = local.audio, remote.audio
    for number, name in theirs.maps:
        receive = ours.payload_type(name)
        if name in STATIC_CODECS.values() and receive is not None:
            send_dtmf, receive_dtmf = theirs.payload_type("TELEPHONE-EVENT"), ours.payload_type("TELEPHONE-EVENT")
            both = send_dtmf is not None and receive_dtmf is not None
            return Agreed(
                name, theirs.host, theirs.port, number, receive,
                send_dtmf if both else None, receive_dtmf if both else None, theirs.direction, _keys(ours, theirs),
            )  # fmt: skip
    raise SdpError(f"no codec in common: {[name for _, name in theirs.maps]}")


def _keys(ours: MediaLine, theirs: MediaLine) -> tuple[str, str] | None:
    if ours.protocol != theirs.protocol:
        raise SdpError(f"{theirs.protocol} was answered to {ours.protocol}")
    if ours.protocol == PLAIN or ours.crypto is None or theirs.crypto is None:
        return None
    return ours.crypto[1], theirs.crypto[1]


@dataclass(frozen=True)
class LocalMedia:
    """Our side of a session. `version` goes up with every new description (RFC 3264 section 8)."""

    host: str
    port: int
    session: int
    version: int
    codecs: tuple[str, ...]
    dtmf_type: int | None
    direction: Direction = "sendrecv"
    key: str = ""
    """SRTP master key of what we send."""
    secure: bool = False
    """Whether our offers are encrypted; answers are as the offer is."""

    def offer(self) -> str:
        """Our offer, codecs in our order."""
        numbers = {name: number for number, name in STATIC_CODECS.items()}
        maps = [(numbers[name], name) for name in self.codecs]
        if self.dtmf_type is not None:
            maps.append((self.dtmf_type, "telephone-event"))
        return self._print([self._audio(maps, self.direction, 1 if self.secure else None)])

    def answer(self, offer: Sdp) -> str:
        """Our answer: the offerer's numbers and order, what else it offered refused. Raises `SdpError`."""
        audio = offer.audio
        wanted = [pair for pair in audio.maps if pair[1] in self.codecs]
        if not wanted:
            raise SdpError(f"no codec in common: {[name for _, name in audio.maps]}")
        dtmf = audio.payload_type("TELEPHONE-EVENT")
        maps = wanted[:1] if dtmf is None or self.dtmf_type is None else [*wanted[:1], (dtmf, "telephone-event")]
        direction = answer_direction(self.direction, audio.direction)
        tag = audio.crypto[0] if audio.protocol == SECURE and audio.crypto else None
        spoken = self._audio(maps, direction, tag)
        return self._print([spoken if line is audio else _refused(line) for line in offer.media])

    def _audio(self, maps: Sequence[tuple[int, str]], direction: Direction, crypto: int | None) -> str:
        numbers = " ".join(str(number) for number, _ in maps)
        lines = [f"m=audio {self.port} {PLAIN if crypto is None else SECURE} {numbers}"]
        lines += [] if crypto is None else [f"a=crypto:{crypto} {SUITE} inline:{self.key}"]
        lines += [f"a=rtpmap:{number} {name}/8000" for number, name in maps]
        lines += [f"a=fmtp:{number} 0-15" for number, name in maps if name == "telephone-event"]
        return "\r\n".join([*lines, "a=ptime:20", f"a={direction}"])

    def _print(self, sections: list[str]) -> str:
        origin = f"o=- {self.session} {self.version} IN IP4 {self.host}"
        return "\r\n".join(["v=0", origin, "s=-", f"c=IN IP4 {self.host}", "t=0 0", *sections, ""])


def _refused(line: MediaLine) -> str:
    return f"m={line.kind} 0 {line.protocol} {' '.join(line.formats)}"


def answer_direction(wanted: Direction, offered: Direction) -> Direction:
    """The direction of an answer: what the offer allows and we want (RFC 3264 section 6.1)."""
    allowed = _MIRROR[offered]
    sends = "send" in allowed and wanted in ("sendrecv", "sendonly")
    receives = ("recv" in allowed) and wanted in ("sendrecv", "recvonly")
    if sends and receives:
        return "sendrecv"
    return "sendonly" if sends else "recvonly" if receives else "inactive"
