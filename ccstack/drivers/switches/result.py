"""What is wanted of a switch, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.drivers.base import Receipt
from ccstack.model.switch import Switch
from ccstack.render.state import SwitchState


@dataclass(frozen=True, slots=True)
class SwitchTarget:
    """A switch and what it shall have: what this driver is given to observe and to apply."""

    switch: Switch
    state: SwitchState
    """What is wanted; it owns what was ccstack's when the switch was last deployed to, too."""

    @property
    def name(self) -> str:
        """The switch's name."""
        return self.switch.name


@dataclass(frozen=True, slots=True)
class SwitchResult(Receipt):
    """What became of one switch."""

    pushed: int = 0
    """Lines of configuration that it took."""
    release: str | None = None
    """The hash of what is ccstack's on it now (`SwitchActual.state`), where that is known."""
    before: str | None = None
    """The same before anything was done: `rollback` finds what was there by it."""
