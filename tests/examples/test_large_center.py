"""The large center is checked and rendered (benchmarks/xl.py has how long that takes, and the goal)."""

from __future__ import annotations

from benchmarks.xl import measure


def test_a_center_of_1500_agents_is_checked_and_rendered_without_an_error() -> None:
    run = measure(1)
    assert (run["agents"], run["queues"], run["errors"]) == (1500, 150, 0)
    assert run["files"] > 20 * run["hosts"]
