"""`ccstack plan`: what it prints, what it saves, and how it ends, on hosts that are given."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from ccstack.cli import main
from ccstack.cli.common import ready, refusing
from ccstack.deploy import Looked, Ready
from ccstack.drivers.base import Unknown
from ccstack.drivers.hosts import UnknownTargetError, chosen
from ccstack.model import ContactCenter
from ccstack.model.switch import Switch
from ccstack.plan.actual import HostActual
from ccstack.plan.saved import from_text
from tests.plan.hosts import ACME, SHOP, after_deploy, edited, example, planned, world

SHOP_WORLD = world(example(SHOP))
BOX = after_deploy(SHOP_WORLD, SHOP_WORLD)["box"]
EDITED = edited(BOX, "/etc/asterisk/queues.conf", "; mine\n")


@dataclass
class Hosts:
    """Stands for the hosts within reach."""

    seen: Mapping[str, HostActual | Unknown]
    center: ContactCenter | None = None

    def targets(self, wanted: Ready) -> tuple[SimpleNamespace, ...]:
        return tuple(SimpleNamespace(name=name) for name in self.seen)

    def look(self, wanted: Ready, targets: list[SimpleNamespace], _switches: Sequence[Switch]) -> Looked:
        actual = {target.name: self.seen[target.name] for target in targets}
        return Looked(actual, {}, planned(world(wanted.center), actual))


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    found = Hosts({"box": BOX})

    @contextmanager
    def reached_early(file: Path, _verb: str, *, only: tuple[str, ...]) -> Iterator[tuple[Hosts, Ready]]:
        wanted = ready(file)
        found.center = wanted.center
        with refusing(UnknownTargetError):
            chosen(found.center, only)
        yield found, wanted

    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    monkeypatch.setenv("ACME_SWITCH_PASSWORD", "not asked for here")
    monkeypatch.setattr("ccstack.cli.plan.reached_early", reached_early)
    return found


def plan(*args: str, file: Path = SHOP) -> Result:
    return CliRunner().invoke(main, ["plan", str(file), *args], prog_name="ccstack")


def test_nothing_to_do(hosts: Hosts) -> None:
    result = plan("--expect-no-changes")
    assert (result.exit_code, result.stdout) == (0, "corner-shop: nothing to do on 1 target.\n")


@pytest.mark.parametrize(
    ("seen", "args", "code"),
    [
        (EDITED, (), 0),
        (EDITED, ("--expect-no-changes",), 1),
        (Unknown("box", "no route to host"), (), 3),
        (Unknown("box", "no route to host"), ("--expect-no-changes",), 3),
    ],
)
def test_how_it_ends(hosts: Hosts, seen: HostActual | Unknown, args: tuple[str, ...], code: int) -> None:
    hosts.seen = {"box": seen}
    assert plan(*args).exit_code == code


def test_what_it_prints(hosts: Hosts) -> None:
    hosts.seen = {"box": EDITED}
    assert "-; mine" in plan().stdout
    assert "-; mine" not in plan("--no-diff").stdout
    assert json.loads(plan("--json").stdout)["schema"] == "ccstack.plan/1"
    assert plan("--markdown").stdout.startswith("### corner-shop: ")
    assert plan("--markdown", "--json").exit_code == 2


def test_a_saved_plan_is_what_was_printed(hosts: Hosts, tmp_path: Path) -> None:
    hosts.seen = {"box": EDITED}
    saved = tmp_path / "plan.json"
    result = plan("-o", str(saved), "--json")
    assert from_text(saved.read_text(encoding="utf-8"), "plan.json") == planned(SHOP_WORLD, hosts.seen)
    assert json.loads(saved.read_text(encoding="utf-8")) == json.loads(result.stdout)
    refused = plan("-o", str(tmp_path / "nowhere" / "plan.json"))
    assert (refused.exit_code, "the plan cannot be written" in refused.stderr) == (2, True)


def test_only_some_hosts(hosts: Hosts) -> None:
    acme = world(example(ACME))
    hosts.seen = after_deploy(acme, acme)
    told = json.loads(plan("--only", "den", "--json", file=ACME).stdout)
    assert [target["target"] for target in told["targets"]] == ["den-pbx", "den-sbc", "den-net"]
    assert plan("--only", "nowhere", file=ACME).exit_code == 2
