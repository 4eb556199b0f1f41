"""Simulated switches behind ssh on loopback, and a driver that reaches them as it would any."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ccstack.design import design
from ccstack.drivers.base import Progress
from ccstack.drivers.switches.access import Patience, open_access
from ccstack.drivers.switches.backup import Backups
from ccstack.drivers.switches.driver import SwitchDriver
from ccstack.drivers.switches.result import SwitchResult, SwitchTarget
from ccstack.lab.switches.engine import Engine
from ccstack.lab.switches.server import Login, Rack, SimulatedSwitch
from ccstack.model import ContactCenter
from ccstack.model.secret import EnvSecret
from ccstack.model.switch import Platform, Switch, SwitchAccess
from ccstack.plan.switches import owned_part, remedy
from ccstack.render.switches import switches
from ccstack.secrets import Vault
from tests.plan.switch_bench import PORTS, center

CANARY = "Canary.pass-5f1c"
"""The password of every switch; nothing but ssh may ever see it."""
ENABLE = "Canary.enable-9a2e"
QUICK = Patience(connect=30, answer=10, show=10, back=20, revert=60, poll=0.1)
FOREIGN: Mapping[Platform, tuple[str, ...]] = {
    "cisco-ios": ("vlan 666", "name theirs", "interface GigabitEthernet1/0/40", "description theirs"),
    "cisco-ios-xe": ("vlan 666", "name theirs", "interface GigabitEthernet1/0/40", "description theirs"),
    "arista-eos": ("vlan 666", "name theirs", "interface Ethernet40", "description theirs"),
    "aruba-aoscx": ("vlan 666", "name theirs", "exit", "interface 1/1/40", "description theirs"),
    "juniper-junos": ("set vlans theirs vlan-id 666", "set interfaces ge-0/0/40 description theirs"),
}
"""What an admin has typed there, and ccstack leaves as it is."""
ARCHIVE = ("archive", "path flash:archive", "exit")
"""What IOS-XE needs to go back by itself."""


@dataclass
class Bench:
    """Switches of a center, switched on."""

    center: ContactCenter
    sims: Mapping[str, SimulatedSwitch]
    driver: SwitchDriver
    targets: Sequence[SwitchTarget]
    told: list[Progress]
    backups: Path

    @property
    def target(self) -> SwitchTarget:
        return self.targets[0]

    @property
    def sim(self) -> SimulatedSwitch:
        return self.sims[self.target.name]

    @property
    def engine(self) -> Engine:
        return self.sim.engine

    def apply(self) -> SwitchResult:
        return self.driver.apply([self.target])[self.target.name]

    def is_as_wanted(self) -> bool:
        return not self.lines(self.engine.running())

    def lines(self, text: str) -> tuple[str, ...]:
        """What is missing in a configuration."""
        state = self.target.state
        return remedy(state, owned_part(text, state.owned, state.platform)).lines


@dataclass
class Wish:
    """How a bench shall be."""

    ports: int = 8
    password: str | None = CANARY
    """What the switches take; the driver has CANARY."""
    enable: str | None = None
    """What the switches ask for; the driver has ENABLE."""
    access: Mapping[str, object] = field(default_factory=dict)
    patience: Patience = QUICK
    jump_options: Sequence[str] = ()
    minute: float = 60.0
    """Seconds that a minute of the switches' own timers takes."""
    setup: Sequence[str] = ()
    forks: int = 4


@contextmanager
def bench(folder: Path, *platforms: Platform, **given: object) -> Iterator[Bench]:
    """Switches of these platforms, and the driver."""
    wish = Wish(**given)  # type: ignore[arg-type]
    plain = center(*platforms, ports=wish.ports)
    with ExitStack() as stack:
        sims = {one.name: _simulated(one, wish) for one in plain.switches}
        stack.enter_context(Rack(sims.values()))
        reached = [_reached(one, sims[one.name], wish) for one in plain.switches]
        made = plain.model_copy(update={"switches": tuple(reached)})
        told: list[Progress] = []
        vault = Vault(made, folder, {"SWITCH_PASSWORD": CANARY, "SWITCH_ENABLE": ENABLE})
        access = stack.enter_context(open_access(vault, wish.patience, wish.jump_options))
        driver = SwitchDriver(access, reached, Backups(folder / "kept"), forks=wish.forks, watch=told.append)
        states = {state.name: state for state in switches(design(made))}
        targets = [SwitchTarget(one, states[one.name]) for one in reached]
        yield Bench(made, sims, driver, targets, told, folder / "kept")


def _simulated(switch: Switch, wish: Wish) -> SimulatedSwitch:
    platform = switch.platform
    interfaces = [*(PORTS[platform][0].format(number) for number in range(1, 48)), uplink(platform)]
    engine = Engine(
        platform,
        switch.name,
        interfaces,
        enable=wish.enable,
        clock=lambda: time.monotonic() * 60 / wish.minute,
        setup=configuring(platform, (*wish.setup, *(ARCHIVE if platform == "cisco-ios-xe" else ()))),
    )
    return SimulatedSwitch(engine, logins=(Login(password=wish.password),))


def configuring(platform: Platform, lines: Sequence[str]) -> list[str]:
    """What somebody types at the console to configure `lines`."""
    if platform == "juniper-junos":
        return ["configure", *lines, "commit", "exit"] if lines else []
    return ["enable", "configure terminal", *lines, "end"] if lines else []


def typed(engine: Engine, *lines: str) -> None:
    """An admin configures something by hand."""
    for line in configuring(engine.platform, lines):
        said = engine.type(line)
        assert not re.search(r"^(%|Invalid|error|syntax)", said.strip()), f"{line}: {said}"


def _reached(switch: Switch, sim: SimulatedSwitch, wish: Wish) -> Switch:
    given = {"port": sim.port, "password": EnvSecret(variable="SWITCH_PASSWORD"), "host_key": host_key(sim)}
    access = SwitchAccess(**(given | dict(wish.access)))  # type: ignore[arg-type]
    update = {"address": "127.0.0.1", "access": access, "uplinks": (uplink(switch.platform),)}
    return switch.model_copy(update=update)


def uplink(platform: Platform) -> str:
    """One that no phone is plugged into."""
    return PORTS[platform][2].replace("10", "48")


def host_key(sim: SimulatedSwitch) -> str:
    """As a blueprint pins it."""
    return " ".join(sim.public_host_key.split()[:2])
