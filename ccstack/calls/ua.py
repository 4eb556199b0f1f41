"""The user agent: accounts, calls and messages over one set of sockets."""

import asyncio
import itertools
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ccstack.calls.account import Account
from ccstack.calls.bell import Bell
from ccstack.calls.call import Call
from ccstack.calls.incoming import IncomingCall
from ccstack.calls.media import MediaClock, PortPool
from ccstack.calls.outgoing import OutgoingCall
from ccstack.calls.protocol import AccountConfig, AgentConfig, Message, OptionsReport, PlaceCall
from ccstack.calls.registrar import Registrar
from ccstack.calls.sip.auth import AuthError
from ccstack.calls.sip.dialog import Dialog
from ccstack.calls.sip.message import Headers, Request, Response, response_to
from ccstack.calls.sip.transaction import (
    OnResponse,
    ServerTransaction,
    Timers,
    TransactionLayer,
    TransactionTimeoutError,
    new_branch,
    new_tag,
)
from ccstack.calls.sip.transport import (
    Channel,
    Hop,
    NewSocket,
    TransportError,
    TransportLayer,
    plain_socket,
)
from ccstack.calls.sip.uri import SipSyntaxError, Uri

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, MESSAGE"
_MAX_CHALLENGES = 2
_CLOSE_DEADLINE_S = 2.0


@dataclass(frozen=True, slots=True)
class Sockets:
    """Where a user agent's sockets come from; by default this process's own network, unmarked."""

    signalling: NewSocket = plain_socket
    media: NewSocket = plain_socket


