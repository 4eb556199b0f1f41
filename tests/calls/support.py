"""Fresh loopback addresses, user agents in this process, and a SIP peer whose every word the test writes."""

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import cast

from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy
from ccstack.calls.sip.message import Headers, Request, Response, parse, response_to
from ccstack.calls.sip.transaction import Timers
from ccstack.calls.ua import UserAgent

FAST = Timers(t1=0.05, t2=0.2, t4=0.1)
_numbers = itertools.count(1)


def fresh_host() -> str:
    """A 127/8 address that no other test of this run, or of a parallel one, uses."""
    number, process = next(_numbers), os.getpid()
    return f"127.{100 + process // 250 % 100}.{process % 250}.{number % 250 + 1}"


def sdp(host: str, port: int = 40000, types: str = "0 101", lines: str = "a=rtpmap:101 telephone-event/8000") -> bytes:
    """A session description of a peer."""
    session = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return f"{session}m=audio {port} RTP/AVP {types}\r\n{lines}\r\n".encode()


@asynccontextmanager
async def agent(host: str | None = None, **values: object) -> AsyncIterator[UserAgent]:
    """A user agent with fast timers."""
    config = AgentConfig.model_validate({"bind": host or fresh_host(), **values})
    made = UserAgent(config, lambda event, **values: None, FAST)
    await made.start()
    try:
        yield made
    finally:
        # Peers of these tests seldom answer a BYE, and nobody wants to wait for that.
        for call in made.calls.values():
            call.abort("the test is over")
        await made.close()


def account(name: str, *servers: str, **values: object) -> AccountConfig:
    """An account with short patience."""
    given = {
        "account": name,
        "user": name,
        "domain": "cc.test",
        "servers": servers,
        "failover_ms": 1000,
        "retry_s": 0.2,
    }
    return AccountConfig.model_validate({**given, **values})


def answering(sound: str = "silence", **values: object) -> AnswerPolicy:
    """A policy that answers at once."""
    return AnswerPolicy.model_validate({"sound": sound, **values})


class Peer(asyncio.DatagramProtocol):
    """A UDP peer without any SIP logic."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.inbox: asyncio.Queue[tuple[Request | Response, tuple[str, int]]] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None
        self._branches: Iterator[int] = itertools.count(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.inbox.put_nowait((parse(data), addr))

    def send(self, message: Request | Response | bytes, to: str, port: int = 5060) -> None:
        """Put something on the wire."""
        assert self._transport is not None
        self._transport.sendto(bytes(message), (to, port))

    async def request(self, method: str, timeout: float = 60.0) -> Request:
        """The next request of a method that comes in; others are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                message, _ = await self.inbox.get()
                if isinstance(message, Request) and message.method == method:
                    return message

    async def response(self, status: int, timeout: float = 60.0) -> Response:
        """The next response with a status; others are passed over."""
        async with asyncio.timeout(timeout):
            while True:
                message, _ = await self.inbox.get()
                if isinstance(message, Response) and message.status == status:
                    return message

    async def silence(self, seconds: float) -> None:
        """Fail when anything comes within a time."""
        try:
            message, _ = await asyncio.wait_for(self.inbox.get(), seconds)
        except TimeoutError:
            return
        raise AssertionError(f"unexpected {bytes(message).decode()}")

    def invite(self, user: str, host: str, *extra: tuple[str, str], body: bytes | None = None) -> Request:
        """An INVITE for a user agent at `host`."""
        n = next(self._branches)
        headers = Headers([
            ("Via", f"SIP/2.0/UDP {self.host}:5060;rport;branch=z9hG4bKpeer{n}"), ("Max-Forwards", "70"),
            ("From", f"<sip:peer@{self.host}>;tag=peertag{n}"), ("To", f"<sip:{user}@{host}>"),
            ("Call-ID", f"peer-{n}@{self.host}"), ("CSeq", "1 INVITE"), ("Contact", f"<sip:peer@{self.host}:5060>"),
            *extra,
        ])  # fmt: skip
        content = sdp(self.host) if body is None else body
        if content and not headers.get("Content-Type"):
            headers.add("Content-Type", "application/sdp")
        return Request(headers, content, "INVITE", f"sip:{user}@{host}")

    def within(self, invite: Request, response: Response, method: str, cseq: int, body: bytes = b"") -> Request:
        """A request in the dialog that `response` to our `invite` made; an ACK is one too."""
        n = next(self._branches)
        contact = (response.headers.get("Contact") or "").strip("<>")
        headers = Headers([
            ("Via", f"SIP/2.0/UDP {self.host}:5060;rport;branch=z9hG4bKpeer{n}"), ("Max-Forwards", "70"),
            ("From", invite.headers.get("From") or ""), ("To", response.headers.get("To") or ""),
            ("Call-ID", invite.call_id), ("CSeq", f"{cseq} {method}"), ("Contact", f"<sip:peer@{self.host}:5060>"),
        ])  # fmt: skip
        if body:
            headers.add("Content-Type", "application/sdp")
        return Request(headers, body, method, contact)

    def reply(
        self, request: Request, status: int, tag: str | None = "peer", body: bytes = b"", **extra: str
    ) -> Response:
        """A response of this peer."""
        response = response_to(request, status, tag=tag)
        response.headers.add("Contact", f"<sip:peer@{self.host}:5060>")
        for name, value in extra.items():
            response.headers.add(name.replace("_", "-"), value)
        if body:
            response.headers.add("Content-Type", "application/sdp")
            response.body = body
        return response


@asynccontextmanager
async def peer(host: str | None = None) -> AsyncIterator[Peer]:
    """A peer on a fresh address, port 5060."""
    made = Peer(host or fresh_host())
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, local_addr=(made.host, 5060))
    try:
        yield made
    finally:
        transport.close()
