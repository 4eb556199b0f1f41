"""Switches in `render` and `explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ccstack.cli import main

OFFICE = Path(__file__).resolve().parent.parent / "plan/switch_cases/before.py"


def run(*args: object) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    result = run("render", OFFICE, "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    return tmp_path / "out"


def test_render_writes_what_switches_shall_have(rendered: Path) -> None:
    assert sorted(path.name for path in (rendered / "switches").iterdir()) == ["front.cfg", "rear.cfg"]
    assert " switchport voice vlan 110\n" in (rendered / "switches/front.cfg").read_text()
    manifest = json.loads((rendered / "render.json").read_text())
    assert manifest["switches"]["rear"].startswith("juniper-junos, ")


def test_explain_knows_the_lines_of_a_switch(rendered: Path) -> None:
    lines = (rendered / "switches/front.cfg").read_text().splitlines()
    number = lines.index(" description ccstack: ada-phone Ada Unal") + 1
    for asked in (f"front:{number}", f"front:front.cfg:{number}"):
        said = run("explain", OFFICE, asked)
        assert said.exit_code == 0, said.output
        assert "from phones.ada-phone, by the rule switches.description" in said.output


def test_explain_names_the_ports_that_a_phone_touches() -> None:
    said = run("explain", OFFICE, "phones.bob-phone").output
    assert "rear\n    rear.cfg:" in said


def test_a_line_that_is_not_there_is_refused() -> None:
    assert "front.cfg has " in run("explain", OFFICE, "front:9999").output
    assert "there is no host or switch attic; there are: box, front, rear" in run("explain", OFFICE, "attic:1").output
