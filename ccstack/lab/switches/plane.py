"""What a switch does with frames: its configuration as ports of Open vSwitch, and the frames it handles itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccstack.lab.phones.frames import IPV4, LLDP, Datagram, Frame, Tag, parse_datagram

from . import lldp, snooping
from .engine import Engine, PortSettings
from .plan import PlanSwitch
from .wire import Wire

UPLINK, CPU = 1, 2
"""OpenFlow numbers of the way to the site's core, and of the switch's own processor."""
FIRST_PORT = 100


@dataclass(slots=True)
class Plugged:
    """A cable in a port."""

    interface: str
    space: Path
    ifname: str
    wire: Wire
    due: float = 0.0
    """When LLDP is to be sent next."""
    fast: int = lldp.FAST_FRAMES
    forget: float = 0.0
    """When the neighbour is not believed any more."""
    up: bool = False


@dataclass(slots=True)
class Plane:
    """One switch's data plane. `number` is the switch's place in the lab."""

    number: int
    spec: PlanSwitch
    engine: Engine
    plugged: dict[str, Plugged] = field(default_factory=dict)
    clients: dict[bytes, str] = field(default_factory=dict)
    """DHCP clients and the interface at which each was heard."""
    cpu: Wire | None = None

    @property
    def bridge(self) -> str:
        """Its bridge."""
        return f"s{self.number}"

    @property
    def mac(self) -> bytes:
        """Its base MAC address."""
        return b"\x02" + hashlib.sha256(self.spec.name.encode()).digest()[:5]

    def place(self, interface: str) -> int:
        """The OpenFlow number of a port."""
        return FIRST_PORT + self.spec.interfaces.index(interface)

    def cable(self, interface: str) -> str:
        """The near end of the cable in a port."""
        return f"{self.bridge}p{self.spec.interfaces.index(interface)}"

    def settings(self, interface: str) -> PortSettings:
        """What the running configuration says of a port."""
        return self.engine.port(interface)

    def uplink(self) -> PortSettings | None:
        """The uplink that is used: the first that is up, as spanning tree would leave it."""
        ports = [self.settings(uplink) for uplink in self.spec.uplinks]
        return next((port for port in ports if port.up), None)

    # the configuration, for Open vSwitch

    def flows(self) -> list[str]:
        """Who may ask for addresses, who may give them, and what the switch looks at itself."""
        found = ["priority=0,actions=NORMAL"]
        snooped = self.engine.settings().snooped
        up = self.uplink()
        for vlan in snooped:
            for interface in self.plugged:
                found += self._of_port(interface, vlan)
            if up is not None and carries(up, vlan):
                action = f"output:{CPU}" if up.dhcp_trusted else "drop"
                found.append(f"priority=100,in_port={UPLINK},dl_vlan={vlan},udp,tp_src=67,tp_dst=68,actions={action}")
        found.append(f"priority=100,in_port={CPU},actions={f'output:{UPLINK}' if up else 'drop'}")
        return found

    def _of_port(self, interface: str, vlan: int) -> Iterator[str]:
        port = self.settings(interface)
        if port.dhcp_trusted:
            return
        head = f"priority=100,in_port={self.place(interface)}"
        # Of every VLAN that is looked at, and not only of the port's: this holds before the port gets another one.
        tags = [f"dl_vlan={vlan}"] if vlan == port.voice or not port.trunk else []
        tags += ["vlan_tci=0x0000/0x1fff"] if vlan == port.access else []
        for tag in tags:
            yield f"{head},{tag},udp,tp_src=68,tp_dst=67,actions=drop"  # the switch takes it from the cable itself
            yield f"{head},{tag},udp,tp_src=67,tp_dst=68,actions=drop"  # nobody gives addresses here

    # frames that the switch handles itself

    def from_port(self, cable: Plugged, now: float) -> bool:
        """Read what came in at a port; whether a new neighbour was heard."""
        new = False
        while (frame := cable.wire.read()) is not None:
            if frame.kind == LLDP:
                new = self._heard(cable, frame, now) or new
            elif frame.kind == IPV4:
                self._asked(cable, frame)
        return new

    def _heard(self, cable: Plugged, frame: Frame, now: float) -> bool:
        told = lldp.heard(frame.payload)
        if told is None or not self.settings(cable.interface).lldp_receive:
            return False
        seen = self.engine.seen
        before = seen.neighbours.get(cable.interface)
        seen.neighbours[cable.interface] = told.neighbour
        seen.watts[cable.interface] = told.watts
        cable.forget = now + told.ttl_s
        if before is None or before.chassis != told.neighbour.chassis:
            cable.fast, cable.due = lldp.FAST_FRAMES, now
            return True
        return False

    def _asked(self, cable: Plugged, frame: Frame) -> None:
        port = self.settings(cable.interface)
        vlan = frame.tag.vlan if frame.tag else port.access
        datagram = parse_datagram(frame.payload)
        rules = self.engine.settings()
        wanted = vlan in rules.snooped and vlan in (port.access, port.voice) and not port.dhcp_trusted
        if datagram is None or not wanted or not snooping.is_dhcp(datagram.payload):
            return
        message = datagram.payload
        if not snooping.is_request(message) or snooping.information(message) is not None:
            return  # option 82 or answers from a port that is not trusted (RFC 3046 section 2.1)
        self.clients[snooping.client(message)] = cable.interface
        if rules.option82:
            circuit = self.engine.dialect.circuit_id(self.engine.config, cable.interface, vlan)
            message = snooping.with_information(message, circuit, self.mac)
        up = self.uplink()
        if self.cpu is not None and up is not None and carries(up, vlan):
            tag = Tag(vlan, frame.tag.priority if frame.tag else 0)
            self.cpu.write(replace(frame, payload=bytes(replace(datagram, payload=message)), tag=tag))

    def from_core(self) -> None:
        """Read answers of DHCP servers, and give each to the port that asked."""
        while self.cpu is not None and (frame := self.cpu.read()) is not None:
            datagram = parse_datagram(frame.payload)
            if frame.tag is not None and datagram is not None and snooping.is_dhcp(datagram.payload):
                self._answered(frame, frame.tag, datagram)

    def _answered(self, frame: Frame, tag: Tag, datagram: Datagram) -> None:
        cable = self.plugged.get(self.clients.get(snooping.client(datagram.payload), ""))
        if cable is None:
            return
        port = self.settings(cable.interface)
        if tag.vlan not in (port.access, port.voice):
            return
        payload = bytes(replace(datagram, payload=snooping.without_information(datagram.payload)))
        cable.wire.write(replace(frame, payload=payload, tag=tag if tag.vlan == port.voice else None))

    def speak(self, cable: Plugged, now: float) -> None:
        """Send LLDP where it is due, and forget who has not been heard for long."""
        if cable.forget and now > cable.forget:
            self.engine.seen.neighbours.pop(cable.interface, None)
            self.engine.seen.watts.pop(cable.interface, None)
            cable.forget = 0.0
        port = self.settings(cable.interface)
        if not cable.up or not port.lldp_transmit or now < cable.due:
            return
        cable.fast = max(0, cable.fast - 1)
        cable.due = now + (1.0 if cable.fast else lldp.INTERVAL_S)
        told = lldp.announce(self.engine.hostname, self.mac, cable.interface, port)
        cable.wire.write(Frame(lldp.NEAREST_BRIDGE, self.mac, LLDP, told))


def carries(port: PortSettings, vlan: int) -> bool:
    """Whether a port carries a VLAN, tagged or not."""
    if not port.trunk:
        return vlan in (port.access, port.voice)
    return port.allowed is None or vlan in port.allowed


def columns(port: PortSettings) -> tuple[str, ...]:
    """A port's VLANs as columns of Open vSwitch's table `Port` (ovs-vswitchd.conf.db(5), VLAN Configuration)."""
    tagged: Sequence[int] = (port.allowed or ()) if port.trunk else [port.voice] if port.voice else ()
    access = port.access if not port.trunk or port.access in tagged else 0
    if access and not tagged:
        return ("vlan_mode=access", f"tag={access}")
    trunks = f"trunks={','.join(map(str, sorted({*tagged, access} - {0}))) or 4095}"  # 4095: no frame has it
    return ("vlan_mode=native-untagged", f"tag={access}", trunks) if access else ("vlan_mode=trunk", trunks)
