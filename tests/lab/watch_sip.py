"""Watch an extension's calls as a phone's key does (RFC 6665, RFC 4235). Run inside a namespace of the lab.

usage: watch_sip.py SBC_ADDRESS REALM USER EXTENSION; the password is the first line of stdin. Prints a line for each
answer (its status) and for each NOTIFY (its state); ends when stdin ends, having ended the subscription.
"""

from __future__ import annotations

import re
import secrets
import select
import socket
import sys

from ccstack.calls.sip.auth import DigestClient
from ccstack.calls.sip.message import Response, parse


def main() -> None:
    sbc, realm, user, extension = sys.argv[1:]
    password = sys.stdin.readline().strip()
    digest = DigestClient(user, password)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.connect((sbc, 5060))
        watcher = Watcher(sock, sbc, realm, user, extension, digest)
        watcher.subscribe(600)
        while True:
            ready, _, _ = select.select([sock, sys.stdin], [], [])
            if sock in ready:
                watcher.heard(sock.recv(8192))
            elif not sys.stdin.read(1):
                watcher.subscribe(0)
                return


class Watcher:
    def __init__(
        self, sock: socket.socket, sbc: str, realm: str, user: str, extension: str, digest: DigestClient
    ) -> None:
        self.sock, self.sbc, self.realm, self.user, self.extension, self.digest = (
            sock,
            sbc,
            realm,
            user,
            extension,
            digest,
        )
        self.call_id, self.tag, self.remote, self.cseq = secrets.token_hex(8), secrets.token_hex(4), "", 0
        self.local = "{}:{}".format(*sock.getsockname())
        self.expires = 0
        self.via, self.order = "", (-1, -1)

    def subscribe(self, expires: int) -> None:
        self.cseq, self.expires = self.cseq + 1, expires
        uri = f"sip:{self.extension}@{self.sbc}:5060"
        lines = [
            f"SUBSCRIBE {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.local};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: <sip:{self.user}@{self.realm}>;tag={self.tag}",
            f"To: <sip:{self.extension}@{self.realm}>{self.remote}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} SUBSCRIBE",
            f"Contact: <sip:{self.user}@{self.local}>",
            "Event: dialog",
            f"Expires: {expires}",
            *(f"{name}: {value}" for name, value in self.digest.credentials(self.sbc, "SUBSCRIBE", uri)),
        ]
        self.sock.send("\r\n".join([*lines, "Content-Length: 0", "", ""]).encode())

    def heard(self, datagram: bytes) -> None:
        message = parse(datagram)
        if isinstance(message, Response):
            print(message.status, flush=True)
            if message.status == 407 and self.cseq == 1:
                self.digest.challenged(message, self.sbc)
                self.subscribe(self.expires)
            elif message.status == 200:
                self.remote = f";tag={dict(message.to.params)['tag']}"
            return
        state = re.search(rb"<state>([a-z]+)</state>", datagram)
        copied = [f"{n}: {v}" for n, v in message.headers if n.lower() in ("via", "from", "to", "call-id", "cseq")]
        self.sock.send("\r\n".join(["SIP/2.0 200 OK", *copied, "Content-Length: 0", "", ""]).encode())
        via = message.headers.get("Via") or ""
        if via == self.via:
            return  # sent again, because the answer was late
        version = re.search(rb'version="(\d+)"', datagram)
        before, self.via, self.order = self.order, via, (message.cseq[0], int(version[1]) if version else -1)
        # A phone throws away what does not count up (RFC 3261 section 12.2.2, RFC 4235 section 4.3).
        if self.order[0] <= before[0] or self.order[1] <= before[1]:
            print(f"CSeq and version {self.order} after {before}", flush=True)
        print(state[1].decode() if state else "?", flush=True)


if __name__ == "__main__":
    main()
