"""Deploys under a load with media: no call fails or drops, no audio is lost; what is broken harms nobody for long.

The same as benchmarks/deploy_under_load.py, at a load that any machine carries.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks import deploy_under_load as bench
from benchmarks.deploy_under_load import Span
from benchmarks.traffic import raised
from ccstack.drivers.hosts.onhost.activate import WATCH_SECONDS
from ccstack.drivers.hosts.onhost.health import CHECK_SECONDS
from tests.lab.stage import MASTER_KEY

pytestmark = [pytest.mark.lab]

CALLS, PER_SECOND, BASELINE = 30, 3.0, 20.0
"""Calls at a time, new ones a second, and seconds without a deploy to compare with."""
MOST_WAITING = 10.0
"""Processes for each core, at most: beside another live test there are fewer. With more, calls fail of themselves."""
LONGEST_CHECK = CHECK_SECONDS + 2 * WATCH_SECONDS
"""Seconds until what is broken is undone on a machine that others use too: a health check gives a host as many."""


@pytest.fixture(scope="module")
def spans(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Span]:
    """What became of the calls, by what was done meanwhile."""
    folder = tmp_path_factory.mktemp("load")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCSTACK_MASTER_KEY", MASTER_KEY)
        patch.setenv("XDG_STATE_HOME", str(folder / "state"))
        patch.setenv("PYTHONPATH", str(Path(bench.__file__).parents[1]) + os.pathsep + os.environ.get("PYTHONPATH", ""))
        told = _told(folder)
    busiest, wrong = max(span.waiting for span in told), bench.problems(told)
    if wrong and busiest > MOST_WAITING:
        pytest.skip(f"{busiest:.0f} processes run or wait for each core, so it says nothing of deploys: {wrong}")
    return {span.name: span for span in told}


def _told(folder: Path) -> list[Span]:
    with raised(CALLS, folder) as site:
        with site.load(CALLS, PER_SECOND) as load:
            told = bench.story(site, load, BASELINE, folder)
        bench.judged(site, load, told)
    print(bench.TITLE, *map(bench.line, told), sep="\n")
    return told


def test_the_load_is_what_it_says_and_runs_clean(spans: Mapping[str, Span]) -> None:
    told = spans[bench.QUIET].told
    assert bench.is_clean(told), told
    assert told.up >= CALLS * 0.9
    assert told.packets > BASELINE * CALLS * 50 * 2


def test_a_deploy_fails_and_drops_no_call(spans: Mapping[str, Span]) -> None:
    span = spans[bench.CHANGE]
    assert span.code == 0, span.said
    assert "changed" in span.said
    assert (span.told.failed, span.told.dropped, span.told.unheard) == ([], [], [])
    assert span.restarted == ()
    assert span.told.worst <= spans[bench.QUIET].told.worst + bench.MORE_PACKETS


@pytest.mark.parametrize("name", [bench.MODULE, bench.DIALPLAN])
def test_what_is_broken_is_stopped_by_the_try_out(spans: Mapping[str, Span], name: str) -> None:
    span = spans[name]
    assert span.code == 1, span.said
    assert "the try-out refused this release" in span.said
    assert (span.told.failed, span.told.dropped, span.restarted) == ([], [], ())
    assert span.told.worst <= spans[bench.QUIET].told.worst + bench.MORE_PACKETS


def test_what_shows_only_in_use_is_undone_and_no_call_drops(spans: Mapping[str, Span]) -> None:
    span = spans[bench.LATE]
    assert span.code == 1, span.said
    assert (span.told.dropped, span.restarted) == ([], ())
    # Beside other tests a health check and an undoing take their time: calls may fail as long as that, and no longer.
    assert span.took < LONGEST_CHECK, "it is not undone in time"
    assert span.told.outage <= max(bench.LONGEST_OUTAGE, span.took + bench.MOST_NOTICE), span.told.failed
    later = spans[bench.RESTART]
    before_the_restart = [at for at in later.told.failed if later.start + at < later.gone - bench.MOST_NOTICE]
    assert before_the_restart == [], "calls go on failing after it was undone"


def test_calls_outlive_a_restart_of_the_sbc(spans: Mapping[str, Span]) -> None:
    span = spans[bench.RESTART]
    assert span.code == 0, span.said
    assert bench.SBC_RESTARTED in span.restarted
    assert span.told.dropped == []
    assert span.told.unheard == [], "a BYE did not arrive"
    assert span.told.worst <= spans[bench.QUIET].told.worst + bench.MORE_PACKETS
    assert [at for at in span.told.failed if span.start + at > span.cut + bench.MOST_NOTICE] == [], "it is not back"
    print(f"lost call set-ups: {len(span.told.failed)}")
