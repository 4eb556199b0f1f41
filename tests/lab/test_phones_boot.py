"""An office of desk phones: power to registration, calls, and what happens to ports, boxes and servers.

Nothing here is told by the lab to the phones but what somebody keys in: they hear their VLAN from the switches that
were deployed, get addresses from the DHCP server that was, and read the files that were rendered.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ccstack.calls.client import UserAgentClient
from ccstack.calls.protocol import CallReport, PlaceCall
from ccstack.calls.signatures import people_tones
from ccstack.cli.common import Ready, ready
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.phones.desk import DeskPhones
from ccstack.lab.phones.protocol import PhoneStatus, Step

from .stage import MASTER_KEY, ccstack_in, until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(420)]

BLUEPRINT = Path(__file__).with_name("desk_center.py")
SBCS = {"10.73.10.11", "10.73.10.21"}
ADA_PORT = "sw1 GigabitEthernet1/0/1"


@dataclass
class Office:
    lab: Lab
    desk: DeskPhones
    ready: Ready
    environment: dict[str, str]

    def ccstack(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return ccstack_in(self.lab, {**self.environment, **environment}, *words)

    def status(self, name: str) -> PhoneStatus:
        return self.desk.status([name]).phones[0]

    def verified(self, **environment: str) -> dict[str, Any]:
        """What `verify` says, by phone."""
        ran = self.ccstack("verify", str(BLUEPRINT), "--no-calls", "--json", **environment)
        results = json.loads(ran.stdout)["results"]
        return {result["check"].split()[0]: result for result in results if result["target"] == "phones"}

    def deployed(self, **environment: str) -> None:
        ran = self.ccstack("deploy", str(BLUEPRINT), "--yes", **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def typed(self, switch: str, *lines: str) -> None:
        """Somebody types at a switch's console."""
        shown = self.lab.switches.run(switch, lines)
        assert not any("%" in each["said"] for each in shown), shown

    def tone(self, line: str) -> str:
        return str(people_tones(self.ready.plan)[line])

    def planned(self, phone: str) -> str:
        """The address of the port that the blueprint patches a phone to."""
        jack = self.ready.plan.wiring.seats[phone].jack
        assert jack is not None
        return str(jack.address)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    kept = os.environ.get("CCSTACK_KEEP_STAGE")
    state = kept or str(tmp_path_factory.mktemp("desk") / "state")
    environment = {
        "CCSTACK_MASTER_KEY": MASTER_KEY,
        "XDG_STATE_HOME": state,
        "DESK_SWITCH_PASSWORD": "only-in-a-lab",
    }
    os.environ.update(environment)
    center = ready(BLUEPRINT)
    lab = Lab(center.plan.center.name)
    try:
        lab.up(topology_of(center.plan.center), blueprint_folder=BLUEPRINT.parent)
        made = Office(lab, DeskPhones(lab, lab.switches), center, environment)
        made.deployed()
        assert center.ca_file is not None
        made.desk.unpack(
            center.plan, center.provisioning_password, Path(center.ca_file).read_text(), people_tones(center.plan)
        )
        yield made
    finally:
        if not kept:
            lab.down()


def test_every_phone_boots(office: Office) -> None:
    report = office.desk.boot()
    assert all(phone.up for phone in report.phones), report.to_text()
    for phone in report.phones:
        assert phone.vlan == 110
        assert phone.address == office.planned(phone.name), phone
        assert phone.file is not None
        assert phone.file.endswith("from 10.73.10.31")
        assert set(phone.registered) == SBCS
        assert phone.ignored == ()
    assert {result["status"] for result in office.verified().values()} == {"pass"}


@pytest.mark.parametrize(
    ("caller", "called", "digits"),
    [("ada", "ben", "102"), ("cyd", "dan", "104"), ("eve", "fay", "106"), ("gus", "lobby", "150")],
)
def test_two_phones_hear_each_other(office: Office, caller: str, called: str, digits: str) -> None:
    with _agent(office, caller) as near, _agent(office, called) as far:
        sound = f"tone:{office.tone(caller)}"
        call = near.call(PlaceCall(account=caller, to=digits, sound=sound))
        call.wait("answered", timeout=15)
        other = far.wait_incoming(called, timeout=5)
        other.wait_heard(office.tone(caller), timeout=10)
        if called in office.ready.plan.index["agents"]:
            call.wait_heard(office.tone(called), timeout=10)
        for report in (call.report(), other.report()):
            _is_encrypted(report)
        call.hangup()


