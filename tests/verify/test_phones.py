"""Why a phone is not registered, from what SBCs, DHCP servers, nginx and switches said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ccstack import model as cc
from ccstack.design import Design, design
from ccstack.drivers.base import Unknown
from ccstack.plan.actual import Power, SeenPort, SwitchActual
from ccstack.render.state import DesiredState, Line, Section, Source, SwitchState
from ccstack.verify.phones import (
    Evidence,
    Fetch,
    check_phones,
    differences,
    judge,
    of_interface,
    parse_dnsmasq,
    parse_kea,
    parse_locations,
    parse_log,
)  # fmt: skip

MAC = "001565aabbcc"
P1, P3 = "GigabitEthernet1/0/1", "GigabitEthernet1/0/3"
OTHER = "0004f2000001"
PORT = ("switchport access vlan 20", "switchport voice vlan 110")
LINES = ("vlan 110", " name voice", "interface GigabitEthernet1/0/1", *(f" {line}" for line in PORT))


def _center() -> cc.ContactCenter:
    site = cc.Site(
        name="main",
        time_zone="America/Chicago",
        address=cc.CivicAddress(state="IL", city="Chicago", street="E", house_number="1", postal_code="60601"),
        networks=[
            cc.Network(kind="servers", subnet="10.71.10.0/24"),
            cc.Network(kind="voice", subnet="10.71.20.0/24", vlan=110),
            cc.Network(kind="data", subnet="10.71.30.0/24", vlan=20),
        ],
    )
    hosts = [
        cc.Host(name="sbc", site="main", address="10.71.10.21", roles=[cc.Pbx(), cc.Sbc()]),
        cc.Host(name="services", site="main", address="10.71.10.5", roles=[cc.Dhcp(), cc.Provisioning()]),
    ]
    switch = cc.Switch(
        name="sw1",
        site="main",
        platform="cisco-ios-xe",
        address="10.71.10.2",
        phone_ports=["Gi1/0/1-8"],
        phone_addresses="10.71.20.64/29",
    )
    at = cc.SwitchPort(switch="sw1", interface="Gi1/0/1")
    return cc.ContactCenter(
        name="desk",
        sites=[site],
        hosts=hosts,
        switches=[switch],
        agents=[cc.Agent(name="ada", extension="11", site="main"), cc.Agent(name="bob", extension="12", site="main")],
        phones=[
            cc.Phone(name="desk-1", model="yealink-t54w", mac=MAC, line="ada", port=at),
            cc.Phone(name="spare", model="yealink-t54w", mac="001565aabbcd", line="bob"),
        ],
    )


DESIGN = design(_center())
STATE = SwitchState(
    "sw1", "cisco-ios-xe", tuple(Line(line, Source("switches.sw1", "r")) for line in LINES), (Section("vlan 110"),)
)
GOOD = SwitchActual("sw1", "\n".join(LINES), "x", True, neighbours={P1: frozenset({MAC})}, ports={P1: SeenPort(True)})
UP = Evidence(
    locations={"ada": frozenset({"10.71.20.64"})},
    leases={MAC: "10.71.20.64"},
    fetches={MAC: Fetch("2026-11-22T04:00:00+00:00", "10.71.20.64", 200)},
    switches={"sw1": GOOD},
)
NO_VOICE = replace(GOOD, owned="\n".join(line for line in LINES if "voice vlan" not in line))


def _said(seen: Evidence, phone: str = "desk-1") -> tuple[str, str]:
    result = judge(DESIGN.wiring.seats[phone], seen, {"sw1": STATE}, DESIGN)
    return result.status, result.detail


def test_registered() -> None:
    assert _said(UP) == ("pass", "")


AT_3 = replace(UP, locations={"ada": frozenset({"10.71.20.66"})}, leases={MAC: "10.71.20.66"})


def test_a_phone_that_was_moved_and_works() -> None:
    words = "it is not at sw1 GigabitEthernet1/0/1, but at sw1 GigabitEthernet1/0/3"
    assert _said(replace(AT_3, switches={})) == ("pass", words)
    assert _said(replace(AT_3, switches={"sw1": _seen(link=False, at=P3)})) == ("pass", words)
    both = replace(AT_3, locations={"ada": frozenset({"10.71.20.64", "10.71.20.66"})})
    assert _said(replace(both, switches={"sw1": _seen(link=False, at=P3)})) == ("pass", words)
    pool = replace(AT_3, locations={"ada": frozenset({"10.71.20.99"})}, leases={MAC: "10.71.20.99"})
    words = "it is not at sw1 GigabitEthernet1/0/1: from 10.71.20.99"
    assert _said(replace(pool, switches={"sw1": _seen(link=False, at=None)})) == ("pass", words)


def _seen(link: bool | None = True, power: Power | None = None, at: str | None = P1, mac: str = MAC) -> SwitchActual:
    """What the switch says when `mac` is heard at a port; the facts are those of the phone's own."""
    neighbours = {at: frozenset({mac})} if at else {}
    return replace(GOOD, neighbours=neighbours, ports={P1: SeenPort(link, "err-disabled", power), P3: SeenPort(True)})


