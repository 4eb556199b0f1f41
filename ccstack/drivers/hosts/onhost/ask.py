"""Questions to the running processes over their own control sockets: no process is started to ask one.

Asterisk: the console's socket; commands end with NUL, and `cli quit after` has it hang up when the command is done
(main/asterisk.c, as `asterisk -rx` does). Kamailio: BINRPC (ctl module; its format is in src/modules/ctl/binrpc.h).
"""

from __future__ import annotations

import os
import time
from _socket import AF_UNIX, SOCK_STREAM, socket

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ASTERISK = "/run/asterisk/asterisk.ctl"
KAMAILIO = "/run/kamailio/kamailio_ctl"
SECONDS = 30.0
"""How long a process may take to answer."""


class UnreadableError(Exception):
    """A process could not be asked; the text says how that was tried."""


def asterisk(command: str) -> str:
    """What the console says to `command`."""
    raw = exchange(ASTERISK, f"cli quit after {command}\0".encode(), f"asterisk: {command}")
    # The first line is the banner: host/pid/version.
    return raw.decode(errors="replace").replace("\x7f", "").partition("\n")[2]


def exchange(path: str, question: bytes, what: str) -> bytes:
    """All that is answered on the socket at `path` until it is closed there; `what` names the question."""
    try:
        line = socket(AF_UNIX, SOCK_STREAM)
        try:
            line.settimeout(SECONDS)
            line.connect(path)
            line.sendall(question)
            return _all(line)
        finally:
            line.close()
    except OSError as why:
        raise UnreadableError(f"cannot ask {what}: {why.strerror or why} ({path})") from None


def _all(line: socket) -> bytes:
    parts, deadline = list[bytes](), time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        part = line.recv(1 << 16)
        if not part:
            return b"".join(parts)
        parts.append(part)
    raise OSError("it does not come to an end")


# --- Kamailio ---

_INT, _STRING, _DOUBLE, _STRUCT, _ARRAY, _AVP, _BYTES = range(7)
_TEXTS = (_STRING, _AVP, _BYTES)
_MAGIC, _REQUEST, _REPLY = 0xA1, 0, 1


def kamailio(method: str, *arguments: str | int) -> list[Any]:
    """What an RPC gives: numbers, texts, and lists of them; what has a name is a pair of name and value.

    A refusal is an `UnreadableError` with Kamailio's words.
    """
    what = f"kamailio: {' '.join([method, *map(str, arguments)])}"
    body = b"".join(_packed(one) for one in (method, *arguments))
    cookie = os.urandom(4)
    size = len(body).to_bytes(4, "big")
    head = bytes((_MAGIC, _REQUEST << 4 | 3 << 2 | 3)) + size + cookie
    try:
        line = socket(AF_UNIX, SOCK_STREAM)
        try:
            line.settimeout(SECONDS)
            line.connect(KAMAILIO)
            line.sendall(head + body)
            kind, answer = _reply(line)
        finally:
            line.close()
    except OSError as why:
        raise UnreadableError(f"cannot ask {what}: {why.strerror or why} ({KAMAILIO})") from None
    values, _end = _values(answer, 0)
    if kind != _REPLY:
        raise UnreadableError(f"{what} is refused: {' '.join(map(str, values))}")
    return values


def _packed(value: str | int) -> bytes:
    if isinstance(value, int):
        raw = value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big") if value else b""
        return _head(_INT, len(raw)) + raw
    raw = value.encode() + b"\0"
    return _head(_STRING, len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    # One byte: flag, 3 bits of size, 4 bits of kind; with the flag, the 3 bits say how many bytes the size has.
    if size < 8:
        return bytes((size << 4 | kind,))
    raw = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(raw) << 4 | kind,)) + raw


def _reply(line: socket) -> tuple[int, bytes]:
    """The kind of a reply (1, or 3 for a refusal) and its body."""
    start = _exactly(line, 2)
    if start[0] != _MAGIC:
        raise OSError("the answer is no BINRPC")
    size = int.from_bytes(_exactly(line, (start[1] >> 2 & 3) + 1), "big")
    _exactly(line, (start[1] & 3) + 1)
    return start[1] >> 4, _exactly(line, size)


def _exactly(line: socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size:
        part = line.recv(size - len(got))
        if not part:
            raise OSError("the answer ends too early")
        got += part
    return bytes(got)


def _values(data: bytes, at: int) -> tuple[list[Any], int]:
    """The values up to the end of `data`, or of the struct or array that began before `at`; named ones as pairs."""
    found: list[Any] = []
    names: list[str] = []
    while at < len(data):
        head, at = data[at], at + 1
        size, kind = head >> 4 & 7, head & 15
        if head & 0x80:
            if kind in (_STRUCT, _ARRAY):
                return found, at
            size, at = int.from_bytes(data[at : at + size], "big"), at + size
        if kind in _TEXTS:
            # Nearly all of an answer: not worth a call each.
            value, at = data[at : at + size].rstrip(b"\0").decode(errors="replace"), at + size
        else:
            value, at = _value(data, at, kind, size)
        if kind == _AVP:
            names.append(value)
        else:
            found.append((names.pop(), value) if names else value)
    return found, at


def _value(data: bytes, at: int, kind: int, size: int) -> tuple[Any, int]:
    if kind in (_STRUCT, _ARRAY):
        return _values(data, at)
    number = int.from_bytes(data[at : at + size], "big")
    return number / 1000 if kind == _DOUBLE else number, at + size


def every(name: str, within: Any) -> list[Any]:
    """The values of all fields `name`, however deep in an answer."""
    found: list[Any] = []
    if isinstance(within, tuple):
        return [within[1]] if within[0] == name else every(name, within[1])
    if isinstance(within, list):
        for one in within:
            found += every(name, one)
    return found
