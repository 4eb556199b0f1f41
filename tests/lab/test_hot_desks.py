"""Lines of places: a lobby's phone, and a desk where agents log in with their PIN."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .stage import Stage, on_stage, until

pytestmark = pytest.mark.lab

OUTSIDE = "913125550190"


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The center of desks.py on stage."""
    with on_stage(Path(__file__).with_name("desks.py"), tmp_path_factory.mktemp("desks")) as stage:
        yield stage


@pytest.fixture(autouse=True)
def _hung_up(desks: Stage) -> Iterator[None]:
    yield
    desks.people.hang_up()


def log_in(stage: Stage, agent: str, pin: str | None = None) -> bool:
    """Log the agent in at the desk `window`; whether the desk says welcome."""
    extension = stage.design.index["agents"][agent].extension
    call = stage.dial("window", stage.design.center.features.desk_login + extension)
    call.wait("answered")
    call.wait_packets(25)  # the PIN is asked for
    call.send_dtmf((pin or stage.ready.vault.value(f"agents.{agent}.pin").reveal()) + "#")
    ended_by = call.wait("ended", timeout=90).ended_by
    if pin is None:
        until(f"{agent} is at the desk, as every PBX knows", lambda: at_desk(stage, agent))
    return ended_by == "remote" and at_desk(stage, agent)


def at_desk(stage: Stage, agent: str) -> bool:
    """Whether every PBX believes that the agent is at the desk, and the desk theirs."""
    return believed_at_desk(stage, agent) == stage.design.homes.pbxs and all(
        stage.asterisk(pbx, "database get desk window").strip().endswith(agent) for pbx in stage.design.homes.pbxs
    )


def believed_at_desk(stage: Stage, agent: str) -> tuple[str, ...]:
    """The PBXs that believe that the agent is at the desk."""
    says = {pbx: stage.asterisk(pbx, f"database get agent {agent}").strip() for pbx in stage.design.homes.pbxs}
    return tuple(pbx for pbx, said in says.items() if said.endswith(":window"))


def test_a_lobbys_phone_calls_and_is_called(desks: Stage) -> None:
    call = desks.dial("lobby", "11")
    call.wait_heard(desks.tone("ada"))
    call.hangup()
    call = desks.dial("ada", "21")
    call.wait_heard(desks.tone("lobby"))
    call.hangup()


def test_an_intercom_call_says_that_the_phone_shall_answer_by_itself(desks: Stage) -> None:
    call = desks.dial("lobby", desks.design.center.features.intercom + "12")
    call.wait_heard(desks.tone("bob"))
    came = desks.leg("bob").report().invite_headers
    assert came["Alert-Info"] == ("<http://intercom.invalid>;info=alert-autoanswer",)
    assert came["Call-Info"] == ("<sip:intercom.invalid>;answer-after=0",)
    call.hangup()


def test_a_desk_has_no_rights_until_an_agent_logs_in(desks: Stage) -> None:
    assert not desks.dial("window", OUTSIDE).wait("ended").answered
    assert log_in(desks, "ada")
    call = desks.dial("window", OUTSIDE)
    call.wait_heard(desks.tone("carrier.carrier"))
    call.hangup()


def test_an_agents_calls_come_to_the_desk_from_both_pbxs(desks: Stage) -> None:
    assert log_in(desks, "ada")
    for caller in ("bob", "lobby"):
        call = desks.dial(caller, "11")
        call.wait_heard(desks.tone("window"))
        call.hangup()
    call = desks.people.call_in("carrier", "+13125550100", "+16465550142")
    call.wait_heard(desks.tone("window"))
    call.hangup()


def test_who_comes_later_has_the_desk_and_who_leaves_is_called_at_the_own_phone(desks: Stage) -> None:
    assert log_in(desks, "ada")
    assert log_in(desks, "bob")
    call = desks.dial("lobby", "11")
    call.wait_heard(desks.tone("ada"))
    call.hangup()
    call = desks.dial("window", desks.design.center.features.desk_logout)
    call.wait("ended")
    until("bob has left, as every PBX knows", lambda: not believed_at_desk(desks, "bob"))
    call = desks.dial("lobby", "12")
    call.wait_heard(desks.tone("bob"))
    call.hangup()


def test_a_wrong_pin_opens_nothing(desks: Stage) -> None:
    desks.dial("window", desks.design.center.features.desk_logout).wait("ended")
    assert not log_in(desks, "ada", "000001")
    assert not desks.dial("window", OUTSIDE).wait("ended").answered


def test_pins_are_on_no_command_line_and_in_no_plan(desks: Stage) -> None:
    pin = desks.ready.vault.value("agents.ada.pin").reveal()
    assert pin not in desks.ccstack("plan", str(desks.blueprint), "--json").stdout
    assert pin in desks.on("main-pbx", "cat", "/etc/asterisk/voicemail.conf")
    assert desks.on("main-pbx", "stat", "-L", "-c", "%a", "/etc/asterisk/voicemail.conf").strip() == "640"
