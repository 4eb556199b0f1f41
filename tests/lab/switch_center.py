"""A site with switches and nothing else: phones' cables are plugged in by hand."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import TypeVar

from ccstack.lab.fabric import bridge_of, router_of
from ccstack.lab.lab import Lab
from ccstack.lab.machine import Runner
from ccstack.lab.netns import NETNS
from ccstack.lab.topology import LabAddress, LabNetwork, LabSite, LabSwitch, LabTopology

_T = TypeVar("_T")
SERVER = IPv4Address("10.91.3.9")
VOICE, DATA = 110, 20
PORTS = {
    "ios": ("cisco-ios", "GigabitEthernet1/0/{}", "GigabitEthernet1/0/9"),
    "eos": ("arista-eos", "Ethernet{}", "Ethernet9"),
    "cx": ("aruba-aoscx", "1/1/{}", "1/1/9"),
    "junos": ("juniper-junos", "ge-0/0/{}", "ge-0/0/9"),
}
"""Switches: their platforms, how their ports are called, and their uplinks."""

SETUP = {
    "ios": """configure terminal
vlan 110
name voice
vlan 20
name data
exit
lldp run
ip dhcp snooping
ip dhcp snooping vlan 110
interface range GigabitEthernet1/0/1 - 8
switchport mode access
switchport access vlan 20
switchport voice vlan 110
interface GigabitEthernet1/0/9
switchport mode trunk
switchport trunk allowed vlan 20,110
ip dhcp snooping trust
end
write memory""",
    "eos": """configure
vlan 110
vlan 20
ip dhcp snooping
ip dhcp snooping information option
ip dhcp snooping information option circuit-id type 2 format %h:%p
ip dhcp snooping vlan 110
interface Ethernet1-8
switchport trunk native vlan 20
switchport phone vlan 110
switchport mode trunk phone
interface Ethernet9
switchport mode trunk
switchport trunk allowed vlan 20,110
end
write memory""",
    "cx": """configure terminal
dhcpv4-snooping
vlan 20
vlan 110
voice
dhcpv4-snooping
interface 1/1/1-1/1/8
vlan trunk native 20
vlan trunk allowed 20,110
interface 1/1/9
vlan trunk allowed 20,110
dhcpv4-snooping trust
end
write memory""",
    "junos": """configure
set vlans voice vlan-id 110
set vlans data vlan-id 20
set vlans voice forwarding-options dhcp-security option-82 circuit-id prefix host-name
wildcard range set interfaces ge-0/0/[1-8] unit 0 family ethernet-switching interface-mode access
wildcard range set interfaces ge-0/0/[1-8] unit 0 family ethernet-switching vlan members data
set switch-options voip interface access-ports vlan voice
set interfaces ge-0/0/9 unit 0 family ethernet-switching interface-mode trunk
set interfaces ge-0/0/9 unit 0 family ethernet-switching vlan members voice
set interfaces ge-0/0/9 unit 0 family ethernet-switching vlan members data
set protocols lldp interface all
set protocols lldp-med interface all
set poe interface all
commit and-quit""",
}
"""What an admin types at each, by the vendors' documents: VLANs, phone ports, an uplink, option 82, LLDP-MED."""
CIRCUITS = {
    "ios": bytes((0, 4, 0, 110, 1, 3)),
    "eos": b"\x02\x0deos:Ethernet1",
    "cx": b"1/1/1:110",
    "junos": b"junos:ge-0/0/1.0:voice",
}
"""What each calls its first port."""


def topology(name: str) -> LabTopology:
    """The lab: voice, data and servers, and a switch of each kind."""
    networks = (
        LabNetwork(name="voice", subnet="10.91.1.0/24", gateway="10.91.1.1", vlan=VOICE, dhcp_servers=(SERVER,)),
        LabNetwork(name="data", subnet="10.91.2.0/24", gateway="10.91.2.1", vlan=DATA),
        LabNetwork(name="servers", subnet="10.91.3.0/24", gateway="10.91.3.1"),
    )
    return LabTopology(
        lab=name,
        sites=(LabSite(name="hq", networks=networks),),
        control=IPv4Address("198.18.255.254"),
        switches=tuple(
            LabSwitch(
                name=switch,
                site="hq",
                platform=platform,
                at=LabAddress(network="servers", address=IPv4Address(f"10.91.3.{20 + number}")),
                interfaces=(*(port.format(n) for n in range(1, 9)), uplink),
                uplinks=(uplink,),
                password_variable="SWITCH_PASSWORD",
            )
            for number, (switch, (platform, port, uplink)) in enumerate(PORTS.items())
        ),
    )


@dataclass(frozen=True)
class Bench:
    """A raised lab of switches, all set up."""

    lab: Lab

    def port(self, switch: str, number: int) -> str:
        """How a switch calls a port."""
        return PORTS[switch][1].format(number)

    def type(self, switch: str, text: str) -> str:
        """Enter lines at a switch's console; all that it said."""
        return "".join(one["said"] for one in self.lab.switches.run(switch, text.splitlines()))

    @contextmanager
    def desk(self, name: str, switch: str, number: int) -> Iterator[Path]:
        """A namespace with a cable, `lan`, in a port."""
        run, space = Runner(), self.lab.state.space(f"desk-{name}")
        run("ip", "netns", "add", space)
        try:
            run("ip", "netns", "exec", space, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
            self.lab.switches.plug(switch, self.port(switch, number), space, "lan")
            run("ip", "-n", space, "link", "set", "lan", "arp", "off", "up")
            yield NETNS / space
        finally:
            self.lab.switches.unplug(switch, self.port(switch, number))
            run("ip", "netns", "del", space)

    @property
    def router(self) -> Path:
        """The namespace of the site's router."""
        return NETNS / self.lab.state.space(router_of("hq"))

    @property
    def voice_bridge(self) -> str:
        """The router's bridge of the voice network."""
        return bridge_of("voice")


@contextmanager
def bench(name: str) -> Iterator[Bench]:
    """Raise the lab, set the switches up, and take everything down afterwards."""
    lab = Lab(f"{name}-{os.getpid()}", say=lambda _: None)
    with lab.raised(topology(lab.name)):
        one = Bench(lab)
        for switch, text in SETUP.items():
            one.type(switch, text)
        yield one


async def until(what: Callable[[], _T | None], seconds: float = 60.0) -> _T:
    """What `what` gives as soon as it gives something; AssertionError after so many seconds."""
    deadline = asyncio.get_running_loop().time() + seconds
    while (found := what()) is None:
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
    return found


def play(story: Callable[[], Awaitable[None]]) -> None:
    """Run a story in a loop of its own."""

    async def whole() -> None:
        await story()

    asyncio.run(whole())
