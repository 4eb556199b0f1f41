"""Signalling against a peer whose every word the test writes: what RFC 3261 wants when things go wrong."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from ccstack.calls.protocol import PlaceCall
from ccstack.calls.sip.message import Request
from ccstack.calls.sip.uri import Address, Uri

from .support import FAST, Peer, account, agent, answering, fresh_host, peer, sdp


def run(test: Callable[[], Awaitable[Any]]) -> None:
    """Run a test's coroutine with a deadline."""

    async def limited() -> None:
        async with asyncio.timeout(120):
            await test()

    asyncio.run(limited())


def dialling(to: str, **values: object) -> PlaceCall:
    return PlaceCall.model_validate({"account": "al", "to": to, **values})


def test_invite_is_repeated_until_someone_answers() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}", failover_ms=2000))
            call = us.place(dialling("bob"))
            first, second = await far.request("INVITE"), await far.request("INVITE")
            assert bytes(first) == bytes(second)
            far.send(far.reply(first, 180), us.config.bind)
            assert await call.bell.until(lambda: call.state == "ringing", 60)
            while not far.inbox.empty():
                far.inbox.get_nowait()  # sent before the 180 was there
            await far.silence(4 * FAST.t1)

    run(test)


def test_lost_ack_is_sent_again_for_every_repeated_200() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}"))
            call = us.place(dialling("bob"))
            ok = far.reply(await far.request("INVITE"), 200, body=sdp(far.host))
            far.send(ok, us.config.bind)
            first = await far.request("ACK")
            far.send(ok, us.config.bind)
            assert bytes(await far.request("ACK")) == bytes(first)
            assert call.state == "answered"

    run(test)


def test_failure_is_acknowledged_in_its_own_transaction_and_reported() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}"))
            call = us.place(dialling("bob"))
            invite = await far.request("INVITE")
            far.send(far.reply(invite, 486, X_Why="busy"), us.config.bind)
            ack = await far.request("ACK")
            assert (ack.via.branch, ack.uri, ack.to.tag) == (invite.via.branch, invite.uri, "peer")
            await call.bell.until(lambda: call.state == "ended", 60)
            report = call.report()
            assert (report.status, report.ended_by, report.answered) == (486, "remote", False)
            assert report.answer_headers["X-Why"] == ("busy",)

    run(test)


def test_dead_server_is_left_for_the_next_and_its_late_words_do_no_harm() -> None:
    async def test() -> None:
        async with agent() as us, peer() as dead, peer() as live:
            us.add_account(account("al", f"sip:{dead.host}", f"sip:{live.host}"))
            call = us.place(dialling("bob"))
            lost = await dead.request("INVITE")
            invite = await live.request("INVITE")
            assert lost.call_id != invite.call_id
            live.send(live.reply(invite, 200, body=sdp(live.host)), us.config.bind)
            await live.request("ACK")
            dead.send(dead.reply(lost, 180), us.config.bind)
            await dead.request("CANCEL")
            dead.send(dead.reply(lost, 200, body=sdp(dead.host)), us.config.bind)
            await dead.request("ACK")
            bye = await dead.request("BYE")
            assert (bye.call_id, bye.to.tag) == (lost.call_id, "peer")
            report = call.report()
            assert report.state == "answered"
            assert report.servers_tried == (f"sip:{dead.host}", f"sip:{live.host}")
            assert report.setup_time is not None
            assert report.setup_time >= 1.0

    run(test)


def test_refused_connection_goes_on_to_the_next_at_once() -> None:
    async def test() -> None:
        async with agent() as us, peer() as live:
            servers = (f"sip:{fresh_host()};transport=tcp", f"sip:{live.host}")
            us.add_account(account("al", *servers, failover_ms=60_000))
            call = us.place(dialling("bob"))
            await live.request("INVITE", timeout=50)
            assert len(call.tried) == 2

    run(test)


def test_second_branch_of_a_fork_is_turned_away() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}"))
            call = us.place(dialling("bob"))
            invite = await far.request("INVITE")
            far.send(far.reply(invite, 200, tag="one", body=sdp(far.host)), us.config.bind)
            await far.request("ACK")
            far.send(far.reply(invite, 200, tag="two", body=sdp(far.host)), us.config.bind)
            bye = await far.request("BYE")
            assert bye.to.tag == "two"
            assert call.state == "answered"

    run(test)


