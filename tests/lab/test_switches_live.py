"""The lab's switches forward what their running configurations let through, and tell phones what these say."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ccstack.lab.lab import Lab
from ccstack.lab.machine import lab_cgroup, wait_until
from ccstack.lab.phones import dhcp, lldp
from ccstack.lab.phones.frames import EVERYBODY, IPV4, LLDP, Datagram, Frame, Tag, parse_datagram
from ccstack.lab.phones.nic import Nic
from ccstack.lab.phones.space import entered
from ccstack.lab.switches import snooping
from ccstack.lab.switches.bay import secret_variables
from tests.lab.leftovers import left_behind
from tests.lab.switch_center import CIRCUITS, PORTS, SERVER, VOICE, Bench, bench, play, topology, until

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="a lab needs root"),
]
MACS = [bytes.fromhex("020000aa000" + digit) for digit in "1234"]
SWITCHES = tuple(PORTS)


@pytest.fixture(scope="module")
def up() -> Iterator[Bench]:
    with bench("switches") as one:
        yield one


class Heard:
    """A network card that notes the text of the datagrams that it hears, and who said what by LLDP."""

    def __init__(self, space: Path, mac: bytes, tag: Tag | None = None) -> None:
        self.nic = Nic(space, mac)
        self.nic.tag = tag
        self.texts: list[bytes] = []
        self.neighbour: lldp.Neighbour | None = None
        self.messages: list[bytes] = []
        self.nic.on(IPV4, self._packet)
        self.nic.on(LLDP, self._lldp)

    def _packet(self, frame: Frame) -> None:
        datagram = parse_datagram(frame.payload)
        if datagram is not None:
            self.texts.append(datagram.payload)
            if snooping.is_dhcp(datagram.payload):
                self.messages.append(datagram.payload)

    def _lldp(self, frame: Frame) -> None:
        self.neighbour = lldp.decode(frame.payload) or self.neighbour

    def say(self, text: bytes) -> None:
        packet = Datagram(IPv4Address("10.91.1.77"), IPv4Address("255.255.255.255"), 7000, 7000, text)
        self.nic.broadcast(bytes(packet))


async def reaches(one: Heard, other: Heard, text: bytes, seconds: float = 60.0) -> bool:
    """Whether what `one` broadcasts comes to `other`; said again and again."""
    deadline = asyncio.get_running_loop().time() + seconds
    while text not in other.texts:
        if asyncio.get_running_loop().time() > deadline:
            return False
        one.say(text)
        await asyncio.sleep(0.1)
    return True


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_vlan_reaches_itself_through_the_core_and_no_other(up: Bench, switch: str) -> None:
    other = SWITCHES[(SWITCHES.index(switch) + 1) % len(SWITCHES)]
    with up.desk("a", switch, 1) as a, up.desk("b", other, 1) as b, up.desk("c", switch, 2) as c:

        async def story() -> None:
            phone, far = Heard(a, MACS[0], Tag(VOICE)), Heard(b, MACS[1], Tag(VOICE))
            pc = Heard(c, MACS[2])
            await until(lambda: (phone.nic.has_link and far.nic.has_link and pc.nic.has_link) or None)
            assert await reaches(phone, far, b"voice to voice")
            assert b"voice to voice" not in pc.texts
            phone.nic.tag = far.nic.tag = None
            assert await reaches(phone, pc, b"data to data")
            assert await reaches(phone, far, b"data to data")
            phone.nic.tag = Tag(999)
            assert not await reaches(phone, far, b"nobody's", 0.5)

        play(story)


def test_an_uplink_carries_what_it_is_allowed(up: Bench) -> None:
    with up.desk("a", "ios", 1) as a, up.desk("b", "eos", 1) as b:

        async def story() -> None:
            phone, far = Heard(a, MACS[0], Tag(VOICE)), Heard(b, MACS[1], Tag(VOICE))
            assert await reaches(phone, far, b"before")
            up.type("ios", f"configure terminal\ninterface {PORTS['ios'][2]}\nswitchport trunk allowed vlan remove 110")
            assert not await reaches(phone, far, b"without", 0.5)
            up.type("ios", f"configure terminal\ninterface {PORTS['ios'][2]}\nswitchport trunk allowed vlan add 110")
            assert await reaches(phone, far, b"again")

        play(story)


OFF = {
    "ios": ("interface GigabitEthernet1/0/1\npower inline never", "interface GigabitEthernet1/0/1\npower inline auto"),
    "eos": ("interface Ethernet1\npoe disabled", "interface Ethernet1\nno poe disabled"),
    "cx": ("interface 1/1/1\nno power-over-ethernet", "interface 1/1/1\npower-over-ethernet"),
    "junos": ("set poe interface ge-0/0/1 disable\ncommit", "delete poe interface ge-0/0/1\ncommit"),
}


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_port_without_power_has_no_link(up: Bench, switch: str) -> None:
    off, on = (f"configure{'' if switch == 'junos' else ' terminal'}\n{lines}" for lines in OFF[switch])
    with up.desk("a", switch, 1) as a:

        async def story() -> None:
            phone = Heard(a, MACS[0])
            await until(lambda: phone.nic.has_link or None)
            up.type(switch, off)
            await until(lambda: not phone.nic.has_link or None)
            up.type(switch, on)
            await until(lambda: phone.nic.has_link or None)

        play(story)


@pytest.mark.parametrize("switch", SWITCHES)
def test_lldp_tells_the_voice_vlan_and_the_phone_is_seen(up: Bench, switch: str) -> None:
    with up.desk("a", switch, 1) as a:

        async def story() -> None:
            phone = Heard(a, MACS[0])
            told = await until(lambda: phone.neighbour)
            assert told.voice == lldp.Policy(VOICE, True, 5, 46)
            assert (told.name, told.port) == (switch, up.port(switch, 1))
            own = lldp.Self(MACS[0], IPv4Address("10.91.1.50"), "Snom", "D865", 6.0)
            phone.nic.send(lldp.NEAREST_BRIDGE, LLDP, lldp.encode(own), tagged=False)
            shown = {
                "ios": "show lldp neighbors detail",
                "eos": "show lldp neighbors detail",
                "cx": "show lldp neighbor-info detail",
                "junos": "show lldp neighbors interface ge-0/0/1",
            }[switch]
            said = await until(lambda: text if "Snom" in (text := up.type(switch, shown)) else None)
            assert MACS[0].hex(":") in said or "0200.00aa.0001" in said

        play(story)


@pytest.mark.parametrize("switch", SWITCHES)
def test_dhcp_carries_the_port_to_the_server_and_comes_back_without(up: Bench, switch: str) -> None:
    """The server's side is played here: its address is put on the router, as one more of its own."""
    run = ["ip", "-n", up.router.name]
    subprocess.run([*run, "address", "replace", f"{SERVER}/32", "dev", "lo"], check=True)
    with up.desk("a", switch, 1) as a, entered(up.router):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # the router's relay is on this port, too
        server.bind((str(SERVER), 67))
        server.settimeout(0)

        async def story() -> None:
            phone = Heard(a, MACS[0], Tag(VOICE))
            await until(lambda: phone.nic.has_link or None)
            discover = bytes(dhcp.Message(dhcp.DISCOVER, 4711, MACS[0]))
            packet = Datagram(IPv4Address(0), IPv4Address("255.255.255.255"), 68, 67, discover)

            def arrived() -> bytes | None:
                phone.nic.broadcast(bytes(packet))
                try:
                    return server.recvfrom(2048)[0]
                except BlockingIOError:
                    return None

            asked = await until(arrived)
            told = snooping.information(asked)
            circuit = CIRCUITS[switch]
            assert told is not None
            assert told[: 2 + len(circuit)] == bytes((1, len(circuit))) + circuit
            assert snooping.relayed_by(asked) == IPv4Address("10.91.1.1")
            offer = b"\x02" + asked[1:16] + IPv4Address("10.91.1.60").packed + asked[20:]
            server.sendto(offer, ("10.91.1.1", 67))
            got = await until(lambda: phone.messages[0] if phone.messages else None)
            assert snooping.yours(got) == IPv4Address("10.91.1.60")
            assert snooping.information(got) is None

        try:
            play(story)
        finally:
            server.close()


