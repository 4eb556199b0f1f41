"""What rules keep from happening, shown with the rules off: a center that breaks them, deployed and called."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.protocol import AnswerPolicy
from ccstack.calls.tone import Tone
from ccstack.calls.tones import present
from ccstack.calls.wav import read_wav
from ccstack.cli.common import ready
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.rules import check

from . import unruly
from .stage import MASTER_KEY, Stage, entered, until
from .test_recordings import recordings

pytestmark = pytest.mark.lab

BLUEPRINT = Path(unruly.__file__)
RULES_OFF = (
    "import ccstack.rules.sound; ccstack.rules.sound.check = lambda design: (); from ccstack.cli import main; main()"
)
SHOWN = {"CC201", "CC202", "CC311", "CC409", "CC410", "CC415", "CC512", "CC521", "CC705", "CC803", "CC804", "CC805"}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The center of `unruly.py`, deployed although every rule speaks against it."""
    folder = tmp_path_factory.mktemp("unruly")
    environment = {"CCSTACK_MASTER_KEY": MASTER_KEY, "XDG_STATE_HOME": str(folder / "state")}
    with pytest.MonkeyPatch.context() as patch, contextlib.ExitStack() as stack:
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr("ccstack.rules.sound.check", lambda design: ())
        plan = ready(BLUEPRINT)
        lab = Lab(plan.design.center.name)
        topology = topology_of(plan.design.center, ())
        stack.enter_context(lab.raised(topology, blueprint_folder=BLUEPRINT.parent))
        deploy(lab, environment)
        yield stack.enter_context(entered(BLUEPRINT, plan, lab, folder, environment))


