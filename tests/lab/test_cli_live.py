"""`ccstack call --live` as an operator gives it, and how a call is told from one that nobody answered."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ccstack.calls.live import Placed, follow, same_ending
from ccstack.calls.protocol import AnswerPolicy
from ccstack.calls.trace import Ending, Situation, Trace, trace_from_outside

from .stage import Stage

pytestmark = pytest.mark.lab

SUPPORT, NIGHT, FRONT, TINY = "+12125550133", "+12125550135", "+12125550100", "+12125550138"
CALLER = "+16465550142"


def test_live_calls_end_as_traced(acme: Stage) -> None:
    """A mailbox, an agent by the tone, and a holiday by the time hook; all at once, each by a probe of its own."""
    words = [
        ("--to", NIGHT, "--probe", "caller-nyc"),
        ("--to", SUPPORT, "--ring-people", "--probe", "caller-den"),
        ("--to", FRONT, "--at", "2026-11-26T11:00", "--probe", "probe-nyc"),
    ]
    with ThreadPoolExecutor() as pool:
        ran = list(pool.map(lambda w: acme.ccstack("call", str(acme.blueprint), "--live", "--json", *w), words))
    assert [r.returncode for r in ran] == [0, 0, 0], "\n".join(r.stderr for r in ran)
    answers = [json.loads(r.stdout) for r in ran]
    assert {a["schema"] for a in answers} == {"ccstack.call/1"}
    assert all(a["live"]["agrees"] and a["live"]["media"]["received"] > 50 for a in answers)
    assert [a["live"]["ending"]["kind"] for a in answers] == ["voicemail", "agent", "voicemail"]
    assert [a["live"]["pbx"] for a in answers] == [None, None, "nyc-pbx"]
    heard = [p["prompt"] for p in answers[2]["live"]["prompts"]]
    assert heard == ["announcement-holiday-prompt", "voicemail-after-hours-greeting"]


def test_a_call_that_ends_elsewhere_is_1(acme: Stage) -> None:
    """The trace is told that nobody is logged in, which is not so. What was heard instead is told."""
    away = [word for agent in acme.design.index["agents"] for word in ("--agent", f"{agent}=logged-out")]
    ran = acme.ccstack("call", str(acme.blueprint), "--to", SUPPORT, "--live", "--ring-people", *away)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert f"tone {acme.tone('walt')}, that of walt" in ran.stdout
    assert "prompt recording-calls-notice" in ran.stdout
    assert "packets out" in ran.stdout
    assert ran.stdout.endswith("ends at agent:walt: NOT as traced\n")


def test_a_person_without_a_tone_is_told_from_music(acme: Stage) -> None:
    """Somebody who says nothing has answered; a phone that rings on has not, though there is music to be heard."""
    silent, rings = AnswerPolicy(action="answer", after_ms=300), AnswerPolicy(action="ring")
    with acme.policies(walt=silent, nils=rings), ThreadPoolExecutor() as pool:
        answered, waited = pool.map(lambda did: _heard(acme, did), (SUPPORT, TINY))
    assert answered.ending == Ending("somebody", ("queues.support",)), answered
    assert waited.ending.kind == "waiting", waited
    assert same_ending(_expected(acme, SUPPORT).ending, answered.ending)


def _expected(acme: Stage, did: str) -> Trace:
    return trace_from_outside(acme.design, did, CALLER, Situation(datetime.now(ZoneInfo("America/New_York"))))


def _heard(acme: Stage, did: str) -> Placed:
    recording = acme.folder / f"heard-{did}.wav"
    order = acme.people.order_in(did, CALLER).model_copy(update={"record": str(recording)})
    call = acme.people.carrier("atlantic").call(order)
    return follow(
        call, recording, _expected(acme, did), acme.design, replace(acme.sounds, patience=12.0, strangers=True)
    )
