"""Phones in their own process, handled as people handle them: unpacked, plugged in, carried about, swapped.

There are no switches and no hosts: every cable leads to one hub."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ccstack import model as cc
from ccstack.calls.protocol import PlaceCall
from ccstack.calls.tone import assign
from ccstack.design import Design, design
from ccstack.lab.errors import LabError
from ccstack.lab.lab import Lab
from ccstack.lab.machine import Cgroup, lab_cgroup
from ccstack.lab.phones.desk import DeskPhones
from ccstack.lab.phones.protocol import Step
from ccstack.lab.state import Places, State
from ccstack.lab.topology import LabAddress, LabNetwork, LabSite, LabSwitch, LabTopology

from .desk_alone import SERVER, Servers, hub, servers
from .stage import until
from .test_phones_alone import YEALINK

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]


def _center(phones: int) -> Design:
    site = cc.Site(
        name="main",
        time_zone="America/Chicago",
        address=cc.CivicAddress(state="IL", city="Chicago", street="E", house_number="1", postal_code="60601"),
        networks=[cc.Network(kind="voice", subnet="10.9.0.0/24", vlan=110)],
    )
    switch = cc.Switch(name="sw", site="main", platform="arista-eos", address="10.9.0.2", phone_ports=["Et1-90"])
    return design(
        cc.ContactCenter(
            name="lpdesk",
            sites=[site],
            switches=[switch],
            agents=[cc.Agent(name=f"a{i}", extension=f"{100 + i}", site="main") for i in range(phones)],
            phones=[
                cc.Phone(
                    name=f"desk-{i}",
                    model="yealink-t54w",
                    mac=_mac(i),
                    line=f"a{i}",
                    port=cc.SwitchPort(switch="sw", interface=f"Et{i + 1}"),
                )
                for i in range(phones)
            ],
        )
    )


def _mac(i: int) -> str:
    return f"001565aabb{i:02x}"


@dataclass
class Office:
    desk: DeskPhones
    far: Servers
    design: Design
    group: Cgroup

    def unpack(self) -> tuple[str, ...]:
        tones = assign(self.design.index["agents"])
        return self.desk.unpack(self.design, lambda _: "fetch-me", self.far.ca, tones)


@contextlib.contextmanager
def office(folder: Path, phones: int) -> Iterator[Office]:
    """The servers run in a thread of their own: who handles phones waits for them."""
    state = State(f"lpdesk{phones}", Places(run=folder / "run", disks=folder / "disks"))
    site = LabSite(name="main", networks=(LabNetwork(name="voice", subnet="10.9.0.0/24", gateway=SERVER),))
    at = LabAddress(network="voice", address=IPv4Address("10.9.0.2"))
    switch_there = LabSwitch(name="sw", site="main", platform="arista-eos", at=at, interfaces=())
    state.write_topology(
        LabTopology(lab=state.lab, sites=(site,), switches=(switch_there,), control=IPv4Address("10.9.1.1"))
    )
    ready, over = threading.Event(), asyncio.Event()
    found: list[tuple[Servers, asyncio.AbstractEventLoop]] = []

    async def serve() -> None:
        async with servers(switch.space, folder, {f"a{i}": "sip-secret" for i in range(phones)}) as far:
            far.files = {f"/{_mac(i)}.cfg": YEALINK.replace("ada", f"a{i}").encode() for i in range(phones)}
            found.append((far, asyncio.get_running_loop()))
            ready.set()
            await over.wait()

    lab = Lab(state.lab, state.places)
    with hub(f"{state.lab}_hub") as switch:
        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        try:
            assert ready.wait(60)
            yield Office(DeskPhones(lab, switch), found[0][0], _center(phones), lab_cgroup(state.lab))
        finally:
            lab_cgroup(state.lab).end()
            found[0][1].call_soon_threadsafe(over.set)
            thread.join()
            lab.down()


def test_phones_are_handled(tmp_path: Path) -> None:
    with office(tmp_path, 2) as at:
        assert at.unpack() == ("desk-0", "desk-1")
        report = at.desk.boot(timeout=120)
        assert all(phone.up for phone in report.phones), report.to_text()
        assert {str(phone.place) for phone in report.phones} == {"sw Ethernet1", "sw Ethernet2"}
        assert "desk-0  yealink-t54w  sw Ethernet1  110   10.9.0.5" in report.to_text()
        _is_private(tmp_path)

        with at.desk.agent("desk-0") as phone:
            call = phone.call(PlaceCall(account="a0", to="a9", ring_timeout_ms=60_000))
            assert call.wait("ended").status == 404, "the registrar is no proxy, and says so"

        at.desk.unplug("desk-0")
        off = at.desk.status(["desk-0"]).phones[0]
        assert (off.step, off.place, off.why) == (Step.OFF, None, "it is plugged in nowhere")
        moved = at.desk.move("desk-0", "sw", "Et7", 120).phones[0]
        assert moved.up, moved
        assert str(moved.place) == "sw Ethernet7"

        at.desk.swap("desk-1", "yealink-t54w", "001565ffff01", timeout=0)
        until("there is no file for it", lambda: ".cfg" in at.desk.status(["desk-1"]).phones[0].why, 60)
        swapped = at.desk.status(["desk-1"]).phones[0]
        assert (swapped.step, "001565ffff01.cfg: 404" in swapped.why) == (Step.FILE, True), swapped
        with pytest.raises(LabError, match="has no phone desk-9"):
            at.desk.boot(["desk-9"])
        with pytest.raises(LabError, match="no phone model acme-1"):
            at.desk.swap("desk-1", "acme-1", "001565ffff02")
        assert at.unpack() == ("desk-0", "desk-1"), "what stands on a desk stays"
        assert at.desk.status(["desk-1"]).phones[0].mac == "001565ffff01"


def _is_private(folder: Path) -> None:
    """What holds passwords is readable by nobody else."""
    secret = [p for p in folder.rglob("*") if p.is_file() and b"sip-secret" in p.read_bytes()]
    assert all(p.stat().st_mode & 0o077 == 0 for p in secret), secret


def test_sixty_phones(tmp_path: Path, figure: Callable[[str], None]) -> None:
    """Sixty phones come up together, and cost next to nothing afterwards."""
    with office(tmp_path, 60) as at:
        at.unpack()
        began = time.monotonic()
        report = at.desk.boot(timeout=180)
        took = time.monotonic() - began
        assert all(phone.up for phone in report.phones), report.to_text()
        (pid,) = Cgroup(at.group.path / "phones").pids()
        before = _cpu(pid)
        time.sleep(5)
        share = (_cpu(pid) - before) / 5
        figure(f"60 phones registered {took:.1f} s after they had power; then {share:.0%} of a core")


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
