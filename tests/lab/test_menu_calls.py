"""Menus, by real calls: keys, wrong keys, silence, nested menus, languages, collected digits, direct dialing."""

from __future__ import annotations

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.tone import Tone
from ccstack.calls.tones import present
from ccstack.calls.wav import read_wav

from .stage import Stage, until

pytestmark = pytest.mark.lab

LANGUAGE, MAIN, STORES, MAILBOX = "+12125550130", "+12125550131", "+12125550136", "+12125550135"


def test_nested_menus_lead_where_the_keys_say(acme: Stage) -> None:
    call = acme.call_in(LANGUAGE)
    call.wait_heard(acme.prompt("language"))
    call.send_dtmf("1")
    call.wait_heard(acme.prompt("main-en"))
    call.send_dtmf("4")
    call.wait_heard(acme.prompt("stores"))
    call.send_dtmf("2")
    call.wait_heard(acme.prompt("store-address"))
    assert call.wait("ended").ended_by == "remote"  # the last announcement hangs up


def test_a_language_once_chosen_is_heard_from_there_on(acme: Stage) -> None:
    call = acme.call_in(LANGUAGE)
    call.wait_heard(acme.prompt("language"))
    call.send_dtmf("2")
    call.wait_heard(acme.prompt("main-es", language="es"))
    call.send_dtmf("4")
    call.wait_heard(acme.prompt("stores", language="es"))
    call.hangup()


def test_a_wrong_key_is_told_and_too_many_lead_out(acme: Stage) -> None:
    menu = acme.design.index["menus"]["stores"]
    call = acme.call_in(STORES)
    for _ in range(menu.max_invalid):
        call.wait_heard(acme.prompt("stores"), since=_last_heard(call))
        call.send_dtmf("7")
    call.wait_heard(acme.prompt("calls", "notice"))  # on_invalid: sales, which records
    call.hangup()


def test_silence_is_waited_for_as_long_as_declared_and_leads_out(acme: Stage) -> None:
    menu = acme.design.index["menus"]["stores"]
    call = acme.call_in(STORES)
    report = call.wait_heard(acme.prompt("calls", "notice"))
    starts = [h.start for h in report.media.heard if h.tone == acme.prompt("stores")]
    assert len(starts) == menu.max_timeouts
    gap = starts[1] - starts[0]  # the prompt lasts two seconds; a tone's start is known to a quarter of one
    assert menu.timeout - 0.25 <= gap - 2 <= menu.timeout + 2.5  # a busy host is late, but a menu's default is 5
    call.hangup()


def test_an_extension_may_be_dialed_in_the_main_menu(acme: Stage) -> None:
    call = acme.call_in(MAIN)
    call.wait_heard(acme.prompt("main-en"))
    call.send_dtmf(acme.design.index["agents"]["sam"].extension)
    call.wait_heard(acme.tone("sam"))
    call.hangup()


def test_collected_digits_reach_the_agents_phone(acme: Stage) -> None:
    call = acme.call_in(MAIN)
    call.wait_heard(acme.prompt("main-en"))
    call.send_dtmf("3")
    call.wait_heard(acme.prompt("orders-order-number-en"))
    call.send_dtmf("20261121")
    call.wait_heard(acme.tone("iris"))
    iris = acme.leg("iris")
    assert iris.report().invite_headers.get("X-CC-Data") == ("order_number=20261121",)
    call.hangup()


def test_a_mailbox_keeps_what_the_caller_said(acme: Stage) -> None:
    call = acme.call_in(MAILBOX)
    call.wait_heard(acme.prompt("after-hours", "greeting"))
    sent = call.report().media.sent
    until("four seconds are said", lambda: call.report().media.sent > sent + 200)
    call.hangup()
    samples = read_wav(acme.newest_message("after-hours"))
    assert present(samples.astype(float), Tone.parse(acme.tone("caller"))) > 1.5


def _last_heard(call: LiveCall) -> float:
    return max((h.end for h in call.report().media.heard), default=0.0)
