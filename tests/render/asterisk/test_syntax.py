"""What is written is read back as the same; what cannot be is refused with its path."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.render.asterisk.dialplan import Dialplan
from ccstack.render.asterisk.ini import Ini
from ccstack.render.state import Source
from ccstack.render.text import RenderError
from tests.render.asterisk.reading import dialplan, settings

HOSTILE = st.text(st.one_of(st.characters(), st.sampled_from('";\\${}[](),=> \t\n#|&^')), max_size=60)
SOURCE = Source("agents.ana.label", "test")


def refused(write: Callable[[], None]) -> bool:
    """Whether `write` refuses its value; if so, with the path of the object that holds it."""
    try:
        write()
    except RenderError as error:
        return error.path == "agents.ana.label" or pytest.fail(error.path)
    return False


@given(HOSTILE)
def test_a_setting_is_read_back_as_written_or_refused(text: str) -> None:
    ini = Ini()
    ini.section("ana", SOURCE)
    if refused(lambda: ini.set("set_var", f"CALLERID(name)={text}", SOURCE)):
        return
    assert len(ini.lines) == 2
    read = list(settings(line.text for line in ini.lines))
    assert read == [("ana", "set_var", f"CALLERID(name)={text}")]


@given(HOSTILE)
def test_a_step_is_read_back_as_written_or_refused(text: str) -> None:
    plan = Dialplan()
    plan.context("test", SOURCE)
    if refused(lambda: plan.exten("s", f"Playback({text})", SOURCE)):
        return
    plan.then(f"Playback({text})", SOURCE, "again")
    read = dialplan(line.text for line in plan.lines)["test"].extens
    meant = f"Playback({text})".replace("\\;", ";").strip()
    assert read == {"s": [meant, meant]}


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", " a", "a ", "a\u2028b", "\ue000x"])
def test_what_no_quoting_can_carry_is_refused(text: str) -> None:
    with pytest.raises(RenderError) as caught:
        Ini().set("key", text, SOURCE)
    assert caught.value.path == "agents.ana.label"


@pytest.mark.parametrize("exten", ["a b", "1,2", "1)", "${X}", ""])
def test_an_extension_has_only_what_can_be_dialed(exten: str) -> None:
    with pytest.raises(RenderError):
        Dialplan().exten(exten, "NoOp()", SOURCE)
