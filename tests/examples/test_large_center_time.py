"""The large center is checked and rendered in time (benchmarks/xl.py says where the time goes)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_scale_1_within_five_seconds_and_scale_2_about_twice() -> None:
    """CPU seconds, so that whatever else the machine does counts for nothing."""
    command = [sys.executable, str(ROOT / "benchmarks" / "xl.py"), "--json", "1", "2"]
    once, twice = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)["runs"]
    assert (once["agents"], once["queues"], once["errors"]) == (1500, 150, 0)
    assert once["total_cpu_s"] <= 5.0
    assert twice["total_cpu_s"] <= 2.5 * once["total_cpu_s"]
