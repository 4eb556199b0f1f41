"""systemd units: enabled, running, and as what process."""

from __future__ import annotations

from dataclasses import dataclass

from .shell import Ran, run


@dataclass(frozen=True)
class UnitState:
    """How a unit stands."""

    active: str
    enabled: str
    pid: int

    @property
    def is_up(self) -> bool:
        """Runs (or, for a one-shot unit, has run) and comes back at boot."""
        return self.active == "active" and self.enabled in ("enabled", "static", "alias", "enabled-runtime", "indirect")


def unit_states(names: tuple[str, ...]) -> dict[str, UnitState]:
    """The state of each unit, in one call."""
    if not names:
        return {}
    properties = "--property=Id,ActiveState,UnitFileState,MainPID"
    blocks = run("systemctl", "show", properties, *names).output.strip().split("\n\n")
    return {name: _state(block) for name, block in zip(names, blocks)}  # noqa: B905 - Python 3.9


def _state(block: str) -> UnitState:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    pid = int(values.get("MainPID", "0") or 0)
    return UnitState(values.get("ActiveState", "unknown"), values.get("UnitFileState", ""), pid)


def bring_up(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[Ran, ...]]:
    """Enable and start what is not; which were started, and what was run."""
    states = unit_states(names)
    sleeping = tuple(name for name in names if states[name].active not in ("active", "activating"))
    disabled = tuple(name for name in names if not states[name].is_up and states[name].enabled != "static")
    ran = [run("systemctl", "daemon-reload")] if sleeping or disabled else []
    if disabled:
        ran.append(run("systemctl", "enable", *disabled))
    ran += [run("systemctl", "start", name, timeout=120) for name in sleeping]
    return sleeping, tuple(ran)
