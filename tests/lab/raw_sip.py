"""Send raw SIP requests over UDP at a steady pace, and count what is answered. Run inside a namespace of the lab.

usage: raw_sip.py METHOD ADDRESS COUNT PER_SECOND USER NONCE AWAITED; prints a JSON list: the status of each answer.
"""

import json
import secrets
import socket
import sys
import time

PATIENCE_S = 60.0
"""How long after the last request the answers that must come are waited for."""
DEAF_S = 3.0
"""How long after them, and after the last answer, others are waited for."""


def request(method: str, address: str, number: int, user: str, nonce: str, local: str) -> bytes:
    tag = secrets.token_hex(6)
    lines = [
        f"{method} sip:{address} SIP/2.0",
        f"Via: SIP/2.0/UDP {local};branch=z9hG4bK{tag};rport",
        "Max-Forwards: 70",
        f"From: <sip:{user}@{address}>;tag={tag}",
        f"To: <sip:{user}@{address}>",
        f"Call-ID: {tag}",
        f"CSeq: {number} {method}",
        f"Contact: <sip:{user}@{local}>",
        "User-Agent: phone",
    ]
    if method == "REGISTER":
        guess = secrets.token_hex(16)
        lines.append(
            f'Authorization: Digest username="{user}", realm="acme.example", nonce="{nonce}", '
            f'uri="sip:{address}", response="{guess}"'
        )
    return "\r\n".join([*lines, "Content-Length: 0", "", ""]).encode()


def main() -> None:
    method, address, count, pace, user, nonce, awaited = sys.argv[1:]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((address, 5060))
        sock.setblocking(False)
        local = "{}:{}".format(*sock.getsockname())
        answers: list[int] = []
        began = time.monotonic()
        for number in range(1, int(count) + 1):
            sock.send(request(method, address, number, user, nonce, local))
            while time.monotonic() < began + number / float(pace):
                answers += received(sock)
                time.sleep(0.001)
        last = time.monotonic()
        while time.monotonic() < last + (DEAF_S if len(answers) >= int(awaited) else PATIENCE_S):
            if came := received(sock):
                answers += came
                last = time.monotonic()
            time.sleep(0.01)
    print(json.dumps(answers))


def received(sock: socket.socket) -> list[int]:
    found = []
    while True:
        try:
            found.append(int(sock.recv(65_535).split(b" ", 2)[1]))
        except (BlockingIOError, ConnectionRefusedError):
            return found


main()
