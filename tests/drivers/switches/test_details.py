"""Neighbours, links, power and versions: asked of each platform over ssh, and read from what vendors print."""

from __future__ import annotations

from pathlib import Path

import pytest

from ccstack.drivers.switches.details import QUESTIONS, itself_in, neighbours_in, ports_in
from ccstack.lab.switches.engine import Neighbour
from ccstack.model.switch import Platform
from ccstack.plan.actual import SeenPort, SwitchActual
from tests.drivers.switches.bench import bench, typed
from tests.plan.switch_bench import PLATFORMS, PORTS

PHONE, OTHER = "001565aabbcc", "0004f2000001"
OFF = {
    "juniper-junos": ("set interfaces {} disable", "delete poe interface {}"),
    "aruba-aoscx": ("interface {}", "shutdown", "no power-over-ethernet"),
    "arista-eos": ("interface {}", "shutdown", "poe disabled"),
    "cisco-ios": ("interface {}", "shutdown", "power inline never"),
    "cisco-ios-xe": ("interface {}", "shutdown", "power inline never"),
}


def _colons(mac: str) -> str:
    return ":".join(mac[at : at + 2] for at in range(0, 12, 2))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ports_of_a_switch_with_phones(platform: Platform, tmp_path: Path) -> None:
    first, second, third, last = (PORTS[platform][0].format(number) for number in (1, 2, 3, 4))
    with bench(tmp_path, platform) as desk:
        assert desk.apply().ok
        typed(desk.engine, *(line.format(last) for line in OFF[platform]))
        seen = desk.engine.seen
        seen.links.update({first: True, second: True, last: True})
        seen.watts[first] = 6.3
        seen.neighbours[first] = Neighbour(_colons(PHONE), _colons(PHONE), name="desk 1")
        seen.neighbours[second] = Neighbour("10.71.20.9", f"{OTHER.upper()}:P1")
        plain = desk.driver.observe([desk.target])[desk.target.name]
        found = desk.driver.observe([desk.target], details=True)[desk.target.name]
    assert isinstance(plain, SwitchActual)
    assert isinstance(found, SwitchActual)
    assert (plain.neighbours, plain.ports, plain.owned, plain.state) == (None, {}, found.owned, found.state)
    assert found.neighbours == {first: {PHONE}, second: {OTHER}}
    ports = {name: (found.ports[name].link, found.ports[name].power) for name in (first, second, third, last)}
    assert ports == {first: (True, "on"), second: (True, "off"), third: (False, "off"), last: (False, "disabled")}
    assert found.facts["version"]
    assert found.facts["host name"] == desk.target.name
    assert ("model" in found.facts) == (platform != "aruba-aoscx")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_switch_that_nothing_is_plugged_into(platform: Platform, tmp_path: Path) -> None:
    with bench(tmp_path, platform) as desk:
        assert desk.apply().ok
        found = desk.driver.observe([desk.target], details=True)[desk.target.name]
    assert isinstance(found, SwitchActual)
    assert found.neighbours == {}
    assert not any(port.link for port in found.ports.values())


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("said", ["", "Gibberish 1/1/1 up\nge-0/0/1\nPort 12", "Port Name Status\n\n"])
def test_what_cannot_be_read_is_not_there(platform: Platform, said: str) -> None:
    assert neighbours_in(platform, said) is None
    assert ports_in(platform, said, said) == {}
    assert itself_in(platform, said) == {}


def test_words_that_are_not_known_are_no_facts() -> None:
    links = "Port      Name               Status       Vlan\nGi1/0/1   a b connected      monitoring   1\n"
    power = "Gi1/0/1   auto   surprised  0.0     n/a\n"
    assert ports_in("cisco-ios", links, power) == {"GigabitEthernet1/0/1": SeenPort(None, "monitoring", None)}


def test_a_description_is_no_state() -> None:
    links = (
        "Port      Name               Status       Vlan       Duplex  Speed Type\n"
        "Gi1/0/1   connected          err-disabled 20         a-full a-1000 10/100/1000BaseTX\n"
        "Gi1/0/2                      connected    20         a-full a-1000 10/100/1000BaseTX\n"
        "Te1/1/1   to the core        connected    trunk        full    10G SFP-10GBase-SR\n"
    )
    found = ports_in("cisco-ios", links, "Gi1/0/2   auto   power-deny 0.0     Ieee PD             3     30.0\n")
    assert found["GigabitEthernet1/0/1"] == SeenPort(False, "err-disabled", None)
    assert found["GigabitEthernet1/0/2"] == SeenPort(True, "connected", "fault")
    assert found["TenGigabitEthernet1/1/1"].link is True


def test_neighbours_without_a_place_are_nobodys() -> None:
    page = "Chassis id: 10.1.1.5\nPort id: 001565AABBCC:P1\n\nTotal entries displayed: 1\n"
    assert neighbours_in("cisco-ios", page) is None
    assert neighbours_in("cisco-ios", f"Local Intf: Gi1/0/7\n{page}") == {"GigabitEthernet1/0/7": {PHONE}}


def test_two_at_a_port_are_both_heard() -> None:
    page = (
        "Local Interface    Parent Interface    Chassis Id          Port info          System Name\n"
        "ge-0/0/7           -                   00:15:65:aa:bb:cc   00:15:65:aa:bb:cc  phone\n"
        "ge-0/0/7.0         -                   00:04:f2:00:00:01   eth0               pc\n"
        "ge-0/0/8           -                   local-name          eth0               odd\n"
    )
    assert neighbours_in("juniper-junos", page) == {"ge-0/0/7": {PHONE, OTHER}, "ge-0/0/8": frozenset()}


def test_every_platform_says_where_its_tables_are_shown() -> None:
    assert all(QUESTIONS[platform].source for platform in PLATFORMS)
