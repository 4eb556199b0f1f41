"""The people of a center, played in its lab: softphones of agents and stations, carriers, and callers outside.

Everyone plays a tone of their own, so that whoever is heard at the other end is known.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from pydantic import SecretStr

from ccstack.calls.client import LiveCall, UserAgentProcess
from ccstack.calls.names import CALLER, carrier_place
from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy, PlaceCall, Tls
from ccstack.calls.signatures import people_tones
from ccstack.calls.tone import Tone
from ccstack.design import Design
from ccstack.model.agent import Agent
from ccstack.model.phone import Station
from ccstack.model.trunk import Trunk

from .from_center import HOMES, STRANGER, phones_place
from .lab import Lab

RING_MS = 300
"""How long a softphone rings before it answers."""


@dataclass(frozen=True, slots=True)
class PeopleState:
    """What the people of a lab are at."""

    phones: int
    registered: int
    """Registrations that hold: one a phone and SBC."""
    wanted: int
    """Registrations that there should be."""
    carriers: int
    legs: int
    """Calls under way, each end that is played here counted."""

    @property
    def all_registered(self) -> bool:
        """Whether every phone is registered at every SBC."""
        return self.registered == self.wanted

    def __str__(self) -> str:
        at = "registered at every SBC" if self.all_registered else f"{self.registered} of {self.wanted} registrations"
        return f"{self.phones} phones, {at}; {self.carriers} carrier gateways; calls under way: {self.legs}"


class People:
    """Softphones and carriers of a lab that is up. Use it as a context manager."""

    def __init__(
        self,
        lab: Lab,
        design: Design,
        password_of: Callable[[str], str],
        ca_file: str | None = None,
        lines: Collection[str] | None = None,
    ) -> None:
        """`password_of` gives the SIP password of a line; `ca_file` is the CA (PEM) that remote agents trust; `lines`
        says whose softphones are played: everybody's without it, nobody's where all of them have desk phones."""
        self._lab, self._design, self._password_of, self._ca_file = lab, design, password_of, ca_file
        known: dict[str, Agent | Station] = {**design.index["agents"], **design.index["stations"]}
        self._lines = {name: line for name, line in known.items() if lines is None or name in lines}
        self._places: dict[str, UserAgentProcess] = {}
        self._homes: dict[str, UserAgentProcess] = {}
        self.tones: Mapping[str, Tone] = people_tones(design)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start everybody; agents begin to register. Raises `AgentError` and leaves nobody behind."""
        try:
            for trunk in self._design.center.trunks:
                self._start_carrier(trunk)
            for line in self._lines.values():
                self._place_of(line).add_account(self._account(line))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Everybody hangs up, unregisters and goes home."""
        for process in (*self._places.values(), *self._homes.values()):
            process.close()
        self._places.clear()
        self._homes.clear()

    def hang_up(self) -> None:
        """Everybody ends the calls that they are in."""
        for process in (*self._places.values(), *self._homes.values()):
            process.hangup_all()

    def wait_registered(self, timeout: float = 60.0) -> None:
        """Wait until every agent is registered at every SBC."""
        for process in {id(p): p for p in map(self._place_of, self._lines.values())}.values():
            process.wait_registered(timeout=timeout)

    def register_at(self, name: str, *sbcs: str) -> None:
        """Have an agent's softphone register anew: at these SBCs only, or at every one when none is named."""
        agent = self._lines[name]
        process = self._place_of(agent)
        process.remove_account(name)
        process.add_account(self._account(agent, sbcs))
        process.wait_registered(name)

    def state(self) -> PeopleState:
        """Who is registered and talking now. Reports of calls that have ended are forgotten."""
        phones = {id(p): p for p in map(self._place_of, self._lines.values())}.values()
        registered = [r.registered for process in phones for r in process.registrations()]
        processes = (*self._places.values(), *self._homes.values())
        talking = sum(call.state != "ended" for process in processes for call in process.calls())
        for process in processes:
            process.forget()
        carriers = sum(len(t.gateways) for t in self._design.center.trunks)
        return PeopleState(len(self._lines), sum(registered), len(registered), carriers, talking)

    def at(self, place: str, config: AgentConfig | None = None) -> UserAgentProcess:
        """The user agent process at a place of the lab, started when it is first wanted."""
        if place not in self._places:
            self._places[place] = self._started(place, config)
        return self._places[place]

    def _started(self, place: str, config: AgentConfig | None) -> UserAgentProcess:
        process = UserAgentProcess(self._lab.namespace(place), config)
        process.start()
        return process

    def phone(self, agent: str) -> UserAgentProcess:
        """The process in which the softphone of an agent (or a station) runs; its account has that name."""
        return self._place_of(self._lines[agent])

    def carrier(self, trunk: str, number: int = 1) -> UserAgentProcess:
        """The process that plays a gateway of a trunk, counted from 1; its account is `carrier`."""
        return self.at(carrier_place(trunk, number))

    def stranger(self) -> UserAgentProcess:
        """Somebody whom the center did not declare."""
        return self.at(STRANGER, AgentConfig(port=5060))

    def call_in(self, trunk: str, to: str, caller: str, gateway: int = 1, sbc: str | None = None) -> LiveCall:
        """A call from outside: `caller` dials `to` (both E.164), and the trunk's gateway brings it to an SBC."""
        return self.carrier(trunk, gateway).call(self.order_in(to, caller, sbc))

    def order_in(self, to: str, caller: str, sbc: str | None = None) -> PlaceCall:
        """The order for a call from outside; `sbc` names the host it is sent to, the first that lives without it."""
        server = f"sip:{self._design.index['hosts'][sbc].address}:5060" if sbc else None
        sound = f"tone:{self.tones[CALLER]}"
        return PlaceCall(account="carrier", to=to, from_user=caller, sound=sound, server=server)

    def _start_carrier(self, trunk: Trunk) -> None:
        hosts = self._design.index["hosts"]
        sbcs = [hosts[name] for name in self._design.homes.sbcs]
        for number, gateway in enumerate(trunk.gateways, 1):
            name = carrier_place(trunk.name, number)
            process = self.at(name, AgentConfig(bind=str(gateway.address), port=gateway.port))
            process.add_account(
                AccountConfig(
                    account="carrier",
                    user="carrier",
                    domain=str(gateway.address),
                    catch_all=True,
                    servers=tuple(f"sip:{h.address}:{h.sbc.sip_port}" for h in sbcs),
                    policy=AnswerPolicy(action="answer", after_ms=RING_MS, sound=f"tone:{self.tones[name]}"),
                )
            )

    def _place_of(self, agent: Agent | Station) -> UserAgentProcess:
        """The site's phones share a process; who works at home has one, an address and TLS connections of their own."""
        if isinstance(agent, Station) or not agent.remote:
            return self.at(phones_place(agent.site))
        if agent.name not in self._homes:
            addresses = self._lab.state.topology_or_refuse().far_end(HOMES).addresses
            bind = addresses[len(self._homes) % len(addresses)]
            config = AgentConfig(bind=str(bind), port=0, tls=Tls(ca_file=self._ca_file))
            self._homes[agent.name] = self._started(HOMES, config)
        return self._homes[agent.name]

    def _account(self, agent: Agent | Station, only: tuple[str, ...] = ()) -> AccountConfig:
        return AccountConfig(
            account=agent.name,
            user=agent.name,
            domain=self._design.center.domain,
            display=agent.label or agent.name,
            password=SecretStr(self._password_of(agent.name)),
            servers=self._servers(agent, only),
            registers=True,
            policy=AnswerPolicy(action="answer", after_ms=RING_MS, sound=f"tone:{self.tones[agent.name]}"),
        )

    def _servers(self, agent: Agent | Station, only: tuple[str, ...]) -> tuple[str, ...]:
        """Every SBC (or those of `only`), the agent's own site's first; agents at home come by TLS."""
        names = [name for name in self._design.homes.site_sbcs[agent.site] if not only or name in only]
        hosts = [self._design.index["hosts"][name] for name in names]
        if isinstance(agent, Agent) and agent.remote:
            return tuple(f"sip:{h.address}:{h.sbc.tls_port};transport=tls" for h in hosts)
        return tuple(f"sip:{h.address}:{h.sbc.sip_port}" for h in hosts)
