"""A deployment as a program asks for it: nothing is printed or asked, and what became of each target comes back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import ccstack.deploy
from ccstack.deploy import (
    How,
    NothingToUndoError,
    PlanMisfitError,
    Ready,
    deploy,
    meant,
    observe,
    ready,
    rollback,
)
from ccstack.drivers.base import Lock, Progress
from ccstack.drivers.history import Log
from ccstack.drivers.hosts import OnForeign, UnknownTargetError
from ccstack.drivers.locks import LockedError
from ccstack.model import ContactCenter
from ccstack.plan.order import UnknownSiteError
from ccstack.rules.sound import RulesBrokenError
from tests.plan.hosts import ROOT, SHOP, example

from . import page
from .hosts import Hosts, within


def patient(center: ContactCenter) -> ContactCenter:
    """The shop, whose callers wait longer."""
    counter = center.queues[0].model_copy(update={"max_wait": 1234})
    return center.model_copy(update={"queues": (counter, *center.queues[1:])})


@dataclass
class Case:
    """The shop, deployed, and a blueprint that is another one."""

    hosts: Hosts
    wanted: Ready
    told: list[Progress]
    on_foreign: OnForeign = "refuse"

    @property
    def within(self) -> Any:
        return within(self.hosts, self.wanted.center, self.wanted, self.told.append, self.on_foreign)

    @property
    def notes(self) -> list[str]:
        return [event.message for event in self.told if event.step == "note"]


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Case:
    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("CCSTACK_STATE", str(tmp_path))
    was, now = example(SHOP), patient(example(SHOP))
    return Case(Hosts(was, now), ready(now, SHOP.parent), [])


def test_planned_carried_out_recorded_and_undone(shop: Case, capfd: pytest.CaptureFixture[str]) -> None:
    plan = observe(shop.within, shop.wanted)
    assert [(target.target, bool(target.work)) for target in plan.targets] == [("box", True)]
    outcome = deploy(shop.within, shop.wanted, plan)
    assert (outcome.ok, outcome.hosts["box"].status, outcome.hosts["box"].release) == (True, "changed", "release-2")
    assert shop.hosts.targets["box"].lock is None
    assert [entry["results"]["box"]["status"] for entry in Log.of("corner-shop").entries()] == ["changed"]
    again = deploy(shop.within, shop.wanted)
    assert (again.ok, again.hosts["box"].status) == (True, "unchanged")
    assert len(list(Log.of("corner-shop").entries())) == 1, "nothing to do is nothing done"
    with pytest.raises(NothingToUndoError, match="gave box their first release"):
        rollback(shop.within)
    back = rollback(shop.within, to="release-1")
    assert (back.ok, shop.hosts.did[-1]) == (True, "restore box to release-1")
    assert capfd.readouterr() == ("", "")


def test_the_last_deployment_is_what_is_undone(shop: Case) -> None:
    deploy(shop.within, shop.wanted)
    shop.hosts.has["box"] = Hosts(example(SHOP), example(SHOP)).wanted  # somebody went back by hand
    deploy(shop.within, shop.wanted)
    asked: list[object] = []
    outcome = rollback(shop.within, agree=asked.append)
    assert asked == [{"box": "release-2"}]
    assert outcome.hosts["box"].release == "release-2"
    assert shop.notes[-1].endswith(": box")


def test_who_does_not_agree_has_changed_nothing(shop: Case) -> None:
    def no(plan: object, waves: Any) -> None:
        assert shop.hosts.targets["box"].lock is not None
        assert [wave.targets for wave in waves] == [("box",)]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deploy(shop.within, shop.wanted, agree=no)
    assert (shop.hosts.did, shop.hosts.targets["box"].lock) == ([], None)


def test_a_plan_is_carried_out_only_while_it_fits(shop: Case) -> None:
    plan = observe(shop.within, shop.wanted)
    shop.hosts.state = "somebody was there meanwhile"
    with pytest.raises(PlanMisfitError, match=r"nothing was changed:\n  box"):
        deploy(shop.within, shop.wanted, plan)
    assert (shop.hosts.did, shop.hosts.targets["box"].lock) == ([], None)
    shop.hosts.state = ""
    assert deploy(shop.within, shop.wanted, plan).ok


def test_somebody_else_is_at_work(shop: Case) -> None:
    shop.hosts.targets["box"].lock = (Lock("ana@laptop", "t"), "2026-11-22T00:00:00Z")
    with pytest.raises(LockedError, match="locked by ana@laptop"):
        deploy(shop.within, shop.wanted)
    with pytest.raises(LockedError):
        rollback(shop.within)
    assert deploy(shop.within, shop.wanted, how=How(break_lock=True)).ok


def test_what_is_wrong_is_known_before_any_host_is_asked(shop: Case) -> None:
    with pytest.raises(UnknownTargetError):
        deploy(shop.within, shop.wanted, how=How(only=("nowhere",)))
    with pytest.raises(UnknownSiteError):
        deploy(shop.within, shop.wanted, how=How(canary="nowhere"))
    assert meant(shop.wanted, How(only=("shop",))) == ("box",)
    assert shop.told == []
    counter = example(SHOP).queues[0].model_copy(update={"home": "nowhere"})
    with pytest.raises(RulesBrokenError, match="nowhere") as wrong:
        ready(example(SHOP).model_copy(update={"queues": (counter,)}), SHOP.parent)
    assert wrong.value.findings


def test_each_target_says_what_became_of_it(shop: Case) -> None:
    shop.hosts.refuses = True
    failed = deploy(shop.within, shop.wanted)
    assert (failed.ok, failed.hosts["box"].messages) == (False, ("it does not work",))
    shop.hosts.is_foreign = True
    refused = deploy(shop.within, shop.wanted)
    assert refused.hosts["box"].status == "failed"
    assert "/etc/asterisk/queues.conf" in refused.hosts["box"].messages[0]
    shop.hosts.refuses, shop.on_foreign = False, "adopt"
    assert deploy(shop.within, shop.wanted).ok
    shop.hosts.targets["box"].is_dead = True
    dead = deploy(shop.within, shop.wanted)
    assert (dead.hosts["box"].status, dead.hosts["box"].messages) == ("unreachable", ("nothing answers there",))
    assert rollback(shop.within, to="release-1").hosts["box"].status == "changed"
    assert shop.notes == ["keeps no record of this: nothing answers there"]


def test_the_example_of_the_page_runs(
    shop: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    hosts = Hosts(patient(example(SHOP)), example(SHOP))

    @contextmanager
    def reached(center: ContactCenter, _vault: object, *, watch: Any) -> Iterator[Any]:
        yield within(hosts, center, shop.wanted, watch, "refuse")

    monkeypatch.setattr(ccstack.deploy, "reached", reached)
    monkeypatch.chdir(ROOT)
    exec(compile(page.program(), "docs/deploy.md", "exec"), {})
    assert "box changed" in capsys.readouterr().out
    assert hosts.did == ["neighbours of box", "apply box"]
