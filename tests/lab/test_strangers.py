"""Whom the center does not know gets no answer, and does not hurt those whom it does."""

from __future__ import annotations

import hashlib
import struct
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import SecretStr

from ccstack.calls.client import UserAgentProcess
from ccstack.calls.protocol import AccountConfig, PlaceCall
from ccstack.lab.from_center import STRANGER

from .stage import Stage, until

pytestmark = pytest.mark.lab


def test_an_invite_from_nowhere_gets_no_answer(acme: Stage) -> None:
    stranger = acme.people.stranger()
    for n, sbc in enumerate(acme.design.homes.sbcs):
        address = acme.design.index["hosts"][sbc].address
        stranger.add_account(AccountConfig(account=f"x{n}", user="x", domain=str(address), servers=(f"sip:{address}",)))
        report = stranger.call(PlaceCall(account=f"x{n}", to="+12125550100")).wait("ended", timeout=40)
        assert report.status is None, report
        assert report.provisionals == ()


def test_options_from_nowhere_get_no_answer(acme: Stage) -> None:
    for sbc in acme.design.homes.sbcs:
        address = acme.design.index["hosts"][sbc].address
        assert acme.people.stranger().options(f"sip:{address}").status is None
        assert acme.people.stranger().options(f"sip:{address};transport=tcp").status is None


def test_pbxs_are_closed_to_everybody_but_sbcs_and_pbxs(acme: Stage) -> None:
    for pbx in acme.design.homes.pbxs:
        address = acme.design.index["hosts"][pbx].address
        assert acme.people.phone("ben").options(f"sip:{address}:5080").status is None


def test_a_flood_and_guessing_get_nothing_and_hurt_no_call(acme: Stage) -> None:
    call = acme.call_in("+12125550133")
    call.wait_heard(acme.tone("walt"))
    before = call.report().media
    try:
        with ThreadPoolExecutor() as pool:
            flood = pool.submit(acme.raw, STRANGER, "OPTIONS", "nyc-sbc", 1600, 400)
            guess = pool.submit(acme.raw, STRANGER, "REGISTER", "nyc-sbc", 200, 50, "ana")
            second = acme.call_in("+12125550136")
            second.wait_heard(acme.prompt("stores"))
            second.hangup()
            assert flood.result() == []
            assert guess.result() == []
        after = call.wait_packets(before.received + 150).media
        assert after.lost == before.lost
    finally:
        call.hangup()


def test_a_site_that_guesses_passwords_is_refused_and_soon_not_heard(acme: Stage) -> None:
    """From inside, where REGISTER is answered at all; and from a second address, so that no phone suffers."""
    answers = acme.raw("phones.den", "REGISTER", "nyc-sbc", 40, 40, "ana", awaited=1)
    assert 200 not in answers
    assert 0 < len(answers) < 40, "the first guesses are challenged, later ones hear nothing"


def test_a_name_that_is_guessed_at_silences_no_other(acme: Stage) -> None:
    """A phone with a wrong password tries for ever; those beside it must still be asked for theirs."""
    assert acme.raw("phones.den", "REGISTER", "nyc-sbc", 40, 40, "walt", awaited=10) == [401] * 10
    assert acme.raw("phones.den", "REGISTER", "nyc-sbc", 3, 40, "sam", awaited=3) == [401] * 3


def test_a_remote_phone_with_a_wrong_password_silences_none_beside_it(acme: Stage) -> None:
    homes = acme.people.phone("elena")
    there = next(r for r in homes.registrations("elena") if r.registered)
    lost = [f"lost{n}" for n in range(12)]
    for name in lost:
        password = SecretStr("wrong")
        homes.add_account(
            AccountConfig(
                account=name,
                user=name,
                domain="acme.example",
                password=password,
                servers=(there.server,),
                registers=True,
            )
        )
    try:
        until("all were refused", lambda: all(_refused(homes, name) for name in lost))
        acme.feature("elena", "resume")
    finally:
        for name in lost:
            homes.remove_account(name)


def _refused(homes: UserAgentProcess, name: str) -> bool:
    return all(r.error for r in homes.registrations(name))


def test_a_cancel_of_no_call_is_answered(acme: Stage) -> None:
    assert acme.raw("phones.nyc", "CANCEL", "nyc-sbc", 3, 20, awaited=3) == [481] * 3


def test_an_expired_nonce_is_no_guess(acme: Stage) -> None:
    """Many phones behind one address come back with an old nonce, and each must be asked anew to be heard."""
    answers = acme.raw("phones.nyc", "REGISTER", "nyc-sbc", 40, 40, "ana", _expired_nonce(acme), awaited=40)
    assert answers == [401] * 40


def _expired_nonce(stage: Stage) -> str:
    """As Kamailio makes them (modules/auth/nonce.c): when it expires, when it was made, and an MD5 with its key."""
    key = stage.ready.vault.value("internal.sbc-nonce").reveal()
    times = struct.pack(">II", int(time.time()) - 60, int(time.time()) - 360)
    return b64encode(times + hashlib.md5(times + key.encode(), usedforsecurity=False).digest()).decode()


def test_headers_of_ours_from_outside_are_stripped(acme: Stage) -> None:
    order = acme.people.order_in("+12125550137", "+16465550142")
    forged = {"X-CC-Call": "forged", "X-CC-Endpoint": "ana", "X-CC-Trunk": "rockies", "X-CC-Data": "order_number=1"}
    call = acme.people.carrier("atlantic").call(order.model_copy(update={"headers": forged}))
    call.wait_heard(acme.tone("ana"))
    seen = acme.leg("ana").report().invite_headers
    assert "forged" not in str(seen)
    assert "order_number" not in str(seen)
    call.hangup()