@pytest.mark.parametrize("strict", [False, True])
def test_routes_are_followed_in_order(strict: bool) -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}"))
            call = us.place(dialling("bob"))
            invite = await far.request("INVITE")
            loose = "" if strict else ";lr"
            routes = f"<sip:10.255.0.9;lr>, <sip:{far.host}{loose}>"
            far.send(far.reply(invite, 200, body=sdp(far.host), Record_Route=routes), us.config.bind)
            ack = await far.request("ACK")
            target = f"sip:peer@{far.host}:5060"
            seen = (ack.uri, ack.headers.all("Route"))
            if strict:
                assert seen == (f"sip:{far.host}", ["<sip:10.255.0.9;lr>", f"<{target}>"])
            else:
                assert seen == (target, [f"<sip:{far.host};lr>", "<sip:10.255.0.9;lr>"])
            hanging = asyncio.create_task(call.hangup())
            bye = await far.request("BYE")
            assert bye.headers.all("Route") == ack.headers.all("Route")
            assert bye.cseq[0] == invite.cseq[0] + 1
            far.send(far.reply(bye, 200), us.config.bind)
            await hanging

    run(test)


async def _answered(us: Any, far: Peer, user: str = "al") -> tuple[Request, Any]:
    invite = far.invite(user, us.config.bind)
    far.send(invite, us.config.bind)
    return invite, await far.response(200)


def test_200_is_repeated_until_the_ack_and_one_invite_is_one_call() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite, first = await _answered(us, far)
            far.send(invite, us.config.bind)
            assert bytes(await far.response(200)) == bytes(first)
            assert bytes(await far.response(200)) == bytes(first)
            far.send(far.within(invite, first, "ACK", 1), us.config.bind)
            await asyncio.sleep(FAST.t1)
            while not far.inbox.empty():
                far.inbox.get_nowait()
            await far.silence(2 * FAST.t2)
            assert len(us.calls) == 1

    run(test)


def test_without_an_ack_the_call_is_ended() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            await _answered(us, far)
            bye = await far.request("BYE")
            far.send(far.reply(bye, 200), us.config.bind)

    run(test)


def test_cancel_ends_ringing_with_487() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy={"action": "ring"}))
            invite = far.invite("al", us.config.bind)
            far.send(invite, us.config.bind)
            await far.response(180)
            cancel = far.invite("al", us.config.bind)
            cancel.method, cancel.body = "CANCEL", b""
            for name in ("Via", "From", "Call-ID"):
                cancel.headers.set(name, invite.headers.get(name) or "")
            cancel.headers.set("CSeq", "1 CANCEL")
            far.send(cancel, us.config.bind)
            await far.response(200)
            await far.response(487)
            assert next(iter(us.calls.values())).report().status == 487

    run(test)


def test_ignored_call_hears_nothing_at_all() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy={"action": "ignore"}))
            invite = far.invite("al", us.config.bind)
            far.send(invite, us.config.bind)
            far.send(invite, us.config.bind)
            await far.silence(0.3)
            assert len(us.calls) == 1

    run(test)


def test_options_may_be_left_without_an_answer() -> None:
    async def test() -> None:
        async with agent() as us, agent() as other:
            assert (await other.options(f"sip:{us.config.bind}", 1.0)).status == 200
            us.answer_options = False
            assert (await other.options(f"sip:{us.config.bind}", 0.3)).status is None

    run(test)


