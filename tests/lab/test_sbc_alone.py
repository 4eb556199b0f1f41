"""What the SBCs do by themselves, shown on two of them with user agents for PBXs and carriers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ccstack import model as cc
from ccstack.calls.client import LiveCall, WaitTimeoutError
from ccstack.calls.protocol import AnswerPolicy
from tests.render.kamailio.centers import trunk, two_sites

from .bench import Bench, bench, until

pytestmark = pytest.mark.lab

PUBLIC = "198.51.100.9"


def center() -> cc.ContactCenter:
    """Two SBCs, of which one stands behind a NAT; two trunks, of which one carries three calls."""
    base = two_sites()
    hosts = [
        h if h.name != "sbc-w" else h.model_copy(update={"roles": (cc.Sbc(advertised_address=PUBLIC),)})
        for h in base.hosts
    ]
    north = trunk(
        gateways=[
            cc.Gateway(address="10.9.0.1", priority=1, strip=1),
            cc.Gateway(address="10.9.0.2", priority=2, prefix="77#"),
        ]
    )
    south = trunk("south", gateways=[cc.Gateway(address="10.9.0.3")], max_channels=3, max_cps=50)
    return two_sites(hosts=hosts, trunks=[north, south])


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(center(), tmp_path_factory.mktemp("sbcs")) as made:
        yield made


def out(two: Bench, number: int, trunks: str = "north", sbc: str = "sbc-e") -> LiveCall:
    """A call to the outside, by way of `sbc`."""
    pbx = sbc.replace("sbc", "pbx")
    return two.dial(pbx, sbc, f"+1415555{number:04d}", {"X-CC-Route": "trunk", "X-CC-Trunks": trunks})


def answered_in_time(two: Bench, sbc: str) -> None:
    """The SBC has heard by its pings that its neighbours live."""

    def works() -> bool:
        call = out(two, 0, "north", sbc)
        try:
            return call.wait("answered", timeout=5).status == 200
        except WaitTimeoutError:
            return False
        finally:
            call.hangup()

    until(works, f"{sbc} calls out")


def test_a_second_gateway_has_the_number_in_its_own_way(two: Bench) -> None:
    answered_in_time(two, "sbc-e")
    two.agents["north0"].set_policy("any", AnswerPolicy(action="reject", code=503))
    try:
        call = out(two, 1)
        call.wait("answered")
        call.hangup()
    finally:
        two.agents["north0"].set_policy("any", AnswerPolicy(action="answer"))
    assert two.heard_by("north0")[-1].request_uri.startswith("sip:14155550001@10.9.0.1")
    assert two.heard_by("north1")[-1].request_uri.startswith("sip:77%23+14155550001@10.9.0.2")


def test_channels_are_counted_over_both_sbcs(two: Bench) -> None:
    for sbc in ("sbc-e", "sbc-w"):
        answered_in_time(two, sbc)
    calls = []
    try:
        for number, sbc in enumerate(("sbc-e", "sbc-w", "sbc-e")):
            calls.append(out(two, number, "south", sbc))
            calls[-1].wait("answered")
        for sbc in ("sbc-e", "sbc-w"):
            assert out(two, 9, "south", sbc).wait("ended").status == 503
        calls.pop().hangup()

        def free_again() -> bool:
            report = out(two, 9, "south", "sbc-w").wait("ended")
            return report.status != 503

        two.agents["south0"].set_policy("any", AnswerPolicy(action="reject", code=486))
        until(free_again, "the channel is free again")
    finally:
        two.agents["south0"].set_policy("any", AnswerPolicy(action="answer"))
        for call in calls:
            call.hangup()


def test_a_full_trunk_is_passed_over(two: Bench) -> None:
    answered_in_time(two, "sbc-e")
    calls = [out(two, number, "south") for number in range(3)]
    try:
        for call in calls:
            call.wait("answered")
        fourth = out(two, 4, "south,north")
        fourth.wait("answered")
        fourth.hangup()
        assert "14155550004" in two.heard_by("north0")[-1].request_uri
    finally:
        for call in calls:
            call.hangup()


def test_a_refused_call_gives_its_channel_back_at_once(two: Bench) -> None:
    answered_in_time(two, "sbc-e")
    two.agents["south0"].set_policy("any", AnswerPolicy(action="reject", code=486))
    try:
        statuses = [out(two, number, "south").wait("ended").status for number in range(6)]
    finally:
        two.agents["south0"].set_policy("any", AnswerPolicy(action="answer"))
    assert statuses == [486] * 6, "the trunk has three channels"


def test_a_trunk_that_does_not_answer_pings_lends_no_channel(two: Bench) -> None:
    """A call that went out by another trunk counts there alone."""
    answered_in_time(two, "sbc-e")
    sbc = two.sbcs["sbc-e"]
    begun = len(sbc.log())
    two.agents["south0"].set_options(answer=False)
    until(lambda: "step=down destination=OPTIONS sip:10.9.0.3" in sbc.log()[begun:], "south is seen to be down")
    calls = [out(two, number, "south,north") for number in range(3)]
    try:
        for call in calls:
            call.wait("answered")
        two.agents["south0"].set_options(answer=True)
        until(lambda: "step=up destination=OPTIONS sip:10.9.0.3" in sbc.log()[begun:], "south is seen to be up")
        one = out(two, 9, "south")
        assert one.wait("answered").status == 200
        one.hangup()
    finally:
        for call in calls:
            call.hangup()


def test_behind_a_nat_carriers_are_told_the_public_address_and_pbxs_the_other(two: Bench) -> None:
    answered_in_time(two, "sbc-w")
    call = out(two, 5, "north", "sbc-w")
    own = call.wait("answered")
    call.hangup()
    seen = two.heard_by("north0")[-1]
    assert f"c=IN IP4 {PUBLIC}" in (seen.remote_sdp or "")
    assert PUBLIC in seen.invite_headers["Record-Route"][0]
    assert PUBLIC in seen.invite_headers["Contact"][0]
    assert "c=IN IP4 10.2.0.21" in (own.remote_sdp or "")
    assert any("10.2.0.21" in route for route in own.answer_headers["Record-Route"])


def test_a_carrier_sees_no_address_of_the_inside(two: Bench) -> None:
    answered_in_time(two, "sbc-e")
    call = out(two, 6)
    call.wait("answered")
    call.hangup()
    seen = two.heard_by("north0")[-1]
    text = repr(seen.invite_headers) + (seen.remote_sdp or "")
    assert "10.1.0.11" not in text
    assert {name for name in seen.invite_headers if name.startswith("X-CC-")} == {"X-CC-Call"}


def test_a_call_that_was_up_at_a_restart_ends_in_order(two: Bench) -> None:
    answered_in_time(two, "sbc-e")
    call = out(two, 7)
    call.wait("answered")
    call.wait_packets(25)  # the ACK has passed as well
    two.sbcs["sbc-e"].stop_kamailio()
    two.sbcs["sbc-e"].start()
    phone = two.agents["pbx-e"]
    until(lambda: phone.options("sip:10.1.0.21:5060;transport=tcp").status == 200, "the SBC answers again")
    call.hangup()
    until(lambda: two.heard_by("north0")[-1].state == "ended", "the BYE arrives at the carrier")
    answered_in_time(two, "sbc-e")


def test_the_logs_hold_no_surprise(two: Bench) -> None:
    """Last: what all of the above has left."""
    tolerated = (
        r"tls .*(maximum pthreads|openssl bug #1491)"  # said at every start
        r"|tcp_main|tcp_send|Attempt to send to precreated"  # a neighbour is not there yet, or no more
        r"|dmq .*(timeout|not deleting)"
        r"|unable to find dialog for (BYE|ACK)"  # after a restart; it is passed on by its Route header
        r"|receive_fd\(\): EOF"  # processes that end one after the other
        r"|without branches"  # tm, for every CANCEL (6.1.5)
        r"|status rewrite by UAS"  # the stand-in's 100 overtaken by its 503
    )
    for sbc in two.sbcs.values():
        lines = [line for line in sbc.log().splitlines() if re.search(r"\b(ERROR|WARNING|CRITICAL|BUG):", line)]
        assert [line for line in lines if not re.search(tolerated, line)] == []
