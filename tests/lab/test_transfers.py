"""Hold and transfers, by real calls."""

from __future__ import annotations

import pytest

from .stage import Stage, until

pytestmark = pytest.mark.lab

SUPPORT = "+12125550133"


def test_a_caller_on_hold_hears_nothing_of_the_agent_and_is_back_after(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    walt.hold()
    until("the agent's tone stops", lambda: _silent(acme, call, "walt"))
    walt.resume()
    since = max(h.end for h in call.report().media.heard)
    call.wait_heard(acme.tone("walt"), since=since)
    call.hangup()


def test_a_blind_transfer_joins_the_caller_with_somebody_else(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    walt.transfer(acme.design.index["agents"]["sam"].extension)
    call.wait_heard(acme.tone("sam"))
    sam = acme.leg("sam")
    sam.wait_heard(acme.tone("caller"))
    assert walt.wait("ended").state == "ended"
    call.hangup()


def test_an_attended_transfer_joins_the_two_calls(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    walt.hold()
    asking = acme.dial("walt", acme.design.index["agents"]["sam"].extension)
    asking.wait_heard(acme.tone("sam"))
    walt.transfer_to(asking)
    call.wait_heard(acme.tone("sam"))
    call.hangup()


def test_a_transfer_to_outside_needs_the_rights_of_who_transfers(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    forbidden = acme.people.carrier("atlantic").calls("carrier")
    walt.transfer("9011819012345678")  # Japan: walt may call CA, MX and GB
    assert [c for c in acme.people.carrier("atlantic").calls("carrier")[len(forbidden) :] if c.direction == "in"] == []
    walt.hangup()
    call.hangup()


def _silent(stage: Stage, call, agent: str) -> bool:  # type: ignore[no-untyped-def]
    """The agent's tone has ended a second ago or more, by the caller's own clock."""
    report = call.report()
    ends = [h.end for h in report.media.heard if h.tone == stage.tone(agent)]
    return bool(ends) and report.media.last_at is not None and report.media.last_at - max(ends) > 1.0
