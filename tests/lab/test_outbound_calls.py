"""Agents call out: the right trunk, the right caller id, per-gateway digits, and not where rights forbid."""

from __future__ import annotations

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.protocol import AnswerPolicy

from .stage import Stage

pytestmark = pytest.mark.lab


def identity(call: LiveCall) -> str:
    """Who the carrier is told is calling."""
    headers = call.report().invite_headers
    return headers.get("P-Asserted-Identity", headers["From"])[0]


def test_a_call_takes_the_trunk_of_the_longest_prefix_with_its_digits_and_caller_id(acme: Stage) -> None:
    call = acme.dial("ben", "917205550142")  # Denver: `west` says rockies first
    call.wait_heard(acme.tone("carrier.rockies"))
    arrived = acme.carrier_leg("rockies")
    assert arrived.report().request_uri.startswith("sip:7701#+17205550142@") or "7701%23+17205550142" in (
        arrived.report().request_uri
    )
    assert "+13035550100" in identity(arrived)  # ben has no number of his own
    call.hangup()


def test_an_agent_with_a_number_shows_it(acme: Stage) -> None:
    call = acme.dial("ana", "912125550142")
    call.wait_heard(acme.tone("carrier.atlantic"))
    arrived = acme.carrier_leg("atlantic")
    assert arrived.report().request_uri.startswith("sip:12125550142@")
    assert "+12125550121" in identity(arrived)
    call.hangup()


def test_the_second_gateway_gets_digits_of_its_own(acme: Stage) -> None:
    """The first gateway says 503; prefix and strip of the second apply there, not the first's."""
    first = acme.people.carrier("atlantic")
    first.set_policy("carrier", AnswerPolicy(action="reject", code=503, provisional=0))
    try:
        call = acme.dial("ana", "912125550142")
        call.wait_heard(acme.tone("carrier.atlantic.2"))
        assert acme.carrier_leg("atlantic", 2).report().request_uri.startswith("sip:0012125550142@")
        call.hangup()
    finally:
        first.set_policy(
            "carrier", AnswerPolicy(action="answer", after_ms=300, sound=f"tone:{acme.tone('carrier.atlantic')}")
        )


def test_a_busy_called_party_is_busy_and_no_other_carrier_is_asked(acme: Stage) -> None:
    asked = len(acme.people.carrier("rockies").calls("carrier"))
    acme.people.carrier("atlantic").set_policy("carrier", AnswerPolicy(action="reject", code=486), number="12125550143")
    call = acme.dial("ana", "912125550143")
    report = call.wait("ended")
    assert (report.answered, report.status) == (False, 486)
    assert len(acme.people.carrier("rockies").calls("carrier")) == asked


@pytest.mark.parametrize(
    ("agent", "digits", "why"),
    [
        ("ben", "9011442079460123", "staff may not call abroad"),
        ("ana", "9011819012345678", "leads may call CA, MX and GB, not Japan"),
        ("ben", "919005550142", "premium numbers are denied"),
    ],
)
def test_rights_forbid(acme: Stage, agent: str, digits: str, why: str) -> None:
    counts = {t: len(acme.people.carrier(t).calls("carrier")) for t in ("atlantic", "rockies")}
    report = acme.dial(agent, digits).wait("ended")
    assert (report.answered, report.status) == (False, 403), why
    assert {t: len(acme.people.carrier(t).calls("carrier")) for t in counts} == counts


def test_rights_allow_what_they_name(acme: Stage) -> None:
    call = acme.dial("ana", "9011442079460123")
    call.wait_heard(acme.tone("carrier.atlantic"))
    call.hangup()


def test_an_unknown_number_of_ours_is_told_so(acme: Stage) -> None:
    call = acme.call_in("+12125559999")
    assert call.wait("ended").status == 404
