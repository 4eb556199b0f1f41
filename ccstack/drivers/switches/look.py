"""A look at a switch: its running configuration, cut down to what is ccstack's before it leaves this file."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from ccstack.plan.actual import SwitchActual
from ccstack.plan.switches import owned_part

from .errors import RefusedError, UnreachedError
from .platforms import PLATFORMS, Dialect, Way, way_of
from .result import SwitchTarget
from .terminal import Terminal

_HEADING = ("!", "Building ", "Current configuration", "Using ")
PENDING = "a change waits for its confirmation, and is taken back when none comes"


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found: for the plan, and for the driver."""

    actual: SwitchActual
    way: Way
    """How this switch can be changed as it is set up now."""


def look_at(terminal: Terminal, target: SwitchTarget) -> Look:
    """What is ccstack's on the switch. Raises `DroppedError` and `RefusedError`."""
    dialect = PLATFORMS[target.switch.platform]
    running = _running(terminal, dialect, target)
    owned = _owned(running, target)
    way, reverts = way_of(target.switch.platform, running)
    named = re.search(dialect.named, running)
    saved = not dialect.startup or _is_saved(terminal, dialect, target, running, owned)
    actual = SwitchActual(
        switch=target.name,
        owned=owned,
        state=hashlib.sha256(owned.encode()).hexdigest(),
        saved=saved,
        pending=PENDING if dialect.pending and _is_pending(terminal, dialect) else None,
        facts={"platform": dialect.label, "reverts": reverts, "host name": named[1] if named else ""},
    )
    return Look(actual, way)


def _running(terminal: Terminal, dialect: Dialect, target: SwitchTarget) -> str:
    try:
        return terminal.show(dialect.running)
    except RefusedError:
        if terminal.may_configure:
            raise
        access, path = target.switch.access, f"switches.{target.name}.access.enable"
        words = f"logging in as {access.user} gives no right to configure; set {path}"
        raise UnreachedError(words, is_lasting=True) from None


def _owned(text: str, target: SwitchTarget) -> str:
    return owned_part(text, target.state.owned, target.switch.platform)


def _is_saved(terminal: Terminal, dialect: Dialect, target: SwitchTarget, running: str, owned: str) -> bool:
    try:
        startup = terminal.show(dialect.startup)
    except RefusedError:  # a switch that nothing was ever saved on has none
        return not owned
    return _said(startup) == _said(running) or _owned(startup, target) == owned


def _said(text: str) -> list[str]:
    """A configuration without its heading, which tells sizes and times."""
    return [line for line in text.splitlines() if line and not line.startswith(_HEADING)]


def _is_pending(terminal: Terminal, dialect: Dialect) -> bool:
    try:
        return bool(re.search(dialect.is_pending, terminal.show(dialect.pending)))
    except RefusedError:  # releases without the command can have nothing pending that it would show
        return False