@pytest.mark.parametrize(
    ("switch", "words"),
    [
        (_seen(link=False, power="off", at=None), "there is no link (err-disabled), and nothing there draws power"),
        (_seen(link=False, power="fault", at=None), "and the switch cannot give it power"),
        (_seen(at=P3), "it is plugged into sw1 GigabitEthernet1/0/3"),
        (_seen(mac=OTHER), "another device is at the port: 0004f2000001"),
    ],
)
def test_a_registration_from_before_does_not_count(switch: SwitchActual, words: str) -> None:
    status, detail = _said(replace(UP, switches={"sw1": switch}))
    assert (status, words in detail, "still has its registration" in detail) == ("fail", True, True), detail
    assert words in _said(replace(DOWN, switches={"sw1": switch}))[1]


def test_one_from_before_it_was_unplugged_where_it_had_been_moved_to() -> None:
    gone = replace(GOOD, neighbours={}, ports={P1: SeenPort(True), P3: SeenPort(False, "notconnect")})
    status, detail = _said(replace(AT_3, switches={"sw1": gone}))
    assert (status, detail.startswith("sw1 GigabitEthernet1/0/3: there is no link; an SBC")) == ("fail", True), detail


def test_what_is_not_known_is_held_against_nobody() -> None:
    assert _said(replace(UP, switches={"sw1": replace(GOOD, neighbours=None, ports={})})) == ("pass", "")
    nameless = replace(GOOD, neighbours={P1: frozenset()})
    assert _said(replace(UP, switches={"sw1": nameless})) == ("pass", "")
    assert "hears" not in _said(replace(DOWN, switches={"sw1": replace(GOOD, neighbours=None)}))[1]


@pytest.mark.parametrize("line", ["vlan 110", "set vlans voice-110 vlan-id 110"])
def test_the_voice_vlan_by_number_or_by_name(line: str) -> None:
    platform: cc.Platform = "juniper-junos" if line.startswith("set") else "cisco-ios"
    state = SwitchState("sw1", platform, (Line(line, Source("switches.sw1", "r")),), ())
    voice = DESIGN.wiring.vlans["sw1"].voice
    assert list(differences(state, f"{line}\n", P1, voice)) == []
    assert list(differences(state, line.replace("110", "120"), P1, voice)) == [
        "the switch has no voice VLAN 110: deploy mends it"
    ]


def test_a_registration_from_before_the_port_lost_its_vlan() -> None:
    status, detail = _said(replace(UP, switches={"sw1": NO_VOICE}))
    assert (status, "`switchport voice vlan 110`" in detail, "still has its registration" in detail) == (
        "fail", True, True,
    )  # fmt: skip
    other = replace(GOOD, owned=GOOD.owned.replace("access vlan 20", "access vlan 21"))
    assert _said(replace(UP, switches={"sw1": other})) == ("pass", "")


