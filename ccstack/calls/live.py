"""Act a traced call out for real, and say how it ended from what the caller heard."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ccstack.design import Design
from ccstack.design.prompts import prompt_key

from .client import LiveCall, UserAgentProcess, WaitTimeoutError
from .listen import HeardPrompt, is_part_of, recognise_prompts
from .protocol import CallReport, PlaceCall
from .tone import Tone
from .tones import KNOWN_PAIRS, KNOWN_SINGLES
from .trace import Cue, Ending, Trace
from .wav import RATE, Samples, read_wav

ANSWER_S = 30.0
"""How long a call may take to be answered or refused."""

TONE_S = 15.0
"""How long after the last cue the one who answers may take to be heard."""

_KEY_AFTER_S = 0.9
"""How far into a prompt the caller presses a key: the prompt has begun, and need not be heard out."""

PEOPLE_S = 25.0
"""The same where people may answer, who have no tone that would end the wait: longer than a phone rings."""

_RINGING = ("agent", "external", "emergency")
"""Endings at which somebody answers."""

_PROGRESS = {str(Tone(*frequencies)) for frequencies in (*KNOWN_PAIRS, *((each,) for each in KNOWN_SINGLES))}
"""Tones of a call that is not answered yet, or never will be."""

_CADENCE_S = 6.0
"""A ringing tone comes again within so many seconds."""

_END_S = 3.0
"""How much of the end of a recording says what the caller heard last."""

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
    music: tuple[Samples, ...] = ()
    """What callers hear while they wait."""
    patience: float = TONE_S
    """For how many seconds after the last cue somebody's tone is waited for."""
    strangers: bool = False
    """Whether people answer who have no tone: then who is heard instead of music and prompts is `somebody`."""

    def seconds(self, cue: Cue) -> float:
        """How long the prompt of a `play` cue lasts."""
        return len(self.prompts.get((cue.value, cue.language), ())) / RATE

    def longest(self, key: str) -> float:
        """How long the prompt `key` lasts in the language that takes longest, in seconds."""
        return max((len(audio) for (name, _), audio in self.prompts.items() if name == key), default=0) / RATE


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
    ending = _by_sound(report, heard, design, sounds)
    rung = ending.kind == "waiting" and expected.ending.kind in _RINGING
    if sounds.strangers and rung and _talks(report, recording, heard, expected, sounds):
        ending = Ending("somebody", (expected.steps[-1].path,))
    return Placed(ending, report, heard)


def same_ending(expected: Ending, seen: Ending) -> bool:
    """Whether a call ended as traced. Of several possible agents, any one is right.

    `somebody` (answered, by a person whom no tone tells) is right where anybody shall answer, and a carrier where a
    number outside is called.
    """
    if seen.kind == "somebody":
        return expected.kind in _RINGING
    if seen.kind == "carrier":
        return expected.kind in ("external", "emergency")
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
        _await_tone(call, wanted, sounds.patience)


def _await_tone(call: LiveCall, wanted: list[str], seconds: float) -> None:
    """Until one of the wanted tones is heard. With several candidates each gets a short look, turn by turn."""
    if len(wanted) == 1:
        with contextlib.suppress(WaitTimeoutError):
            call.wait_heard(wanted[0], timeout=seconds)
        return
    for _ in range(int(seconds / 0.25)):
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


def _talks(
    report: CallReport, recording: Path, heard: tuple[HeardPrompt, ...], expected: Trace, sounds: Sounds
) -> bool:
    """Whether a person has answered: the way there was heard, and now neither music nor prompt nor ringing is."""
    media = report.media
    end = media.last_at or 0.0
    if not (media.sent and media.received) or report.ended_by != "local":
        return False
    if any(h.tone in _PROGRESS and h.end > end - _CADENCE_S for h in media.heard):
        return False
    said = [h for h in heard if not h.key.startswith("builtin-")]
    played = [cue.value for step in expected.steps for cue in step.cues if cue.action == "play"]
    if played and (not said or said[-1].key != played[-1]):
        return False
    samples = read_wav(recording)
    over = len(samples) / RATE - _END_S
    if any(h.at + sounds.longest(h.key) > over for h in heard):
        return False
    return not any(is_part_of(samples[-int(_END_S * RATE) :], music) for music in sounds.music)


def _by_sound(report: CallReport, heard: tuple[HeardPrompt, ...], design: Design, sounds: Sounds) -> Ending:
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
