"""What all tests share: figures that a test measured are told at the end of the run."""

from __future__ import annotations

from collections.abc import Callable

import hypothesis
import pytest

# A machine that is busy is no fault of what is tested: limits in time are set where time is what is measured.
hypothesis.settings.register_profile("ccstack", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("ccstack")

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
