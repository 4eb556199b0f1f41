"""What README promises of `make demo`, once all is installed: it works, and says so."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import Figure

pytestmark = [pytest.mark.lab, pytest.mark.timeout(1260)]

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_works_and_tells_what_happened(figure: Figure) -> None:
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "tools/demo.py"], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False
    )
    seconds = time.monotonic() - began
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-4000:]
    worked = re.search(r"(\d+) of (\d+) things worked", ran.stdout)
    assert worked, ran.stdout[-2000:]
    assert worked[1] == worked[2]
    assert (ROOT / ".demo" / "summary.txt").is_file()
    figure(f"make demo, with all installed and beside other tests: {seconds:.0f} s, {worked[0]}")