@pytest.mark.parametrize(
    ("extra", "body", "status"),
    [
        ((("Require", "100rel"),), None, 420),
        ((), b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP 18\r\n", 488),
        ((), b"rubbish", 488),
    ],
)
def test_calls_that_cannot_be_taken_are_refused(
    extra: tuple[tuple[str, str], ...], body: bytes | None, status: int
) -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            far.send(far.invite("al", us.config.bind, *extra, body=body), us.config.bind)
            await far.response(status)

    run(test)


def test_stranger_user_and_stray_requests() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            far.send(far.invite("nobody", us.config.bind), us.config.bind)
            refused = await far.response(404)
            ack = far.invite("nobody", us.config.bind, body=b"")
            ack.method = "ACK"
            for name in ("Via", "From", "Call-ID"):
                ack.headers.set(name, refused.headers.get(name) or "")
            ack.headers.set("CSeq", "1 ACK")
            far.send(ack, us.config.bind)
            stray = far.invite("al", us.config.bind)
            stray.method = "BYE"
            stray.headers.set("CSeq", "2 BYE")
            stray.headers.set("To", str(Address.parse(stray.headers.get("To") or "").with_tag("gone")))
            far.send(stray, us.config.bind)
            await far.response(481)
            far.send(b"\r\n\r\n", us.config.bind)
            far.send(b"GET / HTTP/1.1\r\n\r\n", us.config.bind)
            await far.silence(0.2)

    run(test)


def test_call_without_an_offer_gets_ours_and_answers_in_the_ack() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering("tone:723+1543")))
            invite = far.invite("al", us.config.bind, body=b"")
            far.send(invite, us.config.bind)
            ok = await far.response(200)
            assert b"m=audio" in ok.body
            far.send(far.within(invite, ok, "ACK", 1, body=sdp(far.host)), us.config.bind)
            call = next(iter(us.calls.values()))
            await call.bell.until(lambda: call.report().media.codec == "PCMU", 60)
            assert call.report().media.remote == f"{far.host}:40000"

    run(test)


def test_far_end_may_hold_and_move_its_media() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite, ok = await _answered(us, far)
            far.send(far.within(invite, ok, "ACK", 1), us.config.bind)
            offer = sdp(far.host, 41000, lines="a=rtpmap:101 telephone-event/8000\r\na=sendonly")
            far.send(far.within(invite, ok, "INVITE", 2, body=offer), us.config.bind)
            again = await far.response(200)
            while again.cseq != (2, "INVITE"):
                again = await far.response(200)
            assert b"a=recvonly" in again.body
            far.send(far.within(invite, ok, "ACK", 2), us.config.bind)
            report = next(iter(us.calls.values())).report()
            assert report.held_by_remote
            assert report.media.remote == f"{far.host}:41000"

    run(test)


def test_reinvites_that_cross_are_tried_again() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite, ok = await _answered(us, far)
            far.send(far.within(invite, ok, "ACK", 1), us.config.bind)
            call = next(iter(us.calls.values()))
            holding = asyncio.create_task(call.hold("sendonly"))
            first = await far.request("INVITE")
            far.send(far.within(invite, ok, "INVITE", 2, body=sdp(far.host)), us.config.bind)
            await far.response(491)
            far.send(far.reply(first, 491), us.config.bind)
            second = await far.request("INVITE")
            while second.cseq == first.cseq:
                second = await far.request("INVITE")
            assert b"a=sendonly" in second.body
            far.send(far.reply(second, 200, tag=None, body=sdp(far.host)), us.config.bind)
            await holding
            assert call.report().held

    run(test)


def test_message_is_kept_and_answered() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al"))
            kind = ("Content-Type", "text/plain")
            message = far.invite("al", us.config.bind, kind, body=b"Emergency call from desk 4")
            message.method = "MESSAGE"
            message.headers.set("CSeq", "1 MESSAGE")
            far.send(message, us.config.bind)
            await far.response(200)
            assert [(m.account, m.text) for m in us.messages] == [("al", "Emergency call from desk 4")]

    run(test)


def test_digit_by_info_counts() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite, ok = await _answered(us, far)
            far.send(far.within(invite, ok, "ACK", 1), us.config.bind)
            info = far.within(invite, ok, "INFO", 2, body=b"Signal=5\r\nDuration=160\r\n")
            info.headers.set("Content-Type", "application/dtmf-relay")
            far.send(info, us.config.bind)
            call = next(iter(us.calls.values()))
            assert await call.bell.until(lambda: call.has_digits("5"), 60)
            assert call.report().media.digits[0].by == "info"

    run(test)


def test_response_goes_to_the_sent_by_port_without_rport() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite = far.invite("al", us.config.bind)
            invite.headers.set("Via", f"SIP/2.0/UDP {far.host}:5060;branch=z9hG4bKother")
            loop = asyncio.get_running_loop()
            sender, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(far.host, 0))
            sender.sendto(bytes(invite), (us.config.bind, 5060))
            await far.response(200)
            sender.close()

    run(test)


