"""The smallest center by hand, as the README shows it: up, deployed, its people played, a call placed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ccstack.calls.names import carrier_place
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.load import examples_folder, load
from ccstack.model import CallingRights, ContactCenter, OutboundRoute
from tests.deploy import page

from .stage import MASTER_KEY, ccstack_in

pytestmark = pytest.mark.lab

DAY, NIGHT = "2026-11-24T10:00", "2026-11-24T22:00"
NUMBER = "+13125550100"


@dataclass(frozen=True)
class Shop:
    """A lab that is up and deployed, with nobody in it."""

    lab: Lab
    blueprint: Path
    environment: dict[str, str]

    def ccstack(self, *words: str) -> subprocess.CompletedProcess[str]:
        return ccstack_in(self.lab, self.environment, *words)

    def people(self, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ccstack.cli", "lab", "people", str(self.blueprint), *words]
        environment = {**os.environ, **self.environment}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    center = _testable(load(examples_folder() / "corner_shop" / "center.py"))
    blueprint = folder / "center.json"
    blueprint.write_text(center.model_dump_json(), encoding="utf-8")
    lab = Lab(center.name)
    with lab.raised(topology_of(center), blueprint_folder=folder):
        raised = Shop(lab, blueprint, {"CCSTACK_MASTER_KEY": MASTER_KEY, "CCSTACK_STATE": str(folder / "state")})
        deployed = raised.ccstack("deploy", str(blueprint), "--yes")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        yield raised


def _testable(shop: ContactCenter) -> ContactCenter:
    """The corner shop, whose carrier tests emergency calls at a number that its probe can dial."""
    update: dict[str, object] = {
        "name": "people-shop",
        "trunks": (shop.trunks[0].model_copy(update={"emergency_test_number": "3125550199"}),),
        "outbound_routes": (OutboundRoute(name="all", prefixes=("+",), trunks=("carrier",)),),
        "calling_rights": (CallingRights(name="home"),),
        "probes": (shop.probes[0].model_copy(update={"rights": "home"}),),
    }
    return shop.model_copy(update=update)


def test_the_program_of_the_page_deploys_too(shop: Shop) -> None:
    program = page.program().replace(page.BLUEPRINT, str(shop.blueprint))
    command = [sys.executable, "-m", "ccstack.cli", "lab", "exec", "--lab", shop.lab.name, "--"]
    ran = subprocess.run(
        [*command, sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **shop.environment},
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.endswith("box unchanged\n")
    assert "step='lock'" in ran.stdout or "step='observe'" in ran.stdout


def _registered(people: subprocess.Popen[str]) -> str:
    assert people.stderr is not None
    for line in people.stderr:
        if "registered at every SBC" in line:
            return line
    raise AssertionError(f"the people went home with {people.wait(60)}")


def test_people_are_called_and_go_home(shop: Shop) -> None:
    people = shop.people()
    try:
        assert _registered(people) == "2 phones, registered at every SBC; 1 carrier gateways; calls under way: 0\n"
        ran = shop.ccstack(
            "call", str(shop.blueprint), "--to", NUMBER, "--live", "--json", "--ring-people", "--at", DAY
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        ending = json.loads(ran.stdout)["live"]["ending"]
        assert ending["kind"] == "agent"
        assert set(ending["names"]) < {"ada", "bob"}
        verified = shop.ccstack("verify", str(shop.blueprint), "--json", "--most", "1")
        results = {r["check"]: r for r in json.loads(verified.stdout)["results"]}
        tested = results["3125550199, the emergency test number of carrier, answers calls from shop"]
        assert tested["status"] == "pass", tested
        people.send_signal(signal.SIGINT)
        assert people.wait(timeout=120) == 0
    finally:
        people.kill()
    inside = subprocess.run(
        ["ip", "netns", "pids", shop.lab.namespace(carrier_place("carrier"))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert inside.stdout == "", "a carrier stayed"


def test_night_in_real_words(shop: Shop) -> None:
    """Nobody is there, and nobody is needed: the mailbox's greeting, spoken, is recognised."""
    ran = shop.ccstack("call", str(shop.blueprint), "--to", NUMBER, "--live", "--at", NIGHT)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "prompt voicemail-mailbox-greeting" in ran.stdout


def test_people_for_a_while(shop: Shop) -> None:
    people = shop.people("--for", "4")
    _registered(people)
    assert people.wait(timeout=120) == 0
