"""Somebody who reads or writes a file over TFTP (RFC 1350), and prints what came of it. Stdlib only."""

from __future__ import annotations

import json
import socket
import sys
from typing import Any

READ, WRITE, DATA, ACK, ERROR = range(1, 6)


def main(orders: dict[str, Any]) -> None:
    """`server`, and `files` to read; with `write`, to write."""
    kind = WRITE if orders.get("write") else READ
    print(json.dumps([transfer(orders["server"], kind, name) for name in orders["files"]]))


def transfer(server: str, kind: int, name: str) -> dict[str, Any]:
    """The text of a file, or why there is none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.settimeout(60)
        line.sendto(kind.to_bytes(2, "big") + name.encode() + b"\0octet\0", (server, 69))
        text = b""
        while True:
            raw, peer = line.recvfrom(2048)
            if int.from_bytes(raw[:2], "big") != DATA:
                return {"code": int.from_bytes(raw[:2], "big"), "text": raw[4:].rstrip(b"\0").decode()}
            text += raw[4:]
            line.sendto(ACK.to_bytes(2, "big") + raw[2:4], peer)
            if len(raw) < 516:
                return {"code": DATA, "text": text.decode()}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
