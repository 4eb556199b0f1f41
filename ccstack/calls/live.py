"""Act a traced call out for real, and say how it ended from what the caller heard."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ccstack.design import Design
from ccstack.design.prompts import prompt_key

from .client import LiveCall, UserAgentProcess, WaitTimeoutError
from .listen import RATE, HeardPrompt, Samples, read_wav, recognise_prompts
from .protocol import CallReport, PlaceCall
from .trace import Cue, Ending, Trace

ANSWER_S = 12.0
"""How long a call may take to be answered or refused."""

TONE_S = 8.0
"""How long after the last cue the one who answers may take to be heard."""

_KEY_AFTER_S = 0.9
"""How far into a prompt the caller presses a key: the prompt has begun, and need not be heard out."""

_MESSAGE_S = 3.0
"""How long the caller talks after a mailbox's greeting: the beep passes, and something is left."""

_CAUSES = {"404", "403", "480", "486", "503"}


@dataclass(frozen=True, slots=True)
class Sounds:
    """What may be heard, and what it means."""

    prompts: Mapping[tuple[str, str], Samples]
    """The deployed audio by prompt key and language."""
    tones: Mapping[str, Ending] = field(default_factory=dict)
    """Tones of those who answer (`722+1542`), and what hearing one says about the ending."""

    def seconds(self, cue: Cue) -> float:
        """How long the prompt of a `play` cue lasts."""
        return len(self.prompts.get((cue.value, cue.language), ())) / RATE


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that was placed."""

    ending: Ending
    report: CallReport
    prompts: tuple[HeardPrompt, ...]
    """Prompts that the caller heard, by key, in order of time."""


def place(
    agent: UserAgentProcess, request: PlaceCall, expected: Trace, design: Design, sounds: Sounds, folder: Path
) -> Placed:
    """Place `request`, act out the cues of `expected`, hang up, and tell the ending by what was heard.

    `folder` takes the recording of what came in. Raises `AgentError` when the user agent fails; a call that ends
    otherwise than expected is no error but an ending.
    """
    recording = folder / f"{expected.ending.kind}-{id(expected):x}.wav"
    call = agent.call(request.model_copy(update={"record": str(recording)}))
    return follow(call, recording, expected, design, sounds)


def follow(call: LiveCall, recording: Path, expected: Trace, design: Design, sounds: Sounds) -> Placed:
    """As `place`, for a call that is under way and is recorded to `recording` (a probe that was called, say)."""
    _pause(call, "answered", ANSWER_S)
    _act_out(call, expected, sounds)
    _await_ending(call, expected.ending, sounds)
    report = call.hangup()
    heard = _prompts_heard(recording, sounds)
    return Placed(_classify(report, heard, design, sounds), report, heard)


def same_ending(expected: Ending, seen: Ending) -> bool:
    """Whether a call ended as traced. Of several possible agents, any one is right."""
    if expected.kind != seen.kind:
        return False
    if expected.kind == "waiting":
        return True
    if expected.kind == "hangup" and expected.names[0] not in _CAUSES:
        return seen.names == ("ended",)
    return bool(set(expected.names) & set(seen.names))


def _pause(call: LiveCall, moment: str, seconds: float) -> None:
    """Until `moment`, the end of the call, or so many seconds, whichever is first."""
    with contextlib.suppress(WaitTimeoutError):
        call.wait(moment, timeout=seconds)  # type: ignore[arg-type]


def _act_out(call: LiveCall, expected: Trace, sounds: Sounds) -> None:
    playing = 0.0
    for cue in (cue for step in expected.steps for cue in step.cues):
        if call.report().state == "ended":
            return
        if cue.action == "play":
            _pause(call, "ended", playing)
            playing = sounds.seconds(cue)
        elif cue.action == "press":
            _pause(call, "ended", min(playing, _KEY_AFTER_S))
            call.send_dtmf(cue.value)
            playing = 0.0
        else:
            _pause(call, "ended", playing + float(cue.value))
            playing = 0.0
    _pause(call, "ended", playing)


def _await_ending(call: LiveCall, expected: Ending, sounds: Sounds) -> None:
    if call.report().state == "ended":
        return
    if expected.kind in ("hangup", "announcement"):
        _pause(call, "ended", TONE_S)
    elif expected.kind in ("voicemail", "waiting"):
        _pause(call, "ended", _MESSAGE_S)
    else:
        wanted = [tone for tone, ending in sounds.tones.items() if same_ending(expected, ending)]
        _await_tone(call, wanted)


def _await_tone(call: LiveCall, wanted: list[str]) -> None:
    """Until one of the wanted tones is heard. With several candidates each gets a short look, turn by turn."""
    if len(wanted) == 1:
        with contextlib.suppress(WaitTimeoutError):
            call.wait_heard(wanted[0], timeout=TONE_S)
        return
    for _ in range(int(TONE_S / 0.25)):
        report = call.report()
        if report.state == "ended" or any(h.tone in wanted for h in report.media.heard):
            return
        _pause(call, "ended", 0.25)


def _prompts_heard(recording: Path, sounds: Sounds) -> tuple[HeardPrompt, ...]:
    if not recording.exists():
        return ()
    library = {f"{key}@{language}": samples for (key, language), samples in sounds.prompts.items()}
    found = recognise_prompts(read_wav(recording), library)
    return tuple(HeardPrompt(h.key.split("@")[0], h.at, h.score) for h in found)


def _classify(report: CallReport, heard: tuple[HeardPrompt, ...], design: Design, sounds: Sounds) -> Ending:
    for tone in reversed(report.media.heard):
        if tone.tone in sounds.tones:
            return sounds.tones[tone.tone]
    if not report.answered:
        return Ending("hangup", (str(report.status or "no-answer"),))
    # Built-in prompts end no call, and a spoken digit is also heard inside other prompts.
    said = [h for h in heard if not h.key.startswith("builtin-")]
    if said and (ending := _ending_of_prompt(said[-1].key, design)):
        left = ending.kind == "announcement" and report.ended_by != "remote"
        return Ending("waiting", ()) if left else ending
    return Ending("hangup", ("ended",)) if report.ended_by == "remote" else Ending("waiting", ())


def _ending_of_prompt(key: str, design: Design) -> Ending | None:
    """The mailbox or last announcement whose prompt this is."""
    mailboxes = tuple(v.name for v in design.index["voicemails"].values() if prompt_key(v, "greeting") == key)
    if mailboxes:
        return Ending("voicemail", mailboxes)
    last = [a for a in design.index["announcements"].values() if a.then is None]
    names = tuple(a.name for a in last if prompt_key(a, "prompt") == key)
    return Ending("announcement", names) if names else None
