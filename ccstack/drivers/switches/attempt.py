"""One push to one switch: what was there, what is done, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from ccstack.plan.actual import SwitchActual
from ccstack.plan.switches import remedy
from ccstack.render.state import Line, Source, SwitchState

from .errors import RefusedError, SwitchError
from .look import look_at
from .result import SwitchTarget
from .terminal import Terminal
from .ways import Change


@dataclass
class Attempt:
    """A push, from before its first line."""

    target: SwitchTarget
    before: SwitchActual
    change: Change

    def made_in(self, terminal: Terminal) -> SwitchError | None:
        """Make the change; what went wrong, if something did."""
        try:
            self.change.make(terminal)
        except SwitchError as error:
            return error
        return None

    def is_before(self, seen: SwitchActual) -> bool:
        """Whether the switch has what it had before, the order of its lines aside."""
        return not self._missing(seen)

    def back(self, terminal: Terminal) -> SwitchActual:
        """Give the switch what it had before; what it shows then. Raises `DroppedError`, and `RefusedError` of a line
        that it had itself."""
        # Where it has gone back by itself meanwhile, or has booted, there is nothing left to take back.
        with suppress(RefusedError):
            self.change.back(terminal)
        seen = look_at(terminal, self.target).actual
        if lines := self._missing(seen):
            self._undo(lines).make(terminal)
            seen = look_at(terminal, self.target).actual
        if self.is_before(seen):
            with suppress(RefusedError):
                self.change.confirm(terminal)
        return seen

    def _missing(self, seen: SwitchActual) -> Sequence[str]:
        source = Source(f"switches.{self.target.name}", "backup")
        lines = tuple(Line(text, source) for text in self.before.owned.splitlines())
        was = SwitchState(self.target.name, self.target.switch.platform, lines, self.target.state.owned)
        return remedy(was, seen.owned).lines

    def _undo(self, lines: Sequence[str]) -> Change:
        """Line by line, so that nothing new waits for a confirmation."""
        way = self.change.way
        plain = way if way in ("session", "commit") else "lines"
        return Change(plain, self.change.dialect, lines, f"{self.change.name}-back", 0)