DOWN = replace(UP, locations={})


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (DOWN, "it fetched its configuration at 2026-11-22T04:00:00+00:00 and registers nowhere"),
        (replace(DOWN, fetches={}), "it has not asked for its configuration (services)"),
        (replace(DOWN, fetches={MAC: Fetch("t", "a", 401)}), "wrong password or MAC address (401) at t"),
        (replace(DOWN, fetches={MAC: Fetch("t", "a", 404)}), "no configuration with its name on the server (404)"),
        (replace(DOWN, leases={}), "it has no lease (services)"),
        (replace(DOWN, switches={"sw1": NO_VOICE}), "the port lacks `switchport voice vlan 110`: deploy mends it"),
        (
            replace(DOWN, switches={"sw1": replace(GOOD, owned="\n".join(LINES[2:]))}),
            "the switch has no voice VLAN 110",
        ),
        (
            replace(DOWN, switches={"sw1": _seen(link=None, at=P3, mac=OTHER)}),
            "the switch hears no phone there: not plugged in, no power, or no link",
        ),
        (replace(DOWN, switches={"sw1": _seen(at=None)}), "there is a link, and the switch hears no phone there"),
        (replace(DOWN, switches={}, unasked={"sw1": "no route"}), "could not ask sw1: no route"),
        (
            replace(UP, locations={"ada": frozenset({"10.71.30.9"})}),
            "ada is registered from 10.71.30.9, which is not this phone",
        ),
    ],
)
def test_not_registered(seen: Evidence, words: str) -> None:
    status, detail = _said(seen)
    assert status == "fail"
    assert detail.startswith("sw1 GigabitEthernet1/0/1: ")
    assert words in detail


def test_unknown_is_no_answer() -> None:
    status, detail = _said(replace(DOWN, unasked={"sbc": "ssh exits with 255"}))
    assert (status, "ssh exits with 255" in detail) == ("error", True)


def test_a_phone_that_is_patched_nowhere() -> None:
    assert _said(UP, "spare") == (
        "fail",
        "no port: the blueprint patches it nowhere, and no switch hears it; it has no lease (services)",
    )


class _Host:
    """Answers commands with what hosts print."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said

    def run(self, command: str, *arguments: str) -> Any:
        text = next((text for mark, text in self._said.items() if mark in command % arguments), None)
        fields = {"rc": 1 if text is None else 0, "stdout": text or "", "stderr": "No such file"}
        return type("Ran", (), fields)()


DUMP = """{
	Domain: {
		Domain: location
		AoRs: {
			Info: {
				AoR: ada
				Contacts: {
					Contact: {
						Address: sip:ada@10.71.20.64:40000;transport=tls
						Expires: 55
"""
KEA = """address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id
10.71.20.99,00:15:65:aa:bb:cc,,3600,1,1,0,0,,0,,0
10.71.20.99,00:15:65:aa:bb:cc,,0,1,1,0,0,,0,,0
10.71.20.64,00:15:65:aa:bb:cc,,3600,1,1,0,0,,0,,0
"""
LOG = f"""10.71.20.64 - [2026-11-22T04:00:00+00:00] GET /{MAC}.cfg 401 100 ""
10.71.20.64 {MAC} [2026-11-22T04:00:01+00:00] GET /{MAC}.cfg 200 4000 ""
10.71.20.65 - [2026-11-22T04:00:01+00:00] GET /snom-000413ABCDEF.xml 404 4000 ""
"""


def test_what_hosts_print() -> None:
    assert parse_locations(DUMP) == {"ada": {"10.71.20.64"}}
    assert parse_kea(KEA) == {MAC: "10.71.20.64"}
    assert parse_dnsmasq(f"1763780000 00:15:65:aa:bb:cc 10.71.20.64 * 01:00\n") == {MAC: "10.71.20.64"}  # noqa: F541
    assert parse_log(LOG)[MAC] == Fetch("2026-11-22T04:00:01+00:00", "10.71.20.64", 200)
    assert parse_log(LOG)["000413abcdef"].status == 404


def test_interface_lines_of_junos() -> None:
    text = "set interfaces ge-0/0/1 description a\nset interfaces ge-0/0/11 description b\nset vlans voice vlan-id 110"
    assert of_interface(text, "ge-0/0/1") == ["set interfaces ge-0/0/1 description a"]


def _results(design: Design, said: Mapping[str, str]) -> list[tuple[str, str]]:
    state = DesiredState("desk", (), (STATE,))
    found = check_phones(design, state, lambda _: _Host(said), {"sw1": Unknown("sw1", "no route")})
    return [(result.status, result.detail) for result in found]


def test_everybody_is_asked() -> None:
    said = {"ul.dump": DUMP, "kea-leases4": KEA, "access.log": LOG}
    assert _results(DESIGN, said)[0] == ("pass", "")
    status, detail = _results(DESIGN, {})[0]
    assert (status, "No such file" in detail) == ("error", True)
