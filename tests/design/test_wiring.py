"""Who is patched where, with which address, and that adding at the end moves nothing."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.design.homes import build_homes
from ccstack.design.index import build_index
from ccstack.design.wiring import Wiring, build_wiring, full_name, interfaces_of, is_interface
from ccstack.model import ContactCenter, Dhcp, Phone, Provisioning, Switch, SwitchPort
from ccstack.model.switch import Platform
from tests.rules.cases_phones import desk, net, phone, port, switch, wired
from tests.rules.centers import branch, pbx, pbx2, sbc, sbc2, two_sites

SHAPES = {
    "cisco-ios": "FastEthernet0/{}",
    "cisco-ios-xe": "GigabitEthernet1/0/{}",
    "arista-eos": "Ethernet{}",
    "aruba-aoscx": "1/1/{}",
    "juniper-junos": "ge-0/0/{}",
}


@pytest.mark.parametrize(
    ("platform", "written", "printed"),
    [
        ("cisco-ios", "Gi0/7", "GigabitEthernet0/7"),
        ("cisco-ios", "fa0/7", "FastEthernet0/7"),
        ("cisco-ios", "gigabitethernet 1/0/7", "GigabitEthernet1/0/7"),
        ("cisco-ios", "Po1", "Port-channel1"),
        ("cisco-ios-xe", "Te1/1/1", "TenGigabitEthernet1/1/1"),
        ("cisco-ios-xe", "Tw1/0/7", "TwoGigabitEthernet1/0/7"),
        ("cisco-ios-xe", "TwentyFiveGigE1/1/1", "TwentyFiveGigE1/1/1"),
        ("cisco-ios-xe", "Twe1/1/1", "TwentyFiveGigE1/1/1"),
        ("arista-eos", "Et7", "Ethernet7"),
        ("arista-eos", "ethernet 1/7", "Ethernet1/7"),
        ("arista-eos", "Po1", "Port-Channel1"),
        ("aruba-aoscx", "1/1/7", "1/1/7"),
        ("aruba-aoscx", "lag1", "lag 1"),
        ("juniper-junos", "ge-0/0/7", "ge-0/0/7"),
        ("juniper-junos", "mge-0/0/7", "mge-0/0/7"),
        ("juniper-junos", "ae0", "ae0"),
    ],
)
def test_interfaces_have_one_name(platform: Platform, written: str, printed: str) -> None:
    assert full_name(platform, written) == printed
    assert full_name(platform, printed) == printed
    assert is_interface(platform, written)


@pytest.mark.parametrize(
    ("platform", "written"),
    [
        ("cisco-ios", "ge-0/0/7"),
        ("cisco-ios", "Twe1/1/1"),
        ("cisco-ios", "G1/0/7"),
        ("arista-eos", "1/1/7"),
        ("aruba-aoscx", "Gi1/0/7"),
        ("juniper-junos", "ge-0/7"),
        ("juniper-junos", "Ethernet1"),
    ],
)
def test_an_interface_of_another_platform_stays_as_it_is(platform: Platform, written: str) -> None:
    assert full_name(platform, written) == written
    assert not is_interface(platform, written)


def test_bundles_are_no_phone_ports() -> None:
    assert is_interface("cisco-ios", "Port-channel1")
    assert not is_interface("cisco-ios", "Port-channel1", bundle=False)


def test_ranges() -> None:
    assert list(interfaces_of("juniper-junos", ("ge-0/0/0-2", "xe-0/2/0"))) == [
        "ge-0/0/0", "ge-0/0/1", "ge-0/0/2", "xe-0/2/0",
    ]  # fmt: skip
    assert list(interfaces_of("aruba-aoscx", ("1/1/3-1",))) == []


@given(st.sampled_from(get_args(Platform)), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_its_interfaces_one_by_one(platform: Platform, first: int, more: int) -> None:
    one = SHAPES[platform]
    ranged = interfaces_of(platform, (f"{one.format(first)}-{first + more}",))
    assert list(ranged) == [one.format(number) for number in range(first, first + more + 1)]


def wiring(center: ContactCenter) -> Wiring:
    index = build_index(center)
    return build_wiring(index, build_homes(index))


def test_a_patched_phone_has_its_ports_address_and_place() -> None:
    here = wiring(desk(switches=[switch(emergency_location="floor-1")]))
    jack = here.seats["desk"].jack
    assert jack is not None
    assert (jack.interface, jack.address, jack.pc) == ("GigabitEthernet1/0/7", IPv4Address("10.1.2.134"), True)
    assert jack.location == "floor-1"
    assert here.uplinks["sw1"] == ("TenGigabitEthernet1/1/1",)
    assert [network.vlan for network in (here.vlans["sw1"].voice, here.vlans["sw1"].data) if network] == [110, 100]
    there = wiring(desk(phones=[phone(port=port(emergency_location="lobby", pc=False))]))
    assert [(jack.location, jack.pc) for jack in there.jacks["sw1"] if jack.phone] == [("lobby", False)]


def test_a_phone_stands_where_its_switch_is_and_else_where_its_line_is() -> None:
    made = two_sites(
        sites=[wired(), branch()],
        hosts=[pbx(), sbc(), net(), pbx2(), sbc2()],
        switches=[switch()],
        phones=[phone(line="bob"), phone(name="loose", mac="001565000002", line="bob", port=None)],
    )
    seats = wiring(made).seats
    assert (seats["desk"].site, seats["desk"].sbcs) == ("hq", ("sbc1", "sbc2"))
    assert (seats["loose"].site, seats["loose"].sbcs, seats["loose"].jack) == ("branch", ("sbc2", "sbc1"), None)


def test_a_sites_own_servers_come_first() -> None:
    both = {"roles": [Dhcp(sites=["hq", "branch"]), Provisioning()]}
    made = two_sites(hosts=[net(name="far", site="branch", address="10.2.0.31", **both), net(**both)])
    here = wiring(made)
    assert (here.dhcp["hq"], here.dhcp["branch"]) == (("net1", "far"), ("far", "net1"))
    assert (here.provisioning["hq"], here.provisioning["branch"]) == (("net1", "far"), ("far", "net1"))


# --- what holds for every wiring ---

SWITCHES = st.lists(st.tuples(st.sampled_from(get_args(Platform)), st.integers(1, 12)), min_size=1, max_size=4)


def made_switches(shapes: list[tuple[Platform, int]]) -> list[Switch]:
    return [
        Switch(
            name=f"sw{place}",
            site="hq",
            platform=platform,
            address=f"10.1.0.{100 + place}",
            phone_ports=[f"{SHAPES[platform].format(1)}-{ports}"],
            phone_addresses=f"10.1.2.{64 + 16 * place}/28",
        )
        for place, (platform, ports) in enumerate(shapes)
    ]


def made_phones(switches: list[Switch], taken: list[tuple[int, int]]) -> list[Phone]:
    """A phone a port, as many as there are different ones."""
    found = []
    for number, (which, interface) in enumerate(dict.fromkeys((w % len(switches), i) for w, i in taken)):
        at = switches[which]
        place = SwitchPort(switch=at.name, interface=SHAPES[at.platform].format(interface))
        found.append(Phone(name=f"p{number}", model="yealink-t54w", mac=f"02{number:010x}", line="ana", port=place))
    return found


TAKEN = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=10)


def centers(switches: list[Switch], phones: list[Phone]) -> ContactCenter:
    return desk(switches=switches, phones=phones)


@settings(max_examples=60, deadline=None)
@given(SWITCHES, TAKEN, st.sampled_from(get_args(Platform)))
def test_what_is_added_at_the_end_moves_nothing(
    shapes: list[tuple[Platform, int]], taken: list[tuple[int, int]], platform: Platform
) -> None:
    switches = made_switches(shapes)
    phones = made_phones(switches, taken)
    before = wiring(centers(switches, phones))
    extra = made_switches([*shapes, (platform, 5)])[-1]
    longer = [*switches[:-1], with_port(switches[-1])]
    loose = Phone(name="new", model="yealink-t54w", mac="02ffffffffff", line="ana")
    after = wiring(centers([*longer, extra], [*phones, loose]))
    for name, jacks in before.jacks.items():
        assert after.jacks[name][: len(jacks)] == jacks
    assert {name: after.seats[name] for name in before.seats} == before.seats


def with_port(last: Switch) -> Switch:
    return last.model_copy(update={"phone_ports": (*last.phone_ports, SHAPES[last.platform].format(40))})


@settings(max_examples=60, deadline=None)
@given(SWITCHES, TAKEN, st.randoms(use_true_random=False))
def test_the_order_of_switches_and_phones_means_nothing(
    shapes: list[tuple[Platform, int]], taken: list[tuple[int, int]], shuffle: Any
) -> None:
    switches = made_switches(shapes)
    phones = made_phones(switches, taken)
    straight = wiring(centers(switches, phones))
    shuffle.shuffle(switches)
    shuffle.shuffle(phones)
    assert wiring(centers(switches, phones)) == straight


@settings(max_examples=60, deadline=None)
@given(SWITCHES, TAKEN)
def test_addresses_are_the_ports_own(shapes: list[tuple[Platform, int]], taken: list[tuple[int, int]]) -> None:
    switches = made_switches(shapes)
    made = wiring(centers(switches, made_phones(switches, taken)))
    given_out = [jack.address for jacks in made.jacks.values() for jack in jacks]
    assert None not in given_out
    assert len(set(given_out)) == len(given_out)
    phones = [jack.phone for jacks in made.jacks.values() for jack in jacks if jack.phone]
    assert len(set(phones)) == len(phones)
    assert all(seat.jack is None or seat.jack.phone == name for name, seat in made.seats.items())
