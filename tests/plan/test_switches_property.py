"""From any state that a switch of the lab can be brought into, one remedy is enough, and takes nothing that is not
ccstack's.

The lab's switches share no code with what renders, cuts and compares.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstack.lab.switches.engine import Engine
from ccstack.model.switch import Platform
from ccstack.plan.switches import Remedy, owned_part, remedy
from ccstack.render.state import SwitchState

from .switch_bench import PLATFORMS, engine, enter, look, mend, wanted_of
from .switch_noise import grammar_of, lines, type_all

RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def foreign(one: Engine, wanted: SwitchState) -> list[str]:
    """Lines of the running configuration that are not ccstack's, with the section that each is in."""
    ours = set(_placed(look(one, wanted)))
    return [line for line in _placed(one.running()) if line not in ours and not _is_shared(line)]


def _placed(text: str) -> list[str]:
    found, header = [], ""
    for line in text.splitlines():
        if not line.strip() or line.startswith(("!", "Current", "Building", "end", "#")):
            continue
        header = header if line.startswith(" ") else line
        found.append(f"{header} / {' '.join(line.split())}" if line.startswith(" ") else line)
    return found


def _is_shared(line: str) -> bool:
    """Lists of VLANs, of which ccstack's part changes; sections that come and go with their lines."""
    return "allowed" in line or line.startswith(("interface ", "ip dhcp snooping vlan"))


@pytest.mark.parametrize("platform", PLATFORMS)
@RELAXED
@given(data=st.data())
def test_one_remedy_is_enough(platform: Platform, data: st.DataObject) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    if data.draw(st.booleans()):
        mend(one, wanted)
    type_all(one, data.draw(lines(platform, grammar_of(one))))
    before = one.running()
    found = mend(one, wanted)
    left = remedy(wanted, look(one, wanted))
    assert left == Remedy(), (
        f"{before}\n--- typed\n{_text(found.lines)}\n--- left\n{_text(left.lines)}\n{one.running()}"
    )


@pytest.mark.parametrize("platform", PLATFORMS)
@RELAXED
@given(data=st.data())
def test_what_is_not_ours_stays(platform: Platform, data: st.DataObject) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    type_all(one, data.draw(lines(platform, grammar_of(one))))
    before, text = set(foreign(one, wanted)), one.running()
    found = mend(one, wanted)
    lost = before - set(foreign(one, wanted)) - set(_placed(one.running()))
    assert not lost, f"{text}\n--- typed\n{_text(found.lines)}\n--- lost\n{lost}"


@pytest.mark.parametrize("platform", PLATFORMS)
@RELAXED
@given(data=st.data())
def test_undo_brings_back_what_was(platform: Platform, data: st.DataObject) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    mend(one, wanted)
    type_all(one, data.draw(lines(platform, grammar_of(one))))
    was = look(one, wanted)
    before = one.running()
    found = mend(one, wanted)
    enter(one, found.undo)
    lines_were = tuple(sorted(was.splitlines()))
    assert tuple(sorted(look(one, wanted).splitlines())) == lines_were, f"{before}\n---\n{_text(found.lines)}"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_first_deployment_and_back(platform: Platform) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    was = one.running()
    found = mend(one, wanted)
    assert found.lines
    assert remedy(wanted, owned_part(one.running(), wanted.owned, platform)) == Remedy()
    enter(one, found.undo)
    assert _but_for_empty(one) == was


def _but_for_empty(one: Engine) -> str:
    """Junos keeps hierarchies in which others may have more; empty ones say nothing of a port or VLAN."""
    empty = r"set (protocols rstp interface ge-\S+|vlans voice-110 forwarding-options dhcp-security)$"
    lines = one.running().splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(empty, line))


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines)
