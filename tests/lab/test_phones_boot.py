"""An office of desk phones: power to registration, calls, and what happens to ports, boxes and servers.

Nothing here is told by the lab to the phones but what somebody keys in: they hear their VLAN from the switches that
were deployed, get addresses from the DHCP server that was, and read the files that were rendered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ccstack.calls.client import LiveCall, UserAgentClient
from ccstack.calls.protocol import CallReport, PlaceCall
from ccstack.calls.signatures import people_tones
from ccstack.cli.common import ready
from ccstack.deploy import Ready
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.people import People
from ccstack.lab.phones.desk import DeskPhones
from ccstack.lab.phones.protocol import PhonesReport, PhoneStatus, Step

from .stage import MASTER_KEY, ccstack_in, until

pytestmark = [pytest.mark.lab, pytest.mark.timeout(600)]

BLUEPRINT = Path(__file__).with_name("desk_center.py")
SBCS = {"10.73.10.11", "10.73.10.21"}
ADA_PORT = "sw1 GigabitEthernet1/0/1"
FLOOR = "{urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr}FLR"
SOON = 120.0
"""Deadlines are for machines that are busy with something else: none of this takes a quarter of it."""


_ASK_KEA = """
import socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect("/run/kea/kea4-ctrl-socket")
line.sendall(sys.argv[1].encode())
while part := line.recv(65536):
    print(part.decode(), end="")
"""


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

    def phones(self, verb: str, *words: str, wait: float = SOON) -> tuple[int, PhoneStatus]:
        """`ccstack lab phones VERB PHONE ...` on the command line: its exit code, and the phone that it shows."""
        argv = [sys.executable, "-m", "ccstack.cli", "lab", "phones", verb, *words, "--lab", self.lab.name]
        ran = subprocess.run(
            [*argv, "--json", "--wait", str(wait)], capture_output=True, text=True, timeout=wait + 60, check=False
        )
        assert ran.returncode in (0, 1), ran.stderr
        told = json.loads(ran.stdout)
        assert told.pop("schema") == "ccstack.lab-phones/1"
        return ran.returncode, PhonesReport.model_validate(told).phones[0]

    def deployed(self, **environment: str) -> None:
        ran = self.ccstack("deploy", str(BLUEPRINT), "--yes", **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def typed(self, switch: str, *lines: str) -> None:
        """Somebody types at a switch's console."""
        shown = self.lab.switches.run(switch, lines)
        assert not any("%" in each["said"] for each in shown), shown

    def tone(self, line: str) -> str:
        return str(people_tones(self.ready.design)[line])

    def planned(self, phone: str) -> str:
        """The address of the port that the blueprint patches a phone to."""
        jack = self.ready.design.wiring.seats[phone].jack
        assert jack is not None
        return str(jack.address)

    def address_of(self, switch: str, interface: str) -> str:
        """The address that a port gives."""
        return next(str(j.address) for j in self.ready.design.wiring.jacks[switch] if j.interface == interface)

    def on_start(self, *words: str) -> str:
        """What a command prints on the host that gives addresses."""
        ran = subprocess.run(self.lab.command(list(words), "start"), capture_output=True, text=True, check=True)
        return ran.stdout

    def kea(self, command: str, **arguments: Any) -> Any:
        """What Kea answers."""
        asked = json.dumps({"command": command, "arguments": arguments})
        answer = json.loads(self.on_start("python3", "-c", _ASK_KEA, asked))
        assert answer["result"] == 0, answer
        return answer.get("arguments")

    def carried(self, phone: str, switch: str, interface: str) -> None:
        """Carry a phone to a port: it comes up with that port's address."""
        moved = self.desk.move(phone, switch, interface, SOON).phones[0]
        assert moved.up, (moved.step, moved.address, moved.why)
        assert moved.address == self.address_of(switch, interface)

    @contextmanager
    def hurried(self, renew_s: int, rebind_s: int) -> Iterator[None]:
        """For a while, phones that get a lease ask for it again after seconds."""
        config = {"Dhcp4": self.kea("config-get")["Dhcp4"]}
        config["Dhcp4"]["renew-timer"] = renew_s
        for subnet in config["Dhcp4"]["subnet4"]:
            subnet |= {"renew-timer": renew_s, "rebind-timer": rebind_s}
        self.kea("config-set", **config)
        try:
            yield
        finally:
            self.kea("config-reload")

    @contextmanager
    def without_dhcp(self) -> Iterator[None]:
        """For a while, nobody gives addresses."""
        pid = self.on_start("systemctl", "show", "--property=MainPID", "--value", "kea-dhcp4-server").strip()
        self.on_start("kill", "-STOP", pid)
        try:
            yield
        finally:
            self.on_start("kill", "-CONT", pid)

    def _leases(self, address: str) -> list[list[str]]:
        """What Kea wrote of an address: a row each time that it was given."""
        rows = [row.split(",") for row in self.on_start("cat", "/var/lib/kea/kea-leases4.csv").splitlines()]
        return [row for row in rows if row[0] == address]

    def leased(self, address: str) -> str:
        """The MAC address of the phone to which an address was given last."""
        return self._leases(address)[-1][1].replace(":", "")

    def renewals(self, address: str | None) -> int:
        """How often an address was given."""
        return len(self._leases(str(address)))

    @contextmanager
    def talking(self, caller: str, called: str, digits: str) -> Iterator[tuple[LiveCall, LiveCall]]:
        """A call between two desk phones, each of which hears the other; both ends of it."""
        with _agent(self, caller) as near, _agent(self, called) as far:
            call = near.call(PlaceCall(account=caller, to=digits, sound=f"tone:{self.tone(caller)}"))
            try:
                call.wait("answered", timeout=30)
                other = far.wait_incoming(called, timeout=30)
                other.wait_heard(self.tone(caller), timeout=30)
                call.wait_heard(self.tone(called), timeout=30)
                yield call, other
            finally:
                call.hangup()


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
    lab = Lab(center.design.center.name)
    with lab.raised(topology_of(center.design.center), blueprint_folder=BLUEPRINT.parent, keep=bool(kept)):
        made = Office(lab, DeskPhones(lab, lab.switches), center, environment)
        made.deployed()
        assert center.ca_file is not None
        made.desk.unpack(
            center.design, center.provisioning_password, Path(center.ca_file).read_text(), people_tones(center.design)
        )
        yield made


