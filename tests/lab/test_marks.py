"""An agent with a call is not rung by another PBX; what SBCs tell each other about that cannot outlive the call."""

from __future__ import annotations

import re
import time

import pytest

from tests.conftest import Figure

from .stage import Stage, until

pytestmark = pytest.mark.lab


def agents_with_a_call(stage: Stage, sbc: str) -> dict[str, list[str]]:
    """By who says so, as `sbc` knows it: agents that have a call."""
    dump = stage.on(sbc, "kamcmd", "htable.dump", "calls")
    rows = re.findall(r"name: (\S+)\s+value: (\S*)", dump)
    return {name: re.findall(r"[^/]+", value) for name, value in rows}


def test_an_agent_with_a_call_by_one_sbc_is_busy_for_the_other(traced: Stage) -> None:
    ana = traced.design.index["agents"]["ana"].extension
    call = traced.call_in("+12125550137")
    call.wait_heard(traced.tone("ana"))
    until("the other SBC is told", lambda: agents_with_a_call(traced, "den-sbc").get("nyc-sbc") == ["ana"])
    assert traced.dial("sam", ana).wait("ended").status == 480
    call.hangup()
    until("ana is free", lambda: not any(agents_with_a_call(traced, "den-sbc").values()))
    second = traced.dial("sam", ana)
    second.wait_heard(traced.tone("ana"))
    second.hangup()


def test_a_call_that_is_given_up_while_it_rings_leaves_no_mark(traced: Stage) -> None:
    for _ in range(5):
        call = traced.call_in("+12125550137")
        until("ana rings", lambda: any(agents_with_a_call(traced, "nyc-sbc").values()), every=0.01)
        call.hangup()
        until("ana is free", lambda: not marked(traced))


def test_a_call_that_one_sbc_hands_to_another_ends_at_both(traced: Stage) -> None:
    """Whichever side hangs up, and whether the phone is behind a NAT of TLS or not."""
    for agent in ("ana", "elena"):
        traced.people.register_at(agent, "den-sbc")
        try:
            for hangs_up in ("caller", "agent"):
                call = traced.dial("ben", traced.design.index["agents"][agent].extension)
                call.wait_heard(traced.tone(agent))
                until("both are marked", lambda a=agent: set(marked(traced, "den-sbc")) == {a, "ben"})
                (call if hangs_up == "caller" else traced.leg(agent)).hangup()
                until(f"no mark is left when the {hangs_up} hangs up", lambda: not marked(traced))
        finally:
            traced.people.register_at(agent)


def test_a_call_that_goes_another_way_because_the_first_is_dead_ends_at_both(traced: Stage) -> None:
    """An SBC whose connection to the phone is gone hands the call on, and stays in it."""
    home = traced.design.index["hosts"]["nyc-sbc"].address
    traced.people.register_at("elena", "den-sbc")
    dead = "sip:elena@198.51.100.253:9;transport=tls"
    try:
        for hangs_up in ("caller", "agent"):
            words = ("location", "elena", dead, "60", "1.0", f"<sip:{home}:5060;lr>", "0", "0", "0")
            traced.on("nyc-sbc", "kamcmd", "ul.add", *words)
            call = traced.dial("ben", traced.design.index["agents"]["elena"].extension)
            call.wait_heard(traced.tone("elena"))
            (call if hangs_up == "caller" else traced.leg("elena")).hangup()
            until(f"no mark is left when the {hangs_up} hangs up", lambda: not marked(traced))
    finally:
        traced.on("nyc-sbc", "kamcmd", "ul.rm", "location", "elena")
        traced.people.register_at("elena")


def test_what_a_killed_sbc_has_told_is_forgotten_in_seconds(traced: Stage, figure: Figure) -> None:
    """It is believed for five (`autoexpire`), and Kamailio takes expired rows out of a table once in five."""
    call = traced.call_in("+12125550137")
    call.wait_heard(traced.tone("ana"))
    try:
        until("the other SBC is told", lambda: agents_with_a_call(traced, "den-sbc").get("nyc-sbc") == ["ana"])
        traced.on("nyc-sbc", "sh", "-c", "systemctl kill --signal=KILL kamailio; systemctl stop kamailio")
        since = time.monotonic()
        until("the mark goes", lambda: not marked(traced, "den-sbc"))
        figure(f"mark of an agent whose SBC was killed: gone after {time.monotonic() - since:.1f} s")
    finally:
        traced.on("nyc-sbc", "systemctl", "start", "kamailio")
        call.hangup()
        traced.people.hang_up()
        traced.settled()
        traced.people.wait_registered(180)


def marked(stage: Stage, *sbcs: str) -> list[str]:
    """The agents that any of these SBCs (every one) believes to have a call."""
    asked = sbcs or tuple(stage.design.homes.sbcs)
    return [agent for sbc in asked for told in agents_with_a_call(stage, sbc).values() for agent in told]
