"""Whom a contact of Asterisk or a destination of Kamailio means, in the center's words."""

from __future__ import annotations

import pytest

from ccstack.drivers.base import Reach
from ccstack.drivers.hosts.neighbours import in_words
from ccstack.model import Host, Pbx, Sbc

LONG = "a-name-as-long-as-a-name-may-be"
HOSTS = [
    Host(name="pbx", site="main", address="10.71.10.11", roles=[Pbx()]),
    Host(name="sbc", site="main", address="10.71.10.21", roles=[Sbc()]),
    Host(name=LONG, site="main", address="10.71.10.12", roles=[Pbx()]),
]


@pytest.mark.parametrize(
    ("way", "neighbour"),
    [
        ("Asterisk to pbx/sip:10.71.10.11:5080;transport=tcp", "pbx"),
        ("Asterisk to sbc/sip:10.71.10.21:5060;transport=tcp", "sbc"),
        ("Kamailio to sip:10.71.10.11:5080;transport=tcp", "pbx"),
        ("Kamailio to sip:203.0.113.20:5060;transport=udp", "sip:203.0.113.20:5060;transport=udp"),
        # As much as the console has room for.
        (f"Asterisk to {LONG}/sip:10.71.10.12", LONG),
        # Where the host shall not be listening any more.
        ("Asterisk to pbx/sip:10.71.10.11:5090;transport=tcp", "pbx/sip:10.71.10.11:5090;transport=tcp"),
        ("Kamailio to sip:10.71.10.11:5090;transport=tcp", "sip:10.71.10.11:5090;transport=tcp"),
    ],
)
def test_a_way_names_the_host_that_listens_there(way: str, neighbour: str) -> None:
    assert in_words({way: True}, HOSTS) == {way: Reach(neighbour, answers=True)}
