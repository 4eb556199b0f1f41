"""A call that comes in, and the policy that says what becomes of it."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from ccstack.calls.account import Account
from ccstack.calls.call import Call, CallError
from ccstack.calls.protocol import Provisional
from ccstack.calls.sip.dialog import Dialog
from ccstack.calls.sip.multipart import session_description
from ccstack.calls.sip.sdp import SECURE, SdpError, parse_sdp
from ccstack.calls.sip.transaction import ServerTransaction, new_tag
from ccstack.calls.sip.uri import Uri
from ccstack.calls.sounds import check

if TYPE_CHECKING:
    from ccstack.calls.ua import UserAgent


class IncomingCall(Call):
    """A call that an INVITE brought."""

    direction: Literal["out", "in"] = "in"

    def __init__(self, agent: "UserAgent", account: Account, name: str, transaction: ServerTransaction) -> None:
        self.number = Uri.parse(transaction.request.uri).plain_user
        self.policy = account.policy_for(self.number)
        super().__init__(agent, account, name, self.policy.sound, self.policy.record)
        self.transaction = transaction
        self.invite = transaction.request
        self.claimed = False
        self._offer = session_description(transaction.request)
        self.remote_sdp = self._offer

    def start(self) -> None:
        """Do what the policy says. Raises `SipSyntaxError` for an INVITE without a usable Contact or From."""
        if self.policy.action == "ignore":
            self.transaction.muted = True
            self.agent.bell.ring()
            return
        request = self.transaction.request
        self.dialog = Dialog.as_callee(request, new_tag())
        self.agent.remember(self.dialog, self)
        self.transaction.unacknowledged = self._no_ack
        if self.policy.provisional:
            self.transaction.reply(100)
        self.spawn(self._follow_policy())
        self.agent.tell("call", call=self.name, account=self.account.name, state="calling", number=self.number)
        self.agent.bell.ring()

    async def _follow_policy(self) -> None:
        policy = self.policy
        if not self._speakable():
            self._refuse(488, "")
            return
        if policy.action != "reject":
            self._ring()
        await asyncio.sleep(policy.after_ms / 1000)
        if self.state in ("answered", "ended"):
            return
        if policy.action == "reject":
            self._refuse(policy.code, policy.reason)
        elif policy.action == "answer":
            self.answer(policy.sound)

    def _speakable(self) -> bool:
        """Whether the offer has audio that we speak; our description is made on the way."""
        try:
            self._describe()
        except SdpError as problem:
            self.error = str(problem)
            return False
        return True

    def _describe(self) -> None:
        local, wanted = self.open_media(self.transaction.channel.local[0]), self.account.config.srtp
        if self._offer is None:
            self.local_sdp = replace(local, secure=bool(wanted)).offer()
            return
        offer = parse_sdp(self._offer)
        if wanted is not None and wanted != (offer.audio.protocol == SECURE):
            raise SdpError(f"{offer.audio.protocol} was offered, and srtp={wanted} is wanted")
        self.local_sdp = local.answer(offer)

    def _ring(self) -> None:
        policy = self.policy
        if policy.early is not None and self._offer is not None and self.local_sdp is not None:
            self.live_media().play(policy.early)
            self.connect_media(self.local_sdp, self._offer)
            self._provisional(183, self.local_sdp)
        elif policy.provisional:
            self._provisional(policy.provisional, None)

    def _provisional(self, status: int, sdp: str | None) -> None:
        self.respond(self.transaction, status, sdp)
        self.provisionals.append(Provisional(status=status, at=self.since_start(), sdp=sdp is not None))
        self.become("ringing" if sdp is None else "early")

    def answer(self, sound: str) -> None:
        """Answer with 200. Raises `CallError` when there is nothing to answer, `SoundError`."""
        check(sound)
        if self.state in ("answered", "ended") or self.dialog is None or self.local_sdp is None:
            raise CallError(f"{self.name} cannot be answered: it is {self.state}")
        self.live_media().play(sound)
        self.sound = sound
        if self._offer is None:
            self.offers[self.transaction.request.cseq[0]] = self.local_sdp
        else:
            self.connect_media(self.local_sdp, self._offer)
        self.status, self.reason, self.answered_at = 200, "OK", self.since_start()
        self.respond(self.transaction, 200, self.local_sdp)
        self.become("answered")
        if self.policy.hangup_after_ms is not None:
            self.spawn(self._hang_up_after(self.policy.hangup_after_ms / 1000))

    async def _hang_up_after(self, seconds: float) -> None:
        if not await self.bell.until(lambda: self.state == "ended", seconds):
            await self.hangup()

    def reject(self, code: int, reason: str) -> None:
        """Refuse a call that rings. Raises `CallError` when it does not."""
        if self.state in ("answered", "ended"):
            raise CallError(f"{self.name} cannot be refused: it is {self.state}")
        self._refuse(code, reason)

    def _refuse(self, code: int, reason: str) -> None:
        self.respond(self.transaction, code, reason=reason)
        self.status, self.reason = code, reason
        self.end("local", self.error)

    def _no_ack(self) -> None:
        """64*T1 without an ACK: the caller is gone (RFC 3261 section 13.3.1.4)."""
        if self.state == "answered":
            self.spawn(self.hangup())

    def on_cancel(self) -> None:
        """The caller gave up."""
        if self.state not in ("answered", "ended"):
            self.respond(self.transaction, 487)
            self.status, self.reason = 487, "Request Terminated"
            self.end("remote")

    async def give_up(self) -> None:
        """Refuse it."""
        self._refuse(480, "")

    def response_headers(self) -> tuple[tuple[str, str], ...]:
        """What the policy adds to every response."""
        return tuple(self.policy.headers.items())