class UserAgent:
    """One process's SIP side. `tell` gets events; `bell` rings when anything but a call's media changes."""

    def __init__(
        self,
        config: AgentConfig,
        tell: Callable[..., None],
        timers: Timers | None = None,
        sockets: Sockets | None = None,
    ) -> None:
        sockets = sockets or Sockets()
        self.config = config
        self.bell = Bell()
        self.tell = tell
        self.clock = MediaClock()
        self.ports = PortPool(config.rtp_first, config.rtp_last, sockets.media)
        self.transactions = TransactionLayer(timers or Timers())
        self.transport = TransportLayer(self.transactions.receive, self._stream_lost, sockets.signalling)
        self.accounts: dict[str, Account] = {}
        self.calls: dict[str, Call] = {}
        self.dialogs: dict[tuple[str, str, str], Call] = {}
        self.messages: list[Message] = []
        self.answer_options = config.answer_options
        self.allow = ALLOW
        self.registrar: Registrar | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        self.transactions.on_request = self._on_request
        self.transactions.on_ack = self._on_ack
        self.transactions.on_cancel = self._on_cancel

    async def start(self) -> None:
        """Listen. Raises `TransportError`."""
        await self.transport.listen(self.config.bind, self.config.port, self.config.tls)

    async def close(self) -> None:
        """Hang up, unregister, and close all sockets; takes at most a few seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_DEADLINE_S):
                await self.hangup_all()
        await asyncio.gather(*(account.stop(_CLOSE_DEADLINE_S) for account in self.accounts.values()))
        for call in self.calls.values():
            call.abort("the user agent was closed")
        self.transport.close()

    def drop(self) -> None:
        """End at once, as a phone that loses power: nobody is told."""
        for account in self.accounts.values():
            account.halt()
        for call in self.calls.values():
            call.abort("the phone lost power")
        self.transport.close()

    def add_account(self, config: AccountConfig) -> None:
        """Add an account. Raises `ValueError` when its name is taken."""
        if config.account in self.accounts:
            raise ValueError(f"account {config.account!r} exists already")
        account = Account(self, config)
        self.accounts[config.account] = account
        account.start()

    async def remove_account(self, name: str) -> None:
        """Unregister and forget an account. Raises `KeyError`."""
        await self.accounts.pop(name).stop(_CLOSE_DEADLINE_S)

    async def hangup_all(self) -> None:
        """End every call and wait for that."""
        live = [call.hangup() for call in self.calls.values() if call.state != "ended"]
        await asyncio.gather(*live, return_exceptions=True)

    def forget_ended(self) -> None:
        """Drop ended calls and messages."""
        self.calls = {name: call for name, call in self.calls.items() if call.state != "ended"}
        self.messages.clear()

    def place(self, order: PlaceCall) -> Call:
        """Start an outgoing call. Raises `KeyError` for an unknown account, `SipSyntaxError` for a bad address."""
        call = OutgoingCall(self, self.accounts[order.account], self._next_name(), order)
        self.calls[call.name] = call
        call.start()
        return call

    def _next_name(self) -> str:
        return f"c{next(self._numbers)}"

    def via(self, channel: Channel) -> str:
        """A Via value for a new request."""
        host, port = channel.local[0], self.transport.contact_port(channel)
        return f"SIP/2.0/{channel.transport.upper()} {host}:{port};rport;branch={new_branch()}"

    def contact(self, channel: Channel, user: str) -> str:
        """A Contact value by which the peer of `channel` reaches us."""
        port = self.transport.contact_port(channel)
        params = () if channel.transport == "udp" else (("transport", channel.transport),)
        return f"<{Uri.of(user, channel.local[0], port, params)}>"

    async def exchange(
        self,
        account: Account,
        server: str,
        channel: Channel,
        build: Callable[[Channel], Request],
        on_response: OnResponse | None = None,
    ) -> Response:
        """Send a request, answer challenges, return the final response. ACK for a 2xx is left to the caller.

        Raises `TransportError`, `TransactionTimeoutError`, `AuthError`.
        """
        for challenges in itertools.count(1):
            request = build(channel)
            self.authorise(account, server, request)
            response = await self.transactions.send(request, channel, on_response).final
            if response.status not in (401, 407):
                return response
            self.challenged(account, server, response, challenges)
        raise AssertionError("unreachable")

    def authorise(self, account: Account, server: str, request: Request) -> None:
        """Add the credentials that `server` has asked for earlier."""
        for name, value in account.digest.credentials(server, request.method, request.uri):
            request.headers.add(name, value)

    def challenged(self, account: Account, server: str, response: Response, challenges: int) -> None:
        """Take in a challenge. Raises `AuthError` when this is one too many for the same request."""
        if account.config.password is None:
            raise AuthError(f"{server} asks for credentials, and account {account.name} has none")
        stale = account.digest.challenged(response, server)
        if challenges >= _MAX_CHALLENGES + stale:
            raise AuthError(f"{server} refused the credentials of {account.name} ({response.status})")

    async def options(self, uri: str, timeout: float) -> OptionsReport:
        """Ask a peer whether it lives."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(timeout):
                channel = await self.transport.open(Hop.of(Uri.parse(uri)))
                response = await self.transactions.send(self._options_request(uri, channel), channel).final
        except (TransportError, TransactionTimeoutError, SipSyntaxError, TimeoutError) as error:
            return OptionsReport(uri=uri, status=None, round_trip_ms=None, error=str(error) or "no answer")
        taken = round((time.monotonic() - started) * 1000, 1)
        return OptionsReport(uri=uri, status=response.status, round_trip_ms=taken)

    def _options_request(self, uri: str, channel: Channel) -> Request:
        ours = f"<sip:options@{channel.local[0]}>"
        headers = Headers([
            ("Via", self.via(channel)), ("Max-Forwards", "70"), ("From", f"{ours};tag={new_tag()}"),
            ("To", f"<{uri}>"), ("Call-ID", secrets.token_hex(16)), ("CSeq", "1 OPTIONS"),
            ("User-Agent", self.config.name),
        ])  # fmt: skip
        return Request(headers, b"", "OPTIONS", uri)

    def _stream_lost(self, channel: Channel) -> None:
        self.transactions.stream_lost(channel)
        for account in self.accounts.values():
            account.stream_lost(channel)

    def _on_request(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        call = self._call_of(request)
        if call is not None:
            call.on_request(transaction)
        elif request.to.tag is not None:
            transaction.reply(481)
        else:
            self._on_new_request(transaction)

    def _on_new_request(self, transaction: ServerTransaction) -> None:
        handlers: dict[str, Callable[[ServerTransaction], None]] = {
            "INVITE": self._on_invite,
            "REGISTER": self._on_register,
            "OPTIONS": self._on_options,
            "MESSAGE": self._on_message,
            "NOTIFY": self._on_notify,
        }
        handler = handlers.get(transaction.request.method)
        if handler is None:
            response = response_to(transaction.request, 405, tag=new_tag())
            response.headers.add("Allow", ALLOW)
            transaction.respond(response)
        else:
            handler(transaction)

    def _call_of(self, request: Request) -> Call | None:
        return self.dialogs.get((request.call_id, request.to.tag or "", request.from_.tag or ""))

    def _on_ack(self, request: Request) -> None:
        call = self._call_of(request)
        if call is not None:
            call.on_ack(request)

    def _on_cancel(self, transaction: ServerTransaction) -> None:
        for call in self.calls.values():
            if isinstance(call, IncomingCall) and call.transaction is transaction:
                call.on_cancel()

    def _account_for(self, request: Request) -> Account | None:
        user = Uri.parse(request.uri).plain_user
        by_user = {account.config.user: account for account in self.accounts.values()}
        catch_all = next((account for account in self.accounts.values() if account.config.catch_all), None)
        return by_user.get(user) or catch_all

    def _on_invite(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        account = self._account_for(request)
        challenge = self._call_challenge(request)
        required = request.headers.items_of("Require")
        if challenge is not None:
            transaction.respond(challenge)
        elif account is None:
            transaction.reply(404, tag=new_tag())
        elif required:
            response = response_to(request, 420, tag=new_tag())
            response.headers.add("Unsupported", ", ".join(required))
            transaction.respond(response)
        else:
            call = IncomingCall(self, account, self._next_name(), transaction)
            self.calls[call.name] = call
            call.start()

    def _call_challenge(self, request: Request) -> Response | None:
        if self.registrar is None or not self.registrar.config.challenge_calls:
            return None
        user = request.from_.uri.plain_user
        return self.registrar.challenge(request, user, 407) if user in self.registrar.config.users else None

    def _on_register(self, transaction: ServerTransaction) -> None:
        if self.registrar is None:
            transaction.reply(405, tag=new_tag())
            return
        try:
            transaction.respond(self.registrar.register(transaction.request))
        except SipSyntaxError:
            transaction.reply(400, tag=new_tag())
        self.bell.ring()

    def _on_options(self, transaction: ServerTransaction) -> None:
        if not self.answer_options:
            return
        response = response_to(transaction.request, 200, tag=new_tag())
        response.headers.add("Allow", ALLOW)
        response.headers.add("Accept", "application/sdp")
        transaction.respond(response)

    def _on_message(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        account = self._account_for(request)
        if account is None:
            transaction.reply(404, tag=new_tag())
            return
        transaction.reply(200, tag=new_tag())
        self.messages.append(_message(account.name, request))
        self.tell("message", account=account.name, text=self.messages[-1].text)
        self.bell.ring()

    def _on_notify(self, transaction: ServerTransaction) -> None:
        """`Event: check-sync` asks a phone to fetch its configuration again; nothing else was subscribed to."""
        request = transaction.request
        account = self._account_for(request)
        event, *parameters = [part.strip() for part in (request.headers.get("Event") or "").split(";")]
        if account is None or event != "check-sync":
            transaction.reply(404 if account is None else 489, tag=new_tag())
            return
        transaction.reply(200, tag=new_tag())
        self.tell("check-sync", account=account.name, reboot="reboot=true" in parameters)

    def remember(self, dialog: Dialog, call: Call) -> None:
        """Requests of this dialog belong to this call."""
        self.dialogs[dialog.key] = call

    def forget_later(self, call: Call) -> None:
        """No request belongs to this call any more, once what was sent last can no longer be repeated."""
        asyncio.get_running_loop().call_later(self.transactions.timers.timeout, self._forget, call)

    def _forget(self, call: Call) -> None:
        self.dialogs = {key: owner for key, owner in self.dialogs.items() if owner is not call}

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that outlives a call."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _message(account: str, request: Request) -> Message:
    return Message(
        account=account,
        from_uri=str(request.from_.uri),
        to_uri=str(request.to.uri),
        content_type=request.headers.get("Content-Type") or "",
        text=request.body.decode("utf-8", "replace"),
        headers=request.headers.as_dict(),
        at_epoch=time.time(),
    )
