"""Emergency calls: from every site, past every failure, with location, call-back and notification."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.names import carrier_place
from ccstack.calls.protocol import AnswerPolicy

from .stage import Stage, until
from .test_lamps import told, watching

pytestmark = pytest.mark.lab

FROM = {
    "nyc": ("ben", "atlantic", "+12125550111", "Example Street"),
    "den": ("sam", "rockies", "+13035550111", "Sample"),
}


@pytest.mark.parametrize("site", FROM)
@pytest.mark.parametrize("digits", ["911", "9911"])
def test_from_each_site_to_its_own_trunk_with_location_and_callback(acme: Stage, site: str, digits: str) -> None:
    agent, trunk, callback, street = FROM[site]
    with emergency(acme, agent, digits, trunk) as arrived:
        report = arrived.report()
        assert "911@" in report.request_uri
        assert callback in str(report.invite_headers.get("P-Asserted-Identity") or report.from_uri)
        pidf = [b.text for b in report.bodies if b.content_type == "application/pidf+xml"]
        assert len(pidf) == 1
        assert street in pidf[0]
        assert report.invite_headers.get("Geolocation")


def test_named_people_are_told_at_once(acme: Stage) -> None:
    before = {a: len(acme.people.phone(a).messages(a)) for a in ("ana", "walt")}
    with emergency(acme, "ben", "911", "atlantic"):
        for agent, count in before.items():
            message = acme.people.phone(agent).wait_message(agent, count + 1)[-1]
            for word in ("911", "ben", "floor-4"):
                assert word in message.text, message.text


def test_people_are_told_by_a_worker_of_the_sbc_that_told_a_lamp_before(acme: Stage) -> None:
    """Workers keep what they sent last: an alarm with a lamp's dialog in it would reach nobody."""
    jack = acme.design.index["agents"]["jack"].extension
    for _ in range(12):  # so that each of the four workers has told some
        with watching(acme, "ben", jack, "nyc-sbc") as said:
            told(said, "407", "200", "terminated")
    walt = acme.people.phone("walt")
    for _ in range(8):
        before = len(walt.messages("walt"))
        with emergency(acme, "ben", "911", "atlantic"):
            assert "911" in walt.wait_message("walt", before + 1)[-1].text


def test_a_call_back_reaches_who_called_without_the_menu(acme: Stage) -> None:
    with emergency(acme, "ben", "911", "atlantic"):
        pass
    call = acme.call_in("+12125550111", "+12125550999")
    call.wait_heard(acme.tone("ben"))
    call.hangup()


@pytest.mark.parametrize("site", FROM)
def test_a_carriers_test_number_takes_the_way_of_an_emergency_call_and_alarms_nobody(acme: Stage, site: str) -> None:
    agent, trunk, callback, street = FROM[site]
    told = len(acme.people.phone("walt").messages("walt"))
    with emergency(acme, agent, "933", trunk) as arrived:
        report = arrived.report()
        assert report.request_uri.startswith("sip:933@")
        assert callback in str(report.invite_headers.get("P-Asserted-Identity"))
        assert any(street in b.text for b in report.bodies if b.content_type == "application/pidf+xml")
    with emergency(acme, agent, "911", trunk):  # told of this one, and of no other before it
        assert "911" in acme.people.phone("walt").wait_message("walt", told + 1)[told].text


def test_with_every_pbx_down(acme: Stage) -> None:
    pbxs = acme.design.homes.pbxs
    try:
        for pbx in pbxs:
            acme.on(pbx, "systemctl", "kill", "--signal=KILL", "asterisk")
            acme.on(pbx, "systemctl", "stop", "asterisk")
        for agent, trunk, *_ in FROM.values():
            with emergency(acme, agent, "911", trunk):
                pass
    finally:
        for pbx in pbxs:
            acme.on(pbx, "systemctl", "start", "asterisk")
        acme.settled()


def test_with_the_wan_cut(acme: Stage) -> None:
    with acme.wan_cut("den"):
        for agent, trunk, *_ in FROM.values():
            with emergency(acme, agent, "911", trunk):
                pass


def test_by_another_trunk_when_the_sites_own_is_dead(acme: Stage) -> None:
    own = acme.people.carrier("rockies")
    own.set_policy("carrier", AnswerPolicy(action="ignore"))
    try:
        with emergency(acme, "sam", "911", "atlantic"):
            pass
    finally:
        own.set_policy(
            "carrier", AnswerPolicy(action="answer", after_ms=300, sound=f"tone:{acme.tone('carrier.rockies')}")
        )


@contextmanager
def emergency(stage: Stage, agent: str, digits: str, trunk: str) -> Iterator[LiveCall]:
    """An emergency call that arrives at `trunk` and has audio both ways; the call as the carrier sees it.

    Either gateway will do: one that takes its time is passed over.
    """
    call = stage.dial(agent, digits)
    try:
        gateways = range(1, 1 + len(stage.design.index["trunks"][trunk].gateways))
        by_tone = {stage.tone(carrier_place(trunk, n)): n for n in gateways}
        heard = until(
            "the dispatcher is heard",
            lambda: [by_tone[h.tone] for h in call.report().media.heard if h.tone in by_tone],
        )
        arrived = stage.carrier_leg(trunk, heard[0])
        arrived.wait_heard(stage.tone(agent))
        yield arrived
    finally:
        call.hangup()
