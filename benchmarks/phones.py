"""How long `validate` and `render` take for a center with many desk phones, in one process, and where the time goes.

    python benchmarks/phones.py [--json] [PHONES ...]

1,500 phones are on 60 switches at 12 sites and come from a table. The goal is 5 s for them on two cores, and that
10,000 phones take 6.7 times as long: so much more there is to do.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

GOAL_S = 5.0
HERE = Path(__file__).resolve().parent

_T = TypeVar("_T")


def measure(phones: int) -> dict[str, Any]:
    """One run: stages with their seconds, and what came out."""
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], _T]) -> _T:
        start = time.perf_counter()
        done = work()
        seconds[stage] = time.perf_counter() - start
        return done

    began = time.process_time()
    timed("import", _imports)
    from ccstack.design import design
    from ccstack.load import load
    from ccstack.render.render import render
    from ccstack.rules import check

    with tempfile.TemporaryDirectory() as folder:
        center = timed("load", lambda: load(_blueprint(Path(folder), phones)))
    plan = timed("design", lambda: design(center))
    findings = timed("check", lambda: check(plan))
    state = timed("render", lambda: render(plan))
    texts = timed("text", lambda: [file.text for host in state.hosts for file in host.files])
    return {
        "phones": len(center.phones),
        "switches": len(state.switches),
        "files": len(texts),
        "errors": sum(finding.severity == "error" for finding in findings),
        "wall_s": {name: round(value, 3) for name, value in seconds.items()},
        "total_s": round(sum(seconds.values()), 2),
        "total_cpu_s": round(time.process_time() - began, 2),
    }


def _imports() -> None:
    import ccstack.design
    import ccstack.load
    import ccstack.render.render
    import ccstack.rules  # noqa: F401


def _blueprint(folder: Path, phones: int) -> Path:
    from benchmarks.phoned import write_table

    shutil.copy(HERE / "phoned.py", folder)
    write_table(folder / "phones.csv", phones)
    blueprint = folder / "center.py"
    blueprint.write_text(f"from phoned import phoned\ncenter = phoned({phones}, 'phones.csv')\n")
    return blueprint


def main() -> int:
    """Measure every size that was asked for, each in a process of its own so that none warms the next one's caches."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("sizes", type=int, nargs="*", default=[1_500, 10_000], metavar="PHONES")
    options = parser.parse_args()
    runs = [_in_a_process(size) for size in options.sizes]
    if options.json:
        print(json.dumps({"schema": "ccstack.benchmark-phones/1", "goal_s": GOAL_S, "runs": runs}, indent=2))
        return 0
    stages = list(runs[0]["wall_s"])
    print(f"{'phones':>7} {'switches':>8} {'files':>7} " + " ".join(f"{s:>7}" for s in stages) + "   total     CPU")
    for run in runs:
        cells = " ".join(f"{run['wall_s'][stage]:>7.2f}" for stage in stages)
        head = f"{run['phones']:>7,} {run['switches']:>8,} {run['files']:>7,}"
        print(f"{head} {cells} {run['total_s']:>7.2f} {run['total_cpu_s']:>7.2f}")
    for run in runs[1:]:
        more, work = run["phones"] / runs[0]["phones"], _work(run) / _work(runs[0])
        print(f"{more:.2f} times the phones take {work:.2f} times as long, imports left out")
        for stage in stages[1:]:
            print(f"    {stage:<7} {run['wall_s'][stage] / max(runs[0]['wall_s'][stage], 0.001):.2f}")
    return 0


def _work(run: dict[str, Any]) -> float:
    return float(run["total_s"] - run["wall_s"]["import"])


def _in_a_process(phones: int) -> dict[str, Any]:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, phones).result()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))
    sys.exit(main())