def _agent(office: Office, line: str) -> UserAgentClient:
    name = "lobby-phone" if line == "lobby" else f"{line}-desk"
    return office.desk.agent(name)


def _is_encrypted(report: CallReport) -> None:
    assert "RTP/SAVP" in (report.local_sdp or "")
    assert "a=crypto:" in (report.remote_sdp or "")
    assert "tls" in (report.invite_headers["Via"][0]).lower()


def test_a_port_that_lost_the_voice_vlan(office: Office) -> None:
    """The phone is dead, verify says which port and why, deploy mends it, and the phone comes up by itself."""
    office.typed("sw1", "configure terminal", "interface GigabitEthernet1/0/1", "no switchport voice vlan", "end")
    dead = office.desk.boot(["ada-desk"], timeout=20).phones[0]
    assert dead.step is Step.ADDRESS, dead
    assert "no DHCP server" in dead.why
    found = office.verified()["ada-desk"]
    assert found["status"] == "fail"
    assert ADA_PORT in found["detail"]
    assert "switchport voice vlan 110" in found["detail"]
    office.deployed()
    until("ada's phone is up", lambda: office.status("ada-desk").up, 60)
    assert office.verified()["ada-desk"]["status"] == "pass"


def test_a_phone_that_is_carried_away(office: Office) -> None:
    """It works at another port, with that port's address; verify says that it is not where it should be."""
    moved = office.desk.move("cyd-desk", "sw2", "Ethernet5").phones[0]
    assert moved.up, moved
    jacks = {jack.interface: str(jack.address) for jack in office.ready.plan.wiring.jacks["sw2"]}
    assert moved.address == jacks["Ethernet5"]
    found = office.verified()["cyd-desk"]
    assert (found["status"], "it is not at sw2 Ethernet1" in found["detail"]) == ("pass", True), found
    back = office.desk.move("cyd-desk", "sw2", "Ethernet1").phones[0]
    assert (back.up, back.address) == (True, jacks["Ethernet1"])


def test_a_box_that_is_swapped(office: Office) -> None:
    """A new box is nobody until its MAC address is in the blueprint: one changed line, one small plan."""
    mac = "001565730099"
    swapped = office.desk.swap("ben-desk", "yealink-t46u", mac, timeout=20).phones[0]
    assert swapped.step is Step.FILE, swapped
    # The old box's lease keeps the port's address until it is over: the new one has one of the pool until then.
    assert swapped.address in (office.planned("ben-desk"), "10.73.20.128"), swapped
    plan = office.ccstack("plan", str(BLUEPRINT), "--json", DESK_NEW_MAC=mac)
    changed = [target["target"] for target in json.loads(plan.stdout)["targets"] if target["changes"]]
    assert changed == ["start"], plan.stdout
    office.deployed(DESK_NEW_MAC=mac)
    assert office.desk.boot(["ben-desk"]).phones[0].up
    assert office.verified(DESK_NEW_MAC=mac)["ben-desk"]["status"] == "pass"


def test_nobody_reads_a_neighbours_file(office: Office) -> None:
    """With Ada's credentials Cyd's file is refused, and so is everybody's without any."""
    password = office.ready.provisioning_password("ada-desk")
    for user in ([], ["--user", f"001565730001:{password}"]):
        url = "https://10.73.10.31/0004f2730003.cfg"
        argv = ["curl", "--silent", "--insecure", "--output", "/dev/null", "--write-out", "%{http_code}", *user, url]
        inside = ["ip", "netns", "exec", office.lab.state.space("phone-ada-desk"), *argv]
        ran = subprocess.run(inside, capture_output=True, text=True, timeout=30, check=False)
        assert ran.stdout in ("401", "403"), (user, ran)


def test_the_host_that_phones_start_from_is_dead(office: Office) -> None:
    """Phones that are up stay up; one that reboots comes up on what it keeps. One out of its box does not."""
    office.lab.kill("start")
    try:
        dan = office.desk.boot(["dan-desk"], timeout=60).phones[0]
        assert dan.up, dan
        assert dan.file is not None
        assert dan.file.endswith("from flash")
        assert dan.address == office.planned("dan-desk")
        others = [phone for phone in office.desk.status().phones if phone.name != "ben-desk"]
        assert all(phone.up for phone in others)
    finally:
        office.lab.start("start")
