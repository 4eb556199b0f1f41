"""Whom the center does not know gets no answer, and does not hurt those whom it does."""

from __future__ import annotations

import pytest

from ccstack.calls.protocol import AccountConfig, PlaceCall

from .stage import Stage

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


def test_guessing_passwords_gets_nothing_and_an_options_flood_hurts_no_call(acme: Stage) -> None:
    call = acme.call_in("+12125550133")
    call.wait_heard(acme.tone("walt"), timeout=25)
    lost = call.report().media.lost
    try:
        address = acme.design.index["hosts"]["nyc-sbc"].address
        flood = acme.flood(str(address), seconds=4, per_second=400)
        assert flood.answers == 0, flood
        after = call.wait_packets(call.report().media.received + 50).media
        assert after.lost - lost == 0, after
        second = acme.call_in("+12125550136")
        second.wait_heard(acme.prompt("stores"), timeout=8)
        second.hangup()
    finally:
        call.hangup()


def test_a_phone_with_a_wrong_password_is_refused_and_soon_ignored(acme: Stage) -> None:
    """From inside, where REGISTER is answered at all."""
    guesses = acme.guess_passwords("ana", tries=30)
    assert 200 not in guesses.statuses
    assert guesses.statuses.count(None) >= 1, guesses  # after some failures there is no answer any more


def test_headers_of_ours_from_outside_are_stripped(acme: Stage) -> None:
    order = acme.people.order_in("+12125550137", "+16465550142")
    forged = {"X-CC-Call": "forged", "X-CC-Endpoint": "ana", "X-CC-Trunk": "rockies", "X-CC-Data": "order_number=1"}
    call = acme.people.carrier("atlantic").call(order.model_copy(update={"headers": forged}))
    call.wait_heard(acme.tone("ana"), timeout=15)
    seen = acme.people.phone("ana").wait_incoming("ana").report().invite_headers
    assert "forged" not in str(seen)
    assert "order_number" not in str(seen)
    call.hangup()
