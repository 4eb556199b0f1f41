"""Whether switches have what they shall, from what a look at them found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.model.switch import Platform
from ccstack.plan.actual import SwitchActual
from ccstack.render.switches import switches
from ccstack.verify.results import Result
from ccstack.verify.switches import check_switches
from tests.plan.switch_bench import PLATFORMS, center


def _checked(platform: Platform, **seen: object) -> list[Result]:
    (state,) = switches(design(center(platform, ports=3)))
    facts = {"platform": "Theirs", "model": "M-48", "version": "1.2"}
    actual = SwitchActual(state.name, state.text, "s", saved=True, facts=facts)
    return list(check_switches([state], {state.name: replace(actual, **seen)}))  # type: ignore[arg-type]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_switch_that_is_as_wanted(platform: Platform) -> None:
    configured, saved = _checked(platform)
    assert (configured.status, configured.detail, saved.status) == ("pass", "Theirs, M-48, 1.2", "pass")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_sections_that_differ_are_named(platform: Platform) -> None:
    (state,) = switches(design(center(platform, ports=3)))
    owned = state.text.replace("110", "666")
    configured, _ = _checked(platform, owned=owned)
    assert configured.status == "fail"
    assert "666" in configured.detail or "110" in configured.detail
    nothing, _ = _checked(platform, owned="")
    assert " more: not as wanted" in nothing.detail


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("name", ["another", ""])
def test_a_host_name_that_circuit_ids_begin_with_is_the_name_of_the_switch(platform: Platform, name: str) -> None:
    right, _ = _checked(platform, facts={"host name": "sw0"})
    wrong, _ = _checked(platform, facts={"host name": name})
    assert right.status == "pass"
    assert ("host name" in wrong.detail) == (platform in ("arista-eos", "juniper-junos"))


def test_what_is_not_saved_or_not_confirmed_fails() -> None:
    _, saved = _checked("cisco-ios", saved=False)
    assert (saved.status, "not saved" in saved.detail) == ("fail", True)
    _, pending = _checked("arista-eos", pending="a change waits")
    assert (pending.status, pending.detail) == ("fail", "a change waits")


def test_one_that_does_not_answer_is_an_error() -> None:
    (state,) = switches(design(center("cisco-ios", ports=3)))
    (lost,) = check_switches([state], {state.name: Unknown(state.name, "no route")})
    (unasked,) = check_switches([state], {})
    assert [(one.target, one.status) for one in (lost, unasked)] == [(state.name, "error")] * 2
    assert lost.detail == "no route"
