"""SIP messages: parse, print, and cut them out of a byte stream (RFC 3261 sections 7 and 18.3)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ccstack.calls.sip.uri import Address, SipSyntaxError, Via, split_outside_quotes

MAX_MESSAGE = 262_144
_COMPACT = {
    "i": "Call-ID", "m": "Contact", "e": "Content-Encoding", "l": "Content-Length", "c": "Content-Type",
    "f": "From", "s": "Subject", "k": "Supported", "t": "To", "v": "Via", "o": "Event", "u": "Allow-Events",
    "r": "Refer-To", "b": "Referred-By", "x": "Session-Expires",
}  # fmt: skip
_TOKEN = re.compile(r"^[A-Za-z0-9.!%*_+`'~-]+$")
_CSEQ = re.compile(r"^(\d{1,10})\s+(\S+)$")
_FOLD = re.compile(r"\r?\n[ \t]+")

REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    415: "Unsupported Media Type", 420: "Bad Extension", 480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
    491: "Request Pending", 500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable",
    600: "Busy Everywhere", 603: "Decline",
}  # fmt: skip


class Headers:
    """Headers in order, names case-insensitive, compact names written out, values as they came."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._pairs: list[tuple[str, str]] = list(pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._pairs == other._pairs

    def __repr__(self) -> str:
        return f"Headers({self._pairs!r})"

    def get(self, name: str) -> str | None:
        """The first value, or None."""
        wanted = name.lower()
        return next((value for key, value in self._pairs if key.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """Every value of a repeated header, in order."""
        wanted = name.lower()
        return [value for key, value in self._pairs if key.lower() == wanted]

    def items_of(self, name: str) -> list[str]:
        """Every comma-separated item of a header's values, in order."""
        return [item for value in self.all(name) for item in split_outside_quotes(value, ",") if item]

    def add(self, name: str, value: str) -> None:
        """Append one header line."""
        self._pairs.append((name, value))

    def set(self, name: str, value: str) -> None:
        """Replace all values of a header by one, where the first stood."""
        at = next((i for i, (key, _) in enumerate(self._pairs) if key.lower() == name.lower()), len(self._pairs))
        self.remove(name)
        self._pairs.insert(at, (name, value))

    def remove(self, name: str) -> None:
        """Drop a header altogether."""
        self._pairs = [pair for pair in self._pairs if pair[0].lower() != name.lower()]

    def as_dict(self) -> dict[str, tuple[str, ...]]:
        """Name to values, the first spelling of each name kept."""
        names = {name.lower(): name for name, _ in reversed(self._pairs)}
        order = dict.fromkeys(name.lower() for name, _ in self._pairs)
        return {names[key]: tuple(self.all(key)) for key in order}


@dataclass
class _Message:
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @property
    def call_id(self) -> str:
        """The Call-ID, "" when it is missing."""
        return self.headers.get("Call-ID") or ""

    @property
    def cseq(self) -> tuple[int, str]:
        """CSeq number and method. Raises `SipSyntaxError`."""
        text = self.headers.get("CSeq") or ""
        match = _CSEQ.match(text)
        if match is None:
            raise SipSyntaxError(f"not a CSeq: {text!r}")
        return int(match[1]), match[2]

    @property
    def from_(self) -> Address:
        """The From address. Raises `SipSyntaxError`."""
        return Address.parse(self.headers.get("From") or "")

    @property
    def to(self) -> Address:
        """The To address. Raises `SipSyntaxError`."""
        return Address.parse(self.headers.get("To") or "")

    @property
    def via(self) -> Via:
        """The topmost Via. Raises `SipSyntaxError`."""
        items = self.headers.items_of("Via")
        return Via.parse(items[0] if items else "")

    def _print(self, first: str) -> bytes:
        self.headers.set("Content-Length", str(len(self.body)))
        lines = [first, *(_line(name, value) for name, value in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + self.body


@dataclass
class Request(_Message):
    """A SIP request; `uri` is the Request-URI's text."""

    method: str = "OPTIONS"
    uri: str = ""

    def __bytes__(self) -> bytes:
        if not _TOKEN.match(self.method) or re.search(r"\s", self.uri) or not self.uri:
            raise SipSyntaxError(f"not a request line: {self.method!r} {self.uri!r}")
        return self._print(f"{self.method} {self.uri} SIP/2.0")


@dataclass
class Response(_Message):
    """A SIP response."""

    status: int = 200
    reason: str = ""

    def __bytes__(self) -> bytes:
        reason = self.reason or REASONS.get(self.status, "")
        if re.search(r"[\r\n]", reason):
            raise SipSyntaxError(f"not a reason phrase: {reason!r}")
        return self._print(f"SIP/2.0 {self.status} {reason}")


def _line(name: str, value: str) -> str:
    """A header line; a name or value that would write another line is refused, not mended."""
    if not _TOKEN.match(name) or re.search(r"[\r\n\0]", value):
        raise SipSyntaxError(f"not a header: {name!r}: {value!r}")
    return f"{name}: {value}"


def parse(data: bytes) -> Request | Response:
    """One whole message. Raises `SipSyntaxError` for what is none."""
    head, blank, body = data.partition(b"\r\n\r\n")
    if not blank:
        raise SipSyntaxError("no empty line after the headers")
    text = head.decode("utf-8", "surrogateescape")
    first, _, rest = text.lstrip("\r\n").partition("\r\n")
    headers = Headers(_parse_header(line) for line in _FOLD.sub(" ", rest).split("\r\n") if line)
    length = _content_length(headers)
    if length is not None and length > len(body):
        raise SipSyntaxError(f"Content-Length says {length} bytes, {len(body)} came")
    return _with_first_line(first, headers, body if length is None else body[:length])


def _with_first_line(first: str, headers: Headers, body: bytes) -> Request | Response:
    parts = first.split(" ", 2)
    if len(parts) >= 2 and parts[0] == "SIP/2.0" and re.fullmatch(r"[1-6]\d\d", parts[1]):
        return Response(headers, body, int(parts[1]), parts[2] if len(parts) > 2 else "")
    if len(parts) == 3 and parts[2] == "SIP/2.0" and _TOKEN.match(parts[0]) and parts[1]:
        return Request(headers, body, parts[0], parts[1])
    raise SipSyntaxError(f"neither a request nor a response: {first!r}")


def _parse_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name = name.strip()
    if not colon or not _TOKEN.match(name):
        raise SipSyntaxError(f"not a header line: {line!r}")
    return _COMPACT.get(name.lower(), name), value.strip()


def _content_length(headers: Headers) -> int | None:
    text = headers.get("Content-Length")
    if text is None:
        return None
    if not re.fullmatch(r"\d{1,9}", text):
        raise SipSyntaxError(f"not a Content-Length: {text!r}")
    return int(text)


class StreamCutter:
    """Cuts messages out of a TCP or TLS stream. `pings` counts the keep-alives (RFC 5626 section 3.5.1) seen."""

    def __init__(self) -> None:
        self._buffer = b""
        self.pings = 0

    def feed(self, data: bytes) -> list[Request | Response]:
        """Whole messages now available. Raises `SipSyntaxError` when the stream can no longer be followed."""
        self._buffer += data
        messages: list[Request | Response] = []
        while (size := self._next_size()) is not None:
            messages.append(parse(self._buffer[:size]))
            self._buffer = self._buffer[size:]
        if len(self._buffer) > MAX_MESSAGE:
            raise SipSyntaxError(f"more than {MAX_MESSAGE} bytes without a whole message")
        return messages

    def _skip_pings(self) -> None:
        """Drop keep-alives, and line ends between messages; half a keep-alive waits for its other half."""
        while self._buffer.startswith(b"\r\n"):
            if self._buffer.startswith(b"\r\n\r\n"):
                self.pings += 1
                self._buffer = self._buffer[4:]
            elif self._buffer in (b"\r\n", b"\r\n\r"):
                return
            else:
                self._buffer = self._buffer[2:]

    def _next_size(self) -> int | None:
        self._skip_pings()
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return None
        match = re.search(rb"(?im)^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*\r$", self._buffer[: head + 1])
        if match is None:
            raise SipSyntaxError("a message on a stream without Content-Length")
        size = head + 4 + int(match[1])
        return size if size <= len(self._buffer) else None


def response_to(request: Request, status: int, reason: str = "", tag: str | None = None) -> Response:
    """A response with what RFC 3261 section 8.2.6 copies; `tag` is put on To unless the request had one."""
    copied = ("via", "from", "call-id", "cseq")
    headers = Headers(pair for pair in request.headers if pair[0].lower() in copied)
    to = request.to
    headers.add("To", str(to.with_tag(tag)) if tag and to.tag is None else request.headers.get("To") or "")
    if status < 300:
        for value in request.headers.all("Record-Route"):
            headers.add("Record-Route", value)
    return Response(headers, b"", status, reason or REASONS.get(status, ""))
