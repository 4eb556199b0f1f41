"""Plans for many ports, for switches alone, and what a plan of switches says about risk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ccstack.design import design
from ccstack.model import ContactCenter
from ccstack.model.switch import Platform
from ccstack.plan.actual import SwitchActual
from ccstack.plan.causes import Changed
from ccstack.plan.objects import differences
from ccstack.plan.only import dangling
from ccstack.plan.plan import ObjectChange, Plan, Reason, TargetPlan
from ccstack.plan.saved import from_text, to_text
from ccstack.plan.sections import SwitchLook, switch_plan
from ccstack.plan.text import write_text
from ccstack.render.state import SwitchState
from ccstack.render.switches import switches

from .switch_bench import PLATFORMS, PORTS, center


def _state(made: ContactCenter) -> SwitchState:
    return switches(design(made))[0]


def _planned(before: ContactCenter, after: ContactCenter, owned: str | None = None) -> TargetPlan:
    """What would be done to the first switch of `after`, on which is what `before` wants (or `owned`)."""
    was, wanted = _state(before), _state(after)
    seen = SwitchActual("sw0", was.text if owned is None else owned, "s", saved=True)
    changed = Changed(differences(before.model_dump(mode="json"), after), after)
    return switch_plan(SwitchLook(wanted, was, changed, seen, is_first=False, redact=lambda text: text))


def _plan(*targets: TargetPlan, objects: tuple[ObjectChange, ...] = ()) -> Plan:
    return Plan("bench", "b", objects, targets, {})


def test_ports_to_which_the_same_is_done_are_told_once() -> None:
    target = _planned(center("cisco-ios-xe", ports=48), center("cisco-ios-xe", ports=48, data=20))
    text = write_text(_plan(target), diff=False)
    assert "~ 46 sections: change" in text
    assert text.count("\n") < 20


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_port_with_a_phone_that_loses_its_vlan_drops_calls(platform: Platform) -> None:
    before, after = center(platform), center(platform, voice=120)
    used, free = (PORTS[platform][0].format(number) for number in (1, 3))
    risks = {change.path.rpartition(" ")[2]: change.risk for change in _planned(before, after).changes}
    assert (risks[used], risks[free]) == ("drops-calls", "reload")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_another_label_is_harmless(platform: Platform) -> None:
    target = _planned(center(platform), center(platform, label="Bea"))
    assert {change.risk for change in target.changes} == {"reload"}
    assert len(target.changes) == 2


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_order_of_lines_has_no_meaning(platform: Platform) -> None:
    made = center(platform)
    blocks: list[str] = []
    for line in _state(made).text.splitlines(keepends=True):
        if line.startswith(" "):
            blocks[-1] += line
        else:
            blocks.append(line)
    assert _planned(made, made, "".join(reversed(blocks))).changes == ()


def test_a_saved_plan_of_switches_is_read_back() -> None:
    plan = _plan(_planned(center("juniper-junos"), center("juniper-junos", voice=120)))
    assert to_text(from_text(to_text(plan), "plan.json")) == to_text(plan)


def test_switches_leave_nothing_hanging() -> None:
    switch = _planned(center("cisco-ios"), center("cisco-ios", patched=(1, 2, 3)))
    host = replace(switch, target="box", changes=(replace(switch.changes[0], target="box", kind="file"),))
    came = Reason("phones.new", False, True)
    objects = (ObjectChange("phones.new", "add", (came,), ("box", "sw0"), "none"),)
    assert dangling(_plan(host, switch, objects=objects), ["box"]) == ()
    assert dangling(_plan(host, switch, objects=objects), ["sw0"]) == ()
