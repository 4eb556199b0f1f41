"""One property per syntax: what is written is read back as it was, or refused with its path."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack import model as cc
from ccstack.render.kamailio.dbtext import Table, field
from ccstack.render.kamailio.destinations import destinations, set_number
from ccstack.render.kamailio.location import pidf_lo
from ccstack.render.state import Slot, Source
from ccstack.render.text import RenderError

from .centers import address, trunk, two_sites
from .reading import columns, files

SOURCE = Source("agents.ana", "test")
HOSTILE = ['"; drop', "a:b:c", "back\\slash\\", "${exten}", "$sht(x=>y)", "日本語", "🔥", "<&>'\"", "a,b;c=d|e"]
CA = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}"

labels = st.text(min_size=1, max_size=60).filter(lambda t: not re.search(r"[\x00-\x1f\x7f]", t))


@given(key=st.text(min_size=1), value=st.text(min_size=1))
def test_a_row_is_read_back_or_refused(key: str, value: str) -> None:
    table = Table("x")
    try:
        table.put(key, value, SOURCE)
        row = table.file().lines[1].text
    except RenderError as refused:
        row = refused.path
    assert row == "agents.ana" or columns(row) == [key, "0", "0", value, "0"]
    assert "\n" not in row


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_survive(value: str) -> None:
    assert columns(field(value, "x")) == [value]


@pytest.mark.parametrize("value", ["two\nlines", "nul\0", "slot\ue000x\ue001", "\x1b[0m", "line\u2028"])
def test_what_no_row_can_carry_is_refused(value: str) -> None:
    with pytest.raises(RenderError, match=r"agents\.ana\.label"):
        field(value, "agents.ana.label")


def test_a_digest_stands_as_its_slot() -> None:
    slot = Slot("agents.ana.password", "ha1-md5", "ana", "two.example")
    assert field(slot, "agents.ana") == str(slot)


@given(city=labels, street=labels, company=labels, room=labels)
def test_a_location_is_read_back_as_xml(city: str, street: str, company: str, room: str) -> None:
    try:
        place = cc.CivicAddress(
            state="NY", city=city, street=street, house_number="1 b", postal_code="1", company=company
        )
        where = cc.EmergencyLocation(name="floor", callback="+12125550111", room=room)
        text = pidf_lo(place, where, "two.example", "sites.east")
    except RenderError:
        return
    civic = ElementTree.fromstring(text).find(f".//{CA}civicAddress")
    assert civic is not None
    found = {element.tag.removeprefix(CA): element.text for element in civic}
    assert (found["A3"], found["RD"], found["NAM"], found["ROOM"]) == (city, street, company, room)


@pytest.mark.parametrize("value", ["no\ufffecharacter", "\uffff"])
def test_what_xml_cannot_carry_is_refused(value: str) -> None:
    where = cc.EmergencyLocation(name="floor", callback="+12125550111", room=value)
    with pytest.raises(RenderError, match=r"sites\.east"):
        pidf_lo(address("New York"), where, "two.example", "sites.east")


def test_the_civic_address_is_in_the_schemas_order() -> None:
    where = cc.EmergencyLocation(name="f", callback="+12125550111", building="B", floor="2", room="R")
    place = address("New York").model_copy(update={"company": "Two"})
    text = pidf_lo(place, where, "two.example", "sites.east")
    assert re.findall(r"<ca:(\w+)>", text)[1:] == [
        *("country", "A1", "A3", "RD", "HNO", "FLR", "NAM", "PC", "BLD", "ROOM")
    ]


def test_every_dispatcher_line_has_kamailios_form() -> None:
    for line in files(two_sites())["dispatcher.list"].lines:
        assert re.fullmatch(r"\d+ sip:[\d.]+:\d+;transport=(udp|tcp|tls) 0 0( rweight=\d+)?", line.text)


def test_every_address_line_has_kamailios_form() -> None:
    for line in files(two_sites())["address.list"].lines:
        assert re.fullmatch(r"[1-4] [\d.]+ \d+ 0 [a-z][a-z0-9-]*", line.text)


@given(prefix=st.text(alphabet="0123456789*#+", max_size=12))
def test_a_prefix_is_safe_in_a_uri(prefix: str) -> None:
    gateway = cc.Gateway(address="203.0.113.10", prefix=prefix)
    text = files(two_sites(trunks=[trunk(gateways=[gateway])]))["gateway"].text
    written = columns(text.splitlines()[1])[3].partition("|")[2]
    assert re.fullmatch(r"(?:[0-9*+]|%23)*", written)
    assert written.replace("%23", "#") == prefix


@given(name=st.text(min_size=1))
def test_a_set_number_is_one_that_kamailio_takes(name: str) -> None:
    assert 1 <= set_number(name) < 2**31


def test_no_two_sets_share_a_number_in_a_large_center() -> None:
    from ccstack.design import design

    many = [trunk(f"t{i}", gateways=[cc.Gateway(address=f"203.0.113.{i}")]) for i in range(1, 200)]
    found = destinations(design(two_sites(trunks=many)))
    assert len({d.number for d in found}) == len(found)
