"""A plan, carried out: wave by wave, emptied of calls where that is wanted, stopped at the first that is not right."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from ccstack.plan.order import Turn, Wave

from .base import Drainer, Driver, Receipt, Unknown, Watch, say

POLL_SECONDS = 1.0
"""How often a target is asked for its calls. None twice in a row is none: a call may be between two programs."""


class _Held(Exception):  # noqa: N818 - no error of the program: a target whose turn cannot begin
    def __init__(self, receipt: Receipt) -> None:
        self.receipt = receipt


@dataclass
class Conductor:
    """Leads the targets of one driver through their waves."""

    driver: Driver[Any, Any]
    drainer: Drainer
    wanted: Mapping[str, Any]
    """What the driver is given to apply, by target."""
    watch: Watch
    drain_seconds: float = 600.0
    """How long a target is waited for until it has no calls."""
    force: bool = False
    """Go on when it still has calls after that: they are lost."""
    stop: Event = field(default_factory=Event)
    """Set by whoever wants it to end after what is under way."""

    def run(self, waves: Sequence[Wave]) -> dict[str, Receipt]:
        """What became of every target of the waves. What is done stays; after a failure the rest is `not_run`."""
        done: dict[str, Receipt] = {}
        for number, wave in enumerate(waves, 1):
            if self.stop.is_set() or not all(receipt.ok for receipt in done.values()):
                break
            say(self.watch, "", "wave", f"{number} of {len(waves)}: {', '.join(wave.targets)} ({wave.why})")
            done |= self._wave(wave)
        why = _why_not(done, self.stop.is_set())
        rest = [name for wave in waves for name in wave.targets if name not in done]
        return done | {name: Receipt(name, "not_run", (why,)) for name in rest}

    def _wave(self, wave: Wave) -> dict[str, Receipt]:
        done: dict[str, Receipt] = {}
        with ExitStack() as afterwards:
            ready: list[Turn] = []
            for turn in wave.turns:
                try:
                    self._empty(turn, afterwards, done)
                    ready.append(turn)
                except _Held as held:
                    done[turn.target] = held.receipt
            done |= self.driver.apply([self.wanted[turn.target] for turn in ready])
        return done

    # --- Emptied of calls ---

    def _empty(self, turn: Turn, afterwards: ExitStack, done: dict[str, Receipt]) -> None:
        """Lead calls away from the target and wait until it has none; `_Held` when that does not come about."""
        if turn.drain:
            say(self.watch, turn.target, "drain", f"at {', '.join(turn.drain)}: {turn.why}")
            afterwards.callback(self._undrain, turn, done)
            deaf = _unknowns(self.drainer.drain(turn.target, turn.drain))
            if deaf:
                raise _Held(Receipt(turn.target, "failed", (f"untouched: calls cannot be led away from it: {deaf}",)))
        if turn.waits:
            self._wait(turn)

    def _wait(self, turn: Turn) -> None:
        began, quiet, told = time.monotonic(), 0, -1
        while quiet < 2:
            calls = self.drainer.calls(turn.target)
            if isinstance(calls, Unknown):
                raise _Held(Receipt(turn.target, "unreachable", (f"its calls cannot be counted: {calls.why}",)))
            quiet = quiet + 1 if calls == 0 else 0
            if calls != told:
                say(self.watch, turn.target, "drain", f"{calls} calls up" if calls else "no calls")
                told = calls
            if quiet < 2 and time.monotonic() - began > self.drain_seconds:
                self._out_of_time(turn, calls)
                return
            if self.stop.wait(POLL_SECONDS if quiet < 2 else 0):
                raise _Held(Receipt(turn.target, "not_run", ("stopped while it still had calls; it is untouched",)))

    def _out_of_time(self, turn: Turn, calls: int) -> None:
        if not self.force:
            why = f"untouched: {calls} calls were up after {self.drain_seconds:g} s ({turn.why}); --force goes on, and"
            raise _Held(Receipt(turn.target, "failed", (f"{why} they are lost; --drain waits longer",)))
        say(self.watch, turn.target, "drain", f"{calls} calls are lost: --force", failed=True)

    def _undrain(self, turn: Turn, done: dict[str, Receipt]) -> None:
        deaf = _unknowns(self.drainer.undrain(turn.target, turn.drain))
        if deaf and turn.target in done:
            receipt = done[turn.target]
            left = f"it gets no new calls yet: {deaf}; deploy again with --break-lock to undo that"
            done[turn.target] = replace(receipt, status="failed", messages=(*receipt.messages, left))
        say(self.watch, turn.target, "drain", deaf or "it gets calls again", failed=bool(deaf))


def _unknowns(answers: Mapping[str, Unknown | None]) -> str:
    return "; ".join(f"{name}: {answer.why}" for name, answer in answers.items() if answer)


def _why_not(done: Mapping[str, Receipt], stopped: bool) -> str:
    wrong = [f"{name} is {receipt.status}" for name, receipt in done.items() if not receipt.ok]
    return f"not begun, because {wrong[0]}" if wrong and not stopped else "not begun: stopped by hand"
