"""What the SBC is told, and that its script asks for nothing else."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack import model as cc
from ccstack.design import design
from ccstack.render import rtpengine
from ccstack.render.kamailio import parts
from ccstack.render.kamailio.destinations import pbx_order, pbx_set, sbc_set, trunk_set
from ccstack.render.kamailio.tables import dialing
from ccstack.render.state import File, Slot
from ccstack.render.text import RenderError

from .centers import trunk, two_sites
from .reading import files, table


def test_a_number_enters_at_the_home_of_its_first_queue() -> None:
    # support has no standby: the SBC's nearest PBX takes the caller while its home is down.
    assert table(two_sites(), "did")["+12125550100"] == f"{pbx_order(['pbx-w', 'pbx-e'])}|"


def test_a_number_without_a_queue_enters_at_the_nearest_pbx() -> None:
    assert table(two_sites(), "did", "sbc-w")["+12125550101"] == f"{pbx_order(['pbx-w', 'pbx-e'])}|north"
    assert table(two_sites(), "did", "sbc-e")["+12125550101"] == f"{pbx_order(['pbx-e', 'pbx-w'])}|north"


def test_a_queue_goes_home_then_to_its_standby() -> None:
    assert table(two_sites(), "queue", "sbc-w") == {
        "sales": f"{pbx_order(['pbx-e', 'pbx-w'])}|alone",
        "support": f"{pbx_order(['pbx-w'])}|alone",
    }


def test_a_queue_that_the_site_does_not_run_alone_says_so() -> None:
    assert table(two_sites(), "queue", "sbc-e")["support"] == f"{pbx_order(['pbx-w'])}|"


def test_a_site_is_cut_off_when_no_host_of_another_answers() -> None:
    assert table(two_sites(), "conf", "sbc-e")["away"] == f"{pbx_set('pbx-w')},{sbc_set('sbc-w')},"


def test_gateways_of_one_priority_share_a_set_by_weight() -> None:
    first, second = trunk_set("north", 1), trunk_set("north", 2)
    assert table(two_sites(), "trunk")["north/sets"] == f"{first}=11;{second}=11"
    lines = [line for line in files(two_sites())["dispatcher.list"].text.splitlines() if line.startswith(f"{first} ")]
    assert [line.rpartition("=")[2] for line in lines] == ["70", "30"]


def test_every_gateway_has_its_own_strip_and_prefix() -> None:
    assert table(two_sites(), "gateway") == {
        "north|sip:203.0.113.10:5060;transport=udp": "1|",
        "north|sip:203.0.113.11:5060;transport=udp": "1|00",
        "north|sip:203.0.113.12:5061;transport=tls": "0|77%23",
    }


@pytest.mark.parametrize(
    ("epoch", "overlap", "own", "previous"),
    [(1, True, None, False), (2, True, None, True), (2, False, None, False), (1, True, 3, True)],
)
def test_the_epoch_before_is_known_while_it_overlaps(
    epoch: int, overlap: bool, own: int | None, previous: bool
) -> None:
    ana = cc.Agent(name="ana", extension="1001", site="east", password=cc.DerivedSecret(epoch=own))
    center = two_sites(agents=[ana], queues=[], numbers=[], secrets=cc.Secrets(epoch=epoch, overlap=overlap))
    slots = files(center)["ha1"].slots
    assert Slot("agents.ana.password", "ha1-md5", "ana", "two.example") in slots
    assert (Slot("agents.ana.password", "ha1-md5", "ana", "two.example", previous=True) in slots) is previous


def test_a_password_from_elsewhere_has_no_epoch_before() -> None:
    ana = cc.Agent(name="ana", extension="1001", site="east", password=cc.EnvSecret(variable="ANA"))
    center = two_sites(agents=[ana], queues=[], numbers=[], secrets=cc.Secrets(epoch=2))
    assert [s for s in files(center)["ha1"].slots if s.path == "agents.ana.password" and s.previous] == []


def test_phones_know_where_they_are_and_what_they_play() -> None:
    assert table(two_sites(), "phone") == {
        "ana": "site=east;loc=east/floor-1",
        "bob": "site=west;loc=-;remote=1",
        "probe": "site=east;loc=east/floor-1;probe=1",
        "caller": "site=east;loc=east/floor-1;probe=1;via=north;caller=+12125550170",
    }


def test_remote_agents_open_the_door_for_register_only_when_there_are_any() -> None:
    assert table(two_sites(), "conf")["remote"] == "1"
    at_home = [cc.Agent(name="ana", extension="1001", site="east")]
    assert table(two_sites(agents=at_home, queues=[], numbers=[]), "conf")["remote"] == "0"


def test_emergency_numbers_are_known_with_and_without_the_outside_prefix() -> None:
    assert table(two_sites(), "emergency") == {"911": "911", "9911": "911"}


def test_an_sbc_does_not_watch_itself() -> None:
    assert sbc_set("sbc-e") not in {number for number, _ in parts(design(two_sites()))["sbc-e"].expectation.dispatcher}


def test_watchers_are_the_sbcs_own() -> None:
    assert "4 192.0.2.9 32 0 watch" in files(two_sites(), "sbc-e")["address.list"].text
    assert "192.0.2.9" not in files(two_sites(), "sbc-w")["address.list"].text


def test_only_kamailio_reads_files_with_secrets() -> None:
    for file in files(two_sites()).values():
        if file.slots:
            assert (file.group, file.mode) == ("kamailio", 0o640), file.path


def test_expectations_are_what_the_files_hold() -> None:
    part = parts(design(two_sites()))["sbc-e"]
    by_name = {f.path.rsplit("/", 1)[1]: f for f in part.files}
    assert {n: len(by_name[n].lines) - 1 for n in part.expectation.htables} == dict(part.expectation.htables)
    assert len(by_name["dispatcher.list"].lines) == len(part.expectation.dispatcher)
    assert len(by_name["address.list"].lines) == len(part.expectation.addresses)


def test_a_carrier_that_wants_it_is_registered_at() -> None:
    auth = cc.RegisterAuth(username="acct", password=cc.EnvSecret(variable="NORTH"), realm="north.example")
    file = files(two_sites(trunks=[trunk(auth=auth)]))["uacreg"]
    assert len(file.lines) == 1 + 3
    assert set(file.slots) == {Slot("trunks.north.auth.password", "ha1-md5", "acct", "north.example")}
    header = file.lines[0].text.split()
    assert all(line.text.replace("\\:", "").count(":") == len(header) - 1 for line in file.lines[1:])


@pytest.mark.parametrize(
    ("role", "path"),
    [
        (cc.Sbc(sip_port=5062), "hosts.sbc-e.sbc.sip_port"),
        (cc.Sbc(tls_port=5062), "hosts.sbc-e.sbc.tls_port"),
    ],
)
def test_the_port_that_sbcs_share_is_refused(role: cc.Sbc, path: str) -> None:
    hosts = [cc.Host(name="sbc-e", site="east", address="10.1.0.21", roles=[role])]
    with pytest.raises(RenderError, match=re.escape(path)):
        parts(design(two_sites(hosts=hosts, queues=[])))


def test_behind_a_nat_each_side_is_told_its_address() -> None:
    sbc = cc.Host(name="sbc-e", site="east", address="10.1.0.21", roles=[cc.Sbc(advertised_address="198.51.100.9")])
    center = two_sites(hosts=[sbc], queues=[])
    assert '!CC_PUBLIC!198.51.100.9!g"' in files(center)["host.cfg"].text
    (file,) = rtpengine.parts(design(center))["sbc-e"].files
    assert "interface = inside/10.1.0.21;outside/10.1.0.21!198.51.100.9" in file.text


def test_a_center_without_sbcs_has_no_part() -> None:
    assert parts(design(two_sites(hosts=[], queues=[]))) == {}


@pytest.mark.parametrize(
    ("country", "cc_code", "idd", "ndd", "nsn"), [("US", "1", "011", "1", "10"), ("GB", "44", "00", "0", "10")]
)
def test_how_a_country_dials(country: str, cc_code: str, idd: str, ndd: str, nsn: str) -> None:
    assert dialing(country) == {"cc": cc_code, "idd": idd, "ndd": ndd, "nsn": nsn}


# --- Adding moves nothing, order says nothing ---


@given(st.permutations(["pbx-e", "sbc-e", "pbx-w", "sbc-w"]))
def test_the_order_of_hosts_moves_no_number(order: list[str]) -> None:
    center = two_sites()
    hosts = {h.name: h for h in center.hosts}
    shuffled = two_sites(hosts=[hosts[name] for name in order])
    before = parts(design(center))["sbc-e"].expectation
    assert set(parts(design(shuffled))["sbc-e"].expectation.dispatcher) == set(before.dispatcher)


def test_adding_moves_nothing() -> None:
    center = two_sites()
    more: dict[str, Any] = {
        "hosts": [cc.Host(name="pbx-x", site="west", address="10.2.0.99", roles=[cc.Pbx()]), *center.hosts],
        "trunks": [trunk("first", gateways=[cc.Gateway(address="192.0.2.1")]), *center.trunks],
        "agents": [cc.Agent(name="aaa", extension="1999", site="east"), *center.agents],
    }
    before, after = (parts(design(c))["sbc-e"].expectation for c in (center, two_sites(**more)))
    assert set(before.dispatcher) < set(after.dispatcher)
    for name in ("ha1", "phone", "gateway", "queue"):
        assert table(center, name).items() <= table(two_sites(**more), name).items()


def test_a_second_rendering_is_the_same() -> None:
    first, second = (parts(design(two_sites())) for _ in range(2))
    assert first == second


# --- The script ---


def script() -> File:
    return files(two_sites())["kamailio.cfg"]


def test_the_script_is_the_same_for_every_center() -> None:
    other = two_sites(name="other", domain="other.example", trunks=[], numbers=[], queues=[])
    assert files(other)["kamailio.cfg"].text == script().text


def test_the_script_asks_only_for_tables_that_it_declares() -> None:
    declared = set(re.findall(r'"htable", "htable", "(\w+)=>', script().text))
    assert set(re.findall(r"\$shtinc\((\w+)=>|\$\(?sht(?:ex)?\((\w+)=>", script().text)) <= {
        pair for name in declared for pair in ((name, ""), ("", name))
    }


def test_every_data_table_of_the_script_is_rendered() -> None:
    wanted = set(re.findall(r"dbtable=(\w+)", script().text))
    assert wanted == set(parts(design(two_sites()))["sbc-e"].expectation.htables)


def test_the_script_asks_only_for_settings_that_are_rendered() -> None:
    wanted = set(re.findall(r"sht\(conf=>(\w+)\)", script().text))
    assert wanted == set(table(two_sites(), "conf"))


def test_the_script_asks_only_for_trunk_facts_that_are_rendered() -> None:
    wanted = set(re.findall(r"sht\(trunk=>\$\w+\(trunk\)/(\w+)\)", script().text))
    auth = cc.RegisterAuth(username="acct", password=cc.EnvSecret(variable="NORTH"), realm="north.example")
    center = two_sites(trunks=[trunk(auth=auth)])
    assert wanted <= {key.partition("/")[2] for key in table(center, "trunk")}


def test_every_route_that_is_called_is_there() -> None:
    text = script().text
    there = set(re.findall(r"^(?:route|failure_route|branch_route|onreply_route)\[(\w+)\]", text, re.MULTILINE))
    called = set(re.findall(r"\broute\((\w+)\)", text)) | set(re.findall(r't_on_\w+\("(\w+)"\)', text))
    assert called <= there
    timed = set(re.findall(r"route=(\w+)", text))
    assert there - called == timed, "only a timer's route is called by its name in a modparam"


def test_host_definitions_are_those_that_the_script_uses() -> None:
    defined = set(re.findall(r'"!(CC_\w+)!', files(two_sites())["host.cfg"].text))
    used = set(re.findall(r"CC_[A-Z]+(?:_[A-Z]+)*", script().text)) - {"CC_NAT"}
    assert used == defined
