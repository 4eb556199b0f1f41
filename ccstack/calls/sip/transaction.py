"""Transactions (RFC 3261 section 17, with the accepted state of RFC 6026): retransmission, matching, time-outs."""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from ccstack.calls.sip.message import Headers, Request, Response, response_to
from ccstack.calls.sip.transport import Channel, TransportError
from ccstack.calls.sip.uri import SipSyntaxError, param

MAGIC = "z9hG4bK"


@dataclass(frozen=True)
class Timers:
    """RFC 3261's base timers, seconds."""

    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0

    @property
    def timeout(self) -> float:
        """Timers B, F and H: 64*T1."""
        return 64 * self.t1


class TransactionTimeoutError(Exception):
    """No final response came in time."""


def new_branch() -> str:
    """A branch that no other transaction has."""
    return MAGIC + secrets.token_hex(12)


def new_tag() -> str:
    """A dialog tag."""
    return secrets.token_hex(8)


OnResponse = Callable[["ClientTransaction", Response], None]


class ClientTransaction:
    """One request and what comes back. `final` has the final response, or the error that took its place.

    `on_response` hears every provisional response; of an INVITE also every 2xx, retransmitted or from another
    branch of a fork, as the ACK for those is the caller's business.
    """

    def __init__(
        self,
        layer: "TransactionLayer",
        request: Request,
        channel: Channel,
        on_response: OnResponse | None = None,
    ) -> None:
        self.request = request
        self.channel = channel
        self.provisional = False
        self.abandoned = False
        self.final: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.signs_of_life = asyncio.Event()
        self._layer = layer
        self._on_response = on_response
        self._data = bytes(request)
        self._key = (request.via.branch, request.method)
        self._ack: bytes | None = None
        self._timers: list[asyncio.TimerHandle] = []
        self._interval = layer.timers.t1

    @property
    def _invite(self) -> bool:
        return self.request.method == "INVITE"

    def start(self) -> None:
        """Send the request. Raises `TransportError`."""
        self._layer.clients[self._key] = self
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(self._layer.timers.timeout, self._timed_out))
        if not self.channel.reliable:
            self._timers.append(loop.call_later(self._interval, self._again))
        self.channel.send(self._data)

    def _again(self) -> None:
        """Timers A and E."""
        if self.final.done() or self.abandoned or (self._invite and self.provisional):
            return
        limit = self._layer.timers.timeout if self._invite else self._layer.timers.t2
        self._interval = self._layer.timers.t2 if self.provisional else min(2 * self._interval, limit)
        self._timers.append(asyncio.get_running_loop().call_later(self._interval, self._again))
        self.channel.send(self._data)

    def _timed_out(self) -> None:
        if self._invite and self.provisional:
            return
        self.fail(TransactionTimeoutError(f"{self.request.method} to {self.request.uri}: no final response"))

    def fail(self, error: Exception) -> None:
        """End without a final response."""
        if not self.final.done():
            self.final.set_exception(error)
            self.final.exception()
        self.signs_of_life.set()
        self._end()

    def abandon(self) -> None:
        """Give up on an INVITE that nobody answered: a late provisional is cancelled, a late 2xx is for the caller."""
        self.abandoned = True

    def receive(self, response: Response) -> None:
        """A response that matches."""
        self.signs_of_life.set()
        if response.status < 200:
            self.provisional = True
            if self.abandoned:
                self._layer.cancel(self)
            self._tell(response)
        elif self._invite and response.status < 300:
            self._tell(response)
            self._settle(response, self._layer.timers.timeout)
        else:
            self._receive_final(response)

    def _receive_final(self, response: Response) -> None:
        if self._invite:
            self._ack = self._ack or bytes(ack_for_failure(self.request, response))
            self.channel.send(self._ack)
        linger = 0.0 if self.channel.reliable else (32.0 if self._invite else self._layer.timers.t4)
        self._settle(response, linger)

    def _tell(self, response: Response) -> None:
        if self._on_response is not None:
            self._on_response(self, response)

    def _settle(self, response: Response, linger: float) -> None:
        """Stay a while to absorb retransmissions (timers D and K, and M for a 2xx)."""
        if self.final.done():
            return
        self.final.set_result(response)
        self._cancel_timers()
        self._timers.append(asyncio.get_running_loop().call_later(linger, self._end))

    def _cancel_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _end(self) -> None:
        self._cancel_timers()
        self._layer.clients.pop(self._key, None)


