"""A plan for switches: two blueprints in, or one and what people did to the switches; the plan out.

`REFRESH=1 pytest tests/plan` writes the expected plans anew; the difference is then read before it is committed.
Only what is done to switches is kept here: of hosts test_cases.py has enough.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from ccstack.design import design
from ccstack.drivers.base import Unknown
from ccstack.lab.switches.engine import Engine
from ccstack.load import load
from ccstack.plan.actual import HostActual, SwitchActual
from ccstack.plan.compare import Actual, compare, deployed_before
from ccstack.plan.markdown import write_markdown
from ccstack.plan.plan import Plan
from ccstack.plan.saved import as_json
from ccstack.plan.switches import with_remains
from ccstack.plan.text import write_text
from ccstack.render.state import SwitchState
from ccstack.rules import check

from .hosts import World, after_deploy, untouched, world
from .switch_bench import engine, enter, look, mend

CASES = Path(__file__).parent / "switch_cases"
BLUEPRINTS = sorted(path.stem for path in CASES.glob("*.py") if path.stem not in ("office", "before"))
Switches = Mapping[str, Engine]
_WORDS = {"front": "a lost connection undoes the change after 5 minutes"}


@cache
def _was() -> World:
    return world(load("before.py"))


def _engines(was: World) -> dict[str, Engine]:
    """The switches after a deployment."""
    engines = {state.name: engine(state.platform) for state in was.desired.switches}
    for state in was.desired.switches:
        mend(engines[state.name], state)
    return engines


def _aims(wanted: World, hosts: Mapping[str, HostActual]) -> list[SwitchState]:
    before = deployed_before(wanted.center, wanted.blueprint, wanted.desired, hosts)
    return [
        with_remains(state, [old for past in before for old in past.switches if old.name == state.name])
        for state in wanted.desired.switches
    ]


def _seen(one: Engine, aim: SwitchState) -> SwitchActual:
    owned = look(one, aim)
    return SwitchActual(aim.name, owned, f"state-of-{aim.name}", saved=True)


def _plan(wanted: World, hosts: Mapping[str, HostActual], switches: Mapping[str, Actual]) -> Plan:
    made = compare(wanted.center, wanted.blueprint, wanted.desired, {**hosts, **switches}, words=_WORDS)
    return replace(made, targets=tuple(target for target in made.targets if target.target in _WORDS | {"rear": ""}))


def _is_as_expected(case: str, plan: Plan, refresh: bool) -> None:
    machine = json.dumps(as_json(replace(plan, blueprint="")), indent=1, ensure_ascii=False) + "\n"
    for kind, text in {"txt": write_text(plan, diff=True), "md": write_markdown(plan), "json": machine}.items():
        expected = CASES / f"{case}.{kind}"
        if refresh:
            expected.write_text(text, encoding="utf-8")
        assert text == expected.read_text(encoding="utf-8"), f"`REFRESH=1 pytest tests/plan` writes {case}.{kind} anew"


@pytest.mark.parametrize("case", BLUEPRINTS)
def test_plan_from_one_blueprint_to_the_next(case: str, refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    wanted = world(load(f"{case}.py"))
    assert [finding for finding in check(design(wanted.center)) if finding.severity == "error"] == []
    hosts, engines = after_deploy(_was(), wanted), _engines(_was())
    aims = _aims(wanted, hosts)
    seen = {aim.name: _seen(engines[aim.name], aim) for aim in aims}
    _is_as_expected(case, _plan(wanted, hosts, seen), refresh)
    for aim in aims:
        mend(engines[aim.name], aim)
    again = _plan(wanted, hosts, {aim.name: _seen(engines[aim.name], aim) for aim in aims})
    assert [target.changes for target in again.targets] == [(), ()]


def _drifted(seen: dict[str, SwitchActual], engines: Switches) -> Mapping[str, Actual]:
    enter(
        engines["front"],
        (
            "vlan 666",
            " name guests",
            "interface GigabitEthernet1/0/1",
            " switchport voice vlan 666",
            " no service-policy input ccstack-phone",
            "interface GigabitEthernet1/0/8",
            " switchport access vlan 666",
        ),
    )
    aim = _was().desired.switches[0]
    return {**seen, "front": replace(_seen(engines["front"], aim), saved=False)}


def _out_of_reach(seen: dict[str, SwitchActual], _: Switches) -> Mapping[str, Actual]:
    pending = replace(seen["rear"], pending="a commit waits for its confirmation (commit confirmed)")
    return {"front": Unknown("front", "ssh: connection refused"), "rear": pending}


SEEN: dict[str, Callable[[dict[str, SwitchActual], Switches], Mapping[str, Actual]]] = {
    "switches_as_they_shall_be": lambda seen, _: seen,
    "switches_drifted": _drifted,
    "switches_out_of_reach": _out_of_reach,
}


@pytest.mark.parametrize("case", SEEN)
def test_plan_of_the_same_blueprint(case: str, refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    hosts, engines = after_deploy(_was(), _was()), _engines(_was())
    seen = {state.name: _seen(engines[state.name], state) for state in _was().desired.switches}
    _is_as_expected(case, _plan(_was(), hosts, SEEN[case](seen, engines)), refresh)


def test_plan_of_the_first_deployment(refresh: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    seen = {s.name: _seen(engine(s.platform), s) for s in _was().desired.switches}
    _is_as_expected("switches_untouched", _plan(_was(), untouched(_was()), seen), refresh)


def test_no_expected_plan_is_left_over() -> None:
    known = {*BLUEPRINTS, *SEEN, "switches_untouched"}
    assert {path.stem for path in CASES.glob("*.*") if path.suffix in (".txt", ".md", ".json")} == known
