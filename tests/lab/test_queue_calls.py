"""Callers, queues and agents, by real calls with real audio."""

from __future__ import annotations

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.protocol import AnswerPolicy

from .stage import Stage, until

pytestmark = pytest.mark.lab

SALES_ES, SUPPORT, ORDERS, TINY = "+12125550132", "+12125550133", "+12125550134", "+12125550138"
VIP = "+12125550170"


def test_a_caller_reaches_the_agent_with_the_right_skill_and_both_hear_each_other(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))  # level 10: nobody is better
    walt = acme.leg("walt")
    walt.wait_heard(acme.tone("caller"))
    walt.wait_packets(walt.report().media.received + 100)
    report = call.hangup()
    assert report.media.lost == 0
    assert report.media.received > 100
    assert walt.wait("ended").ended_by == "remote"


def test_a_spanish_caller_reaches_a_spanish_speaker_and_after_the_declared_wait_anyone(acme: Stage) -> None:
    wait = acme.design.memberships["sales-es"].relax_after
    assert wait is not None
    with acme.only_logged_in("elena", "dmitri"):  # she speaks Spanish, he does not
        first, second = acme.call_in(SALES_ES), None
        try:
            first.wait_heard(acme.tone("elena"))
            second = acme.call_in(SALES_ES, "+16465550143")
            acme.joined("sales-es")
            waited_from = second.report().setup_time or 0.0
            heard = second.wait_heard(acme.tone("dmitri"), timeout=wait + 60)
            answered = next(h.start for h in heard.media.heard if h.tone == acme.tone("dmitri"))
            assert answered - waited_from >= wait
        finally:
            first.hangup()
            if second:
                second.hangup()


def test_a_vip_overtakes_callers_who_came_before(acme: Stage) -> None:
    with acme.only_logged_in("walt"):
        busy = acme.call_in(SUPPORT, "+16465550140")
        busy.wait_heard(acme.tone("walt"))
        plain = acme.call_in(SUPPORT, "+16465550141")
        acme.joined("support", 1)
        vip = acme.call_in(SUPPORT, VIP)
        acme.joined("support", 2)
        busy.hangup()
        try:
            vip.wait_heard(acme.tone("walt"), timeout=90)
            assert acme.tone("walt") not in {h.tone for h in plain.report().media.heard}
        finally:
            plain.hangup()
            vip.hangup()


def test_paused_and_logged_out_agents_are_not_rung(acme: Stage) -> None:
    with acme.only_logged_in("maria", "nils", "walt"):
        acme.feature("walt", "pause", "1")
        acme.feature("maria", "logout")
        before = {a: len(acme.people.phone(a).calls(a)) for a in ("walt", "maria")}
        call = acme.call_in(SUPPORT)
        try:
            call.wait_heard(acme.tone("nils"))  # only level 7, but there
            assert {a: len(acme.people.phone(a).calls(a)) for a in ("walt", "maria")} == before
        finally:
            call.hangup()
            acme.feature("walt", "resume")
            acme.feature("maria", "login")


def test_agents_states_are_known_on_the_standby_too(acme: Stage) -> None:
    acme.feature("walt", "pause", "2")
    try:
        for pbx in ("den-pbx", "nyc-pbx"):
            until(f"{pbx} knows that walt pauses", lambda pbx=pbx: "paused:training" in _member(acme, pbx, "walt"))
    finally:
        acme.feature("walt", "resume")
    for pbx in ("den-pbx", "nyc-pbx"):
        until(f"{pbx} knows that walt is back", lambda pbx=pbx: "paused" not in _member(acme, pbx, "walt"))


def _member(stage: Stage, pbx: str, agent: str) -> str:
    lines = stage.asterisk(pbx, "queue show support").splitlines()
    return next((line for line in lines if agent in line), "paused: absent")


def test_who_does_not_answer_is_passed_over(acme: Stage) -> None:
    with acme.only_logged_in("walt", "maria"), acme.policies(walt=AnswerPolicy(action="ring")):
        call = acme.call_in(SUPPORT)
        try:
            call.wait_heard(acme.tone("maria"), timeout=120)
        finally:
            call.hangup()


def test_a_queue_without_agents_overflows(acme: Stage) -> None:
    with acme.only_logged_in("walt"):
        call = acme.call_in(ORDERS)
        try:
            # Nobody is logged in to orders: the order desk rings, which does not ask who is logged in.
            until("the order desk answers", lambda: _heard(call) & {acme.tone("iris"), acme.tone("jack")})
        finally:
            call.hangup()


def test_a_full_queue_overflows(acme: Stage) -> None:
    """The queue `tiny` of the stage takes one caller."""
    with acme.only_logged_in("nils"), acme.policies(nils=AnswerPolicy(action="ring")):
        first = acme.call_in(TINY)
        acme.joined("tiny")
        second = acme.call_in(TINY, "+16465550139")
        try:
            second.wait_heard(acme.prompt("call-back"))
        finally:
            first.hangup()
            second.hangup()


def test_a_caller_who_waited_too_long_overflows(acme: Stage) -> None:
    """Nobody answers, and the queue `tiny` lets nobody wait for longer than it says."""
    with acme.only_logged_in("nils"), acme.policies(nils=AnswerPolicy(action="ring")):
        call = acme.call_in(TINY)
        try:
            acme.joined("tiny")
            longest = acme.design.index["queues"]["tiny"].max_wait
            report = call.wait_heard(acme.prompt("call-back"), timeout=longest + 60)
            heard = next(h.start for h in report.media.heard if h.tone == acme.prompt("call-back"))
            assert heard >= longest
        finally:
            call.hangup()


def _heard(call: LiveCall) -> set[str]:
    return {h.tone for h in call.report().media.heard}
