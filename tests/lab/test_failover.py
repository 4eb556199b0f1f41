"""A PBX, an SBC, a carrier or a WAN dies: the first INVITE after the fault completes, and its delay is printed.

The goal is a post-dial delay of four seconds at most. And what ends while a connection is cut ends at both ends.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from time import monotonic

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.names import carrier_place
from ccstack.lab.topology import Core
from tests.conftest import Figure

from .stage import Stage, until

pytestmark = pytest.mark.lab

GOAL_S = 4.0
SUPPORT, SALES_ES = "+12125550133", "+12125550132"
DEAF_TO = """
table inet deaf {
    chain input {
        type filter hook input priority -300
        ip saddr %s meta l4proto tcp counter reject with tcp reset
    }
}
"""


def first_call_after(
    figure: Figure, name: str, fault: Callable[[], object], call: Callable[[], LiveCall], tone: str
) -> None:
    """Break something, place a call at once, and measure."""
    fault()
    placed = call()
    try:
        report = placed.wait_heard(tone, timeout=60)
    finally:
        placed.hangup()
    delay = report.post_dial_delay if report.post_dial_delay is not None else report.setup_time
    assert delay is not None
    figure(f"first call after {name}: post-dial delay {delay:.2f} s, answered after {report.setup_time:.2f} s")
    assert delay <= GOAL_S, report


def test_the_home_pbx_is_killed(acme: Stage, figure: Figure) -> None:
    with acme.only_logged_in("walt"):
        try:
            first_call_after(
                figure,
                "the death of a queue's home PBX",
                lambda: acme.on("den-pbx", "systemctl", "kill", "--signal=KILL", "asterisk"),
                lambda: acme.call_in(SUPPORT),
                acme.tone("walt"),
            )
        finally:
            acme.settled()


def test_the_host_of_the_home_pbx_loses_power(acme: Stage, figure: Figure) -> None:
    with acme.only_logged_in("walt"):
        try:
            first_call_after(
                figure,
                "power loss of a queue's home PBX",
                lambda: acme.lab.kill("den-pbx"),
                lambda: acme.call_in(SUPPORT),
                acme.tone("walt"),
            )
        finally:
            acme.lab.start("den-pbx")
            acme.settled()


def test_an_sbc_is_killed(acme: Stage, figure: Figure) -> None:
    """The carrier tries the first SBC, which is dead, and then the other; agents are reached by the other one."""
    try:
        first_call_after(
            figure,
            "power loss of the SBC that the carrier prefers",
            lambda: acme.lab.kill("nyc-sbc"),
            lambda: acme.call_in(SUPPORT),
            acme.tone("walt"),
        )
    finally:
        acme.lab.start("nyc-sbc")
        acme.settled()
        acme.people.wait_registered(180)


def test_a_carrier_is_dead(acme: Stage, figure: Figure) -> None:
    place = carrier_place("rockies")
    try:
        first_call_after(
            figure,
            "the death of the preferred carrier",
            lambda: acme.lab.cut(place, Core.INTERNET),
            lambda: acme.dial("ben", "917205550142"),
            acme.tone("carrier.atlantic"),
        )
    finally:
        acme.lab.restore(place, Core.INTERNET)
        acme.settled()


def test_the_wan_is_cut(acme: Stage, figure: Figure) -> None:
    """A caller to New York reaches an agent in New York, though the queue's home is behind the cut."""
    with acme.only_logged_in("walt", "elena", "maria"):
        try:
            first_call_after(
                figure,
                "a cut of the WAN, for a queue that is at home here",
                lambda: acme.lab.cut("den"),
                lambda: acme.call_in(SALES_ES),
                acme.tone("elena"),
            )
        finally:
            acme.lab.restore("den")
            acme.settled()


def test_a_phone_hangs_up_into_a_connection_that_is_cut(acme: Stage, figure: Figure) -> None:
    """The SBC writes the BYE to a connection that the PBX's host no longer takes: the caller is let go all the same."""
    sbc = str(acme.design.index["hosts"]["den-sbc"].address)
    with acme.only_logged_in("walt"):
        call = acme.call_in(SUPPORT)
        call.wait_heard(acme.tone("walt"))
        walt = acme.leg("walt")
        call_id = walt.report().call_id
        try:
            acme.on("den-pbx", "nft", DEAF_TO % sbc)
            hanging_up = Thread(target=walt.hangup)
            hanging_up.start()
            said = f"step=bye call-id={call_id}"
            until("the SBC has the BYE", lambda: said in acme.on("den-sbc", "journalctl", "-u", "kamailio", "-n", "50"))
            until(
                "its words are refused",
                lambda: "packets 0 " not in acme.on("den-pbx", "nft", "list", "table", "inet", "deaf"),
            )
        finally:
            acme.on("den-pbx", "nft", "delete", "table", "inet", "deaf")
        healed = monotonic()
        report = call.wait("ended", timeout=15)
        hanging_up.join()
        figure(f"a BYE lost with its connection: the caller was let go {monotonic() - healed:.1f} s after that healed")
        assert report.ended_by == "remote"
        acme.settled()
        again = acme.call_in(SUPPORT)
        again.wait_heard(acme.tone("walt"))
        again.hangup()
