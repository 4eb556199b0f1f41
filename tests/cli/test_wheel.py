"""What pip installs is whole: templates, patterns and examples travel in the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs ccstack as it is in the wheel, far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(folder / "site")}
        command = [sys.executable, "-m", "ccstack.cli", *words]
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("starter", ["corner-shop", "acme-retail"])
def test_a_starter_can_be_checked_and_rendered(installed: Run, starter: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    for words in (
        ("init", str(folder), "--like", starter),
        ("validate", str(folder / "center.py")),
        ("render", str(folder / "center.py"), "-o", str(tmp_path / "out")),
    ):
        ran = installed(*words)
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert list((tmp_path / "out" / "hosts").iterdir())


def test_a_folder_of_ones_own_goes_before_the_patterns_that_are_installed(installed: Run, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    installed("init", str(folder), "--like", "acme-retail")
    (folder / "blueprints").mkdir()
    pattern = (ROOT / "blueprints" / "two_site.py").read_text(encoding="utf-8")
    own = pattern.replace("That is not one of the choices.", "Try again.")
    (folder / "blueprints" / "two_site.py").write_text(own, encoding="utf-8")
    assert "Try again." in installed("show", str(folder / "center.py"), "--json").stdout
