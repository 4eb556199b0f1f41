"""The stage that live tests share: Acme Retail, raised and deployed once."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.lab.services import Services, on_services
from tests.lab.stage import Stage, on_stage

HERE = Path(__file__).resolve().parent

STAGES = ("acme", "traced", "services")
"""Fixtures that put a center on stage."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Live tests need root: elsewhere they are skipped, in sight. Those of one stage run in one process, in order."""
    for item in items:
        if item.get_closest_marker("lab") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="the lab needs root"))
        if HERE in item.path.parents:
            stage = next((s for s in STAGES if s in getattr(item, "fixturenames", ())), item.path.stem)
            item.add_marker(pytest.mark.xdist_group(stage))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A live test that fails shows what the hosts logged meanwhile."""
    report = yield
    stage = next((s for n in STAGES if isinstance(s := getattr(item, "funcargs", {}).get(n), Stage)), None)
    if report.failed and report.when == "call" and stage:
        report.sections += stage.told(call.start)
    return report


@pytest.fixture(scope="session")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Acme Retail with prompts as tones, on stage."""
    with on_stage(HERE / "acme_in_tones.py", tmp_path_factory.mktemp("acme")) as stage:
        yield stage


@pytest.fixture(scope="session")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The same on a stage of its own, where calls are compared with their traces."""
    with on_stage(HERE / "acme_traced.py", tmp_path_factory.mktemp("traced")) as stage:
        yield stage


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A site whose phones get addresses and files from two hosts."""
    with on_services(tmp_path_factory.mktemp("services")) as made:
        yield made


@pytest.fixture(autouse=True)
def _nobody_stays_on_the_phone(request: pytest.FixtureRequest) -> Iterator[None]:
    """A call that a failed test left up must not make the next test's agent busy."""
    yield
    for name in STAGES:
        if name in request.fixturenames and isinstance(stage := request.getfixturevalue(name), Stage):
            stage.people.hang_up()
