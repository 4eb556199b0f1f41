"""systemd units: enabled, running, as what process, and since when."""

from __future__ import annotations

import os
import time

from .ask_systemd import properties
from .shell import Ran, run

UNIT_OF: dict[str, str] = {
    "asterisk": "asterisk.service",
    "kamailio": "kamailio.service",
    "rtpengine": "rtpengine-daemon.service",
    "kea": "kea-dhcp4-server.service",
    "dnsmasq": "dnsmasq.service",
    "nginx": "nginx.service",
}
"""The unit that an apply class speaks to, by the class's first word."""

RESTARTS = frozenset(f"{engine}-restart" for engine in UNIT_OF)
"""Apply classes that end a process and start another one."""

CUTTING = frozenset(
    {
        "nftables",
        "asterisk-pjsip",
        "asterisk-restart",
        "kamailio-dispatcher",
        "kamailio-permissions",
        "kamailio-restart",
        "kamailio-tls",
    }
)
"""Apply classes whose changes can cut a process off from its neighbours."""


def unit_of(apply: str) -> str:
    """The unit that an apply class speaks to; empty for one that speaks to none."""
    return UNIT_OF.get(apply.split("-")[0], "")


class UnitState:
    """How a unit stands. `ticks` tells a process from a later one with the same number; 0 when there is none."""

    __slots__ = ("active", "enabled", "pid", "started", "ticks")

    def __init__(self, active: str, enabled: str, pid: int, started: float = 0.0, ticks: int = 0) -> None:
        self.active, self.enabled, self.pid, self.started, self.ticks = active, enabled, pid, started, ticks

    @property
    def is_up(self) -> bool:
        """Runs (or, for a one-shot unit, has run) and comes back at boot."""
        return self.active == "active" and self.enabled in ("enabled", "static", "alias", "enabled-runtime", "indirect")

    @property
    def process(self) -> list[int]:
        """Which process it is, fit for JSON."""
        return [self.pid, self.ticks]


def unit_states(names: tuple[str, ...]) -> dict[str, UnitState]:
    """The state of each unit, in one call."""
    if not names:
        return {}
    try:
        return _asked(names)
    except (OSError, ValueError):
        # The socket is systemd's own affair: where it is not as it was, systemctl knows.
        return _shown(names)


def _asked(names: tuple[str, ...]) -> dict[str, UnitState]:
    wanted = [(name, "Unit", one) for name in names for one in ("ActiveState", "UnitFileState")]
    services = [name for name in names if name.endswith(".service")]
    said = properties([*wanted, *((name, "Service", "MainPID") for name in services)])
    pids = dict(zip(services, said[len(wanted) :]))  # noqa: B905 - Python 3.9
    return {
        name: _stands(str(said[2 * at]), str(said[2 * at + 1]), int(pids.get(name, 0))) for at, name in enumerate(names)
    }


def _shown(names: tuple[str, ...]) -> dict[str, UnitState]:
    shown = "--property=Id,ActiveState,UnitFileState,MainPID"
    blocks = run("systemctl", "show", shown, *names).output.strip().split("\n\n")
    return {name: _state(block) for name, block in zip(names, blocks)}  # noqa: B905 - Python 3.9


def _state(block: str) -> UnitState:
    values = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
    pid = int(values.get("MainPID", "0") or 0)
    return _stands(values.get("ActiveState", "unknown"), values.get("UnitFileState", ""), pid)


def _stands(active: str, enabled: str, pid: int) -> UnitState:
    ticks = _ticks(pid)
    return UnitState(active, enabled, pid, _since(ticks), ticks)


def _ticks(pid: int) -> int:
    """When a process started, in ticks since the boot (proc_pid_stat(5), field 22); 0 when there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[19]) if pid else 0
    except (OSError, IndexError):
        return 0


def _since(ticks: int) -> float:
    if not ticks:
        return 0.0
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return round(booted + ticks / os.sysconf("SC_CLK_TCK"), 2)


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