def test_nobody_at_a_phone_port_gives_addresses(up: Bench) -> None:
    with up.desk("a", "ios", 1) as a, up.desk("b", "ios", 2) as b:

        async def story() -> None:
            rogue, victim = Heard(a, MACS[0], Tag(VOICE)), Heard(b, MACS[1], Tag(VOICE))
            assert await reaches(rogue, victim, b"hello")
            offer = bytes(dhcp.Message(dhcp.OFFER, 1, MACS[1], reply=True))
            packet = Datagram(IPv4Address("10.91.1.66"), IPv4Address("255.255.255.255"), 67, 68, offer)
            for _ in range(5):
                rogue.nic.send(EVERYBODY, IPV4, bytes(packet))
            assert await reaches(rogue, victim, b"and now")
            assert not victim.messages

        play(story)


def test_management_is_reached_over_ssh_with_the_blueprints_access(up: Bench) -> None:
    script = (
        "import os\nfrom netmiko import ConnectHandler\n"
        "c = ConnectHandler(device_type='cisco_ios', host='10.91.3.20', username='admin', use_keys=False,"
        " password=os.environ['SWITCH_PASSWORD'], ssh_strict=True, system_host_keys=True)\n"
        "print(c.send_command('show running-config interface GigabitEthernet1/0/1'))\n"
    )
    variables = secret_variables(up.lab.state, up.lab.state.topology_or_refuse())
    done = subprocess.run(
        up.lab.command([sys.executable, "-c", script]),
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert "switchport voice vlan 110" in done.stdout, done.stderr


def test_a_reload_loses_what_was_not_saved(up: Bench) -> None:
    up.type("eos", "configure\nvlan 666")
    assert "vlan 20,110,666" in up.type("eos", "show running-config")
    up.lab.switches.reload("eos")
    said = up.type("eos", "show running-config")
    assert "666" not in said
    assert "vlan 20,110" in said


def test_status_shows_switches_and_up_finds_all_there(up: Bench) -> None:
    wait_until(lambda: all(one.state == "up" for one in up.lab.status().switches), 60, lambda: "one does not come back")
    status = up.lab.status()
    assert "switch ios (cisco-ios) at 10.91.3.20: up, 0 cables" in status.to_text()
    assert up.lab.up(topology(up.lab.name)).changes == ()


def test_killed_switches_come_back_with_what_they_saved(up: Bench) -> None:
    """And after a crash nothing is left: `down` finds everything by the lab's name."""
    (lab_cgroup(up.lab.name).path / "switches" / "cgroup.kill").write_text("1")
    wait_until(lambda: not up.lab.switches.is_running, 60, lambda: "they do not die")
    assert [one.state for one in up.lab.status().switches] == ["down"] * len(PORTS)
    assert up.lab.up(topology(up.lab.name)).changes == ("4 switches started",)
    assert "switchport voice vlan 110" in up.type("ios", "show running-config")


def test_after_a_crash_nothing_is_left() -> None:
    with bench("crashed") as one:
        lab: Lab = one.lab
        lab.state.directory.rename(lab.state.directory.with_name(f"{lab.name}-gone"))
        lab.down()
        assert left_behind(lab.name) == []
        lab.state.directory.with_name(f"{lab.name}-gone").rename(lab.state.directory)
