"""The program's verbs: `observe` (a request on stdin), `release`, and `inside`, which only the try-out calls."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

from . import trial
from .layout import Layout
from .observe import observe
from .release import release


def main(arguments: list[str]) -> int:
    """Run one verb; the answer is one JSON object on stdout. Exit code 1 means that the release failed."""
    os.umask(0o022)
    parser = argparse.ArgumentParser(prog="ccstack-activate", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("observe")
    bring = verbs.add_parser("release")
    bring.add_argument("--on-foreign", choices=("refuse", "adopt", "backup"), default="refuse")
    within = verbs.add_parser("inside")
    within.add_argument("release")
    within.add_argument("task")
    given = parser.parse_args(arguments)
    if given.verb == "inside":
        trial.inside(given.release, given.task)
        return 0
    if given.verb == "observe":
        print(json.dumps(observe(Layout(), json.load(sys.stdin))))
        return 0
    outcome = release(Layout(), Path(sys.argv[0]), given.on_foreign)
    print(json.dumps(asdict(outcome)))
    return 1 if outcome.failed else 0
