"""The links between sites, internet and far ends: whole, cut, or bad."""

import sys
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from . import netns, relay
from .errors import LabError
from .fabric import LinkEnds, Port, short
from .machine import Cgroup, Runner, lab_cgroup, wait_until
from .state import State


class Condition(BaseModel):
    """How a link is. Delay (milliseconds) and loss (percent) hold in each direction."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cut: bool = False
    delay_ms: float = Field(default=0.0, ge=0, le=10_000)
    loss_percent: float = Field(default=0.0, ge=0, le=100)

    @property
    def impaired(self) -> bool:
        """Frames go through the relay."""
        return not self.cut and (self.delay_ms > 0 or self.loss_percent > 0)

    @property
    def whole(self) -> bool:
        """Nothing is wrong with it."""
        return not self.cut and not self.impaired

    def __str__(self) -> str:
        if self.cut:
            return "cut"
        return f"{self.delay_ms:g} ms, {self.loss_percent:g} % loss" if self.impaired else "up"


def condition_of(ends: LinkEnds, state: State) -> Condition:
    """How a link was left last."""
    note = _note(ends, state)
    return Condition.model_validate_json(note.read_text()) if note.exists() else Condition()


def _note(ends: LinkEnds, state: State) -> Path:
    return state.directory / "links" / f"{ends.link.end}.{ends.link.core.value}.json"


def set_condition(ends: LinkEnds, condition: Condition, state: State, run: Runner) -> None:
    """Make a link so, and note it, so that `up` keeps it. LabError if this machine cannot impair links."""
    if condition.impaired and not Path("/dev/net/tun").exists():
        raise LabError("/dev/net/tun is missing, and a delayed or lossy link needs it; try: modprobe tun")
    _relay_group(ends, state).end()
    _set_ports((ends.outer, ends.inner), "up" if condition.whole else "down", state, run)
    if condition.impaired:
        _start_relay(ends, condition, state, run)
    if not condition.cut:
        netns.wait_for_carrier(_taps(ends) if condition.impaired else (ends.outer, ends.inner), state, run)
    note = _note(ends, state)
    note.parent.mkdir(exist_ok=True)
    note.write_text(condition.model_dump_json())


def is_kept(ends: LinkEnds, condition: Condition, state: State) -> bool:
    """Whether a link is as it was left: only a relay can be missing."""
    return not condition.impaired or bool(_relay_group(ends, state).pids())


def held_ports(links: Iterable[LinkEnds], state: State) -> frozenset[Port]:
    """The ports that are down because someone wanted it so."""
    return frozenset(port for ends in links if not condition_of(ends, state).whole for port in (ends.outer, ends.inner))


def _set_ports(ports: tuple[Port, Port], to: str, state: State, run: Runner) -> None:
    for port in ports:
        run("ip", "-n", state.space(port.space), "link", "set", port.interface, to)


def _relay_group(ends: LinkEnds, state: State) -> Cgroup:
    return Cgroup(lab_cgroup(state.lab).path / f"relay-{ends.link.end}.{ends.link.core.value}")


def _taps(ends: LinkEnds) -> tuple[Port, Port]:
    """The devices that take the place of the link's ports."""
    outer, inner = ends.outer, ends.inner
    return (
        Port(outer.space, f"t-{ends.link.core.value}", outer.bridge),
        Port(inner.space, short("t-", ends.link.end), inner.bridge),
    )


def _start_relay(ends: LinkEnds, condition: Condition, state: State, run: Runner) -> None:
    taps = _taps(ends)
    where = [word for tap in taps for word in (str(netns.NETNS / state.space(tap.space)), tap.interface)]
    log = state.directory / "relay.log"
    ready = state.directory / f"relay-{ends.link.end}.{ends.link.core.value}.ready"
    ready.unlink(missing_ok=True)
    numbers = [f"{condition.delay_ms}", f"{condition.loss_percent}", str(ready)]
    _relay_group(ends, state).spawn([sys.executable, "-I", relay.__file__, *where, *numbers], log)
    wait_until(ready.exists, 60.0, lambda: f"the relay did not start; see {log}")
    ready.unlink()
    for tap in taps:
        run("ip", "-n", state.space(tap.space), "link", "set", tap.interface, "master", tap.bridge or "", "up")
