"""The driver of switches: everything that ccstack does to one, over ssh, each in a thread of its own.

A push counts only once the switch has answered a fresh connection and shows there what was wanted: until then it waits
for a confirmation, where the platform knows such a thing. Never is a reload used as a timer: it would cut off every
phone that the switch feeds.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar

from ccstack.drivers.base import NOTHING, Status, Unknown, Watch, say
from ccstack.model.switch import Switch
from ccstack.plan.actual import SwitchActual
from ccstack.plan.switches import remedy

from .access import Access
from .attempt import Attempt
from .backup import Backups, NoBackupError
from .details import detailed
from .errors import DroppedError, RefusedError, SwitchError, UnreachedError
from .look import Look, look_at
from .platforms import PLATFORMS
from .result import SwitchResult, SwitchTarget
from .terminal import Terminal
from .ways import Change

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class SwitchDriver:
    """Implements `Driver[SwitchTarget, SwitchActual]`."""

    def __init__(
        self,
        access: Access,
        switches: Sequence[Switch],
        backups: Backups,
        *,
        forks: int = 10,
        watch: Watch = lambda _progress: None,
    ) -> None:
        """`forks` switches are looked at or changed at a time. `backups` keeps what was there before each push."""
        self._access, self._backups, self._forks, self._watch = access, backups, max(1, forks), watch
        self._switches = {switch.name: switch for switch in switches}
        self._patience = access.patience
        self._telling = threading.Lock()

    def observe(self, wanted: Sequence[SwitchTarget], *, details: bool = False) -> dict[str, SwitchActual | Unknown]:
        """What is ccstack's on each switch. One that is dead holds up no other one. `details`: also neighbours, ports
        and the switch itself, for which it is asked four or five commands more."""

        def look(target: SwitchTarget) -> SwitchActual | Unknown:
            self._tell(target.name, "observe", "look at the switch")
            try:
                with self._session(target.switch) as terminal:
                    seen = look_at(terminal, target).actual
                    return detailed(terminal, target.switch.platform, seen) if details else seen
            except SwitchError as error:
                return Unknown(target.name, self._words(error))

        return self._each(look, wanted, lambda target: target.name)

    def apply(self, wanted: Sequence[SwitchTarget]) -> dict[str, SwitchResult]:
        """Make each switch what is wanted, or leave it as it was; `failed` says which, and what the switch said."""
        return self._each(self._applied, wanted, lambda target: target.name)

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> dict[str, SwitchResult]:
        """Give each switch what `to` names (a `SwitchActual.state`), else what it had before the last push."""

        def back(name: str) -> SwitchResult:
            try:
                kept = self._backups.read(name, to.get(name, ""))
            except NoBackupError as error:
                return self._told(SwitchResult(name, "failed", (f"untouched: {error}",)))
            return self._applied(SwitchTarget(self._switches[name], kept))

        return self._each(back, targets, lambda name: name)

    # --- One switch ---

    def _applied(self, target: SwitchTarget) -> SwitchResult:
        began = time.monotonic()
        try:
            result = self._changed(target)
        except UnreachedError as error:
            result = SwitchResult(target.name, "unreachable", (self._words(error),))
        except SwitchError as error:
            result = SwitchResult(target.name, "failed", (f"untouched: {self._words(error)}",))
        return self._told(replace(result, seconds=round(time.monotonic() - began, 2)))

    def _changed(self, target: SwitchTarget) -> SwitchResult:
        """Look, keep what is there, push. Raises only what happened before anything was changed."""
        with self._session(target.switch) as terminal:
            look = look_at(terminal, target)
            seen = look.actual
            made = SwitchResult(target.name, "unchanged", release=seen.state, before=seen.state)
            lines = remedy(target.state, seen.owned).lines
            if not lines:
                return made if seen.saved else self._only_saved(terminal, target, made)
            self._backups.keep(target.name, target.switch.platform, seen.state, target.state.owned, seen.owned)
            self._tell(target.name, "push", f"{len(lines)} lines")
            attempt = self._attempt(target, look, lines)
            trouble = attempt.made_in(terminal)
        return self._settled(attempt, made, trouble)

    def _attempt(self, target: SwitchTarget, look: Look, lines: Sequence[str]) -> Attempt:
        name = f"ccstack-{secrets.token_hex(3)}"
        change = Change(look.way, PLATFORMS[target.switch.platform], lines, name, self._patience.revert)
        return Attempt(target, look.actual, change)

    def _only_saved(self, terminal: Terminal, target: SwitchTarget, made: SwitchResult) -> SwitchResult:
        if self._save(terminal, target).saved:
            return replace(made, status="changed", messages=("it ran what it shall, and had not saved it",))
        return replace(made, status="failed", messages=("it runs what it shall, and does not save it",))

    def _save(self, terminal: Terminal, target: SwitchTarget) -> SwitchActual:
        if save := PLATFORMS[target.switch.platform].save:
            terminal.ask(save, self._patience.show)
        return look_at(terminal, target).actual

    # --- After the lines ---

    def _settled(self, attempt: Attempt, made: SwitchResult, trouble: SwitchError | None) -> SwitchResult:
        """Have the switch end as intended or as before, over fresh connections; else say what it is left with."""
        until = time.monotonic() + self._patience.back + (60 * attempt.change.minutes if attempt.change.waits else 0)
        while True:
            if isinstance(trouble, DroppedError):
                self._tell(attempt.target.name, "push", f"{self._words(trouble)}; wait until it answers", True)
            try:
                with self._session(attempt.target.switch, until) as terminal:
                    return self._ended(terminal, attempt, made, trouble)
            except DroppedError as error:
                trouble = trouble or error
                if time.monotonic() > until:
                    return self._left(attempt, made, trouble, error)
            except SwitchError as error:
                return self._left(attempt, made, trouble, error)

    def _ended(
        self, terminal: Terminal, attempt: Attempt, made: SwitchResult, trouble: SwitchError | None
    ) -> SwitchResult:
        seen = look_at(terminal, attempt.target).actual
        if isinstance(trouble, RefusedError):
            return self._gone_back(terminal, attempt, made, trouble)
        if missing := remedy(attempt.target.state, seen.owned).lines:
            trouble = trouble or SwitchError(f"it took every line, and does not show what was wanted: {missing[0]}")
            return self._gone_back(terminal, attempt, made, trouble)
        attempt.change.confirm(terminal)
        seen = self._save(terminal, attempt.target)
        told = [f"{self._words(trouble)}; it was found as intended afterwards"] if trouble else []
        told += [] if seen.saved else ["it runs what it shall, and does not save it"]
        status: Status = "changed" if seen.saved else "failed"
        return replace(made, status=status, messages=tuple(told), pushed=len(attempt.change.lines), release=seen.state)

    def _gone_back(
        self, terminal: Terminal, attempt: Attempt, made: SwitchResult, trouble: SwitchError
    ) -> SwitchResult:
        """What was there comes back: by the switch itself where it can, else line by line."""
        seen = attempt.back(terminal)
        if seen.saved is False and attempt.before.saved:
            seen = self._save(terminal, attempt.target)
        if attempt.is_before(seen):
            last = () if isinstance(trouble, RefusedError) else (attempt.change.last,)
            words = (self._words(trouble), *last, "it has what it had before")
            return replace(made, status="failed", messages=words, restored=bool(attempt.change.accepted))
        return self._left(attempt, made, trouble, SwitchError("what was there could not be put back in full"))

    def _left(
        self, attempt: Attempt, made: SwitchResult, trouble: SwitchError | None, error: SwitchError
    ) -> SwitchResult:
        """Nobody knows what the switch has, or it is neither what it was nor what it shall be."""
        words = [self._words(one) for one in (trouble, error) if one]
        change = attempt.change
        words += [f"it goes back by itself within {change.minutes} min"] if change.waits else []
        words += [f"{change.last}; what it had is kept, `ccstack rollback` puts it back"]
        return replace(made, status="failed", messages=tuple(dict.fromkeys(words)), release=None)

    # --- Small parts ---

    @contextmanager
    def _session(self, switch: Switch, until: float | None = None) -> Iterator[Terminal]:
        """A session with the switch; with `until` it may take until then until it answers."""
        while True:
            try:
                connection = self._access.connect(switch)
                break
            except UnreachedError as error:
                if until is None or error.is_lasting or time.monotonic() > until:
                    raise
                time.sleep(self._patience.poll)
        with Terminal(connection, PLATFORMS[switch.platform], self._patience) as terminal:
            yield terminal

    def _each(
        self, do: Callable[[_Given], _Made], given: Sequence[_Given], name: Callable[[_Given], str]
    ) -> dict[str, _Made]:
        if not given:
            return {}
        with ThreadPoolExecutor(min(self._forks, len(given))) as pool:
            return dict(zip(map(name, given), pool.map(do, given), strict=True))

    def _words(self, error: SwitchError) -> str:
        return self._access.vault.redacted(str(error))

    def _told(self, result: SwitchResult) -> SwitchResult:
        words = result.status if result.ok else result.messages[0] if result.messages else result.status
        self._tell(result.target, "done", words, not result.ok)
        return result

    def _tell(self, switch: str, step: str, message: str, failed: bool = False) -> None:
        with self._telling:
            say(self._watch, switch, step, message, failed=failed)
