"""How a change is begun, confirmed and taken back, by what the platform can do by itself (see `platforms.Way`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from .errors import RefusedError
from .platforms import Dialect, Way
from .ranges import with_ranges
from .terminal import Terminal

MOST_MINUTES = 60
"""The longest that every platform can wait for a confirmation."""
_LINES_A_MINUTE = 200
"""How many lines a slow switch takes in a minute: the timer of a platform that counts while lines are entered."""


@dataclass
class Change:
    """A change of one switch, from its first line to its last word. Every step is one session's."""

    way: Way
    dialect: Dialect
    lines: Sequence[str]
    name: str
    """A name for it, where the platform wants one."""
    seconds: int
    """Until the switch takes it back by itself, once all lines are there; 0 where it shall stay at once."""
    accepted: list[str] = field(default_factory=list)
    """Lines that the switch took."""
    waits: bool = False
    """Whether the switch takes it back by itself, if nobody confirms it."""

    @property
    def minutes(self) -> int:
        """What the timer is set to."""
        entering = 0 if self.way in ("session", "commit") else len(self.lines) // _LINES_A_MINUTE
        return min(MOST_MINUTES, -(-self.seconds // 60) + entering)

    @property
    def last(self) -> str:
        """The last line that the switch took, in words."""
        count = len(self.accepted)
        return f"the last line that it took is number {count}, `{self.accepted[-1]}`" if count else "it took no line"

    def make(self, terminal: Terminal) -> None:
        """Enter all lines, and have them count. Raises `RefusedError` or `DroppedError`."""
        {
            "lines": self._by_lines,
            "timer": self._by_timer,
            "checkpoint": self._by_checkpoint,
            "session": self._by_session,
            "commit": self._by_commit,
        }[self.way](terminal)

    def confirm(self, terminal: Terminal) -> None:
        """Tell the switch that it need not take the change back."""
        if self.waits:
            for command in _CONFIRM[self.way]:
                terminal.ask(command.format(name=self.name))
        self.waits = False

    def back(self, terminal: Terminal) -> None:
        """Have the switch take the change back now, as far as it can do that. Raises as `make`."""
        if self.waits:
            for command in _BACK[self.way]:
                terminal.ask(command.format(name=self.name))
        self.waits = self.waits and self.way == "checkpoint"

    # --- The ways ---

    def _by_lines(self, terminal: Terminal) -> None:
        terminal.ask("configure terminal")
        self._enter(terminal)
        terminal.ask("end")

    def _by_timer(self, terminal: Terminal) -> None:
        self.waits = True
        terminal.ask(f"configure terminal revert timer {self.minutes}")
        self._enter(terminal)
        terminal.ask("end")

    def _by_checkpoint(self, terminal: Terminal) -> None:
        self.waits = True
        terminal.ask(f"checkpoint auto {self.minutes}")
        self._by_lines(terminal)

    def _by_session(self, terminal: Terminal) -> None:
        terminal.ask(f"configure session {self.name}")
        try:
            self._enter(terminal)
        except RefusedError:
            terminal.ask("abort")
            raise
        if not self.seconds:
            terminal.ask("commit")
            return
        self.waits = True
        terminal.ask(f"commit timer {self.minutes // 60:02}:{self.minutes % 60:02}:00")

    def _by_commit(self, terminal: Terminal) -> None:
        terminal.ask("configure exclusive")
        try:
            self._enter(terminal)
            self.waits = bool(self.seconds)
            terminal.ask(f"commit confirmed {self.minutes}" if self.seconds else "commit", 120)
        except RefusedError:
            self.waits = False
            terminal.ask("rollback 0")
            terminal.ask("exit")
            raise
        terminal.ask("exit")

    def _enter(self, terminal: Terminal) -> None:
        lines = with_ranges(self.lines) if self.dialect.ranges else self.lines
        terminal.enter(list(with_exits(lines, always=self.dialect.exits)), self.accepted, bulk=self.dialect.bulk)


_CONFIRM: dict[Way, tuple[str, ...]] = {
    "timer": ("configure confirm",),
    "checkpoint": ("checkpoint auto confirm",),
    "session": ("configure session {name} commit",),
    "commit": ("configure exclusive", "commit", "exit"),
}

_BACK: dict[Way, tuple[str, ...]] = {
    "timer": ("configure revert now",),
    # AOS-CX goes back to it only when its time is over: until then the driver takes the lines back itself.
    "checkpoint": (),
    "session": ("configure session {name} abort",),
    "commit": ("configure exclusive", "rollback 1", "commit", "exit"),
}


def with_exits(lines: Sequence[str], *, always: bool) -> Iterator[str]:
    """Lines with `exit` where a mode must be left.

    A line of the top level is looked up in the mode that is open first: `ip dhcp snooping` means something else in an
    interface. A line that opens a mode leaves the other by itself, unless `always`.
    """
    depth = 0
    for line, following in pairwise([*lines, ""]):
        mine = len(line) - len(line.lstrip())
        opens = len(following) - len(following.lstrip()) > mine
        if mine < depth and (always or mine > 0 or not opens):
            yield from ["exit"] * (depth - mine)
        yield line
        depth = mine + opens
    yield from ["exit"] * (depth if always else 0)
