"""The call suite of a blueprint: every way through the menus of its test numbers, placed from its probes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from ccstack.calls.cases import Case, cases
from ccstack.calls.client import AgentError, UserAgentProcess, WaitTimeoutError
from ccstack.calls.live import PEOPLE_S, TONE_S, Placed, Sounds, place, same_ending
from ccstack.calls.protocol import PlaceCall
from ccstack.calls.signatures import people_endings
from ccstack.calls.trace import Ending, Situation, Trace, trace_from_outside
from ccstack.calls.wav import read_wav
from ccstack.design import Design
from ccstack.model.probe import Probe
from ccstack.render.state import MusicAudio, PromptAudio
from ccstack.secrets import Vault

from .allowed import rings
from .probes import CALLER_TONE, REGISTER_S, on_duty
from .results import Result

MOST_PROBES = 8
"""So many probes call at a time: a check must not be what fills a center."""


def check_calls(
    design: Design, vault: Vault, sounds: Sounds, at: datetime, *, ring_people: bool, most: int
) -> Iterator[Result]:
    """Place the suite, from all probes at once. `at` is now; what would ring people is `not_run` unless they agreed.

    At most `most` calls a probe are placed, those with distinct endings first.
    """
    probes = [p for p in design.center.probes if p.via is not None]
    if not probes:
        yield Result("calls", "a call comes in", "not_run", "no probe with `via` is declared")
        return
    with ThreadPoolExecutor(max_workers=min(len(probes), MOST_PROBES)) as pool:
        for results in pool.map(lambda p: list(_from_probe(design, vault, sounds, at, p, ring_people, most)), probes):
            yield from results


def _from_probe(
    design: Design, vault: Vault, sounds: Sounds, at: datetime, probe: Probe, ring_people: bool, most: int
) -> Iterator[Result]:
    chosen = _chosen(design, probe, at, most)
    try:
        with on_duty(design, vault, probe) as agent, tempfile.TemporaryDirectory() as folder:
            yield Result(probe.name, "registers at an SBC", "pass")
            for case, expected in chosen:
                yield _one_call(agent, probe, case, expected, design, sounds, Path(folder), ring_people)
    except WaitTimeoutError as error:
        yield Result(probe.name, "registers at an SBC", "fail", str(error), REGISTER_S)
    except AgentError as error:
        yield Result(probe.name, "registers at an SBC", "error", str(error))


def _chosen(design: Design, probe: Probe, at: datetime, most: int) -> list[tuple[Case, Trace]]:
    """Cases of the test numbers, first one for each ending, then more until `most`."""
    found = [
        (case, trace_from_outside(design, case.number, probe.caller, Situation(at, case.presses)))
        for number in design.center.numbers
        if number.test and number.trunk in (None, probe.via)
        for case in cases(design, number.number, at)
    ]
    seen: set[tuple[str, str]] = set()
    fresh: list[tuple[Case, Trace]] = []
    others: list[tuple[Case, Trace]] = []
    for case, expected in found:
        key = (case.number, str(expected.ending))
        (others if key in seen else fresh).append((case, expected))
        seen.add(key)
    return (fresh + others)[:most]


def _one_call(
    agent: UserAgentProcess,
    probe: Probe,
    case: Case,
    expected: Trace,
    design: Design,
    sounds: Sounds,
    folder: Path,
    ring_people: bool,
) -> Result:
    claim = f"{case.number} with {' '.join(case.presses) or 'no key'} ends at {expected.ending}"
    if (path := rings(expected)) and not ring_people:
        return Result(probe.name, claim, "not_run", f"may ring somebody at {path}; allow it with --ring-people")
    began = time.monotonic()
    request = PlaceCall(account=probe.name, to=case.number, sound=CALLER_TONE)
    try:
        placed = place(agent, request, expected, design, sounds, folder)
    except AgentError as error:
        return Result(probe.name, claim, "error", str(error), time.monotonic() - began)
    good = agrees(expected, placed)
    return Result(probe.name, claim, "pass" if good else "fail", story(placed), time.monotonic() - began)


def agrees(expected: Trace, placed: Placed) -> bool:
    """Whether a call ended as traced, and was heard if it was answered."""
    deaf = placed.report.answered and placed.report.media.received == 0
    return same_ending(expected.ending, placed.ending) and not deaf


def story(placed: Placed) -> str:
    """What became of a call, in one line."""
    media = placed.report.media
    heard = ", ".join(p.key for p in placed.prompts) or "no prompt"
    delay = placed.report.post_dial_delay
    times = f"; post-dial delay {delay:.2f} s" if delay is not None else ""
    who = ""
    if placed.ending.kind == "somebody":
        who = " (answered by a person, told by audio both ways and no more prompt or music; who, no tone says)"
    return (
        f"ended at {placed.ending}{who}; heard {heard}; RTP {media.sent} out, {media.received} in, "
        f"{media.lost} lost{times}"
    )


def sounds_of(design: Design, built: Mapping[Any, Path], strangers: bool = False) -> Sounds:
    """What callers may hear: prompts and music as they were built, and the tones that people play in a lab.

    `strangers`: people may answer whom no lab plays.
    """
    prompts = {(r.key, r.language): read_wav(f) for r, f in built.items() if isinstance(r, PromptAudio)}
    music = tuple(read_wav(f) for r, f in built.items() if isinstance(r, MusicAudio))
    known = {k: v for k, v in prompts.items() if k[0] in design.prompts}
    return Sounds(known, _tones(design), music, PEOPLE_S if strangers else TONE_S, strangers)


def _tones(design: Design) -> Mapping[str, Ending]:
    try:
        return people_endings(design)
    except ValueError:  # a center so large that no tones can tell its people apart; no lab plays them either
        return {}
