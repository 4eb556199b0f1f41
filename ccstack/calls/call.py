"""What every call has, whoever began it: a dialog, media, hold, transfer, an end, and a report of it all."""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, Any, Literal

from ccstack.calls.account import Account, Problems
from ccstack.calls.bell import Bell
from ccstack.calls.media import MediaError, MediaStream
from ccstack.calls.protocol import CallReport, MediaReport, Moment, Provisional, TransferReport
from ccstack.calls.sip.dialog import Dialog
from ccstack.calls.sip.message import Request, Response, response_to
from ccstack.calls.sip.multipart import body_parts, session_description
from ccstack.calls.sip.sdp import Direction, LocalMedia, SdpError, agree, parse_sdp
from ccstack.calls.sip.transaction import ClientTransaction, ServerTransaction
from ccstack.calls.sip.transport import Channel, TransportError
from ccstack.calls.sip.uri import Uri
from ccstack.calls.srtp import new_key

if TYPE_CHECKING:
    from ccstack.calls.ua import UserAgent

State = Literal["calling", "ringing", "early", "answered", "ended"]
Ender = Literal["local", "remote", "error"]
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization"})
_BYE_TIMEOUT_S = 4.0
_GLARE_TRIES = 4
_AFTER_TRANSFER_S = 0.5


class CallError(Exception):
    """What was asked of a call cannot be done, or the far end refused it; the text says why."""