def test_every_phone_boots(office: Office) -> None:
    report = office.desk.boot(timeout=SOON)
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
    with office.talking(caller, called, digits) as ends:
        for end in ends:
            _is_encrypted(end.report())


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
    office.desk.boot(["ada-desk"], timeout=0)
    until("ada's phone gets no address", lambda: "no DHCP server" in office.status("ada-desk").why, SOON)
    assert office.status("ada-desk").step is Step.ADDRESS
    found = office.verified()["ada-desk"]
    assert found["status"] == "fail"
    assert ADA_PORT in found["detail"]
    assert "switchport voice vlan 110" in found["detail"]
    office.deployed()
    until("ada's phone is up", lambda: office.status("ada-desk").up, SOON)
    assert office.status("ada-desk").address == office.planned("ada-desk")
    assert office.verified()["ada-desk"]["status"] == "pass"


def test_a_phone_that_is_carried_away(office: Office) -> None:
    """It works at another port, with that port's address; verify says that it is not where it should be."""
    code, moved = office.phones("move", "cyd-desk", "sw2", "Et5")
    assert (code, moved.up, moved.address) == (0, True, office.address_of("sw2", "Ethernet5")), moved
    found = office.verified()["cyd-desk"]
    assert (found["status"], "it is not at sw2 Ethernet1" in found["detail"]) == ("pass", True), found
    code, back = office.phones("move", "cyd-desk", "sw2", "Ethernet1")
    assert (code, back.up, back.address) == (0, True, office.planned("cyd-desk")), back


