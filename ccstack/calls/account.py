"""An account at work: its credentials, and its registrations at every server, kept alive side by side."""

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ccstack.calls.protocol import AccountConfig, AnswerPolicy, Registration
from ccstack.calls.sip.auth import AuthError, DigestClient
from ccstack.calls.sip.message import Headers, Request, Response
from ccstack.calls.sip.transaction import TransactionTimeoutError, new_tag
from ccstack.calls.sip.transport import Channel, Hop, TransportError
from ccstack.calls.sip.uri import Address, SipSyntaxError, Uri, addresses, param

if TYPE_CHECKING:
    from ccstack.calls.ua import UserAgent

_ANSWER_TIMEOUT_S = 4.0
_SUSPECT_S = 10.0
Problems = (AuthError, TransactionTimeoutError, TransportError, SipSyntaxError, TimeoutError)


@dataclass
class ServerState:
    """One server of an account: whether it has our registration, and whether calls had better avoid it."""

    uri: str
    call_id: str = field(default_factory=lambda: secrets.token_hex(16))
    tag: str = field(default_factory=new_tag)
    cseq: int = 0
    registered: bool = False
    status: int | None = None
    error: str | None = None
    good_until: float = 0.0
    suspect_until: float = 0.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    channel: Channel | None = None


class Account:
    """A configured account within a user agent."""

    def __init__(self, agent: "UserAgent", config: AccountConfig) -> None:
        self.config = config
        self.policies: dict[str, AnswerPolicy] = dict(config.policies)
        self.policy = config.policy
        self._agent = agent
        password = "" if config.password is None else config.password.get_secret_value()
        self.digest = DigestClient(config.auth_user or config.user, password)
        self.servers = {uri: ServerState(uri) for uri in config.servers}
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def name(self) -> str:
        """Its name in this process."""
        return self.config.account

    @property
    def address(self) -> Address:
        """Its address of record."""
        return Address(Uri.of(self.config.user, self.config.domain), self.config.display)

    def start(self) -> None:
        """Begin to register, where the account asks for that."""
        if self.config.registers:
            self._tasks = [asyncio.create_task(self._keep(state)) for state in self.servers.values()]

    def halt(self) -> None:
        """Stop without a word."""
        for task in self._tasks:
            task.cancel()

    async def stop(self, deadline_s: float) -> None:
        """Unregister everywhere and stop."""
        self.halt()
        registered = [state for state in self.servers.values() if state.registered]
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await asyncio.gather(*(self._register(state, 0) for state in registered), return_exceptions=True)

    def policy_for(self, number: str) -> AnswerPolicy:
        """The policy for a called user: its own, else that of the longest prefix (`+1415*`), else the account's."""
        if number in self.policies:
            return self.policies[number]
        prefixes = [key for key in self.policies if key.endswith("*") and number.startswith(key[:-1])]
        return self.policies[max(prefixes, key=len)] if prefixes else self.policy

    def candidates(self) -> list[str]:
        """Servers for a call: in the account's order, those that are not known to live last."""
        now = time.monotonic()
        return sorted(self.servers, key=lambda uri: not self._looks_alive(self.servers[uri], now))

    def _looks_alive(self, state: ServerState, now: float) -> bool:
        if state.suspect_until > now:
            return False
        return state.registered or not self.config.registers

    def suspect(self, server: str) -> None:
        """A call got no answer from this server: prefer others for a while, and look at it again now."""
        state = self.servers.get(server)
        if state is not None:
            state.suspect_until = time.monotonic() + _SUSPECT_S
            state.wake.set()

    def stream_lost(self, channel: Channel) -> None:
        """A connection has gone; what was registered over it cannot be reached any more: register again."""
        for state in self.servers.values():
            if state.channel is channel:
                state.channel = None
                state.wake.set()

    def is_registered(self, at_least: int | None) -> bool:
        """Whether it is registered at so many servers, or at all of its own."""
        count = sum(state.registered for state in self.servers.values())
        return count >= (len(self.servers) if at_least is None else at_least)

    def registrations(self) -> list[Registration]:
        """The state at every server."""
        return [self._report(state) for state in self.servers.values()]

    def _report(self, state: ServerState) -> Registration:
        left = max(0.0, state.good_until - time.monotonic()) if state.registered else None
        return Registration(
            account=self.name, server=state.uri, registered=state.registered, status=state.status,
            error=state.error, expires_in=left,
        )  # fmt: skip

    async def _keep(self, state: ServerState) -> None:
        while True:
            granted = await self._register(state, self.config.expires_s)
            # Half of the time granted: a lost refresh can be tried again before the binding goes.
            pause = granted / 2 if granted else self.config.retry_s
            state.wake.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(state.wake.wait(), pause)

    async def _register(self, state: ServerState, expires: int) -> int:
        """One REGISTER, challenges answered; the seconds granted, 0 when it failed."""
        try:
            async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                state.channel = await self._agent.transport.open(Hop.of(Uri.parse(state.uri)))
                response = await self._agent.exchange(
                    self, state.uri, state.channel, lambda channel: self._request(state, channel, expires)
                )
        except Problems as error:
            self._note(state, None, str(error) or "no answer", 0)
            return 0
        contact = self._agent.contact(state.channel, self.config.user)
        granted = _granted(response, contact, expires) if response.status < 300 else 0
        refusal = None if response.status < 300 else f"{response.status} {response.reason}"
        self._note(state, response.status, refusal, granted)
        return granted

    def _note(self, state: ServerState, status: int | None, error: str | None, granted: int) -> None:
        before = state.registered
        state.registered, state.status, state.error = granted > 0, status, error
        if granted:
            state.suspect_until = 0.0
            state.good_until = time.monotonic() + granted
        if before != state.registered or error:
            self._agent.tell("registration", account=self.name, server=state.uri, registered=state.registered,
                             error=error)  # fmt: skip
        self._agent.bell.ring()

    def _request(self, state: ServerState, channel: Channel, expires: int) -> Request:
        state.cseq += 1
        headers = Headers([
            ("Via", self._agent.via(channel)), ("Max-Forwards", "70"), ("From", str(self.address.with_tag(state.tag))),
            ("To", str(self.address)), ("Call-ID", state.call_id), ("CSeq", f"{state.cseq} REGISTER"),
            ("Contact", self._agent.contact(channel, self.config.user)), ("Expires", str(expires)),
            ("User-Agent", self._agent.config.name),
        ])  # fmt: skip
        return Request(headers, b"", "REGISTER", f"sip:{self.config.domain}")


def _granted(response: Response, request_contact: str, asked: int) -> int:
    """The seconds that a registrar granted our binding: its `expires`, else the Expires header, else what was asked."""
    if not asked:
        return 0
    ours = Address.parse(request_contact).uri
    contacts = addresses(response.headers.all("Contact"))
    same = [c for c in contacts if (c.uri.host, c.uri.port, c.uri.user) == (ours.host, ours.port, ours.user)]
    texts = [param(contact.params, "expires") for contact in same] + [response.headers.get("Expires")]
    return next((int(text) for text in texts if text and text.isdigit()), asked)
