"""Which live calls are placed, and which emergency test numbers can be tried."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from ccstack.calls.trace import Situation, trace_from_outside
from ccstack.design import Design, design
from ccstack.load import examples_folder, load
from ccstack.model import ContactCenter
from ccstack.secrets import Vault
from ccstack.verify.allowed import CallRefusedError, declared_test_number, probe_for, rings
from ccstack.verify.calls import sounds_of
from ccstack.verify.emergency import check_emergency
from ccstack.verify.results import Result

NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture(scope="module")
def center() -> ContactCenter:
    return load(examples_folder() / "acme_retail" / "center.py")


@pytest.fixture(scope="module")
def acme(center: ContactCenter) -> Design:
    return design(center)


def test_the_first_probe_that_can_call_is_taken(acme: Design) -> None:
    anywhere, by_atlantic = declared_test_number(acme, "+12125550100"), declared_test_number(acme, "+12125550101")
    assert probe_for(acme, anywhere, None, by_clock=False).name == "caller-nyc"
    assert probe_for(acme, anywhere, "caller-den", by_clock=False).name == "caller-den"
    assert probe_for(acme, anywhere, None, by_clock=True).name == "probe-nyc"
    with pytest.raises(CallRefusedError, match="Choose or add a probe with via='atlantic'"):
        probe_for(acme, by_atlantic, "probe-nyc", by_clock=False)


@pytest.mark.parametrize("digits", ["911", "9911"])
def test_no_emergency_number_is_ever_called(acme: Design, digits: str) -> None:
    with pytest.raises(CallRefusedError, match="is an emergency number"):
        declared_test_number(acme, digits)


def test_a_queue_may_ring_whatever_the_trace_knows_of_its_agents(acme: Design) -> None:
    away = dict.fromkeys(acme.index["agents"], "logged-out")
    open_, night = datetime(2026, 11, 24, 10, tzinfo=NEW_YORK), datetime(2026, 11, 24, 23, tzinfo=NEW_YORK)
    queued = trace_from_outside(acme, "+12125550102", None, Situation(open_, agents=away))  # type: ignore[arg-type]
    assert queued.ending.kind != "agent"
    assert rings(queued) == "queues.sales"
    assert rings(trace_from_outside(acme, "+12125550100", None, Situation(night))) is None


def test_an_emergency_test_number_that_nobody_declared_is_not_run(center: ContactCenter) -> None:
    undeclared = tuple(t.model_copy(update={"emergency_test_number": None}) for t in center.trunks)
    results = _results(center.model_copy(update={"trunks": undeclared}))
    assert [r.status for r in results] == ["not_run", "not_run"]
    assert "trunks.rockies.emergency_test_number is not declared" in results[1].detail


def test_a_trunk_that_serves_no_site_first_is_not_run(center: ContactCenter) -> None:
    sites = tuple(s.model_copy(update={"emergency_trunks": ("atlantic", "rockies")}) for s in center.sites)
    results = _results(center.model_copy(update={"sites": sites, "probes": ()}))
    assert [r.status for r in results] == ["not_run"] * 3
    assert results[0].detail == "no probe stands at nyc; declare one with site='nyc'"
    assert results[2].detail == "from every site 933 goes by another trunk, as an emergency call would"


def _results(center: ContactCenter) -> list[Result]:
    plan = design(center)
    return list(check_emergency(plan, Vault.__new__(Vault), sounds_of(plan, {})))
