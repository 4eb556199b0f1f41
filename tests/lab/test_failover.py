"""A PBX, an SBC, a carrier or a WAN dies: the first INVITE after the fault completes, and its delay is printed.

The goal is a post-dial delay of four seconds at most.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.names import carrier_place
from ccstack.lab.topology import Core
from tests.conftest import Figure

from .stage import Stage

pytestmark = pytest.mark.lab

GOAL_S = 4.0
SUPPORT, SALES_ES = "+12125550133", "+12125550132"


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
