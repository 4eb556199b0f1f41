"""baresip, from Debian, with the account file that ccstack wrote for it: registered over TLS, called and calling."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccstack.calls.client import LiveCall
from ccstack.calls.protocol import PlaceCall
from ccstack.calls.signatures import people_tones
from ccstack.calls.tone import Tone
from ccstack.calls.tones import present
from ccstack.calls.wav import read_wav
from ccstack.cli.common import ready
from ccstack.lab.from_center import phones_place, topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.people import People

from . import softphone_center
from .baresip import Baresip
from .stage import MASTER_KEY, ccstack_in, until

pytestmark = pytest.mark.lab

BLUEPRINT = Path(softphone_center.__file__)
SBCS = ("box", "sbc")
ADA, BEN, MENU = "101", "102", "700"


@dataclass(frozen=True)
class Office:
    """The office, deployed; Ben is there, and so is Ada's laptop."""

    lab: Lab
    people: People
    laptop: Baresip

    def on(self, host: str, *words: str) -> str:
        """What a command prints on a host."""
        return said(self.lab, host, *words)

    def tone(self, name: str) -> Tone:
        """What somebody plays."""
        return self.people.tones[name]

    def ben_has(self, direction: str) -> LiveCall:
        """The call that is up at Ben's phone."""
        process = self.people.phone("ben")

        def up() -> LiveCall | None:
            calls = [c for c in process.calls("ben") if c.direction == direction and c.state != "ended"]
            return LiveCall(process, calls[-1].call) if calls else None

        return until("a call is up at Ben's", up)


def said(lab: Lab, host: str, *words: str) -> str:
    """What a command prints on a host."""
    ran = subprocess.run(lab.command(words, host), capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, f"{host}: {' '.join(words)}: {ran.stdout}{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("softphones")
    environment = {"CCSTACK_MASTER_KEY": MASTER_KEY, "XDG_STATE_HOME": str(folder / "state")}
    os.environ.update(environment)
    made = ready(BLUEPRINT)
    lab = Lab(made.center.name)
    with lab.raised(topology_of(made.center), blueprint_folder=BLUEPRINT.parent):
        deployed = ccstack_in(lab, environment, "deploy", str(BLUEPRINT), "--yes")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        assert made.ca_file is not None
        accounts, ca = said(lab, "box", "cat", "/srv/phones/ada-laptop.txt"), Path(made.ca_file).read_text()
        tone = people_tones(made.design)["ada"]
        with (
            People(lab, made.design, made.line_password, made.ca_file, lines=["ben"]) as people,
            Baresip(lab, phones_place("office"), folder / "laptop", accounts, ca, tone) as laptop,
        ):
            people.wait_registered(60)
            until("registered at every SBC", lambda: laptop.said.count(" 200 OK ") >= len(SBCS))
            yield Office(lab, people, laptop)


@pytest.fixture(autouse=True)
def _nobody_stays_on_the_phone(office: Office) -> Iterator[None]:
    office.laptop.forget()
    yield
    office.people.hang_up()
    office.laptop.do("hangupall")
    until("nobody has a call, as the SBCs know it", lambda: not _marked(office))


def test_it_registers_over_tls_at_every_sbc(office: Office) -> None:
    for sbc in SBCS:
        until(f"{sbc} knows both", lambda sbc=sbc: len(_contacts(office, sbc)) == len(SBCS))
        assert all("transport=tls" in contact for contact in _contacts(office, sbc))


def test_it_calls_and_both_are_heard(office: Office) -> None:
    office.laptop.do("dial", BEN)
    office.laptop.wait("CALL_ESTABLISHED")
    call = office.ben_has("in")
    call.wait_heard(str(office.tone("ada")))
    _long_enough(office)
    call.hangup()
    office.laptop.wait("CALL_CLOSED")
    assert _heard(office, "ben") > 1.0


def test_it_is_called_and_both_are_heard(office: Office) -> None:
    call = office.people.phone("ben").call(PlaceCall(account="ben", to=ADA, sound=f"tone:{office.tone('ben')}"))
    office.laptop.wait("CALL_INCOMING")
    office.laptop.do("accept")
    office.laptop.wait("CALL_ESTABLISHED")
    call.wait_heard(str(office.tone("ada")))
    _long_enough(office)
    office.laptop.do("hangup")
    assert call.wait("ended").answered
    office.laptop.wait("CALL_CLOSED")
    assert _heard(office, "ben") > 1.0


def test_its_keys_are_understood(office: Office) -> None:
    office.laptop.do("dial", MENU)
    office.laptop.wait("CALL_ESTABLISHED")
    office.laptop.do("sndcode", "1")
    office.ben_has("in").wait_heard(str(office.tone("ada")))


def _contacts(office: Office, sbc: str) -> list[str]:
    return re.findall(r"Address: (\S+)", office.on(sbc, "kamcmd", "ul.lookup", "location", "ada"))


def _marked(office: Office) -> list[str]:
    """Who has a call, as one SBC tells the other."""
    dumps = [office.on(sbc, "kamcmd", "htable.dump", "calls") for sbc in SBCS]
    return [name for dump in dumps for name in ("ada", "ben") if name in dump]


def _long_enough(office: Office) -> None:
    """Wait until eight seconds were played at the laptop: 16 bits, 8000 a second."""
    heard = office.laptop.heard
    until("audio at the laptop", lambda: heard.exists() and heard.stat().st_size > 8 * 16_000)


def _heard(office: Office, name: str) -> float:
    """For how many seconds of the last call the laptop played somebody's tone."""
    return present(read_wav(office.laptop.heard), office.tone(name))