def test_a_phone_that_is_unplugged(office: Office) -> None:
    argv = [sys.executable, "-m", "ccstack.cli", "lab", "phones", "unplug", "lobby-phone", "--lab", office.lab.name]
    subprocess.run(argv, check=True, timeout=60)
    assert office.status("lobby-phone").why == "it is plugged in nowhere"
    code, back = office.phones("move", "lobby-phone", "sw4", "ge-0/0/2")
    assert (code, back.up, back.address) == (0, True, office.planned("lobby-phone")), back


# -- emergency calls -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def carrier(office: Office) -> Iterator[UserAgentClient]:
    """The carrier at the other end of the trunk. Nobody has a softphone: the lines are the desk phones'."""
    with People(office.lab, office.ready.design, office.ready.line_password, lines=()) as people:
        yield people.carrier("carrier")


def floor_told(office: Office, carrier: UserAgentClient, line: str) -> str | None:
    """Which floor the carrier is told when this line's desk phone calls 911, and both hear each other."""
    with _agent(office, line) as phone:
        call = phone.call(PlaceCall(account=line, to="911", sound=f"tone:{office.tone(line)}"))
        try:
            arrived = carrier.wait_incoming("carrier", timeout=30)
            arrived.wait_heard(office.tone(line), timeout=30)
            call.wait_heard(office.tone("carrier.carrier"), timeout=30)
            report = arrived.report()
        finally:
            call.hangup()
    (place,) = [body.text for body in report.bodies if body.content_type == "application/pidf+xml"]
    assert report.invite_headers["Geolocation"]
    return ET.fromstring(place).findtext(f".//{FLOOR}")


def test_an_emergency_call_says_where_the_port_is(office: Office, carrier: UserAgentClient) -> None:
    with _agent(office, "ada") as ada:
        told = len(ada.messages("ada"))
        assert {line: floor_told(office, carrier, line) for line in ("ben", "dan", "fay", "lobby")} == {
            "ben": "1", "dan": "2", "fay": "3", "lobby": "4"
        }  # fmt: skip
        first, *_, last = ada.wait_message("ada", told + 4, timeout=30)[told:]
        assert "by ben at office, location office/floor-1" in first.text
        assert "by lobby at office, location office/floor-4" in last.text


def test_an_emergency_call_from_a_port_on_another_floor(office: Office, carrier: UserAgentClient) -> None:
    assert floor_told(office, carrier, "cyd") == "2"
    assert office.desk.move("cyd-desk", "sw3", "1/1/5", SOON).phones[0].up
    assert floor_told(office, carrier, "cyd") == "3"
    assert office.desk.move("cyd-desk", "sw2", "Ethernet1", SOON).phones[0].up
    assert floor_told(office, carrier, "cyd") == "2"


def test_a_phone_at_a_port_whose_phone_has_just_left(office: Office, carrier: UserAgentClient) -> None:
    """The lease of the phone before runs on for hours; address and place are the port's at once all the same."""
    office.desk.unplug("ben-desk")
    assert office.leased(office.planned("ben-desk")) == office.status("ben-desk").mac
    office.carried("fay-desk", "sw1", "GigabitEthernet1/0/2")
    assert floor_told(office, carrier, "fay") == "1"
    office.carried("fay-desk", "sw3", "1/1/2")
    office.carried("ben-desk", "sw1", "GigabitEthernet1/0/2")
    assert (floor_told(office, carrier, "fay"), floor_told(office, carrier, "ben")) == ("3", "1")


def test_two_phones_that_exchange_their_ports(office: Office, carrier: UserAgentClient) -> None:
    """Each has the place and the address of the port where the other one was a moment ago; and so back again."""
    here, there = ("sw3", "1/1/1"), ("sw4", "ge-0/0/1")
    for eve, gus, floors in ((there, here, ("4", "3")), (here, there, ("3", "4"))):
        for phone in ("eve-desk", "gus-desk"):
            office.desk.unplug(phone)
        office.carried("eve-desk", *eve)
        office.carried("gus-desk", *gus)
        assert (floor_told(office, carrier, "eve"), floor_told(office, carrier, "gus")) == floors


