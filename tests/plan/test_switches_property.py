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
from .switch_noise import lines, type_all

RELAXED = settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def foreign(one: Engine, wanted: SwitchState) -> set[str]:
    """Lines of the running configuration that are not ccstack's, with the section that each is in."""
    return _placed(one.running()) - _placed(look(one, wanted))


def _placed(text: str) -> set[str]:
    found, header = set(), ""
    for line in text.splitlines():
        if line.startswith(" "):
            found.add(f"{header} / {' '.join(line.split())}")
        else:
            header = line
            found.add(line)
    return {line for line in found if line.strip() and not _says_nothing(line)}


def _says_nothing(line: str) -> bool:
    """Headers, which come and go with their lines, and lists of VLANs, of which ccstack's part changes."""
    heads = ("!", "Current", "Building", "end", "interface ", "vlan ", "ip dhcp snooping vlan")
    return (line.startswith(heads) and " / " not in line) or "allowed" in line


@pytest.mark.parametrize("platform", PLATFORMS)
@RELAXED
@given(data=st.data())
def test_one_remedy_is_enough(platform: Platform, data: st.DataObject) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    if data.draw(st.booleans()):
        mend(one, wanted)
    type_all(one, data.draw(lines(platform)))
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
    type_all(one, data.draw(lines(platform)))
    before, text = foreign(one, wanted), one.running()
    found = mend(one, wanted)
    # A hierarchy of Junos is not shown by itself once something is in it.
    lost = {line for line in before - _placed(one.running()) if f"{line} " not in one.running()}
    assert not lost, f"{text}\n--- typed\n{_text(found.lines)}\n--- lost\n{lost}"


@pytest.mark.parametrize("platform", PLATFORMS)
@RELAXED
@given(data=st.data())
def test_undo_brings_back_what_was(platform: Platform, data: st.DataObject) -> None:
    one, wanted = engine(platform), wanted_of(platform)
    mend(one, wanted)
    type_all(one, data.draw(lines(platform)))
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
    """Junos keeps a port's spanning tree, in which others may have more; an empty one says nothing."""
    empty = r"set protocols rstp interface ge-\S+$"
    lines = one.running().splitlines(keepends=True)
    return "".join(line for line in lines if not re.match(empty, line))


def _text(lines: Sequence[str]) -> str:
    return "\n".join(lines)