def deploy(lab: Lab, environment: dict[str, str]) -> None:
    words = [
        sys.executable,
        "-m",
        "ccstack.cli",
        "lab",
        "exec",
        "--lab",
        lab.name,
        "--",
        sys.executable,
        "-c",
        RULES_OFF,
    ]
    ran = subprocess.run(
        [*words, "deploy", str(BLUEPRINT), "--yes"],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def call_in(stage: Stage, number: str) -> LiveCall:
    return stage.call_in(number, trunk="carrier")


def tones_heard(call: LiveCall) -> list[str]:
    return [h.tone for h in call.report().media.heard]


def test_all_of_these_rules_are_broken(stage: Stage) -> None:
    assert {f.rule for f in check(stage.design)} >= SHOWN


def test_duplicate_extension_the_second_agent_never_rings(stage: Stage) -> None:
    """CC201: ana and bob both have 101."""
    call = stage.dial("carl", "101")
    call.wait_heard(stage.tone("ana"))
    call.hangup()
    assert stage.people.phone("bob").calls("bob") == ()


def test_extension_is_emergency_the_agent_cannot_be_dialed(stage: Stage) -> None:
    """CC202: whoever dials eve's 911 calls the emergency service."""
    call = stage.dial("carl", "911")
    call.wait_heard(stage.tone("carrier.carrier"))
    call.hangup()
    assert stage.people.phone("eve").calls("eve") == ()


def test_media_ports_below_peak_the_fifth_call_has_no_audio(stage: Stage) -> None:
    """CC311: eight ports are four streams."""
    calls = [call_in(stage, unruly.SPIN) for _ in range(4)]
    try:
        for call in calls:
            call.wait_heard(stage.prompt("spin"))
        fifth = call_in(stage, unruly.SPIN)
        calls.append(fifth)
        report = fifth.wait("ended")
        assert not report.answered
        assert report.media.received == 0
    finally:
        for call in calls:
            call.hangup()
    until("all streams are free again", lambda: "0 active channels" in stage.asterisk("un-pbx", "core show channels"))


def test_failover_hides_answer_a_busy_party_is_called_again(stage: Stage) -> None:
    """CC409: the first gateway says that the called party is busy, and the second one is asked for the same party."""
    first = stage.people.carrier("carrier")
    first.set_policy("carrier", AnswerPolicy(action="reject", code=486, provisional=0))
    try:
        call = stage.dial("carl", "82125550142")
        call.wait_heard(stage.tone("carrier.carrier.2"))
        call.hangup()
    finally:
        usual = AnswerPolicy(action="answer", after_ms=300, sound=f"tone:{stage.tone('carrier.carrier')}")
        first.set_policy("carrier", usual)


def test_strip_eats_number_two_parties_become_one(stage: Stage) -> None:
    """CC410: New York and Los Angeles arrive at the carrier as the same digits."""
    asked = []
    for digits in ("82125550142", "83105550142"):
        call = stage.dial("carl", digits)
        call.wait_heard(stage.tone("carrier.carrier"))
        asked.append(stage.people.carrier("carrier").calls("carrier")[-1].request_uri.partition("@")[0])
        call.hangup()
    assert asked == ["sip:5550142", "sip:5550142"]


def test_allowed_but_not_routed_the_call_fails(stage: Stage) -> None:
    """CC415: carl may call Britain, and no route goes there."""
    before = len(stage.people.carrier("carrier").calls("carrier"))
    call = stage.dial("carl", "8011442079460000")
    report = call.wait("ended")
    assert not report.answered
    assert len(stage.people.carrier("carrier").calls("carrier")) == before


def test_prompt_lacks_language_the_caller_hears_another_one(stage: Stage) -> None:
    """CC512: the announcement was only written in English, and it is English that a Spanish caller hears."""
    call = call_in(stage, unruly.SPANISH)
    call.wait("ended")
    assert set(tones_heard(call)) == {stage.prompt("english-only", language="en")}


def test_recording_without_notice_everything_is_kept_and_nothing_said(stage: Stage) -> None:
    """CC521: the first thing that the caller hears is the agent, and the file has the caller's voice."""
    before = recordings(stage)
    call = call_in(stage, unruly.SECRET)
    call.wait_heard(stage.tone("carl"))
    call.wait_packets(call.report().media.received + 150)
    assert set(tones_heard(call)) == {stage.tone("carl")}
    call.hangup()
    found = until("a recording", lambda: sorted(recordings(stage) - before))
    pbx, _, path = found[0].partition(":")
    until("the file is closed", lambda: stage.on(pbx, "fuser", path, check=False) == "" or None)
    samples = read_wav(stage.copied(pbx, path)).astype(float)
    assert present(samples, Tone.parse(stage.tone("caller"))) > 1.5


def test_queue_without_agents_the_call_ends_at_once(stage: Stage) -> None:
    """CC705: nobody is rung, nothing is said."""
    call = call_in(stage, unruly.ALONE)
    report = call.wait("ended")
    assert report.ended_by == "remote"
    assert tones_heard(call) == []


def test_menu_key_waits_three_seconds_for_an_extension(stage: Stage) -> None:
    """CC803: `1` begins extensions, `2` does not."""
    waited = {key: seconds_until_bye(stage, key) for key in "12"}
    assert waited["1"] >= waited["2"] + 2


def seconds_until_bye(stage: Stage, key: str) -> float:
    call = call_in(stage, unruly.SLOW)
    call.wait_heard(stage.prompt("slow"))
    pressed_at = call.send_dtmf(key).media.last_at or 0.0
    heard = call.wait_heard(stage.prompt("bye")).media.heard
    call.hangup()
    return next(h.start for h in heard if h.tone == stage.prompt("bye")) - pressed_at


def test_menu_loop_a_silent_caller_never_leaves(stage: Stage) -> None:
    """CC804: one timeout is allowed, and the menu is heard again and again."""
    call = call_in(stage, unruly.SPIN)
    menu = stage.prompt("spin")
    until("the menu for the fifth time", lambda: tones_heard(call).count(menu) >= 5)
    assert call.report().state == "answered"
    call.hangup()


def test_overflow_cycle_the_caller_goes_round(stage: Stage) -> None:
    """CC805: nobody answers, and each queue hands the caller to the other."""
    with stage.policies(deaf=AnswerPolicy(action="ring")):
        call = call_in(stage, unruly.ROUND)
        greetings = [stage.prompt("first", "greeting"), stage.prompt("second", "greeting")]
        until("twice around", lambda: [t for t in tones_heard(call) if t in greetings] == greetings * 2, timeout=90)
        assert call.report().state == "answered"
        call.hangup()
