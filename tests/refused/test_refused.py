"""Typical mistakes, each with the exact output of `ccstack validate`.

`REFRESH=1 pytest tests/refused` writes the expected texts anew; the difference is then read before it is committed.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from ccstack.cli import main
from ccstack.rules import RULES

CASES = Path(__file__).parent / "cases"
BLUEPRINTS = sorted(p.name for p in CASES.iterdir() if p.suffix in (".py", ".json", ".yaml") and p.stem != "shop")


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_mistake_gets_exactly_this_message(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES)
    result = CliRunner().invoke(main, ["validate", name])
    output = result.output.replace(f"{len(RULES)} rules checked", "all rules checked")
    told = f"{output}exit {result.exit_code}\n"
    expected = (CASES / name).with_suffix(".txt")
    if os.environ.get("REFRESH"):
        expected.write_text(told, encoding="utf-8")
    assert told == expected.read_text(encoding="utf-8")
    assert result.exit_code in (1, 2)


def test_no_expected_text_is_left_over() -> None:
    assert sorted(p.stem for p in CASES.glob("*.txt")) == sorted(Path(name).stem for name in BLUEPRINTS)


def test_the_center_that_is_spoiled_is_in_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text((CASES / "shop.py").read_text())
    (tmp_path / "center.py").write_text("from shop import shop\n\ncenter = shop()\n")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["validate", "center.py"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith("Nothing is wrong; ")