# -- renewals ------------------------------------------------------------------------------------------------------


def test_a_phone_keeps_its_address(office: Office) -> None:
    """With times of seconds it asks its server for its lease again and again, then every server, and none refuses it;
    while the server is dead it stays up."""
    with office.hurried(renew_s=3, rebind_s=6):
        dan = office.desk.boot(["dan-desk"], SOON).phones[0]
        assert (dan.up, dan.address) == (True, office.planned("dan-desk"))
        before = office.renewals(dan.address)
        until("its server renews its lease", lambda: office.renewals(dan.address) >= before + 2, SOON)
        with office.without_dhcp():
            time.sleep(12)  # longer than it asks its own server only
            assert office.status("dan-desk") == dan
            before = office.renewals(dan.address)
        until("any server renews its lease", lambda: office.renewals(dan.address) > before, SOON)
        assert office.status("dan-desk") == dan, "it has not begun anew"


# -- new files -----------------------------------------------------------------------------------------------------


def test_a_changed_key_reaches_a_phone_that_is_on_a_call(office: Office) -> None:
    """It fetches its file when it is told to, and has the new key when the call is over; so with a rollback."""
    before = office.status("ada-desk").keys
    assert before == ("ada", "ben")
    with office.talking("ada", "ben", "102") as ends:
        office.deployed(DESK_KEY_LABEL="Benjamin")
        until("ada's phone has fetched its new file", lambda: office.status("ada-desk").waits, SOON)
        for end in ends:
            assert end.report().state == "answered"
            end.wait_packets(end.report().media.received + 50)
        assert office.status("ada-desk").keys == before
    until("ada's key has its new label", lambda: office.status("ada-desk").keys == ("ada", "Benjamin"), SOON)
    until("ada's phone is registered", lambda: office.status("ada-desk").up, SOON)
    ran = office.ccstack("rollback", str(BLUEPRINT), "--yes")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    until("ada's key has its old label", lambda: office.status("ada-desk").keys == before, SOON)
    until("ada's phone is registered", lambda: office.status("ada-desk").up, SOON)


# -- what fails ----------------------------------------------------------------------------------------------------


def test_a_box_that_is_swapped(office: Office) -> None:
    """A new box is nobody until its MAC address is in the blueprint: one changed line, one small plan."""
    old, new = ("yealink-t46u", "001565730002"), ("yealink-t46u", "001565730099")
    _swap(office, *new)
    plan = office.ccstack("plan", str(BLUEPRINT), "--json", DESK_NEW_MAC=new[1])
    changed = [target["target"] for target in json.loads(plan.stdout)["targets"] if target["changes"]]
    assert changed == ["start"], plan.stdout
    office.deployed(DESK_NEW_MAC=new[1])
    assert office.desk.boot(["ben-desk"], SOON).phones[0].up
    assert office.verified(DESK_NEW_MAC=new[1])["ben-desk"]["status"] == "pass"
    _swap(office, *old)
    office.deployed()
    assert office.desk.boot(["ben-desk"], SOON).phones[0].up


def _swap(office: Office, model: str, mac: str) -> None:
    """Put another box in Ben's phone's place: it has the port's address, and gets no file."""
    code, shown = office.phones("swap", "ben-desk", "--model", model, "--mac", mac, wait=0)
    assert (code, shown.mac) == (1, mac)
    until("there is no file for it", lambda: f"{mac}.cfg" in office.status("ben-desk").why, SOON)
    shown = office.status("ben-desk")
    assert (shown.step, shown.address) == (Step.FILE, office.planned("ben-desk")), shown


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
        dan = office.desk.boot(["dan-desk"], SOON).phones[0]
        assert dan.up, dan
        assert dan.file is not None
        assert dan.file.endswith("from flash")
        assert dan.address == office.planned("dan-desk")
        assert all(phone.up for phone in office.desk.status().phones)
    finally:
        office.lab.start("start")
