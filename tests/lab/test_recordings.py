"""Recordings hold both sides from the answer on, and nothing of who refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.protocol import AnswerPolicy
from ccstack.calls.tone import Tone
from ccstack.calls.tones import present
from ccstack.calls.wav import read_wav

from .stage import Stage, until

pytestmark = pytest.mark.lab

SUPPORT = "+12125550133"
FOLDER = "/var/spool/asterisk/monitor"


def test_a_recording_holds_both_sides_and_nothing_from_before_the_notice_ended(acme: Stage) -> None:
    early = acme.people.tones["ben"]  # is only heard before the agent answers
    with acme.policies(walt=AnswerPolicy(action="ring")):
        call = acme.call_in(SUPPORT)
        call.play(f"tone:{early}")
        call.wait_heard(acme.prompt("calls", "notice"))
        walt = acme.leg("walt")
        call.play(f"tone:{acme.tone('caller')}")
        sent = call.report().media.sent
        until("the early tone is over", lambda: call.report().media.sent > sent + 50)
        walt.answer(f"tone:{acme.tone('walt')}")
        call.wait_heard(acme.tone("walt"))
        call.wait_packets(call.report().media.received + 150)
        samples = read_wav(recording_of(acme, call)).astype(float)
    assert present(samples, Tone.parse(acme.tone("walt"))) > 1.5
    assert present(samples, Tone.parse(acme.tone("caller"))) > 1.5
    assert present(samples, early) == 0


def test_a_caller_who_refuses_is_not_recorded(acme: Stage) -> None:
    before = recordings(acme)
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.prompt("calls", "notice"))
    call.send_dtmf("9")
    call.wait_heard(acme.prompt("calls", "refused"))
    call.wait_heard(acme.tone("walt"))
    call.wait_packets(call.report().media.received + 100)
    walt = acme.leg("walt")
    call.hangup()
    walt.wait("ended")
    assert recordings(acme) == before


def test_one_call_id_is_in_the_recordings_name_the_cdr_and_on_every_leg(acme: Stage) -> None:
    call = acme.call_in(SUPPORT)
    call.wait_heard(acme.tone("walt"))
    walt = acme.leg("walt")
    call_id = walt.report().invite_headers["X-CC-Call"][0]
    call.hangup()
    assert call_id in recording_of(acme, call, call_id).name
    for word in ("support", "walt"):
        until(f"a CDR line with the call id and {word}", lambda w=word: _cdr(acme, call_id, w))


def _cdr(stage: Stage, call_id: str, word: str) -> list[str]:
    text = stage.on("den-pbx", "cat", "/var/log/asterisk/cdr-custom/cc.csv", check=False)
    return [line for line in text.splitlines() if call_id in line and word in line]


def recordings(stage: Stage) -> set[str]:
    """Every recording on every PBX."""
    return {
        f"{pbx}:{path}"
        for pbx in stage.design.homes.pbxs
        for path in stage.on(pbx, "find", FOLDER, "-name", "*.wav", check=False).split()
    }


def recording_of(stage: Stage, call: LiveCall, call_id: str | None = None) -> Path:
    """The recording of a call that has just been up; it is complete once the call has ended."""
    walt = stage.people.phone("walt").calls("walt")[-1]
    wanted = call_id or walt.invite_headers["X-CC-Call"][0]
    call.hangup()
    stage.people.phone("walt")
    found = until("the recording", lambda: [r for r in recordings(stage) if wanted in r])
    pbx, _, path = found[0].partition(":")
    until("the file is closed", lambda: stage.on(pbx, "fuser", path, check=False) == "" or None)
    return stage.copied(pbx, path)
