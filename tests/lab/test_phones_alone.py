"""One phone at a cable, without a lab: it boots, and what it does when something is missing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ccstack.calls.sip.message import Headers, Request
from ccstack.calls.sip.transport import Hop
from ccstack.calls.sip.uri import Uri
from ccstack.lab.phones import dhcp, lldp
from ccstack.lab.phones.frames import Tag
from ccstack.lab.phones.protocol import Step

from .desk_alone import DOMAIN, MAC, SERVER, VLAN, Desk, desk

pytestmark = pytest.mark.lab

YEALINK = f"""#!version:1.0.0.1
account.1.enable = 1
account.1.user_name = ada
account.1.auth_name = ada
account.1.password = sip-secret
account.1.display_name = Ada
account.1.sip_server.1.address = {DOMAIN}
account.1.sip_server.1.transport_type = 2
account.1.outbound_proxy_enable = 1
account.1.outbound_proxy.1.address = {SERVER}
account.1.outbound_proxy.1.port = 5061
account.1.srtp_encryption = 2
static.network.qos.signaltos = 24
wrong.parameter = 1
"""
FILES = {f"/{MAC}.cfg": YEALINK}


def test_a_phone_boots(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk("lpa", tmp_path, FILES) as at:
            at.phone.power()
            status = await at.until("registered", lambda s: s.up)
            assert (status.vlan, status.address) == (VLAN, "10.9.0.50")
            assert status.file == f"{MAC}.cfg from {SERVER}"
            assert status.registered == (str(SERVER),)
            assert status.ignored == ("wrong.parameter",)
            assert status.seconds is not None
            assert set(at.far.tags) == {Tag(VLAN, 5)}, "what the phone sends bears the policy's VLAN and priority"
            assert at.far.heard_dhcp[0].options[dhcp.VENDOR_CLASS] == b"yealink"
            assert bytes.fromhex(MAC) in at.far.lldp_heard[0]
            binding = await _binding(at)
            assert "transport=tls" in binding
            await _check_sync(at, binding)

    asyncio.run(run())


async def _binding(at: Desk) -> str:
    assert at.far.registrar.registrar is not None
    return str(at.far.registrar.registrar.bindings()["ada"])


async def _check_sync(at: Desk, contact: str) -> None:
    """A NOTIFY makes it fetch again, and take what has changed."""
    at.far.files[f"/{MAC}.cfg"] += b"account.1.label = New\n"
    asked = len(at.far.asked)
    agent = at.far.registrar
    stream = next(iter(agent.transport.streams))
    headers = Headers([
        ("Via", agent.via(stream)), ("Max-Forwards", "70"), ("From", f"<sip:pbx@{DOMAIN}>;tag=1"),
        ("To", f"<sip:ada@{DOMAIN}>"), ("Call-ID", "sync"), ("CSeq", "1 NOTIFY"),
        ("Event", "check-sync;reboot=false"), ("Subscription-State", "active"),
    ])  # fmt: skip
    response = await agent.transactions.send(Request(headers, b"", "NOTIFY", contact.strip("<>")), stream).final
    assert response.status == 200
    await at.until("fetched again", lambda _: len(at.far.asked) > asked)
    await at.until("registered again", lambda s: s.up)
    assert Hop.of(Uri.parse(f"sip:{SERVER}")).port == 5060


def test_no_voice_vlan_no_lease(tmp_path: Path) -> None:
    """Without a policy it asks untagged, where nobody answers; once the switch tells the VLAN, it comes up."""

    async def run() -> None:
        async with desk("lpb", tmp_path, FILES) as at:
            at.far.policy = None
            at.phone.power()
            status = await at.until("stuck", lambda s: "no DHCP server" in s.why)
            assert status.step is Step.ADDRESS
            assert status.vlan == 0
            assert "the switch tells no voice VLAN" in status.why
            assert not at.far.heard_dhcp
            at.far.policy = lldp.Policy(VLAN, True, 5, 46)
            at.far.tell_policy()
            status = await at.until("registered", lambda s: s.up)
            assert status.vlan == VLAN

    asyncio.run(run())


def test_servers_dead(tmp_path: Path) -> None:
    """A phone that was up once boots from what it keeps; a new one says what it lacks."""

    async def run() -> None:
        async with desk("lpc", tmp_path, FILES) as at:
            at.far.web_answers = False
            at.phone.power()
            status = await at.until("stuck", lambda s: s.step is Step.FILE and bool(s.why))
            assert "503" in status.why
            at.far.web_answers = True
            await at.until("registered", lambda s: s.up)
            at.far.web_answers = at.far.dhcp_answers = False
            at.phone.pull()
            assert at.phone.status().step is Step.OFF
            at.phone.power()
            status = await at.until("registered", lambda s: s.up)
            assert status.address == "10.9.0.50"
            assert status.file == f"{MAC}.cfg from flash"
            flash = tmp_path / "flash" / f"{MAC}.json"
            assert flash.stat().st_mode & 0o777 == 0o600

    asyncio.run(run())


def test_wrong_password(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk("lpd", tmp_path, FILES) as at:
            at.far.password = "another"
            at.phone.power()
            status = await at.until("stuck", lambda s: s.step is Step.FILE and bool(s.why))
            assert "refuses this phone" in status.why

    asyncio.run(run())


def test_lease_is_renewed(tmp_path: Path) -> None:
    async def run() -> None:
        async with desk("lpe", tmp_path, FILES) as at:
            at.far.lease_s = 16
            at.phone.power()
            await at.until("registered", lambda s: s.up)
            renewals = len(at.far.heard_dhcp)
            await at.until("renewed", lambda _: len(at.far.heard_dhcp) > renewals)
            assert str(at.far.heard_dhcp[-1].mine) == "10.9.0.50"
            assert at.phone.status().up

    asyncio.run(run())
