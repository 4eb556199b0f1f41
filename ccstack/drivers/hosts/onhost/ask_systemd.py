"""Questions to systemd over the socket that systemctl uses, as root, without starting one: `systemctl show` has systemd
put hundreds of properties together to print three.

D-Bus Specification, "Authentication Protocol" and "Message Format"; org.freedesktop.systemd1(5). There is no bus in
between, so nobody is greeted and nobody is named.
"""

from __future__ import annotations

from _socket import AF_UNIX, SOCK_STREAM, socket

SYSTEMD = "/run/systemd/private"
SECONDS = 20.0
"""How long systemd may take for each part of its answers."""

_GREETING = b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n"
"""In one go, as systemctl does it: user 0 (ASCII in hex) asks, and the kernel tells systemd that this is so."""

_CALL, _ANSWER, _REFUSAL = 1, 2, 3
_PATH, _INTERFACE, _MEMBER, _ANSWERS, _SIGNATURE = 1, 2, 3, 5, 8
"""Kinds of messages, and of the fields in a message's head."""


def properties(wanted: list[tuple[str, str, str]]) -> list[str | int]:
    """The value of each of these: unit, interface (`Unit`, `Service`), property; a text or a number.

    An OSError or a ValueError when systemd does not answer that.
    """
    line = socket(AF_UNIX, SOCK_STREAM)
    try:
        line.settimeout(SECONDS)
        line.connect(SYSTEMD)
        calls = (_call(serial, *one) for serial, one in enumerate(wanted, 1))
        line.sendall(b"".join((_GREETING, *calls)))
        found = _answers(line, len(wanted))
    finally:
        line.close()
    return [found[serial] for serial in range(1, len(wanted) + 1)]


def _call(serial: int, unit: str, interface: str, name: str) -> bytes:
    """A call of the `Get` of the interface that every object with properties has."""
    path = f"/org/freedesktop/systemd1/unit/{_escaped(unit)}"
    body = _text(f"org.freedesktop.systemd1.{interface}")
    body = _padded(body, 4) + _text(name)
    fields = b""
    for kind, signature, value in (
        (_PATH, b"o", _text(path)),
        (_INTERFACE, b"s", _text("org.freedesktop.DBus.Properties")),
        (_MEMBER, b"s", _text("Get")),
        (_SIGNATURE, b"g", b"\x02ss\0"),
    ):
        fields = _padded(fields, 8) + bytes((kind, 1)) + signature + b"\0" + value
    head = b"l" + bytes((_CALL, 0, 1)) + _number(len(body)) + _number(serial) + _number(len(fields))
    return _padded(head + fields, 8) + body


def _escaped(unit: str) -> str:
    """A unit's name as a part of a path (sd_bus_path_encode(3))."""
    plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return "".join(
        chr(byte) if chr(byte) in plain or (at and 48 <= byte < 58) else f"_{byte:02x}"
        for at, byte in enumerate(unit.encode())
    )


def _number(value: int) -> bytes:
    return value.to_bytes(4, "little")


def _text(value: str) -> bytes:
    raw = value.encode()
    return _number(len(raw)) + raw + b"\0"


def _padded(data: bytes, to: int) -> bytes:
    return data + bytes(-len(data) % to)


# --- Answers ---


def _answers(line: socket, count: int) -> dict[int, str | int]:
    """By the serial of the call, so many answers. What systemd tells everybody meanwhile is passed over."""
    data = _more(line, b"")
    while b"\r\n" not in data:
        data = _more(line, data)
    said, _end, data = data.partition(b"\r\n")
    if not said.startswith(b"OK "):
        raise ValueError(f"systemd does not let us ask: {said[:80]!r}")
    found: dict[int, str | int] = {}
    while len(found) < count:
        while len(data) < 16 or len(data) < _size(data):
            data = _more(line, data)
        message, data = data[: _size(data)], data[_size(data) :]
        if message[1] == _REFUSAL:
            raise ValueError(f"systemd refuses to say it: {message[-200:]!r}")
        if message[1] == _ANSWER:
            found[_answered(message)] = _value(message)
    return found


def _more(line: socket, data: bytes) -> bytes:
    part = line.recv(1 << 16)
    if not part:
        raise ValueError("systemd ends the connection")
    return data + part


def _at(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _fields_end(message: bytes) -> int:
    return 16 + _at(message, 12)


def _size(message: bytes) -> int:
    """Head, fields up to a multiple of 8, body; only little-endian ones come: they are in systemd's own order."""
    if message[:1] != b"l":
        raise ValueError("systemd speaks in another order of bytes")
    return (_fields_end(message) + 7) // 8 * 8 + _at(message, 4)


def _answered(message: bytes) -> int:
    """The serial that a message answers: the one field of this kind, and a number as no other has it."""
    at = message.find(bytes((_ANSWERS, 1)) + b"u\0", 16, _fields_end(message))
    if at < 0:
        raise ValueError("systemd answers no question")
    return _at(message, at + 4)


def _value(message: bytes) -> str | int:
    """A variant: the signature (one letter), then the value."""
    body = message[len(message) - _at(message, 4) :]
    if body[:3] == b"\x01s\0":
        return body[8 : 8 + _at(body, 4)].decode(errors="replace")
    if body[:3] == b"\x01u\0":
        return _at(body, 4)
    raise ValueError(f"systemd answers with {body[:8]!r}")
