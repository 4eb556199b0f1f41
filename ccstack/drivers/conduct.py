"""A plan, carried out: wave by wave, emptied of calls where that is wanted, stopped at the first that is not right."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from ccstack.plan.order import Turn, Wave

from .base import Drainer, Driver, Pinger, Reach, Receipt, Trier, Unknown, Watch, say

POLL_SECONDS = 1.0
"""How often a target is asked for its calls. None twice in a row is none: a call may be between two programs."""
REACH_SECONDS = 10.0
"""How long neighbours that do not reach a changed target any more are given to find it again."""


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
    pinger: Pinger | None = None
    """Whoever knows which targets reach each other, if anybody does."""
    trier: Trier[Any] | None = None
    """Whoever has targets that try out what is wanted before any is changed, if anybody does."""
    before: Mapping[str, str] = field(default_factory=dict)
    """Targets that answer, and what each had before all this: `Driver.restore` can give it back."""
    absent: Collection[str] = ()
    """Targets that did not answer before anything was done: whoever still believes to reach them finds out soon."""
    _reached: dict[str, Mapping[str, Reach]] = field(default_factory=dict, init=False)
    _doubt: str = field(default="", init=False)

    def run(self, waves: Sequence[Wave]) -> dict[str, Receipt]:
        """What became of every target of the waves. What is done stays; after a failure the rest is `not_run`."""
        done = self._refused(waves)
        self._reached = self._who_reaches_whom() if waves and not done else {}
        for number, wave in enumerate(waves, 1):
            if self.stop.is_set() or self._doubt or not all(receipt.ok for receipt in done.values()):
                break
            say(self.watch, "", "wave", f"{number} of {len(waves)}: {', '.join(wave.targets)} ({wave.why})")
            done |= self._wave(wave)
        why = _why_not(done, self._doubt, self.stop.is_set())
        rest = [name for wave in waves for name in wave.targets if name not in done]
        return done | {name: Receipt(name, "not_run", (why,)) for name in rest}

    def _refused(self, waves: Sequence[Wave]) -> dict[str, Receipt]:
        """What becomes of targets that what they shall get does not work on, while nothing is changed on any."""
        wanted = [self.wanted[name] for wave in waves for name in wave.targets]
        tried = self.trier.try_out(wanted) if self.trier and wanted else {}
        return {name: receipt for name, receipt in tried.items() if not receipt.ok}

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
            # Before calls come to them again: one that goes back may have to restart.
            done |= self._cut_off({name: done[name] for name in wave.targets if done[name].status == "changed"})
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

    # --- Seen from the other side ---

    def _who_reaches_whom(self) -> dict[str, Mapping[str, Reach]]:
        """Who reaches whom before anything is changed; one that cannot be asked is told."""
        answers = self.pinger.neighbours(list(self.before)) if self.pinger and self.before else {}
        for name, answer in answers.items():
            if isinstance(answer, Unknown):
                say(self.watch, name, "neighbours", f"nobody knows whom it reaches: {answer.why}", failed=True)
        return {
            name: {way: reach for way, reach in answer.items() if reach.answers and reach.neighbour not in self.absent}
            for name, answer in answers.items()
            if not isinstance(answer, Unknown)
        }

    def _cut_off(self, changed: Mapping[str, Receipt]) -> dict[str, Receipt]:
        """What becomes of changed targets that are not reached any more, or do not reach somebody: they go back."""
        ways = {
            name: {way: reach for way, reach in reached.items() if name in changed or reach.neighbour in changed}
            for name, reached in self._reached.items()
        }
        lost, mute = self._lost({name: reached for name, reached in ways.items() if reached}, changed)
        self._doubt = "; ".join(mute)
        for words in mute:
            say(self.watch, "", "neighbours", words, failed=True)
        return self._back(lost, changed) if lost else {}

    def _lost(
        self, ways: Mapping[str, Mapping[str, Reach]], changed: Mapping[str, Receipt]
    ) -> tuple[dict[str, list[str]], list[str]]:
        """What is reached no more, by the changed target that it is about; and what nobody knows."""
        if not self.pinger or not ways:
            return {}, []
        if notice := max(map(self.pinger.notices, changed.values())):
            # Has them ping.
            self.pinger.neighbours(list(ways))
            time.sleep(notice)
        began = time.monotonic()
        while True:
            lost, mute = _compared(ways, self.pinger.neighbours(list(ways)), changed)
            if not (lost or mute) or time.monotonic() - began > REACH_SECONDS:
                return lost, mute
            time.sleep(POLL_SECONDS)

    def _back(self, lost: Mapping[str, list[str]], changed: Mapping[str, Receipt]) -> dict[str, Receipt]:
        for name, words in lost.items():
            say(self.watch, name, "neighbours", "; ".join(words), failed=True)
        to = {name: self.before[name] for name in lost if name in self.before}
        went = self.driver.restore(list(to), to)
        return {name: _gone_back(changed[name], words, went.get(name)) for name, words in lost.items()}


def _compared(
    ways: Mapping[str, Mapping[str, Reach]],
    after: Mapping[str, Mapping[str, Reach] | Unknown],
    changed: Mapping[str, Receipt],
) -> tuple[dict[str, list[str]], list[str]]:
    lost: dict[str, list[str]] = {}
    mute: list[str] = []
    for name, reached in ways.items():
        now = after[name]
        if isinstance(now, Unknown):
            mute.append(f"{name} cannot be asked any more whom it reaches: {now.why}")
            continue
        for way, reach in reached.items():
            if way not in now and name not in changed:
                mute.append(f"{name} does not say any more whether it reaches {reach.neighbour} ({way})")
            # What a changed target does not ping any more was taken away on purpose.
            elif way in now and not now[way].answers:
                about = name if name in changed else reach.neighbour
                lost.setdefault(about, []).append(f"{name} reached {reach.neighbour} before, and does not now ({way})")
    return lost, mute


def _gone_back(made: Receipt, words: Sequence[str], went: Receipt | None) -> Receipt:
    """What became of a target that had to go back, from what became of its going back."""
    if went is None or not went.ok:
        why = "; ".join(went.messages) if went else "it had nothing before"
        return replace(made, status="failed", messages=(*made.messages, *words, f"it cannot go back: {why}"))
    seconds = round(made.seconds + went.seconds, 2)
    return replace(went, status="failed", messages=(*words, *went.messages), seconds=seconds, restored=True)


def _unknowns(answers: Mapping[str, Unknown | None]) -> str:
    return "; ".join(f"{name}: {answer.why}" for name, answer in answers.items() if answer)


def _why_not(done: Mapping[str, Receipt], doubt: str, stopped: bool) -> str:
    wrong = [f"{name} is {receipt.status}" for name, receipt in done.items() if not receipt.ok]
    wrong += [doubt] if doubt else []
    return f"not begun, because {wrong[0]}" if wrong and not stopped else "not begun: stopped by hand"
