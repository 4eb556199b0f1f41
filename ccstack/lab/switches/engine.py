"""A switch without its network: what it runs, what it would start with, and who talks to it.

The command lines are models. They are written after the vendors' documents (each row of a grammar names its own), not
by watching devices: what they accept, a device of that document accepts too, as far as the documents say.
"""

from __future__ import annotations

import re
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .tree import Node

Platform = Literal["cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos"]


class HungUp(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The switch closed the session: it was left, the switch restarts, or a fault drops it."""


class Dropped(HungUp):
    """The connection is lost, without a word."""


@dataclass(slots=True)
class Faults:
    """What goes wrong, for as long as it is set."""

    latency_s: float = 0.0
    """Seconds that the switch takes for each line."""
    refuse: str = ""
    """Configuration lines that match this regular expression are refused, in the platform's words."""
    drop_at: int = 0
    """The connection drops at the N-th configuration line from now on (1: the next one), once."""
    reboot_on_save: bool = False
    """Once, saving the configuration ends in a restart with what was saved before."""
    shy: bool = False
    """Whoever logs in hears nothing before pressing Return."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A change that undoes itself at `deadline` (of the engine's clock) unless it is confirmed."""

    deadline: float
    minutes: float
    restore: Node
    name: str


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Who is heard by LLDP on an interface (IEEE 802.1AB)."""

    chassis: str
    port: str
    name: str = ""
    description: str = ""
    med: bool = False
    capabilities: str = ""


@dataclass(slots=True)
class Seen:
    """What the data plane tells the command line: nothing of it is configuration."""

    links: dict[str, bool] = field(default_factory=dict)
    """Interface to whether something is plugged in."""
    neighbours: dict[str, Neighbour] = field(default_factory=dict)
    macs: dict[str, tuple[tuple[int, str], ...]] = field(default_factory=dict)
    """Interface to the VLANs and MAC addresses heard there."""
    watts: dict[str, float] = field(default_factory=dict)
    """Interface to the watts that its device draws."""


@dataclass(slots=True)
class PortSettings:
    """What the running configuration says of a port, in the data plane's words."""

    up: bool = True
    trunk: bool = False
    access: int = 1
    """VLAN of untagged frames that come in; 0: they are dropped."""
    voice: int = 0
    """VLAN that is also taken tagged on an access port."""
    allowed: tuple[int, ...] | None = None
    """VLANs of a trunk; None: all."""
    poe: bool = True
    lldp_transmit: bool = True
    lldp_receive: bool = True
    voice_dscp: int = 46
    voice_priority: int = 5
    dhcp_trusted: bool = False
    limit: int = 0
    """Most MAC addresses; 0: any number."""


@dataclass(slots=True)
class SwitchSettings:
    """What the running configuration says of the whole switch."""

    vlans: tuple[int, ...] = (1,)
    snooped: tuple[int, ...] = ()
    """VLANs with DHCP snooping."""
    option82: bool = False
    """Whether it inserts option 82 (RFC 3046)."""


class Session(ABC):
    """Somebody at the command line."""

    question: str = ""
    """What is asked instead of showing a prompt."""
    hidden: bool = False
    """Whether the answer is a password: it is not echoed."""

    def __init__(self, engine: Engine, user: str = "admin") -> None:
        self.engine = engine
        self.user = user
        self.columns = 80

    @property
    @abstractmethod
    def prompt(self) -> str:
        """What the switch shows when it waits for a line."""

    @abstractmethod
    def type(self, line: str) -> str:
        """Enter a line; what the switch says. `HungUp` when it closes the session."""

    @abstractmethod
    def control(self, key: str) -> str:
        """A control key: `z` (end), `c` (forget the line)."""

    def lost(self) -> None:  # noqa: B027 - most platforms keep everything
        """The terminal is gone, said or unsaid."""


class Dialect(ABC):
    """What differs between platforms, besides the session."""

    session: ClassVar[type[Session]]

    @abstractmethod
    def factory(self, name: str, interfaces: Sequence[str]) -> Node:
        """The configuration that a switch comes with."""

    @abstractmethod
    def text(self, tree: Node) -> str:
        """A configuration as the switch shows it."""

    @abstractmethod
    def hostname(self, tree: Node) -> str:
        """The name that prompts show."""

    def reverted(self, engine: Engine) -> None:  # noqa: B027 - most platforms have nothing to do
        """A change undid itself."""

    @abstractmethod
    def port(self, tree: Node, interface: str) -> PortSettings:
        """What a configuration says of a port."""

    @abstractmethod
    def circuit_id(self, tree: Node, interface: str, vlan: int) -> bytes:
        """What the switch calls a port in option 82 (RFC 3046 section 3.1)."""

    @abstractmethod
    def switch(self, tree: Node) -> SwitchSettings:
        """What a configuration says of the whole switch."""


class Engine:
    """One switch. `type` is its console; `session` is somebody else's terminal.

    `enable` is the secret that `enable` asks for; without one, whoever logs in has all rights. `clock` gives seconds
    for the timers of changes that undo themselves. Not for several threads.
    """

    def __init__(
        self,
        platform: Platform,
        name: str,
        interfaces: Sequence[str],
        *,
        enable: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        setup: Sequence[str] = (),
    ) -> None:
        from .dialects import dialect_of  # they need this module

        self.platform, self.name, self.enable, self.clock = platform, name, enable, clock
        self.interfaces = tuple(interfaces)
        self.dialect = dialect_of(platform)
        self.faults = Faults()
        self.lock = threading.RLock()
        """Held while a line is entered: the data plane and several terminals look at one switch."""
        self.seen = Seen()
        self.listeners: list[Callable[[], None]] = []
        self.on_reload: list[Callable[[], None]] = []
        self.on_save: list[Callable[[], None]] = []
        self.pending: Pending | None = None
        self.candidates: dict[str, Node] = {}
        self.checkpoints: dict[str, Node] = {}
        self.history: list[Node] = []
        self.boots = 0
        self.started = clock()
        self.config = self.dialect.factory(name, self.interfaces)
        self.saved = self.config.clone()
        self._startup: tuple[Node, str] | None = None
        """What is saved, and how it is shown: it is replaced, and never changed."""
        self._console: Session | None = None
        if setup:
            self._set_up(setup)

    def _set_up(self, lines: Sequence[str]) -> None:
        for line in lines:
            said = self.type(line)
            if "%" in said or "error" in said.lower() or "nvalid" in said:
                raise ValueError(f"{self.platform} {self.name}: {line!r}: {said.strip()}")
        self.save()

    def session(self, user: str = "admin") -> Session:
        """A terminal of its own."""
        return self.dialect.session(self, user)

    def type(self, line: str) -> str:
        """Enter a line at the console; what the switch says. After a restart it is a fresh console."""
        if self._console is None:
            self._console = self.session("console")
        try:
            with self.lock:
                return self._console.type(line)
        except HungUp as gone:
            self._console = None
            return str(gone)

    def running(self) -> str:
        """The running configuration as the switch shows it."""
        self.tick()
        return self.dialect.text(self.config)

    def startup(self) -> str:
        """The configuration that it would start with."""
        if self._startup is None or self._startup[0] is not self.saved:
            self._startup = self.saved, self.dialect.text(self.saved)
        return self._startup[1]

    @property
    def hostname(self) -> str:
        """The name that its prompts show."""
        return self.dialect.hostname(self.config)

    def port(self, interface: str) -> PortSettings:
        """What the running configuration says of a port."""
        return self.dialect.port(self.config, interface)

    def settings(self) -> SwitchSettings:
        """What the running configuration says of the whole switch."""
        return self.dialect.switch(self.config)

    def changed(self) -> None:
        """The running configuration is another one: tell whoever listens."""
        for listener in self.listeners:
            listener()

    def run_from(self, tree: Node) -> None:
        """Run another configuration from now on."""
        self.config = tree
        self.changed()

    def save(self) -> None:
        """What runs is what it starts with from now on. `HungUp` when a fault lets it restart half way."""
        if self.faults.reboot_on_save:
            self.faults.reboot_on_save = False
            self.reload()
            raise Dropped("")
        self.saved = self.config.clone()
        for listener in self.on_save:
            listener()

    def revert_in(self, minutes: float, restore: Node, name: str) -> None:
        """Run `restore` in so many minutes unless confirmed before."""
        self.pending = Pending(self.clock() + minutes * 60, minutes, restore, name)

    def tick(self) -> None:
        """Let a timer that has run out do its work."""
        if self.pending is not None and self.clock() >= self.pending.deadline:
            restore, self.pending = self.pending.restore, None
            self.run_from(restore)
            self.dialect.reverted(self)

    def reload(self) -> None:
        """Restart with what was saved: all sessions, candidates and timers are gone."""
        self.pending, self._console = None, None
        self.candidates.clear()
        self.boots += 1
        self.started = self.clock()
        for listener in self.on_reload:
            listener()
        self.run_from(self.saved.clone())

    def count_line(self, line: str) -> bool:
        """A configuration line arrives: whether it is refused by a fault. `HungUp` when the fault is a lost session."""
        if self.faults.drop_at:
            self.faults.drop_at -= 1
            if not self.faults.drop_at:
                raise Dropped("")
        return bool(self.faults.refuse and re.search(self.faults.refuse, line))
