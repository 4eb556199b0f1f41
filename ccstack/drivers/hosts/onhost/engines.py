"""The processes of the host, as an activation deals with them; tests put others in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from . import readback
from .apply import apply
from .layout import Layout
from .shell import Ran, run
from .units import UnitState, bring_up, unit_states
from .wanted import Wanted


class Engines(Protocol):
    """What an activation needs of the processes."""

    def states(self, units: Iterable[str]) -> dict[str, UnitState]:
        """How each unit stands."""

    def bring_up(self, units: Iterable[str]) -> tuple[tuple[str, ...], tuple[Ran, ...]]:
        """Enable and start what is not; which were started, and what was run."""

    def start(self, units: Iterable[str]) -> tuple[Ran, ...]:
        """Start these."""

    def put_away(self, stop: Iterable[str], disable: Iterable[str]) -> None:
        """Stop and disable these, whether they are there or not."""

    def follow(self, classes: Iterable[str], expect: Mapping[str, Any], fresh: frozenset[str]) -> tuple[Ran, ...]:
        """Have processes take over changes of these apply classes; units in `fresh` have just been started."""

    def wrong(self, wanted: Wanted, units: Iterable[str]) -> dict[str, str]:
        """What the processes say they have, and should not, or the other way round, each with the apply class that
        mends it; `""` where a process could not be asked."""

    def reached(self, units: Iterable[str]) -> dict[str, bool]:
        """Neighbours that processes of these units ping, and whether they answer."""

    def ping(self, ways: Iterable[str]) -> None:
        """Have these of them pinged now; the answer is there a second later."""


class RealEngines:
    """systemd's units, and what the processes themselves say."""

    def states(self, units: Iterable[str]) -> dict[str, UnitState]:
        """See `Engines`."""
        return unit_states(tuple(units))

    def bring_up(self, units: Iterable[str]) -> tuple[tuple[str, ...], tuple[Ran, ...]]:
        """See `Engines`."""
        return bring_up(tuple(units))

    def start(self, units: Iterable[str]) -> tuple[Ran, ...]:
        """See `Engines`."""
        return tuple(run("systemctl", "start", unit, timeout=120) for unit in units)

    def put_away(self, stop: Iterable[str], disable: Iterable[str]) -> None:
        """See `Engines`."""
        for verb, units in (("stop", stop), ("disable", disable)):
            for unit in units:
                run("systemctl", verb, unit)

    def follow(self, classes: Iterable[str], expect: Mapping[str, Any], fresh: frozenset[str]) -> tuple[Ran, ...]:
        """See `Engines`."""
        return apply(classes, expect, fresh)

    def wrong(self, wanted: Wanted, units: Iterable[str]) -> dict[str, str]:
        """See `Engines`."""
        return readback.differences(wanted, [*units, readback.HOST])

    def reached(self, units: Iterable[str]) -> dict[str, bool]:
        """See `Engines`."""
        return readback.reached(units)

    def ping(self, ways: Iterable[str]) -> None:
        """See `Engines`."""
        readback.ping(ways)


@dataclass(frozen=True)
class Host:
    """A host: its disk and its processes."""

    layout: Layout
    engines: Engines
