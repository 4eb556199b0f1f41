"""A phone behind a relay: sends a DHCP message until it is answered, and prints what the answer says.

Runs in the phones' place of a lab. RFC 2131 and 2132 for the message, RFC 3046 for what the relay adds. Reads and
prints JSON; stdlib only, and no code of ccstack's.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

COOKIE = bytes((99, 130, 83, 99))
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK = range(1, 7)
KINDS = {OFFER: "offer", ACK: "ack", NAK: "nak"}


def main(orders: dict[str, Any]) -> None:
    """`server`, `kind` (`discover`, `request`, `renew`, `rebind`), `mac`, and what else the message says.

    What a phone sends to the server itself bears its `circuit` only with `snooped`: not every switch looks at that.
    """
    sender, port = (orders["ciaddr"], 68) if orders["kind"] == "renew" else (orders["relay"], 67)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        line.bind((sender, port))
        print(json.dumps(asked(line, orders)))


def asked(line: socket.socket, orders: dict[str, Any]) -> dict[str, Any] | None:
    """The answer, or nothing in `seconds`; as a phone does, it asks again after 4, 8 and 16 s (RFC 2131 section 4.1).

    Where silence is expected, `seconds` are so few that it asks once.
    """
    xid, began, pause = os.urandom(4), time.monotonic(), 4.0
    deadline = began + orders.get("seconds", 60.0)
    while (now := time.monotonic()) < deadline:
        line.sendto(message(orders, xid, int(now - began)), (orders["server"], 67))
        if said := answer(line, xid, min(now + pause, deadline)):
            return said
        pause *= 2
    return None


def message(orders: dict[str, Any], xid: bytes, since: int) -> bytes:
    """The message as it leaves the relay, or a phone that has an address; it has asked for `since` seconds."""
    kinds = {"discover": DISCOVER, "request": REQUEST, "renew": REQUEST, "rebind": REQUEST}
    direct = orders["kind"] == "renew"
    mac = bytes.fromhex(orders["mac"])
    relay = b"\0" * 4 if direct else socket.inet_aton(orders.get("giaddr", orders["relay"]))
    ciaddr = socket.inet_aton(orders.get("ciaddr", "0.0.0.0"))
    head = bytes((1, 1, 6, 0 if direct else 1)) + xid + since.to_bytes(2, "big") + bytes(2) + ciaddr + bytes(8) + relay
    options = option(53, bytes((kinds[orders["kind"]],))) + option(61, b"\1" + mac)
    options += option(55, bytes((1, 3, 42, 51, 54, 58, 59, 66, 160)))
    if orders.get("vendor"):
        options += option(60, orders["vendor"].encode())
    if orders.get("asks") and not direct:
        options += option(50, socket.inet_aton(orders["asks"]))
    if orders.get("of"):
        options += option(54, socket.inet_aton(orders["of"]))
    if orders.get("circuit") and (not direct or orders.get("snooped")):
        circuit = bytes.fromhex(orders["circuit"])
        options += option(82, option(1, circuit) + option(2, b"\0\6" + bytes(6)))
    return head + mac + bytes(10 + 64 + 128) + COOKIE + options + b"\xff"


def option(code: int, value: bytes) -> bytes:
    """One option: code, length, value."""
    return bytes((code, len(value))) + value


def answer(line: socket.socket, xid: bytes, deadline: float) -> dict[str, Any] | None:
    """The answer to the message with this number, or nothing in time."""
    while (left := deadline - time.monotonic()) > 0:
        line.settimeout(left)
        try:
            raw = line.recv(4096)
        except TimeoutError:
            return None
        if raw[4:8] == xid and raw[236:240] == COOKIE:
            return read(raw)
    return None


def read(raw: bytes) -> dict[str, Any]:
    """What a phone understands of an answer."""
    options, at = {}, 240
    while at < len(raw) and raw[at] != 255:
        if raw[at] == 0:
            at += 1
            continue
        options[raw[at]] = raw[at + 2 : at + 2 + raw[at + 1]]
        at += 2 + raw[at + 1]

    def number(code: int) -> int:
        return int.from_bytes(options.get(code, b""), "big")

    def addresses(code: int) -> list[str]:
        value = options.get(code, b"")
        return [socket.inet_ntoa(value[n : n + 4]) for n in range(0, len(value), 4)]

    return {
        "kind": KINDS.get(options[53][0], options[53][0]),
        "address": socket.inet_ntoa(raw[16:20]),
        "mask": addresses(1),
        "routers": addresses(3),
        "clocks": addresses(42),
        "server": addresses(54)[0] if 54 in options else "",
        "times": [number(58), number(59), number(51)],
        "66": options.get(66, b"").rstrip(b"\0").decode(),
        "160": options.get(160, b"").rstrip(b"\0").decode(),
        "circuit": options.get(82, b"").hex(),
        "client": options.get(61, b"").hex(),
    }


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
