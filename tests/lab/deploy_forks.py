"""Deployments of the hand-made center, each a process that has all loaded: forked.

Reads a case a line (JSON); answers each with the number of its process, which leaves its result beside `folder`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from tests.lab.deploy_case import Case, run


def main(folder: Path) -> None:
    """Until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            _deploy(json.loads(line), folder)
        print(pid, flush=True)


def _deploy(given: dict[str, object], folder: Path) -> None:
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    result = folder / f"{os.getpid()}.json"
    try:
        result.with_suffix(".new").write_text(json.dumps(run(Case(**given), folder)))  # type: ignore[arg-type]
        result.with_suffix(".new").rename(result)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