def test_what_travels_beside_the_offer_is_reported() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            kind = ("Content-Type", "multipart/mixed;boundary=b1")
            parts = b"--b1\r\nContent-Type: application/sdp\r\n\r\n" + sdp(far.host)
            parts += b"\r\n--b1\r\nContent-Type: application/pidf+xml\r\nContent-ID: <l@x>\r\n\r\n"
            parts += b"<floor>3</floor>\r\n--b1--\r\n"
            location = ("Geolocation", "<cid:l@x>")
            far.send(far.invite("al", us.config.bind, kind, location, body=parts), us.config.bind)
            await far.response(200)
            report = next(iter(us.calls.values())).report()
            assert [(p.content_type, p.content_id, p.text.strip()) for p in report.bodies] == [
                ("application/pidf+xml", "<l@x>", "<floor>3</floor>")
            ]
            assert report.invite_headers["Geolocation"] == ("<cid:l@x>",)

    run(test)


def test_a_phone_that_rang_is_not_rung_again_by_another_server() -> None:
    async def test() -> None:
        async with agent() as us, agent() as far, peer() as second:
            far.add_account(account("bob", policy={"action": "ring"}, catch_all=True))
            us.add_account(account("al", f"sip:{far.config.bind};transport=tcp", f"sip:{second.host}"))
            call = us.place(dialling("bob"))
            await call.bell.until(lambda: call.state == "ringing", 60)
            far.transport.close()
            assert await call.bell.until(lambda: call.state == "ended", 60)
            assert "closed" in (call.report().error or "")
            await second.silence(0.2)

    run(test)


def test_challenge_without_a_password_is_reported_with_its_status() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}"))
            call = us.place(dialling("bob"))
            challenge = far.reply(await far.request("INVITE"), 407)
            challenge.headers.add("Proxy-Authenticate", 'Digest realm="x", nonce="n"')
            far.send(challenge, us.config.bind)
            await call.bell.until(lambda: call.state == "ended", 60)
            assert call.report().status == 407
            assert "has none" in (call.report().error or "")

    run(test)


def test_transfer_is_asked_for_and_followed() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", policy=answering()))
            invite, ok = await _answered(us, far)
            far.send(far.within(invite, ok, "ACK", 1), us.config.bind)
            call = next(iter(us.calls.values()))
            moving = asyncio.create_task(call.refer(Uri.parse("sip:bob@cc.test"), 3))
            refer = await far.request("REFER")
            assert refer.headers.get("Refer-To") == "<sip:bob@cc.test>"
            far.send(far.reply(refer, 202, tag=None), us.config.bind)
            for cseq, frag, state in ((2, b"100 Trying", "active"), (3, b"503 No", "terminated")):
                notify = far.within(invite, ok, "NOTIFY", cseq, body=b"SIP/2.0 " + frag)
                notify.headers.set("Content-Type", "message/sipfrag")
                notify.headers.add("Event", "refer")
                notify.headers.add("Subscription-State", state)
                far.send(notify, us.config.bind)
            await moving
            transfer = call.report().transfer
            assert transfer is not None
            assert (transfer.accepted, transfer.status, transfer.done) == (202, 503, True)
            assert call.state == "answered"

    run(test)


def test_check_sync_is_told_and_other_notifies_are_refused() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            told: list[tuple[str, dict[str, Any]]] = []
            us.tell = lambda event, **values: told.append((event, values))
            us.add_account(account("al"))
            for event, status in (("check-sync;reboot=true", 200), ("dialog", 489)):
                request = far.invite("al", us.config.bind, ("Event", event), body=b"")
                request.headers.set("CSeq", "1 NOTIFY")
                far.send(Request(request.headers, b"", "NOTIFY", request.uri), us.config.bind)
                await far.response(status)
            assert told == [("check-sync", {"account": "al", "reboot": True})]

    run(test)


def test_a_phone_that_wants_srtp_takes_and_makes_no_other_calls() -> None:
    async def test() -> None:
        async with agent() as us, peer() as far:
            us.add_account(account("al", f"sip:{far.host}", srtp=True))
            far.send(far.invite("al", us.config.bind), us.config.bind)
            await far.response(488)
            us.place(dialling("bob"))
            offered = (await far.request("INVITE")).body.decode()
            assert "RTP/SAVP" in offered
            assert "a=crypto:1 " in offered

    run(test)
