"""The one process that plays all switches of a lab: their command lines, their ports, and the routers' DHCP relays.

`python -m ccstack.lab.switches.daemon FOLDER`, with the plan in FOLDER. It ends with the lab's cgroup.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ccstack.lab.errors import LabError

from .engine import Engine, HungUp, PortSettings
from .ovs import OpenVSwitch
from .plan import PlanNetwork, PlanSwitch, SwitchesPlan, commands_socket, plan_file
from .plane import CPU, UPLINK, Plane, Plugged, columns
from .relay import Relay
from .server import Login, SimulatedSwitch
from .tree import Node
from .wire import Wire, whole_checksums

BOOT_S = 3.0
"""How long a switch of the lab takes to restart; real ones take minutes."""
TICK_S = 0.2
LEARN_S = 3.0
"""How often who was heard is asked of the data plane."""


class Switches:
    """All switches of a lab."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._plan = SwitchesPlan.model_validate_json(plan_file(folder).read_text())
        self._ovs = OpenVSwitch(folder / "ovs", self._plan.space)
        self._planes = {one.name: Plane(n, one, self._engine(one)) for n, one in enumerate(self._plan.switches)}
        self._fronts = {one.name: self._front(one) for one in self._plan.switches}
        self._dirty, self._busy = asyncio.Event(), asyncio.Lock()
        self._done: dict[str, tuple[str, ...]] = {}
        self._relays: list[Relay] = []
        self._loop = asyncio.get_running_loop()

    def _engine(self, one: PlanSwitch) -> Engine:
        engine = Engine(one.platform, one.name, one.interfaces, enable=one.enable)
        saved = self._plan.saved / f"{one.name}.json"
        if saved.exists():
            kept = json.loads(saved.read_text())
            if kept["platform"] == one.platform:
                engine.saved = Node.from_data(kept["tree"])
                engine.config = engine.saved.clone()
        engine.on_save.append(lambda: self._keep(one, engine))
        engine.listeners.append(self._changed)
        return engine

    def _changed(self) -> None:
        self._loop.call_soon_threadsafe(self._dirty.set)

    def _keep(self, one: PlanSwitch, engine: Engine) -> None:
        self._plan.saved.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self._plan.saved / f"{one.name}.new"
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({"platform": one.platform, "tree": engine.saved.as_data()}))
        draft.rename(self._plan.saved / f"{one.name}.json")

    def _front(self, one: PlanSwitch) -> SimulatedSwitch:
        return SimulatedSwitch(
            self._planes[one.name].engine,
            address=str(one.address),
            port=one.port,
            logins=[Login(each.user, each.password, each.key) for each in one.logins],
            host_key=one.host_key.read_text(),
            boot_s=BOOT_S,
            space=one.space,
        )

    # begin

    async def run(self) -> None:
        """Play them until the process is ended."""
        await asyncio.to_thread(self._raise)
        for plane in self._planes.values():
            plane.cpu = Wire(self._plan.space, f"{plane.bridge}x", sparing=False)
            self._loop.add_reader(plane.cpu.socket, plane.from_core)
        self._relays = [Relay(network) for network in self._plan.networks if network.servers]
        await self._settle()
        await asyncio.gather(*(front.start() for front in self._fronts.values()))
        await asyncio.start_unix_server(self._serve, str(commands_socket(self._folder)))
        await asyncio.gather(self._settling(), self._ticking(), self._learning())

    def _raise(self) -> None:
        self._ovs.start()
        for name in ("all", "default"):
            path = f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6"
            self._inside("sh", "-c", f"echo 1 > {path}", strict=False)
        bridges: list[list[str]] = []
        for core in sorted({one.core for one in self._plan.switches}):
            bridges += _bridge(f"c{core}", "standalone")
            bridges += [c for network in self._plan.networks if network.core == core for c in _access(network)]
        for plane in self._planes.values():
            bridges += _bridge(plane.bridge, "secure")
            self._inside("ip", "link", "del", f"{plane.bridge}c", strict=False)
            self._inside("ip", "link", "add", f"{plane.bridge}c", "type", "veth", "peer", "name", f"{plane.bridge}x")
            for end in "cx":
                self._inside("ip", "link", "set", f"{plane.bridge}{end}", "up")
            bridges += _port(plane.bridge, f"{plane.bridge}c", CPU)
        for network in self._plan.networks:
            whole_checksums(network.router, network.router_port)
        self._ovs.configure(bridges)

    def _inside(self, *argv: str, strict: bool = True) -> None:
        done = subprocess.run(
            ["nsenter", f"--net={self._plan.space}", *argv], capture_output=True, text=True, check=False
        )
        if strict and done.returncode != 0:
            raise LabError(f"{' '.join(argv)}: {done.stderr.strip()}")

    # the running configurations become ports and flows

    async def _settling(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(0.05)  # a configuration comes in many lines
            await self._settle()

    async def _settle(self) -> None:
        self._dirty.clear()
        async with self._busy:
            try:
                await asyncio.to_thread(self._apply)
            except LabError as error:
                print(f"data plane: {error}", file=sys.stderr, flush=True)

    def _apply(self) -> None:
        """What looks at DHCP first, then VLANs, then links: no request gets past it on a VLAN that has just come."""
        commands: list[list[str]] = []
        flows: dict[str, tuple[str, ...]] = {}
        ports: list[tuple[Plane, Plugged, PortSettings]] = []
        for plane in self._planes.values():
            with plane.engine.lock:
                commands += self._uplink(plane)
                here = [(plane, cable, plane.settings(cable.interface)) for cable in list(plane.plugged.values())]
                for _, cable, port in here:
                    commands += self._port(plane.cable(cable.interface), port)
                flows[plane.bridge] = tuple(plane.flows())
                ports += here
        for bridge, wanted in flows.items():
            if self._is_new(f"flows {bridge}", wanted):
                self._ovs.flows(bridge, wanted)
        self._ovs.configure(commands)
        for plane, cable, port in ports:
            with plane.engine.lock:
                if plane.plugged.get(cable.interface) is cable:
                    self._link(plane, cable, port)

    def _is_new(self, what: str, wanted: tuple[str, ...]) -> bool:
        before = self._done.get(what)
        self._done[what] = wanted
        return before != wanted

    def _uplink(self, plane: Plane) -> list[list[str]]:
        near, far = f"{plane.bridge}u", f"c{plane.spec.core}{plane.bridge}"
        port = plane.uplink()
        if not self._is_new(near, columns(port) if port else ("down",)):
            return []
        if port is None:
            return [["--if-exists", "del-port", near], ["--if-exists", "del-port", far]]
        patch = [
            *_port(f"c{plane.spec.core}", far, None, peer=near),
            ["set", "port", far, "vlan_mode=native-untagged", "tag=1"],
            *_port(plane.bridge, near, UPLINK, peer=far),
        ]
        return [*patch, *_vlans(near, columns(port))]

    def _port(self, name: str, port: PortSettings) -> list[list[str]]:
        wanted = columns(port)
        return _vlans(name, wanted) if self._is_new(name, wanted) else []

    def _link(self, plane: Plane, cable: Plugged, port: PortSettings) -> None:
        name, up = plane.cable(cable.interface), port.up and port.poe
        if up != cable.up:
            self._inside("ip", "link", "set", name, "up" if up else "down", strict=False)
            cable.up, cable.fast, cable.due = up, 4, 0.0
        if not up:
            plane.engine.seen.neighbours.pop(cable.interface, None)
            plane.engine.seen.watts.pop(cable.interface, None)
        plane.engine.seen.links[cable.interface] = up
        if self._is_new(f"told {name}", (repr(port), plane.engine.hostname)):
            cable.due = 0.0  # what LLDP says has changed: say it at once (802.1AB section 9.1)

    # time

    async def _ticking(self) -> None:
        while True:
            now = time.monotonic()
            for plane in self._planes.values():
                with plane.engine.lock:
                    plane.engine.tick()
                    for cable in list(plane.plugged.values()):
                        plane.speak(cable, now)
            await asyncio.sleep(TICK_S)

    async def _learning(self) -> None:
        while True:
            for plane in self._planes.values():
                if plane.plugged:
                    with suppress(OSError, ValueError):
                        rows = await asyncio.to_thread(self._ovs.learned, plane.bridge)
                        plane.engine.seen.macs = _by_interface(plane, rows)
            await asyncio.sleep(LEARN_S)

    # commands

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        verbs: Mapping[str, Callable[..., Awaitable[Any]]] = {
            "plug": self.plug,
            "unplug": self.unplug,
            "run": self.type_in,
            "fault": self.fault,
            "reload": self.reload,
            "status": self.status,
        }
        try:
            while line := await reader.readline():
                asked = json.loads(line)
                try:
                    answer: dict[str, Any] = {"result": await verbs[asked["do"]](**asked["with"])}
                except (LabError, OSError, subprocess.SubprocessError) as error:
                    answer = {"error": str(error)}
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def _plane(self, switch: str) -> Plane:
        plane = self._planes.get(switch)
        if plane is None:
            raise LabError(f"there is no switch {switch}; there are: {', '.join(self._planes)}")
        return plane

    async def plug(self, switch: str, interface: str, namespace: str, ifname: str) -> None:
        """Lay a cable from a port to an interface that is made in a namespace."""
        plane = self._plane(switch)
        if interface not in plane.spec.interfaces:
            raise LabError(f"switch {switch} has no interface {interface}")
        if interface in plane.spec.uplinks:
            raise LabError(f"{interface} of switch {switch} is an uplink: its cable is in it")
        await self.unplug(switch, interface)
        async with self._busy:
            await asyncio.to_thread(self._lay, plane, interface, namespace, ifname)
        cable = plane.plugged[interface]
        self._loop.add_reader(cable.wire.socket, self._readable, plane, cable)
        await self._settle()

    def _lay(self, plane: Plane, interface: str, namespace: str, ifname: str) -> None:
        name = plane.cable(interface)
        self._inside("ip", "link", "add", name, "type", "veth", "peer", "name", ifname, "netns", namespace)
        wire = Wire(self._plan.space, name)
        plane.plugged[interface] = Plugged(interface, Path("/run/netns") / namespace, ifname, wire)
        self._done.pop(name, None)
        self._ovs.configure(_port(plane.bridge, name, plane.place(interface)))

    def _readable(self, plane: Plane, cable: Plugged) -> None:
        # OSError, once: the device is down, or gone with the namespace at its other end
        with suppress(OSError), plane.engine.lock:
            plane.from_port(cable, time.monotonic())

    async def unplug(self, switch: str, interface: str) -> None:
        """Pull a cable out; nothing happens if there is none."""
        plane = self._plane(switch)
        cable = plane.plugged.pop(interface, None)
        if cable is None:
            return
        self._loop.remove_reader(cable.wire.socket)
        cable.wire.close()
        for seen in (
            plane.engine.seen.neighbours,
            plane.engine.seen.watts,
            plane.engine.seen.links,
            plane.engine.seen.macs,
        ):
            seen.pop(interface, None)
        name = plane.cable(interface)
        async with self._busy:
            await asyncio.to_thread(self._ovs.configure, [["--if-exists", "del-port", name]])
            await asyncio.to_thread(self._inside, "ip", "link", "del", name, strict=False)
        self._dirty.set()

    async def type_in(self, switch: str, lines: list[str]) -> list[dict[str, str]]:
        """Enter lines at a console of the switch, as an admin does; what was shown."""
        engine = self._plane(switch).engine
        session, shown = engine.session("console"), []
        for line in lines:
            before = session.question or session.prompt
            with engine.lock:
                try:
                    said = session.type(line)
                except HungUp as last:
                    shown.append({"prompt": before, "line": line, "said": str(last)})
                    break
            shown.append({"prompt": before, "line": line, "said": said})
        with engine.lock:
            session.lost()
        await self._settle()
        return shown

    async def fault(self, switch: str, **given: Any) -> dict[str, Any]:
        """Set what goes wrong; what goes wrong now."""
        self._plane(switch)
        front = self._fronts[switch]
        if "unreachable" in given:
            unreachable = given.pop("unreachable")
            await (front.cut() if unreachable else front.mend())
        for name, value in given.items():
            setattr(front.faults, name, value)
        faults = front.faults
        return {
            "latency_s": faults.latency_s,
            "refuse": faults.refuse,
            "drop_at": faults.drop_at,
            "reboot_on_save": faults.reboot_on_save,
            "unreachable": front.is_cut,
        }

    async def reload(self, switch: str) -> None:
        """Take the switch's power and give it again: unsaved work is lost."""
        engine = self._plane(switch).engine
        with engine.lock:
            engine.reload()
        await self._settle()

    async def status(self) -> list[dict[str, Any]]:
        """How the switches are."""
        return [
            {
                "name": plane.spec.name,
                "unsaved": plane.engine.running() != plane.engine.startup(),
                "pending": plane.engine.pending is not None,
                "plugged": {name: cable.up for name, cable in plane.plugged.items()},
                "neighbours": {name: one.chassis for name, one in plane.engine.seen.neighbours.items()},
                "boots": plane.engine.boots,
                "reachable": self._fronts[plane.spec.name].is_up,
            }
            for plane in self._planes.values()
        ]


def _bridge(name: str, mode: str) -> list[list[str]]:
    return [["--may-exist", "add-br", name], ["set", "bridge", name, "datapath_type=netdev", f"fail_mode={mode}"]]


def _port(bridge: str, name: str, number: int | None, peer: str = "") -> list[list[str]]:
    columns_ = [f"ofport_request={number}"] if number else []
    columns_ += ["type=patch", f"options:peer={peer}"] if peer else []
    set_ = [["set", "interface", name, *columns_]] if columns_ else []
    return [["--may-exist", "add-port", bridge, name], *set_]


def _access(network: PlanNetwork) -> list[list[str]]:
    return [*_port(f"c{network.core}", network.cable, None), ["set", "port", network.cable, f"tag={network.vlan}"]]


def _vlans(name: str, wanted: tuple[str, ...]) -> list[list[str]]:
    return [["clear", "port", name, "vlan_mode", "tag", "trunks"], ["set", "port", name, *wanted]]


def _by_interface(plane: Plane, rows: list[tuple[int, int, str]]) -> dict[str, tuple[tuple[int, str], ...]]:
    names = {plane.place(interface): interface for interface in plane.plugged}
    found: dict[str, list[tuple[int, str]]] = {}
    for place, vlan, mac in rows:
        if place in names:
            found.setdefault(names[place], []).append((vlan, mac))
    return {name: tuple(sorted(macs)) for name, macs in found.items()}


async def _main(folder: Path) -> None:
    await Switches(folder).run()


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1])))
