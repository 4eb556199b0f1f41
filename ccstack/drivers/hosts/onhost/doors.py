"""Whether a call to each of the center's own numbers comes to anything, tried in the Asterisk on trial.

A dialplan can load without a word, have every context, and yet answer nobody. So each number is called from inside, and
the steps that Asterisk logs say where the call came.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from .ask import asterisk

DOORS_SECONDS = 20.0
"""How long the doors may be tried altogether. Those that are left then are told, and not held against the release."""
DOOR_SECONDS = 10.0
"""How long a call may take until it has come to something."""
LOG_SECONDS = 3.0
"""How long the log of calls that are over is waited for: a busy host writes it late."""
AT_ONCE = 50
"""Calls that are tried together."""

SOMEWHERE = frozenset(
    {
        "Answer",
        "BackGround",
        "ConfBridge",
        "Dial",
        "Echo",
        "MusicOnHold",
        "Page",
        "Park",
        "Playback",
        "Queue",
        "Read",
        "VoiceMail",
        "VoiceMailMain",
    }
)
"""Applications of Asterisk that a caller notices."""

ONWARD = ("cc-route,", "cc-ring-phone,")
"""Subroutines that look for a host or a phone to send a call on to: with nobody there, as on trial, they find none."""

_STEP = re.compile(r'Executing \[[^\]]*\] (\w+)\("Local/([^"]+)-[0-9a-f]+;2", "([^"]*)')


def closed(doors: Iterable[Sequence[str]], log: Path) -> tuple[list[str], int]:
    """The doors (context and number first) where a call comes to nothing, in words; how many there was no time for.

    `log` has Asterisk's verbose lines.
    """
    deadline = time.monotonic() + DOORS_SECONDS
    left = [(context, number) for context, number, *_home in doors]
    found: list[str] = []
    while left and time.monotonic() < deadline:
        batch, left = left[:AT_ONCE], left[AT_ONCE:]
        found += _closed(batch, log)
    return found, len(left)


def _closed(batch: Sequence[tuple[str, str]], log: Path) -> list[str]:
    for context, number in batch:
        said = asterisk(f"channel originate Local/{number}@{context}/n application Wait {DOOR_SECONDS:.0f}")
        if "No such command" in said:
            return ["numbers cannot be called on trial: modules.conf has no res_clioriginate.so"]
    deadline, are_up = time.monotonic() + DOOR_SECONDS, True
    steps = _steps(log)
    while time.monotonic() < deadline and not all(_leads(steps.get(f"{n}@{c}", [])) for c, n in batch):
        time.sleep(0.05)
        if are_up and asterisk("core show channels count").startswith("0 active channels"):
            are_up, deadline = False, min(deadline, time.monotonic() + LOG_SECONDS)
        steps = _steps(log)
    asterisk("channel request hangup all")
    return [
        f"{number} in {context} leads nowhere: nothing answers, rings, plays or sends on; the steps were "
        f"{', '.join(name for name, _data in steps.get(f'{number}@{context}', [])) or 'none'}"
        for context, number in batch
        if not _leads(steps.get(f"{number}@{context}", []))
    ]


def _steps(log: Path) -> dict[str, list[tuple[str, str]]]:
    """What each call did: applications and their data."""
    steps: dict[str, list[tuple[str, str]]] = {}
    for name, door, data in _STEP.findall(log.read_text(errors="replace") if log.is_file() else ""):
        steps.setdefault(door, []).append((name, data))
    return steps


def _leads(steps: Iterable[tuple[str, str]]) -> bool:
    return any(name in SOMEWHERE or data.startswith(ONWARD) for name, data in steps)
