"""What all tests share: figures that a test measured are told at the end of the run."""

from __future__ import annotations

import os
from collections.abc import Callable

import hypothesis
import pytest
from hypothesis import HealthCheck

# A machine that is busy is no fault of what is tested: limits in time are set where time is what is measured.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.filter_too_much]}
hypothesis.settings.register_profile("ccstack", derandomize=True, **_COMMON)
hypothesis.settings.register_profile("explore", **_COMMON)
# The same examples every time, so that no change fails by luck; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ccstack"))

_FIGURE = "figure"

Figure = Callable[[str], None]


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Figure:
    """Note something measured, in words; it is printed at the end of the run, also of a run that passes."""
    return lambda words: record_property(_FIGURE, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for kind in ("passed", "failed") for r in terminalreporter.getreports(kind)]
    figures = [str(value) for report in reports for name, value in report.user_properties if name == _FIGURE]
    if figures:
        terminalreporter.section("measured")
        for words in dict.fromkeys(figures):
            terminalreporter.line(words)
