"""All that a platform's writer needs of one switch, and the sheet that it writes on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccstack.design import Design
from ccstack.design.wiring import Jack, Seat
from ccstack.model.switch import Switch
from ccstack.render.state import Line, Section, Source, SwitchState

from .circuit import vlan_name
from .words import description

QOS = Source("center.qos", "switches.qos")
MEDIA, SIGNALLING, PHONE, QUEUE = "ccstack-media", "ccstack-signalling", "ccstack-phone", "ccstack-queue"
"""Classes of packets; the policy that marks what comes from a phone; the one that sends voice first."""


@dataclass(frozen=True, slots=True)
class Vlan:
    """A VLAN of the switch's site."""

    id: int
    name: str
    source: Source


@dataclass(frozen=True, slots=True)
class Port:
    """A phone port."""

    interface: str
    description: str
    about: Source
    """Where the description comes from."""
    macs: int
    """MAC addresses that may be seen: the phone's in both VLANs (it speaks in the untagged one until it is told of the
    other), and its PC's."""
    addressed: bool
    """Whether DHCP gives a phone here the port's own address."""


@dataclass(frozen=True, slots=True)
class Wired:
    """A switch with its VLANs and ports."""

    switch: Switch
    own: Source
    voice: Vlan | None
    data: Vlan | None
    ports: tuple[Port, ...]
    uplinks: tuple[str, ...]
    media: int
    """DSCP of RTP."""
    signalling: int
    """DSCP of SIP."""

    @property
    def vlans(self) -> tuple[Vlan, ...]:
        """All, by id."""
        return tuple(sorted((v for v in (self.voice, self.data) if v), key=lambda vlan: vlan.id))

    @property
    def vlan_list(self) -> str:
        """`10,110`, as switches write a list: neighbours as a range only where there are three or more of them."""
        return ",".join(str(vlan.id) for vlan in self.vlans)

    @property
    def snooped(self) -> Vlan | None:
        """The VLAN in which the switch tells the DHCP server which port a request came from, if it shall."""
        return self.voice if self.switch.phone_addresses is not None else None


def wired(design: Design, switch: Switch, longest: int) -> Wired:
    """What is to be written for a switch; descriptions have at most `longest` characters."""
    wiring, qos = design.wiring, design.center.qos
    networks = wiring.vlans[switch.name]
    own = Source(f"switches.{switch.name}", "switches.port")
    place = Source(f"sites.{switch.site}", "switches.vlan")
    voice, data = (
        Vlan(network.vlan, vlan_name(network.kind, network.vlan), place) if network and network.vlan else None
        for network in (networks.voice, networks.data)
    )
    return Wired(
        switch=switch,
        own=own,
        voice=voice,
        data=data,
        ports=tuple(_port(jack, wiring.seats, own, longest) for jack in wiring.jacks[switch.name]),
        uplinks=wiring.uplinks[switch.name],
        media=qos.media_dscp,
        signalling=qos.signalling_dscp,
    )


def _port(jack: Jack, seats: dict[str, Seat], own: Source, longest: int) -> Port:
    seat = seats[jack.phone] if jack.phone else None
    line = seat.line if seat else None
    label = (line.label or line.name) if line else ""
    return Port(
        interface=jack.interface,
        description=description(jack.phone, label, longest),
        about=Source(f"phones.{jack.phone}", "switches.description") if jack.phone else own,
        macs=3 if jack.pc else 2,
        addressed=jack.address is not None,
    )


class Sheet:
    """A switch's lines and sections as they are gathered."""

    def __init__(self, wired: Wired) -> None:
        self._wired = wired
        self._lines: list[Line] = []
        self._owned: list[Section] = []

    def lines(self, source: Source, *texts: str) -> None:
        """Add lines."""
        self._lines += [Line(text, source) for text in texts]

    def block(self, header: str, source: Source, lines: Iterable[str | Line]) -> None:
        """Add a line that opens a section, and what is in it."""
        self._lines.append(Line(header, source))
        for one in lines:
            text, why = (one, source) if isinstance(one, str) else (one.text, one.source)
            self._lines.append(Line(f" {text}", why))

    def own(self, header: str, leaves: Iterable[str] = (), shared: Iterable[str] = ()) -> None:
        """Say that a section is ccstack's."""
        self._owned.append(Section(header, tuple(leaves), tuple(shared)))

    def state(self) -> SwitchState:
        """All of it."""
        switch = self._wired.switch
        return SwitchState(switch.name, switch.platform, tuple(self._lines), tuple(self._owned))

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)