class ServerTransaction:
    """One request that came in. `respond` may be called for provisional responses and once for a final one."""

    def __init__(self, layer: "TransactionLayer", request: Request, channel: Channel) -> None:
        self.request = request
        self.channel = channel
        self.acknowledged = asyncio.Event()
        self.muted = False
        self.unacknowledged: Callable[[], None] | None = None
        self._layer = layer
        self._last: bytes | None = None
        self._final_status = 0
        self._interval = layer.timers.t1
        self._timers: list[asyncio.TimerHandle] = []

    @property
    def key(self) -> tuple[str, str, int | None, str]:
        """What a retransmission, ACK or CANCEL is matched by (RFC 3261 section 17.2.3)."""
        return server_key(self.request, self.request.method)

    @property
    def done(self) -> bool:
        """Whether a final response has been sent."""
        return self._final_status > 0

    def respond(self, response: Response) -> None:
        """Send a response; after the final one, or when muted (a peer that plays dead), nothing is sent."""
        if self.done or self.muted:
            return
        self._last = bytes(response)
        if response.status >= 200:
            self._final_status = response.status
            self._arm(response.status)
        self._send()

    def reply(self, status: int, reason: str = "", tag: str | None = None) -> None:
        """Send a plain response without a body."""
        self.respond(response_to(self.request, status, reason, tag))

    def _arm(self, status: int) -> None:
        loop = asyncio.get_running_loop()
        if self.request.method != "INVITE":
            linger = 0.0 if self.channel.reliable else self._layer.timers.timeout
            self._timers.append(loop.call_later(linger, self._end))
            return
        self._timers.append(loop.call_later(self._layer.timers.timeout, self._no_ack))
        # A 2xx is sent again on every transport (RFC 3261 section 13.3.1.4), other finals on UDP only (timer G).
        if status < 300 or not self.channel.reliable:
            self._timers.append(loop.call_later(self._interval, self._again))

    def _again(self) -> None:
        if self.acknowledged.is_set():
            return
        self._interval = min(2 * self._interval, self._layer.timers.t2)
        self._timers.append(asyncio.get_running_loop().call_later(self._interval, self._again))
        self._send()

    def _no_ack(self) -> None:
        if not self.acknowledged.is_set() and self.unacknowledged is not None:
            self.unacknowledged()
        self._end()

    def acked(self) -> None:
        """The ACK came."""
        if self.acknowledged.is_set():
            return
        self.acknowledged.set()
        self._cancel_timers()
        linger = 0.0 if self.channel.reliable else self._layer.timers.t4
        self._timers.append(asyncio.get_running_loop().call_later(linger, self._end))

    def repeated(self) -> None:
        """The request came again: so goes the last response."""
        if self._last is not None and not (self._final_status in range(200, 300) and self.acknowledged.is_set()):
            self._send()

    def _send(self) -> None:
        if self._last is not None:
            self._layer.send_response(self, self._last)

    def _cancel_timers(self) -> None:
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def _end(self) -> None:
        self._cancel_timers()
        self._layer.servers.pop(self.key, None)


