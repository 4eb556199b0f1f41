"""What may be shown of a file that holds secrets, and the difference of two files."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.plan.mask import HIDDEN, difference, is_but_for_secrets, printable, seen_lines
from ccstack.render.state import File, Line, Slot, Source

PASSWORD, PIN = Slot("agents.ada.password"), Slot("voicemails.m.pin")
SOURCE = Source("agents.ada", "rule")
FILE = File("/f", tuple(Line(t, SOURCE) for t in ("[ada]", f"password = {PASSWORD}", f"19 => {PIN},Mailbox")), "none")


def same(text: str) -> str:
    return text


def test_lines_that_ccstack_wrote_are_shown_by_name() -> None:
    text = "[ada]\npassword = hunter2\n19 => 4711,Mailbox\n"
    names = ("[ada]", "password = <secret agents.ada.password>", "19 => <secret voicemails.m.pin>,Mailbox")
    assert seen_lines(text, [FILE], same) == names
    assert is_but_for_secrets(text, FILE)


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n\ue000\ue001"))))
def test_any_other_line_of_such_a_file_is_not(lines: list[str]) -> None:
    shown = seen_lines("".join(f"X{line}\n" for line in lines), [FILE], same)
    assert shown == (HIDDEN,) * len(lines)


def test_a_file_that_held_a_secret_before_is_treated_alike() -> None:
    without = File("/f", (Line("[ada]", SOURCE),), "none")
    assert seen_lines("[ada]\npassword=hunter2\n", [without, FILE], same) == ("[ada]", HIDDEN)


def test_nothing_of_a_host_moves_the_terminal() -> None:
    assert printable("a\x1b[2J\u202eb\tc") == "a\\x1b[2J\\x202eb\tc"


needs_patch = pytest.mark.skipif(shutil.which("patch") is None, reason="patch(1) is not installed here")
LINES = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=30)


@needs_patch
@settings(max_examples=40, deadline=None)
@given(before=LINES, after=LINES)
def test_the_difference_is_one_that_patch_takes(tmp_path_factory: object, before: list[str], after: list[str]) -> None:
    folder: Path = tmp_path_factory.mktemp("patch")  # type: ignore[attr-defined]
    made = difference("/f", before, after)
    assert bool(made) == (before != after)
    if made:
        (folder / "f").write_text("".join(f"{line}\n" for line in before))
        (folder / "p").write_text("".join(f"{line}\n" for line in made))
        subprocess.run(["patch", "-s", "-p0", str(folder / "f"), str(folder / "p")], check=True, cwd=folder)
        kept = (folder / "f").read_text() if (folder / "f").exists() else ""
        assert kept == "".join(f"{line}\n" for line in after)


def test_large_files_that_have_little_in_common_are_not_compared_for_hours() -> None:
    before, after = ([f"{word} {n}" for n in range(9000)] for word in ("old", "new"))
    assert "too many to be compared line by line" in difference("/f", before, after)[-1]
    assert len(difference("/f", [*before, "x"], [*before, "y"])) == 7
