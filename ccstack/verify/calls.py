"""The call suite of a blueprint: every way through the menus of its test numbers, placed from its probes."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from ccstack.calls.cases import Case, cases
from ccstack.calls.client import AgentError, UserAgentProcess, WaitTimeoutError
from ccstack.calls.listen import read_wav
from ccstack.calls.live import Placed, Sounds, place, same_ending
from ccstack.calls.protocol import AccountConfig, AgentConfig, PlaceCall
from ccstack.calls.trace import Ending, Situation, Trace, trace_from_outside
from ccstack.design import Design
from ccstack.model.probe import Probe
from ccstack.render.state import PromptAudio
from ccstack.secrets import Vault

from .results import Result

REGISTER_S = 10.0
"""How long a probe may take to register."""

MOST_PROBES = 8
"""So many probes call at a time: a check must not be what fills a center."""

CALLER_TONE = "tone:1083+2027"
"""What probes play, so that a recording or a mailbox can be seen to hold it."""

RINGS_PEOPLE = ("agent", "external", "emergency")
"""Endings that ring somebody who did not ask for a test call."""


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


def probe_account(design: Design, vault: Vault, probe: Probe) -> AccountConfig:
    """The SIP account of a probe: it registers at every SBC, its own site's first."""
    hosts = design.index["hosts"]
    servers = [hosts[name] for name in design.homes.site_sbcs[probe.site]]
    return AccountConfig(
        account=probe.name,
        user=probe.name,
        domain=design.center.domain,
        password=SecretStr(vault.value(f"probes.{probe.name}.password").reveal()),
        servers=tuple(f"sip:{h.address}:{h.sbc.sip_port}" for h in servers),
        registers=True,
    )


def _from_probe(
    design: Design, vault: Vault, sounds: Sounds, at: datetime, probe: Probe, ring_people: bool, most: int
) -> Iterator[Result]:
    chosen = _chosen(design, probe, at, most)
    config = AgentConfig(bind=str(probe.address or "0.0.0.0"), port=0)  # noqa: S104 - without an address, any will do
    try:
        with UserAgentProcess(None, config) as agent, tempfile.TemporaryDirectory() as folder:
            agent.add_account(probe_account(design, vault, probe))
            agent.wait_registered(probe.name, timeout=REGISTER_S)
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
    if expected.ending.kind in RINGS_PEOPLE and not ring_people:
        return Result(probe.name, claim, "not_run", "would ring somebody; allow it with --ring-people")
    began = time.monotonic()
    request = PlaceCall(account=probe.name, to=case.number, sound=CALLER_TONE)
    try:
        placed = place(agent, request, expected, design, sounds, folder)
    except AgentError as error:
        return Result(probe.name, claim, "error", str(error), time.monotonic() - began)
    good = same_ending(expected.ending, placed.ending) and not _deaf(placed)
    return Result(probe.name, claim, "pass" if good else "fail", _story(placed), time.monotonic() - began)


def _deaf(placed: Placed) -> bool:
    """Answered, and yet nothing came back."""
    return placed.report.answered and placed.report.media.received == 0


def _story(placed: Placed) -> str:
    media = placed.report.media
    heard = ", ".join(p.key for p in placed.prompts) or "no prompt"
    delay = placed.report.post_dial_delay
    times = f"; post-dial delay {delay:.2f} s" if delay is not None else ""
    return (
        f"ended at {placed.ending}; heard {heard}; RTP {media.sent} out, {media.received} in, {media.lost} lost{times}"
    )


def sounds_of(design: Design, built: Mapping[Any, Path], tones: Mapping[str, Ending] | None = None) -> Sounds:
    """What callers may hear: the prompts as they were built, and the tones of those who answer."""
    prompts = {(r.key, r.language): read_wav(f) for r, f in built.items() if isinstance(r, PromptAudio)}
    return Sounds({k: v for k, v in prompts.items() if k[0] in design.prompts}, tones or {})