class TransactionLayer:
    """Matches messages to transactions; what matches none goes to the user agent."""

    def __init__(self, timers: Timers) -> None:
        self.timers = timers
        self.clients: dict[tuple[str, str], ClientTransaction] = {}
        self.servers: dict[tuple[str, str, int | None, str], ServerTransaction] = {}
        self.on_request: Callable[[ServerTransaction], None] = lambda _transaction: None
        self.on_ack: Callable[[Request], None] = lambda _request: None
        self.on_cancel: Callable[[ServerTransaction], None] = lambda _transaction: None

    def send(self, request: Request, channel: Channel, on_response: OnResponse | None = None) -> ClientTransaction:
        """Start a client transaction. Raises `TransportError`."""
        transaction = ClientTransaction(self, request, channel, on_response)
        try:
            transaction.start()
        except TransportError as error:
            transaction.fail(error)
            raise
        return transaction

    def cancel(self, invite: ClientTransaction) -> None:
        """Send CANCEL for an INVITE that has had a provisional response (RFC 3261 section 9.1)."""
        key = (invite.request.via.branch, "CANCEL")
        if key not in self.clients and not invite.final.done():
            self.send(cancel_for(invite.request), invite.channel)

    def receive(self, message: Request | Response, channel: Channel) -> None:
        """A message from the wire. One without a usable Via, CSeq, From or To is dropped."""
        try:
            if isinstance(message, Response):
                self._receive_response(message)
            else:
                self._receive_request(message, channel)
        except (SipSyntaxError, TransportError):
            return

    def _receive_response(self, response: Response) -> None:
        transaction = self.clients.get((response.via.branch, response.cseq[1]))
        if transaction is not None:
            transaction.receive(response)

    def _receive_request(self, request: Request, channel: Channel) -> None:
        _stamp_via(request, channel)
        _ = request.from_, request.to, request.cseq
        if request.method in ("ACK", "CANCEL"):
            self._receive_companion(request, channel)
            return
        known = self.servers.get(server_key(request, request.method))
        if known is not None:
            known.repeated()
            return
        transaction = ServerTransaction(self, request, channel)
        self.servers[transaction.key] = transaction
        self.on_request(transaction)

    def _receive_companion(self, request: Request, channel: Channel) -> None:
        invite = self.servers.get(server_key(request, "INVITE"))
        if request.method == "ACK":
            # The ACK for a failure has the INVITE's branch; that for a 2xx is a request of its own in the dialog.
            if invite is not None:
                invite.acked()
            else:
                self.on_ack(request)
            return
        if invite is not None and invite.muted:
            return
        answer = response_to(request, 200 if invite else 481, tag=new_tag())
        self._respond(request, channel, bytes(answer))
        if invite is not None:
            self.on_cancel(invite)

    def send_response(self, transaction: ServerTransaction, data: bytes) -> None:
        """Send a response where RFC 3261 section 18.2.2 wants it. A peer that is gone is not an error here."""
        self._respond(transaction.request, transaction.channel, data)

    def _respond(self, request: Request, channel: Channel, data: bytes) -> None:
        via = request.via
        way = channel if param(via.params, "rport") is not None else channel.with_port(via.port or 5060)
        with suppress(TransportError):
            way.send(data)

    def stream_lost(self, channel: Channel) -> None:
        """Fail at once what waits for a response on a connection that has gone."""
        for transaction in list(self.clients.values()):
            if transaction.channel is channel:
                transaction.fail(TransportError(f"the connection to {channel.remote[0]} closed"))


def server_key(request: Request, method: str) -> tuple[str, str, int | None, str]:
    """The matching key of a request, as if its method were `method`."""
    via = request.via
    return via.branch, via.host.lower(), via.port, method


def _stamp_via(request: Request, channel: Channel) -> None:
    """Write `received` and `rport` into the top Via, so that responses find their way back."""
    vias = request.headers.items_of("Via")
    top = request.via.seen_from(*channel.remote)
    request.headers.set("Via", str(top))
    if len(vias) > 1:
        rest = [("Via", value) for value in vias[1:]]
        at = next(i for i, (name, _) in enumerate(request.headers) if name.lower() == "via")
        pairs = list(request.headers)
        request.headers = Headers([*pairs[: at + 1], *rest, *pairs[at + 1 :]])


def _copied(request: Request, method: str, names: tuple[str, ...]) -> Headers:
    """The headers that a CANCEL or failure ACK shares with its INVITE; only the top Via goes along."""
    pairs = [(name, value) for name, value in request.headers if name.lower() in names]
    headers = Headers([("Via", str(request.via)), ("Max-Forwards", "70"), *pairs])
    headers.add("CSeq", f"{request.cseq[0]} {method}")
    return headers


def ack_for_failure(invite: Request, response: Response) -> Request:
    """The ACK that belongs to the INVITE's own transaction (RFC 3261 section 17.1.1.3)."""
    headers = _copied(invite, "ACK", ("route", "from", "call-id"))
    headers.add("To", response.headers.get("To") or "")
    return Request(headers, b"", "ACK", invite.uri)


def cancel_for(invite: Request) -> Request:
    """The CANCEL for an INVITE (RFC 3261 section 9.1)."""
    headers = _copied(invite, "CANCEL", ("route", "from", "to", "call-id"))
    return Request(headers, b"", "CANCEL", invite.uri)
