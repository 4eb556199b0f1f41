"""What is wanted of a switch, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.drivers.base import Receipt
from ccstack.model.switch import Switch
from ccstack.render.state import Section, SwitchState


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    """A switch and what it shall have: what this driver is given to observe and to apply."""

    switch: Switch
    state: SwitchState
    remains: tuple[Section, ...] = ()
    """What was ccstack's when the switch was last deployed to, and is wanted no more."""

    @property
    def name(self) -> str:
        """The switch's name."""
        return self.switch.name

    @property
    def sections(self) -> tuple[Section, ...]:
        """All that is ccstack's on the switch, and nothing else."""
        return tuple(dict.fromkeys((*self.state.owned, *self.remains)))


@dataclass(frozen=True, slots=True)
class SwitchResult(Receipt):
    """What became of one switch."""

    pushed: int = 0
    """Lines of configuration that it took."""
    release: str | None = None
    """The hash of what is ccstack's on it now (`SwitchActual.state`), where that is known."""
    before: str | None = None
    """The same before anything was done: `rollback` finds what was there by it."""