class Call:
    """A call of a user agent, either way. Subclasses know how it begins and how it is given up before the answer."""

    direction: Literal["out", "in"]

    def __init__(self, agent: "UserAgent", account: Account, name: str, sound: str, record: str | None) -> None:
        self.agent = agent
        self.bell = Bell()
        self.account = account
        self.name = name
        self.state: State = "calling"
        self.transfer: TransferReport | None = None
        self.media: MediaStream | None = None
        self.dialog: Dialog | None = None
        self.invite: Request | None = None
        self.local: LocalMedia | None = None
        self.local_sdp: str | None = None
        self.remote_sdp: str | None = None
        self.server: str | None = None
        self.tried: list[str] = []
        self.started = time.time()
        self.sound = sound
        self.record = record
        self.held: Direction = "sendrecv"
        self.held_by_remote = False
        self.provisionals: list[Provisional] = []
        self.status: int | None = None
        self.reason = ""
        self.answered_at: float | None = None
        self.answer_headers: dict[str, tuple[str, ...]] = {}
        self._ended_at: float | None = None
        self._ended_by: Ender | None = None
        self.error: str | None = None
        self._end_headers: dict[str, tuple[str, ...]] = {}
        self._media_report = MediaReport()
        self._acks: dict[int, tuple[bytes, Channel]] = {}
        self.offers: dict[int, str] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._modifying = asyncio.Lock()

    # -- what has happened -------------------------------------------------------------------------------------------

    def since_start(self) -> float:
        """Seconds since the call began."""
        return round(time.time() - self.started, 4)

    def news(self) -> None:
        """Wake everyone who waits for something on this call."""
        self.bell.ring()

    def become(self, state: State) -> None:
        """Go on to another state; an ended call stays ended."""
        if self.state in ("ended", state):
            return
        self.state = state
        self.agent.bell.ring()
        self.agent.tell("call", call=self.name, account=self.account.name, state=state, status=self.status)
        self.news()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside; what goes wrong in it ends the call and is in its report."""
        task = asyncio.create_task(self._guarded(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (*Problems, SdpError, MediaError, CallError, OSError) as error:
            self.end("error", str(error) or type(error).__name__)

    def end(self, by: Ender, error: str | None = None, headers: dict[str, tuple[str, ...]] | None = None) -> None:
        """The call is over; media stop and are reported."""
        if self.state == "ended":
            return
        self._ended_at, self._ended_by, self.error = self.since_start(), by, error
        self._end_headers = headers or {}
        self._close_media()
        self.become("ended")
        self.agent.forget_later(self)

    def _close_media(self) -> None:
        if self.media is None:
            return
        try:
            self.media.close()
        except OSError as error:
            self.error = f"{self.error or ''} recording not written: {error}".strip()
        self._media_report = self.media.report()

    async def hangup(self) -> None:
        """End the call, whatever its state, and wait until that is done."""
        if self.state == "answered":
            await self._bye()
        elif self.state != "ended":
            await self.give_up()

    async def give_up(self) -> None:
        """End a call that is not answered yet."""
        raise NotImplementedError

    async def _bye(self) -> None:
        self.end("local")
        with suppress(*Problems):
            async with asyncio.timeout(_BYE_TIMEOUT_S):
                await self.request("BYE")

    def abort(self, why: str) -> None:
        """End at once without a word to the far end."""
        for task in list(self._tasks):
            task.cancel()
        self.end("error", why)

    # -- media -------------------------------------------------------------------------------------------------------

    def open_media(self, host: str) -> LocalMedia:
        """A socket and our side's description. Raises `MediaError` when there is no port."""
        if self.media is None or self.local is None or self.media.host != host:
            if self.media is not None:
                self.media.close()
            self.media = MediaStream(self.agent.clock, self.agent.ports.bind(host), self.started, self.news)
            self.media.timeout = self.account.config.media_timeout_s
            self.media.play(self.sound)
            self.media.ear.recording = Path(self.record.replace("{call}", self.name)) if self.record else None
            config = self.account.config
            self.local = LocalMedia(
                host, self.media.port, secrets.randbits(31), 0, config.codecs, config.dtmf_payload_type, key=new_key()
            )
        return self.local

    def next_local(self, direction: Direction) -> LocalMedia:
        """Our side's description with its version one up."""
        if self.local is None:
            raise CallError(f"{self.name}: there is no media yet")
        self.local = replace(self.local, version=self.local.version + 1, direction=direction)
        return self.local

    def connect_media(self, local_sdp: str, remote_sdp: str) -> None:
        """Take up an offer and its answer. Raises `SdpError`."""
        ours, theirs = parse_sdp(local_sdp), parse_sdp(remote_sdp)
        agreed = agree(ours, theirs)
        self.local_sdp, self.remote_sdp = local_sdp, remote_sdp
        self.held_by_remote = agreed.remote_direction in ("sendonly", "inactive")
        ours_direction = ours.audio.direction
        listening = "recv" in ours_direction and agreed.remote_direction in ("sendrecv", "sendonly")
        if self.local is not None:
            self.local = replace(self.local, secure=agreed.keys is not None)
        if self.media is not None:
            self.media.connect(agreed, "send" in ours_direction and agreed.may_send, listening)
        self.news()

    def live_media(self) -> MediaStream:
        """The stream of a call that is up. Raises `CallError`."""
        if self.media is None or self.state == "ended":
            raise CallError(f"{self.name} has no media: it is {self.state}")
        return self.media

    def play(self, sound: str) -> None:
        """Play something else. Raises `CallError` or `SoundError`."""
        self.live_media().play(sound)
        self.sound = sound

    async def send_digits(self, digits: str, duration_ms: int, gap_ms: int) -> None:
        """Send RFC 4733 digits and wait for the last. Raises `CallError` or `MediaError`."""
        if not re.fullmatch(r"[0-9*#A-D]+", digits):
            raise CallError(f"{digits!r} is not one or more of 0-9 * # A-D")
        await self.live_media().send_digits(digits, duration_ms, gap_ms)

    # -- requests in the dialog --------------------------------------------------------------------------------------

    def live_dialog(self) -> Dialog:
        """The dialog. Raises `CallError` before there is one."""
        if self.dialog is None:
            raise CallError(f"{self.name} has no dialog: it is {self.state}")
        return self.dialog

    async def request(self, method: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Response:
        """Send a request in the dialog (not ACK) and return its final response. Raises what `account.Problems` has."""
        dialog = self.live_dialog()
        channel = await self.agent.transport.open(dialog.next_hop())
        server = self.server or str(dialog.next_hop())
        return await self.agent.exchange(
            self.account, server, channel, lambda way: self._in_dialog(dialog, method, way, headers, body)
        )

    def _in_dialog(
        self, dialog: Dialog, method: str, channel: Channel, headers: tuple[tuple[str, str], ...], body: bytes
    ) -> Request:
        request = dialog.request(method, self.agent.via(channel))
        if method != "BYE":
            request.headers.add("Contact", self.agent.contact(channel, self.account.config.user))
        request.headers.add("User-Agent", self.agent.config.name)
        for name, value in headers:
            request.headers.add(name, value)
        request.body = body
        return request

    async def send_ack(self, invite: Request) -> None:
        """Acknowledge a 2xx to an INVITE of ours, and keep the ACK for when the 2xx comes again."""
        dialog = self.live_dialog()
        channel = await self.agent.transport.open(dialog.next_hop())
        ack = dialog.request("ACK", self.agent.via(channel), invite.cseq[0])
        for name, value in invite.headers:
            if name.lower() in _SECRET_HEADERS:
                ack.headers.add(name, value)
        data = bytes(ack)
        self._acks[invite.cseq[0]] = (data, channel)
        channel.send(data)

    def ack_again(self, response: Response) -> None:
        """The 2xx was sent again: our ACK was lost."""
        kept = self._acks.get(response.cseq[0])
        if kept is not None:
            with suppress(TransportError):
                kept[1].send(kept[0])

    # -- hold --------------------------------------------------------------------------------------------------------

    async def hold(self, direction: Direction) -> None:
        """Re-INVITE with `sendonly`, `inactive` or `sendrecv`. Raises `CallError` when it is refused."""
        if self.state != "answered":
            raise CallError(f"{self.name} cannot be held or resumed: it is {self.state}")
        async with self._modifying:
            response = await self._modify(direction)
        if response.status >= 300:
            raise CallError(f"{self.name}: the far end answered {response.status} {response.reason} to a re-INVITE")
        self.held = direction
        self.news()

    async def _modify(self, direction: Direction) -> Response:
        """One re-INVITE; when both sides sent one at once, again after the pause of RFC 3261 section 14.1."""
        for _ in range(_GLARE_TRIES):
            response = await self._reinvite(direction)
            if response.status != 491:
                break
            longest, shortest = (4.0, 2.1) if self.direction == "out" else (2.0, 0.0)
            await asyncio.sleep(SystemRandom().uniform(shortest, longest))
        return response

    async def _reinvite(self, direction: Direction) -> Response:
        offer = self.next_local(direction).offer()
        sent: list[Request] = []
        headers = (("Content-Type", "application/sdp"),)
        dialog = self.live_dialog()
        channel = await self.agent.transport.open(dialog.next_hop())
        server = self.server or str(dialog.next_hop())

        def build(way: Channel) -> Request:
            sent.append(self._in_dialog(dialog, "INVITE", way, headers, offer.encode()))
            return sent[-1]

        response = await self.agent.exchange(self.account, server, channel, build, self._on_reinvite_response)
        if response.status < 300:
            dialog.refresh_target(response.headers)
            await self.send_ack(sent[-1])
            self.connect_media(offer, session_description(response) or "")
        return response

    def _on_reinvite_response(self, _client: ClientTransaction, response: Response) -> None:
        if response.status >= 200:
            self.ack_again(response)

    # -- transfer ----------------------------------------------------------------------------------------------------

    async def refer(self, to: Uri, timeout: float) -> None:
        """Send REFER and follow its NOTIFYs (RFC 3515); the outcome is in `transfer`. Raises `CallError`."""
        if self.state != "answered":
            raise CallError(f"{self.name} cannot be transferred: it is {self.state}")
        self.transfer = TransferReport(to=str(to))
        headers = (("Refer-To", f"<{to}>"), ("Referred-By", f"<{self.live_dialog().local.uri}>"))
        response = await self.request("REFER", headers)
        self._transfer_is(accepted=response.status, done=response.status >= 300)
        await self.bell.until(self._transfer_over, timeout)
        if self.transfer.status is not None and self.transfer.status < 300:
            await self.bell.until(lambda: self.state == "ended", _AFTER_TRANSFER_S)
            await self.hangup()

    def _transfer_over(self) -> bool:
        return self.state == "ended" or (self.transfer is not None and self.transfer.done)

    def _transfer_is(self, **values: object) -> None:
        if self.transfer is not None:
            self.transfer = self.transfer.model_copy(update=values)
            self.news()

    def _on_notify(self, transaction: ServerTransaction) -> None:
        event = transaction.request.headers.get("Event") or ""
        if not event.lower().startswith("refer") or self.transfer is None:
            transaction.reply(481)
            return
        transaction.reply(200)
        match = re.match(rb"SIP/2\.0 (\d{3})", transaction.request.body)
        status = int(match[1]) if match else None
        state = transaction.request.headers.get("Subscription-State") or ""
        over = (status or 0) >= 200 or state.lower().startswith("terminated")
        self._transfer_is(status=status, done=over or self.transfer.done)

    # -- requests that come in ---------------------------------------------------------------------------------------

    def on_request(self, transaction: ServerTransaction) -> None:
        """A request in our dialog."""
        request, dialog = transaction.request, self.live_dialog()
        if request.cseq[0] < dialog.remote_cseq:
            transaction.reply(500, "CSeq out of order")
            return
        dialog.remote_cseq = request.cseq[0]
        handlers: dict[str, Callable[[ServerTransaction], None]] = {
            "BYE": self._on_bye, "INVITE": self._on_reinvite, "UPDATE": self._on_update, "INFO": self._on_info,
            "NOTIFY": self._on_notify, "OPTIONS": _ok,
        }  # fmt: skip
        handlers.get(request.method, _not_implemented)(transaction)

    def _on_bye(self, transaction: ServerTransaction) -> None:
        transaction.reply(200)
        self.end("remote", headers=transaction.request.headers.as_dict())

    def _on_reinvite(self, transaction: ServerTransaction) -> None:
        if self._modifying.locked():
            transaction.reply(491)
            return
        self._answer_offer(transaction)

    def _on_update(self, transaction: ServerTransaction) -> None:
        if transaction.request.body:
            self._answer_offer(transaction)
        else:
            self.respond(transaction, 200)

    def _answer_offer(self, transaction: ServerTransaction) -> None:
        """Answer an offer of the far end; a re-INVITE without one gets ours, and its ACK brings the answer."""
        request = transaction.request
        self.live_dialog().refresh_target(request.headers)
        offer = session_description(request)
        try:
            if offer is None:
                self.local_sdp = self.offers[request.cseq[0]] = self.next_local(self.held).offer()
            else:
                answer = self.next_local(self.held).answer(parse_sdp(offer))
                self.connect_media(answer, offer)
        except SdpError:
            transaction.reply(488)
            return
        self.respond(transaction, 200, self.local_sdp)

    def respond(self, transaction: ServerTransaction, status: int, sdp: str | None = None, reason: str = "") -> None:
        """Respond in the dialog with our Contact, and a session description if there is one."""
        tag = self.dialog.local.tag if self.dialog else None
        response = response_to(transaction.request, status, reason, tag)
        if status < 300:
            user = self.account.config.user
            response.headers.add("Contact", self.agent.contact(transaction.channel, user))
            response.headers.add("Allow", self.agent.allow)
        for name, value in self.response_headers():
            response.headers.add(name, value)
        if sdp is not None:
            response.headers.add("Content-Type", "application/sdp")
            response.body = sdp.encode()
        transaction.respond(response)

    def response_headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of one's own on responses."""
        return ()

    def _on_info(self, transaction: ServerTransaction) -> None:
        transaction.reply(200)
        text = transaction.request.body.decode("utf-8", "replace")
        digit = re.search(r"(?im)^signal\s*=\s*([0-9*#A-D])\s*$", text)
        duration = re.search(r"(?im)^duration\s*=\s*(\d+)", text)
        if digit and self.media is not None:
            self.media.ear.take_info(digit[1], int(duration[1]) if duration else 0)
            self.news()

    def on_ack(self, request: Request) -> None:
        """The ACK of a 2xx that we sent."""
        for known in self.unacknowledged():
            if known.request.cseq[0] == request.cseq[0]:
                known.acked()
        offer, answer = self.offers.pop(request.cseq[0], None), session_description(request)
        if offer is not None and answer is not None:
            with suppress(SdpError):
                self.connect_media(offer, answer)

    def unacknowledged(self) -> list[ServerTransaction]:
        """INVITEs of the far end in this dialog whose ACK may still come."""
        servers = self.agent.transactions.servers.values()
        return [s for s in servers if s.request.method == "INVITE" and s.request.call_id == self.call_id]

    # -- report ------------------------------------------------------------------------------------------------------

    def has_been(self, moment: Moment) -> bool:
        """Whether the call has reached `moment`; passed ones count."""
        reached: dict[Moment, bool] = {
            "ringing": self.state in ("ringing", "early", "answered") or any(p.status > 100 for p in self.provisionals),
            "early": self.state == "early" or any(p.sdp for p in self.provisionals),
            "answered": self.answered_at is not None,
            "ended": self.state == "ended",
            "held": self.held != "sendrecv" or self.held_by_remote,
            "media_timeout": self.media is not None and self.media.timed_out,
            "transferred": self.transfer is not None and self.transfer.done,
        }
        return reached[moment]

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self.invite.call_id if self.invite is not None else ""

    def has_heard(self, tone: str, since: float) -> bool:
        """Whether `tone` was heard at `since` seconds or later."""
        return self.media is not None and any(h.tone == tone and h.end >= since for h in self.media.ear.heard())

    def has_digits(self, digits: str) -> bool:
        """Whether the digits that came in contain `digits` in a row."""
        came = self.media.ear.digits() if self.media is not None else ()
        return digits in "".join(digit.digit for digit in came if digit.complete)

    def has_packets(self, count: int) -> bool:
        """Whether so many RTP packets have come in."""
        return self.media is not None and self.media.ear.stats.received >= count

    def report(self) -> CallReport:
        """All that is known now."""
        invite = self.invite
        live = self.media is not None and self.state != "ended"
        ringing = [p.at for p in self.provisionals if p.status > 100]
        return CallReport(
            call=self.name,
            account=self.account.name,
            direction=self.direction,
            state=self.state,
            call_id=self.call_id,
            request_uri=invite.uri if invite else "",
            from_uri=str(invite.from_.uri) if invite else "",
            to_uri=str(invite.to.uri) if invite else "",
            server=self.server,
            servers_tried=tuple(self.tried),
            started_epoch=self.started,
            answered=self.answered_at is not None,
            status=self.status,
            reason=self.reason,
            provisionals=tuple(self.provisionals),
            post_dial_delay=ringing[0] if ringing else self.answered_at,
            setup_time=self.answered_at,
            ended_at=self._ended_at,
            ended_by=self._ended_by,
            error=self.error,
            held=self.held != "sendrecv",
            held_by_remote=self.held_by_remote,
            transfer=self.transfer,
            invite_headers=_shown(invite),
            answer_headers=self.answer_headers,
            end_headers=self._end_headers,
            bodies=tuple(p for p in body_parts(invite) if p.content_type != "application/sdp") if invite else (),
            local_sdp=self.local_sdp,
            remote_sdp=self.remote_sdp,
            media=self.media.report() if live and self.media else self._media_report,
        )


def _ok(transaction: ServerTransaction) -> None:
    transaction.reply(200)


def _not_implemented(transaction: ServerTransaction) -> None:
    transaction.reply(501)


def _shown(message: Request | None) -> dict[str, tuple[str, ...]]:
    """Headers for a report: without credentials."""
    if message is None:
        return {}
    return {name: v for name, v in message.headers.as_dict().items() if name.lower() not in _SECRET_HEADERS}
