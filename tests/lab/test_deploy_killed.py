"""A deployment is killed at random moments, here or on the host: afterwards the host has one release in full."""

from __future__ import annotations

import collections
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from tests.conftest import Figure
from tests.lab.deploy_case import center
from tests.lab.wire import Wire

pytestmark = pytest.mark.lab

ROOT = Path(__file__).resolve().parents[2]
HOST = "bare"
MOMENTS = 30
SEED = 20_261
OURS = ("onhost.main", "/var/lib/ccstack/program", "systemd-run")
"""What the command lines of the target's side have in them."""


class Target:
    """The host, seen from outside: its processes and its disk; and deployments to it."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder, self.wire = lab, folder, Wire(lab, HOST)
        command = lab.command(["true"], HOST)
        self._cgroup = Path(next(part for part in command if part.endswith("/cgroup.procs"))).parents[1]
        self.disk = Path("/proc") / command[command.index("--target") + 1] / "root"
        self._forks = subprocess.Popen(
            lab.command([sys.executable, "-m", "tests.lab.deploy_forks", str(folder)]),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """No more deployments."""
        self._forks.communicate()

    def start(self, queue: str) -> int:
        """A deployment, as a process group of its own."""
        assert self._forks.stdin
        assert self._forks.stdout
        self._forks.stdin.write(json.dumps({"queue": queue, "only": [HOST]}) + "\n")
        self._forks.stdin.flush()
        return int(self._forks.stdout.readline())

    def deploy(self, queue: str) -> dict[str, Any]:
        """A deployment that nobody disturbs."""
        pid = self.start(queue)
        until("it is deployed", lambda: is_over(pid))
        return dict(json.loads((self.folder / f"{pid}.json").read_text())["hosts"][HOST])

    @property
    def has_journal(self) -> bool:
        """Whether an activation is under way."""
        return os.path.lexists(self.disk / "var/lib/ccstack/pending.json")

    def own(self) -> list[int]:
        """The processes of the target's side."""
        groups = [Path(here) for here, _below, _files in os.walk(self._cgroup)]
        pids = {int(pid) for group in groups for pid in _text(group / "cgroup.procs").split()}
        return sorted(pid for pid in pids if any(mark in _text(Path(f"/proc/{pid}/cmdline")) for mark in OURS))

    def kill(self) -> None:
        """End them all at once."""
        for pid in self.own():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def settled(self) -> None:
        """Wait until nothing of ccstack is under way on the host."""
        for _time in range(3):
            until("nothing is under way", lambda: not self.own() and not self.has_journal)
            time.sleep(0.1)


def is_over(pid: int) -> bool:
    """Whether a deployment's process has ended."""
    return not os.path.exists(f"/proc/{pid}")


def until(what: str, condition: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, f"not within 300 s: {what}"
        time.sleep(0.005)


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    lab = Lab("dk", say=lambda _line: None)
    with lab.raised(topology_of(center())), closing(Target(lab, tmp_path_factory.mktemp("killed"))) as target:
        yield target


def test_killed_at_thirty_moments_the_host_has_one_release_in_full(target: Target, figure: Figure) -> None:
    chance = random.Random(SEED)
    assert target.deploy("sales")["status"] == "changed"
    whole = how_long(target, "support")
    queues = ["support", "sales"]
    tally: collections.Counter[str] = collections.Counter()
    for moment in range(MOMENTS):
        queues.reverse()
        # In turn: anywhere while the host is busy, and while it is being changed.
        begins = has_begun if moment % 2 else is_changed
        delay = chance.uniform(0, whole if moment % 2 else 0.25)
        who = ("controller", "target", "both")[moment // 2 % 3]
        seen = one_moment(target, queues[0], who, delay, begins)
        is_new = queues[0] in seen["file"]
        tally[f"{who} killed: {'new' if is_new else 'old'}"] += 1
        if not is_new:
            finished = target.deploy(queues[0])
            assert finished["status"] == "changed", finished
            assert queues[0] in full(target)["file"]
    words = ", ".join(f"{name} {count}" for name, count in sorted(tally.items()))
    figure(f"deployments killed at {MOMENTS} moments (seed {SEED}), and the release in full afterwards: {words}")


def how_long(target: Target, queue: str) -> float:
    """How long the host is busy with a deployment, in seconds."""
    pid = target.start(queue)
    until("the host is busy", lambda: bool(target.own()))
    began = time.monotonic()
    until("it is deployed", lambda: is_over(pid))
    return time.monotonic() - began


def has_begun(target: Target) -> bool:
    return bool(target.own())


def is_changed(target: Target) -> bool:
    return target.has_journal


def one_moment(target: Target, queue: str, who: str, delay: float, begins: Callable[[Target], bool]) -> dict[str, str]:
    """Begin a deployment, kill `who` of it, and see that the host has one release in full: what queues.conf says."""
    pid = target.start(queue)
    until("it has begun", lambda: begins(target) or is_over(pid))
    time.sleep(delay)
    if who in ("target", "both"):
        target.kill()
    if who in ("controller", "both"):
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
    until("it is over", lambda: is_over(pid))
    target.settled()
    return full(target)


def full(target: Target) -> dict[str, str]:
    """The host's files, units and processes are those of the release that it says it has."""
    seen = target.wire.look()
    assert seen["unlike"] == [], [seen["release"], seen["files"]]
    assert seen["runtime"] == []
    assert seen["stale"] == {}
    assert seen["pending"] is None
    active = {name: unit["active"] for name, unit in seen["units"].items()}
    assert active == dict.fromkeys(("asterisk.service", "kamailio.service", "nftables.service"), "active")
    file = target.lab.command(["cat", "/etc/asterisk/queues.conf"], HOST)
    return {"file": subprocess.run(file, capture_output=True, text=True, check=True).stdout}
