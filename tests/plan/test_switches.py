"""Drift that people make by hand is found exactly and mended exactly, on every platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from ccstack.design import design
from ccstack.lab.switches.engine import Engine
from ccstack.model.switch import Platform
from ccstack.plan.switches import Remedy, owned_part, remedy, with_remains
from ccstack.render.state import SwitchState
from ccstack.render.switches import switches

from .switch_bench import PLATFORMS, PORTS, center, engine, enter, look, mend, wanted_of


@dataclass(frozen=True)
class Drift:
    """What somebody types, and what is typed to mend it."""

    typed: tuple[str, ...]
    mended: tuple[str, ...]


def _port(platform: Platform, number: int) -> str:
    return PORTS[platform][0].format(number)


CISCO_LOST_VOICE = Drift(
    ("interface GigabitEthernet1/0/2", " no switchport voice vlan"),
    ("interface GigabitEthernet1/0/2", " switchport voice vlan 110"),
)
DRIFTS: list[tuple[Platform, str, Drift]] = [
    ("cisco-ios", "voice VLAN taken away", CISCO_LOST_VOICE),
    ("cisco-ios-xe", "voice VLAN taken away", CISCO_LOST_VOICE),
    (
        "cisco-ios-xe",
        "voice VLAN changed: it is not taken away first",
        Drift(
            ("interface GigabitEthernet1/0/2", " switchport voice vlan 10"),
            ("interface GigabitEthernet1/0/2", " switchport voice vlan 110"),
        ),
    ),
    (
        "cisco-ios-xe",
        "policy taken off a port",
        Drift(
            ("interface GigabitEthernet1/0/3", " no service-policy input ccstack-phone"),
            ("interface GigabitEthernet1/0/3", " service-policy input ccstack-phone"),
        ),
    ),
    (
        "cisco-ios",
        "port without power, shut",
        Drift(
            ("interface GigabitEthernet1/0/1", " power inline never", " shutdown"),
            ("interface GigabitEthernet1/0/1", " no shutdown", " power inline auto"),
        ),
    ),
    (
        "cisco-ios",
        "VLAN left the trunk",
        Drift(
            ("interface GigabitEthernet1/0/10", " switchport trunk allowed vlan 10,666"),
            ("interface GigabitEthernet1/0/10", " switchport trunk allowed vlan add 110"),
        ),
    ),
    (
        "arista-eos",
        "voice VLAN changed",
        Drift(
            ("interface Ethernet2", " switchport phone vlan 120"),
            ("interface Ethernet2", " switchport phone vlan 110"),
        ),
    ),
    (
        "arista-eos",
        "policy taken off a port",
        Drift(
            ("interface Ethernet1", " no service-policy type qos input ccstack-phone"),
            ("interface Ethernet1", " service-policy type qos input ccstack-phone"),
        ),
    ),
    (
        "aruba-aoscx",
        "voice VLAN left the port, another came",
        Drift(
            ("interface 1/1/1", " no vlan trunk allowed 110", " vlan trunk allowed 666"),
            ("interface 1/1/1", " vlan trunk allowed 110", "interface 1/1/1", " no vlan trunk allowed 666"),
        ),
    ),
    (
        "aruba-aoscx",
        "no power",
        Drift(("interface 1/1/2", " no power-over-ethernet"), ("interface 1/1/2", " power-over-ethernet")),
    ),
    (
        "juniper-junos",
        "voice VLAN taken away",
        Drift(
            ("delete switch-options voip interface ge-0/0/2.0 vlan",),
            ("set switch-options voip interface ge-0/0/2.0 vlan voice-110",),
        ),
    ),
    (
        "juniper-junos",
        "another description, another mode",
        Drift(
            (
                'set interfaces ge-0/0/1 description "do not touch"',
                "set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode trunk",
            ),
            (
                'set interfaces ge-0/0/1 description "ccstack: phone-sw0-1 Ana 1"',
                "set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode access",
            ),
        ),
    ),
]
FOREIGN: dict[Platform, tuple[str, ...]] = {
    "cisco-ios": ("vlan 666", " name guests", "interface GigabitEthernet1/0/8", " switchport access vlan 666"),
    "cisco-ios-xe": ("vlan 666", " name guests", "interface GigabitEthernet1/0/8", " switchport access vlan 666"),
    "arista-eos": ("vlan 666", " name guests", "interface Ethernet8", " switchport access vlan 666"),
    "aruba-aoscx": ("vlan 666", " name guests", "interface 1/1/8", " vlan access 666"),
    "juniper-junos": (
        "set vlans guests vlan-id 666",
        "set interfaces ge-0/0/8 unit 0 family ethernet-switching vlan members guests",
    ),
}


def _deployed(platform: Platform, **given: object) -> tuple[Engine, SwitchState]:
    one, wanted = engine(platform), wanted_of(platform, **given)
    mend(one, wanted)
    return one, wanted


@pytest.mark.parametrize(("platform", "what", "drift"), DRIFTS, ids=[f"{p}: {w}" for p, w, _ in DRIFTS])
def test_drift_is_mended_exactly(platform: Platform, what: str, drift: Drift) -> None:
    one, wanted = _deployed(platform)
    enter(one, FOREIGN[platform])
    was = one.running()
    enter(one, drift.typed)
    assert mend(one, wanted).lines == drift.mended
    if "trunk" not in what and "another came" not in what:
        assert one.running() == was


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_second_push_is_empty(platform: Platform) -> None:
    one, wanted = _deployed(platform)
    assert mend(one, wanted) == Remedy()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_trunk_keeps_the_vlans_that_others_put_there(platform: Platform) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    uplink = PORTS[platform][2]
    listed = {
        "aruba-aoscx": ("vlan 666", f"interface {uplink}", " no routing", " vlan trunk allowed 666"),
        "juniper-junos": (
            "set vlans guests vlan-id 666",
            f"set interfaces {uplink} unit 0 family ethernet-switching interface-mode trunk",
            f"set interfaces {uplink} unit 0 family ethernet-switching vlan members guests",
        ),
    }.get(platform, (f"interface {uplink}", " switchport mode trunk", " switchport trunk allowed vlan 666"))
    enter(one, listed)
    mend(one, wanted)
    assert set(one.port(uplink).allowed or ()) >= ({10, 110, 666} if platform in ("aruba-aoscx",) else {10, 110})
    assert "guests" in one.running() or "666" in one.running()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_ports_and_vlans_that_are_wanted_no_more_are_given_back(platform: Platform) -> None:
    one, before = _deployed(platform)
    now = with_remains(wanted_of(platform, ports=2, voice=120), [before])
    mend(one, now)
    text = one.running()
    assert "voice-110" not in text
    assert "vlan 110" not in text
    assert _port(platform, 4) + ' description "ccstack' not in text
    assert one.port(_port(platform, 1)).voice == 120
    assert one.port(_port(platform, 4)).voice == 0
    assert one.port(_port(platform, 4)).up
    assert remedy(now, look(one, now)) == Remedy()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_vlan_that_somebody_else_uses_stays(platform: Platform) -> None:
    one, before = _deployed(platform)
    other = _port(platform, 8)
    uses = {
        "aruba-aoscx": (f"interface {other}", " no routing", " vlan access 110"),
        "juniper-junos": (f"set interfaces {other} unit 0 family ethernet-switching vlan members voice-110",),
    }.get(platform, (f"interface {other}", " switchport mode access", " switchport access vlan 110"))
    enter(one, uses)
    mend(one, with_remains(wanted_of(platform, voice=120), [before]))
    assert one.port(other).access == 110
    assert 110 in one.settings().vlans


def test_a_switch_of_another_platform_has_no_remains() -> None:
    before = wanted_of("cisco-ios")
    now = wanted_of("arista-eos")
    assert set(with_remains(now, [replace(before, name=now.name)]).owned) == set(now.owned)


def test_vlans_and_policies_come_before_ports_and_trunks_before_phones() -> None:
    lines = remedy(wanted_of("cisco-ios-xe"), "").lines
    places = [
        lines.index(line)
        for line in (
            "vlan 110",
            "class-map match-all ccstack-media",
            "policy-map ccstack-phone",
            "interface TenGigabitEthernet1/1/1",
            "interface GigabitEthernet1/0/1",
            "ip dhcp snooping",
        )
    ]
    assert places == sorted(places)


def _swapped(text: str, one: str, other: str) -> str:
    return text.replace(one, "\0").replace(other, one).replace("\0", other)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_order_of_lines_does_not_matter(platform: Platform) -> None:
    wanted = wanted_of(platform)
    sections = re.split(r"\n(?! )", wanted.text.rstrip())
    mixed = (
        "\n".join(reversed(["\n".join((head, *below[::-1])) for head, *below in map(_of_one_level, sections)])) + "\n"
    )
    assert mixed != wanted.text
    assert remedy(wanted, mixed) == Remedy()


def _of_one_level(section: str) -> list[str]:
    """Its lines; one whole where lines stand below others."""
    return [section] if "\n  " in section else section.split("\n")


def test_what_stands_below_another_line_is_something_else() -> None:
    wanted = wanted_of("cisco-ios-xe")
    first, second = re.findall(r"(?m)^  (?:set dscp|priority) .*$", wanted.text)[:2]
    there = _swapped(wanted.text, first, second)
    assert sorted(there.splitlines()) == sorted(wanted.text.splitlines())
    assert remedy(wanted, there).lines


def test_what_is_as_it_shall_be_needs_nothing() -> None:
    for state in switches(design(center(*PLATFORMS, ports=48, patched=()))):
        assert remedy(state, owned_part(state.text, state.owned, state.platform)) == Remedy()
