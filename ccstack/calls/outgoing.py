"""A call that we place: servers tried in turn, challenges answered, early media, and a way out at any time."""

import asyncio
import itertools
import secrets
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ccstack.calls.account import Account, Problems
from ccstack.calls.call import Call
from ccstack.calls.protocol import PlaceCall, Provisional
from ccstack.calls.sip.auth import AuthError
from ccstack.calls.sip.dialog import Dialog
from ccstack.calls.sip.message import Headers, Request, Response
from ccstack.calls.sip.multipart import session_description
from ccstack.calls.sip.sdp import SdpError
from ccstack.calls.sip.transaction import ClientTransaction, TransactionTimeoutError, new_tag
from ccstack.calls.sip.transport import Channel, Hop, TransportError
from ccstack.calls.sip.uri import Address, Uri
from ccstack.calls.sounds import check

if TYPE_CHECKING:
    from ccstack.calls.ua import UserAgent

_CANCEL_TIMEOUT_S = 4.0
_LAST_SERVER_S = 8.0
"""How long the last server is waited for, there being nobody else to ask; timer B of RFC 3261 would be 32 s."""


class _NoSignError(Exception):
    """A server gave no sign of life in time."""


class OutgoingCall(Call):
    """A call to `order.to`. Raises `SipSyntaxError` or `SoundError` at once for what cannot be placed."""

    direction: Literal["out", "in"] = "out"

    def __init__(self, agent: "UserAgent", account: Account, name: str, order: PlaceCall) -> None:
        super().__init__(agent, account, name, order.sound, order.record)
        check(order.sound)
        self._order = order
        self._to = target_uri(order.to, account.config.domain)
        self._client: ClientTransaction | None = None
        self._given_up = False
        self._tag = new_tag()
        self._cseq = itertools.count(1)
        self._sip_call_id = secrets.token_hex(16)

    def start(self) -> None:
        """Send the INVITE, beside."""
        self.spawn(self._dial())
        if self._order.ring_timeout_ms is not None:
            self.spawn(self._ring_timeout(self._order.ring_timeout_ms / 1000))

    async def _ring_timeout(self, seconds: float) -> None:
        if not await self.bell.until(lambda: self.state in ("answered", "ended"), seconds):
            await self.hangup()

    async def _dial(self) -> None:
        servers = [self._order.server] if self._order.server else self.account.candidates()
        problem = "the account has no servers"
        for server in servers:
            self.tried.append(server)
            is_last = server == servers[-1]
            try:
                response = await self._attempt(server, is_last)
            except (_NoSignError, TransportError, TransactionTimeoutError) as error:
                problem = str(error)
                # A phone that has rung is not rung a second time by way of another server.
                if self._given_up or self.state != "calling":
                    break
                self.account.suspect(server)
                continue
            if response.status not in self.account.config.failover_codes or is_last:
                await self._final(response)
                return
        if self._given_up:
            self.end("local")
        else:
            self.end("error", problem)

    async def _attempt(self, server: str, is_last: bool) -> Response:
        """The final response of one server, its challenges answered; a new Call-ID each, as no server may mix them."""
        self.server = server
        if len(self.tried) > 1:
            self._sip_call_id, self._tag = secrets.token_hex(16), new_tag()
        seconds = max(self.account.config.failover_ms / 1000, _LAST_SERVER_S if is_last else 0)
        patience = time.monotonic() + seconds
        for challenges in itertools.count(1):
            if self._given_up:
                raise _NoSignError("hung up before any server answered")
            channel = await self._open(server, patience)
            self.invite = self._build(channel)
            self.agent.authorise(self.account, server, self.invite)
            self._client = client = self.agent.transactions.send(self.invite, channel, self._on_response)
            await self._sign_of_life(client, server, patience)
            response = await client.final
            if client.abandoned:
                raise _NoSignError("hung up before the server answered")
            if response.status not in (401, 407):
                return response
            self._take_challenge(server, response, challenges)
            patience = time.monotonic() + seconds
        raise AssertionError("unreachable")

    def _take_challenge(self, server: str, response: Response, challenges: int) -> None:
        try:
            self.agent.challenged(self.account, server, response, challenges)
        except AuthError:
            self.status, self.reason = response.status, response.reason
            raise

    async def _open(self, server: str, patience: float) -> Channel:
        try:
            async with asyncio.timeout(max(0.05, patience - time.monotonic())):
                return await self.agent.transport.open(Hop.of(Uri.parse(server)))
        except TimeoutError:
            raise _NoSignError(f"{server}: no connection in time") from None

    async def _sign_of_life(self, client: ClientTransaction, server: str, patience: float) -> None:
        try:
            async with asyncio.timeout(max(0.05, patience - time.monotonic())):
                await client.signs_of_life.wait()
        except TimeoutError:
            client.abandon()
            raise _NoSignError(f"{server}: no response to INVITE in time") from None

    def _build(self, channel: Channel) -> Request:
        order, account = self._order, self.account
        # Keys in a session description are as safe as the way it goes (RFC 4568 section 4.3).
        secure = channel.transport == "tls" if account.config.srtp is None else account.config.srtp
        local = self.local = replace(self.open_media(channel.local[0]), secure=secure)
        caller = account.address
        if order.from_user is not None or order.from_display is not None:
            user = account.config.user if order.from_user is None else order.from_user
            display = account.config.display if order.from_display is None else order.from_display
            caller = Address(Uri.of(user, account.config.domain), display)
        headers = Headers([
            ("Via", self.agent.via(channel)), ("Max-Forwards", "70"), ("From", str(caller.with_tag(self._tag))),
            ("To", f"<{self._to}>"), ("Call-ID", self._sip_call_id), ("CSeq", f"{next(self._cseq)} INVITE"),
            ("Contact", self.agent.contact(channel, account.config.user)), ("Allow", self.agent.allow),
            ("User-Agent", self.agent.config.name), ("Content-Type", "application/sdp"),
        ])  # fmt: skip
        if order.asserted_identity is not None:
            headers.add("P-Asserted-Identity", order.asserted_identity)
        for name, value in order.headers.items():
            headers.set(name, value)
        self.local_sdp = local.offer()
        return Request(headers, self.local_sdp.encode(), "INVITE", str(self._to))

    def _on_response(self, client: ClientTransaction, response: Response) -> None:
        if response.status < 200:
            self._on_provisional(client, response)
        elif client.final.done() or client is not self._client or client.abandoned or self.state == "ended":
            self._on_more(client, response)

    def _on_provisional(self, client: ClientTransaction, response: Response) -> None:
        if client is not self._client or client.abandoned or self.state not in ("calling", "ringing", "early"):
            return
        sdp = session_description(response)
        self.provisionals.append(Provisional(status=response.status, at=self.since_start(), sdp=sdp is not None))
        if response.status == 100:
            self.news()
            return
        if sdp is not None and self.local_sdp is not None:
            with suppress(SdpError):
                self.connect_media(self.local_sdp, sdp)
        if response.to.tag is not None:
            self.dialog = Dialog.as_caller(client.request, response)
            self.agent.remember(self.dialog, self)
        self.become("ringing" if sdp is None and self.state != "early" else "early")
        self.news()

    def _on_more(self, client: ClientTransaction, response: Response) -> None:
        """A 2xx that is not the call's first: sent again, or from another branch of a fork, or come too late."""
        ours = self.dialog is not None and self.dialog.key[::2] == (response.call_id, response.to.tag)
        if ours and self.answered_at is not None:
            self.ack_again(response)
        else:
            self.agent.spawn(self._turn_away(client.request, response))

    async def _turn_away(self, invite: Request, response: Response) -> None:
        """Acknowledge and end a dialog that nobody wants."""
        dialog = Dialog.as_caller(invite, response)
        with suppress(*Problems):
            channel = await self.agent.transport.open(dialog.next_hop())
            channel.send(bytes(dialog.request("ACK", self.agent.via(channel), invite.cseq[0])))
            bye = dialog.request("BYE", self.agent.via(channel))
            await self.agent.transactions.send(bye, channel).final

    async def _final(self, response: Response) -> None:
        self.status, self.reason = response.status, response.reason
        self.answer_headers = response.headers.as_dict()
        if response.status >= 300:
            self.end("local" if self._given_up else "remote")
            return
        if self.invite is None or self.state == "ended":
            return
        self.dialog = Dialog.as_caller(self.invite, response)
        self.agent.remember(self.dialog, self)
        self.answered_at = self.since_start()
        await self.send_ack(self.invite)
        self.become("answered")
        if self._given_up:
            await self.hangup()
            return
        await self._take_answer(response)

    async def _take_answer(self, response: Response) -> None:
        answer = session_description(response) or (self.remote_sdp if self.state == "early" else None)
        try:
            self.connect_media(self.local_sdp or "", answer or "")
        except SdpError as error:
            await self.hangup()
            self.error = f"the answer's session description: {error}"

    async def give_up(self) -> None:
        """CANCEL (RFC 3261 section 9), as soon as the far end has given a sign of life."""
        self._given_up = True
        client = self._client
        if client is not None and client.provisional:
            self.agent.transactions.cancel(client)
        elif client is not None:
            client.abandon()
        over = await self.bell.until(lambda: self.state == "ended", _CANCEL_TIMEOUT_S)
        if not over:
            self.end("local", "the far end never answered our CANCEL")


def target_uri(to: str, domain: str) -> Uri:
    """A whole SIP URI, or a user part at `domain`. Raises `SipSyntaxError`."""
    return Uri.parse(to) if to.startswith(("sip:", "sips:", "tel:")) else Uri.of(to, domain)
