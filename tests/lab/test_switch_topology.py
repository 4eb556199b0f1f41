"""Which cables and namespaces a center's switches are in the lab."""

from __future__ import annotations

import pytest

from ccstack.lab.errors import LabError
from ccstack.lab.fabric import fabric_of
from ccstack.lab.from_center import topology_of
from ccstack.model import CivicAddress, ContactCenter, Dhcp, Host, Network, Site
from ccstack.model.switch import Switch

ADDRESS = CivicAddress(state="NY", city="New York", street="A", house_number="1", postal_code="1")
NETWORKS = (
    Network(kind="voice", subnet="10.1.0.0/24", vlan=110),
    Network(kind="data", subnet="10.2.0.0/24", vlan=20),
    Network(kind="servers", subnet="10.3.0.0/24"),
)


def center(address: str = "10.3.0.20", switches: bool = True) -> ContactCenter:
    switch = Switch(
        name="sw1",
        site="hq",
        platform="cisco-ios",
        address=address,
        phone_ports=("Gi1/0/1-8",),
        uplinks=("Te1/0/1",),
    )
    return ContactCenter(
        name="small",
        sites=(Site(name="hq", time_zone="America/New_York", address=ADDRESS, networks=NETWORKS),),
        hosts=(Host(name="leases", site="hq", address="10.3.0.9", roles=(Dhcp(),)),),
        switches=(switch,) if switches else (),
    )


def test_a_switch_has_its_ports_its_network_and_its_uplink() -> None:
    topology = topology_of(center())
    switch = topology.switch("sw1")
    assert switch is not None
    assert switch.at.network == "servers"
    assert switch.interfaces[0] == "GigabitEthernet1/0/1"
    assert len(switch.interfaces) == 49
    assert switch.uplinks == switch.interfaces[-1:] == ("TenGigabitEthernet1/0/1",)
    voice = topology.sites[0].network("voice")
    assert voice is not None
    assert [str(server) for server in voice.dhcp_servers] == ["10.3.0.9"]


def test_networks_with_a_vlan_have_a_cable_to_the_switches() -> None:
    fabric = fabric_of(topology_of(center()))
    ends = {cable.a.interface for cable in fabric.cables if cable.a.space == "switches"}
    assert ends == {"c0v110", "c0v20"}
    assert {"switches", "switch-sw1"} <= {space.name for space in fabric.spaces}


def test_a_center_without_switches_has_none_of_it() -> None:
    fabric = fabric_of(topology_of(center(switches=False)))
    assert not [space.name for space in fabric.spaces if space.name.startswith("switch")]


def test_a_switch_whose_address_is_in_no_network_is_refused() -> None:
    with pytest.raises(LabError, match=r"switches\.sw1\.address: 10\.9\.0\.1 is in none of the networks of site hq"):
        topology_of(center("10.9.0.1"))
