"""Switches on the command line: planned, deployed, recorded and put back, at a simulated switch behind ssh."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ccstack.cli import main
from ccstack.drivers.switches.platforms import PLATFORMS
from ccstack.lab.switches.engine import Engine
from ccstack.lab.switches.server import Login, SimulatedSwitch
from ccstack.load import center_json
from ccstack.model import ContactCenter, Network
from ccstack.model.host import Access
from ccstack.model.switch import Switch, SwitchAccess
from tests.plan.hosts import SHOP, example

PASSWORD = "Canary.pass-77"
ADDRESS = "127.77.0.2"
Run = Callable[..., Result]


@pytest.fixture
def sim() -> Iterator[SimulatedSwitch]:
    ports = [f"GigabitEthernet1/0/{number}" for number in range(1, 11)]
    with SimulatedSwitch(Engine("cisco-ios", "sw1", ports), ADDRESS, logins=(Login(password=PASSWORD),)) as made:
        yield made


def with_switch(sim: SimulatedSwitch) -> ContactCenter:
    """The corner shop with a switch; its only host is dead."""
    shop = example(SHOP)
    site = shop.sites[0]
    data = Network(kind="data", subnet="127.77.0.0/16", vlan=77)
    voice = [n.model_copy(update={"vlan": 110}) if n.kind == "voice" else n for n in site.networks]
    access = {"port": sim.port, "password": {"source": "env", "variable": "SWITCH_PASSWORD"}}
    switch = Switch(
        name="sw1",
        site=site.name,
        platform="cisco-ios",
        address=ADDRESS,
        access=SwitchAccess.model_validate(access | {"host_key": " ".join(sim.public_host_key.split()[:2])}),
        phone_ports=("GigabitEthernet1/0/1-4",),
        uplinks=("GigabitEthernet1/0/10",),
    )
    return shop.model_copy(
        update={
            "sites": (site.model_copy(update={"networks": (*voice, data)}),),
            "switches": (switch,),
            "hosts": tuple(
                h.model_copy(update={"access": Access(address="127.0.0.1", port=9)})  # type: ignore[arg-type]
                for h in shop.hosts
            ),
        }
    )


@pytest.fixture
def run(sim: SimulatedSwitch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SWITCH_PASSWORD", PASSWORD)
    monkeypatch.setenv("CCSTACK_MASTER_KEY", "jE0vT3VY9dQm1Wc7n5xZ2sKpR8bLh6uFgA4oXyNqItE=")
    for name in ("XDG_STATE_HOME", "CCSTACK_STATE"):
        monkeypatch.setenv(name, str(tmp_path / "state"))
    file = tmp_path / "center.json"
    file.write_text(center_json(with_switch(sim)), encoding="utf-8")

    def ccstack(verb: str, *args: str) -> Result:
        return CliRunner().invoke(main, [verb, str(file), *args], prog_name="ccstack")

    return ccstack


def test_planned_deployed_and_put_back(run: Run, sim: SimulatedSwitch) -> None:
    before = sim.engine.running()
    planned = run("plan", "--only", "sw1")
    assert planned.exit_code == 0, planned.output
    assert "sw1" in planned.stdout
    assert f"note: {PLATFORMS['cisco-ios'].reverts}" in planned.stdout
    assert sim.engine.running() == before
    deployed = run("deploy", "--only", "sw1", "--yes", "--json")
    assert deployed.exit_code == 0, deployed.output
    result = json.loads(deployed.stdout)["switches"]["sw1"]
    assert result["status"] == "changed"
    assert "switchport voice vlan" in sim.engine.startup() or "vlan 77" in sim.engine.startup()
    again = run("plan", "--only", "sw1", "--expect-no-changes")
    assert again.exit_code == 0, again.output
    assert "1 changed" in run("history").stdout
    back = run("rollback", "--only", "sw1", "--to", result["before"], "--yes")
    assert back.exit_code == 0, back.output
    assert "vlan 77" not in sim.engine.running()
    for said in (planned, deployed, again, back):
        assert PASSWORD not in said.output


def test_a_switch_that_cannot_be_reached_is_unknown(run: Run, sim: SimulatedSwitch) -> None:
    sim.unreachable()
    sim.unreachable(False)
    sim.logins = (Login(password="another"),)
    planned = run("plan", "--only", "sw1")
    assert planned.exit_code == 3
    assert "sw1: unknown, not to be read as unchanged" in planned.stdout
    deployed = run("deploy", "--only", "sw1", "--yes")
    assert deployed.exit_code == 3
    assert "unreachable" in deployed.stdout


def test_a_name_that_is_nobodys(run: Run) -> None:
    wrong = run("plan", "--only", "sw2")
    assert wrong.exit_code == 2
    assert "sw2: no site, host or switch of" in wrong.stderr
