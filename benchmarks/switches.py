"""How long it takes to configure switches: ccstack, netmiko in a loop, nornir, Ansible; and bare connect and show.

    python benchmarks/switches.py [--switches N] [--latency MS ...] [--repeat K] [--only ACTION] [--json] [TOOL ...]

Needs no root: simulated switches of 48 ports on loopback, in two processes of their own. Every tool in turn gets the
same switches as they came (`first`), then the same again with all lines in them (`noop`). docs/benchmarks.md says how
to read the figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.switch_rack import PASSWORD, PORTS  # noqa: E402
from ccstack.design import design  # noqa: E402
from ccstack.drivers.switches.ways import with_exits  # noqa: E402
from ccstack.lab.switches.engine import Engine  # noqa: E402
from ccstack.model import CivicAddress, ContactCenter, Network, Site  # noqa: E402
from ccstack.model.switch import Switch, SwitchAccess  # noqa: E402
from ccstack.plan.switches import owned_part, remedy  # noqa: E402
from ccstack.render.switches import switches  # noqa: E402

PINS = (
    "netmiko==4.8.0",
    "nornir==3.6.0",
    "nornir-netmiko==1.0.1",
    "ansible==12.3.0",
    "ansible-pylibssh==1.4.0",
)
"""Versions that were seen to work together on Python 3.11; `ansible` brings cisco.ios."""
FORKS = 25
FEW = 10
"""Switches that Ansible gets: with more nobody waits for it."""
NOOP_GOAL = 1.3
"""At most so many times what it takes to connect and show."""
ACTIONS = ("first", "noop")
TOOLS = ("floor", "ccstack", "netmiko", "nornir", "ansible")


def environment() -> Path:
    """A Python with the peers in it: made at the first run, outside of the repository."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    mark = hashlib.sha256(" ".join((*PINS, sys.version)).encode()).hexdigest()[:12]
    folder = cache / "ccstack" / f"benchmark-switches-{mark}"
    if not (folder / "installed").exists():
        print(f"installing {', '.join(PINS)} into {folder}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *PINS], check=True)
        (folder / "installed").touch()
    return folder / "bin" / "python"


class Racks:
    """Switches in two processes."""

    def __init__(self, stack: ExitStack, count: int, latency: int) -> None:
        half = count // 2
        self._racks = [
            stack.enter_context(_rack(first, number, latency))
            for first, number in ((0, half), (half, count - half))
            if number
        ]
        self.switches = [switch for rack in self._racks for switch in _answer(rack)]

    def ask(self, word: str) -> list[Any]:
        """What each process answers."""
        for rack in self._racks:
            assert rack.stdin
            rack.stdin.write(f"{word}\n")
            rack.stdin.flush()
        return [_answer(rack) for rack in self._racks]


@contextmanager
def _rack(first: int, count: int, latency: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(HERE / "switch_rack.py"), str(first), str(count), str(latency)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as rack:
        try:
            yield rack
        finally:
            assert rack.stdin
            rack.stdin.close()
            rack.wait(30)


def _answer(rack: subprocess.Popen[str]) -> Any:
    assert rack.stdout
    return json.loads(rack.stdout.readline())


def center_of(found: Sequence[Sequence[Any]]) -> ContactCenter:
    """A site with these switches, 48 ports each."""
    return ContactCenter(
        name="bench",
        sites=(
            Site(
                name="hq",
                time_zone="America/New_York",
                address=CivicAddress(state="NY", city="New York", street="A", house_number="1", postal_code="1"),
                networks=(
                    Network(kind="voice", subnet="10.1.0.0/16", vlan=110),
                    Network(kind="data", subnet="10.2.0.0/16", vlan=10),
                ),
            ),
        ),
        switches=tuple(_switch(*one) for one in found),
    )


def _switch(name: str, port: int, key: str) -> Switch:
    return Switch(
        name=name,
        site="hq",
        platform="cisco-ios",
        address="127.0.0.1",
        access=SwitchAccess.model_validate(
            {
                "port": port,
                "host_key": " ".join(key.split()[:2]),
                "password": {"source": "env", "variable": "BENCH_PASSWORD"},
            }
        ),
        phone_ports=("GigabitEthernet1/0/1-48",),
        uplinks=(PORTS[-1],),
    )


def lines_of(center: ContactCenter) -> dict[str, list[str]]:
    """What is wanted, what is typed for that into a switch as it came, and what such a switch then shows of it."""
    state = switches(design(center))[0]
    switch = Engine("cisco-ios", "sw0", PORTS)
    before = switch.running()
    typed = list(with_exits(remedy(state, owned_part(before, state.owned, state.platform)).lines, always=False))
    for line in ("configure terminal", *typed, "end"):
        switch.type(line.strip())
    shown = {line for line in switch.running().splitlines() if line[:1] not in "!C"} - set(before.splitlines())
    return {"lines": [line.text for line in state.lines], "typed": typed, "shown": sorted(shown)}


def job_of(folder: Path, racks: Racks, count: int) -> Path:
    """What the tools are given."""
    found = racks.switches[:count]
    center = center_of(found)
    job = {"switches": found, "forks": FORKS, "password": PASSWORD} | lines_of(center)
    path = folder / f"job-{count}.json"
    path.write_text(json.dumps(job | {"folder": str(folder), "center": center.model_dump(mode="json")}))
    return path


def command(tool: str, action: str, job: Path) -> list[str]:
    """The command line that does it."""
    if tool == "ccstack":
        return [sys.executable, str(HERE / "switch_ours.py"), str(job)]
    given = ("netmiko", "floor") if tool == "floor" else (tool, action)
    return [str(environment()), str(HERE / "switch_peers.py"), *given, str(job)]


def timed(tool: str, action: str, job: Path, *, racks: Racks | None) -> tuple[float, float]:
    """Seconds from when libraries are read in and the lines are known; CPU seconds of the tool, all included.

    `racks`: all of the lines must be there in the end.
    """
    before = os.times()
    environment = os.environ | {"BENCH_PASSWORD": PASSWORD}
    done = subprocess.run(command(tool, action, job), check=True, env=environment, stdout=subprocess.PIPE, text=True)
    seconds, after = float(done.stdout), os.times()
    if racks:
        told = json.loads(job.read_text())
        wrong = racks.ask(f"wrong {json.dumps(told['shown'])}")
        assert len(told["switches"]) < len(racks.switches) or not any(wrong), f"{tool} left {wrong} lines undone"
    spent = after.children_user - before.children_user + after.children_system - before.children_system
    return round(seconds, 2), round(spent, 2)


def measured(
    tools: Sequence[str], count: int, latency: int, repeat: int, actions: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """One row a tool and action. Tools take turns, so that whatever else the machine does strikes all of them."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        racks = Racks(stack, count, latency)
        jobs = {size: job_of(Path(name), racks, size) for size in {count, min(FEW, count)}}
        timed("floor", "noop", jobs[count], racks=None)  # whoever comes first would wait until the racks are warm
        runs: dict[tuple[str, str, int], list[tuple[float, float]]] = {}
        for tool in (tool for turn in range(repeat) for tool in tools if tool != "ansible" or not turn):
            size = min(FEW, count) if tool == "ansible" else count
            for action, figures in turn_of(tool, jobs[size], racks, actions):
                runs.setdefault((tool, action, size), []).append(figures)
        for (tool, action, size), each in runs.items():
            seconds, spent = zip(*each, strict=True)
            row = {"tool": tool, "action": action, "switches": size, "latency_ms": latency}
            row |= {"seconds": statistics.median(seconds), "cpu": statistics.median(spent), "runs": seconds}
            print(json.dumps(row), file=sys.stderr, flush=True)
            yield row


def turn_of(tool: str, job: Path, racks: Racks, actions: Sequence[str]) -> Iterator[tuple[str, tuple[float, float]]]:
    """What a tool takes for switches as they came, and for switches that have all lines and have saved them. `floor`
    pushes nothing: it is shown what the others are shown."""
    if "first" in actions and tool != "floor":
        racks.ask("reset")
        yield "first", timed(tool, "push", job, racks=racks)
    else:
        racks.ask(f"typed {json.dumps(json.loads(job.read_text())['typed'])}")
    if "noop" in actions:
        yield "noop", timed(tool, "noop", job, racks=None)


def goals(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What was missed."""
    for latency in dict.fromkeys(row["latency_ms"] for row in rows):
        here = {(row["tool"], row["action"]): row["seconds"] for row in rows if row["latency_ms"] == latency}
        for action in ("first", "noop"):
            ours = here.get(("ccstack", action))
            for tool in ("netmiko", "nornir"):
                if ours and here.get((tool, action), ours) < ours:
                    yield f"{latency} ms, {action}: {tool} is faster"
        floor, ours = here.get(("floor", "noop")), here.get(("ccstack", "noop"))
        if floor and ours and ours > floor * NOOP_GOAL:
            yield f"{latency} ms: nothing to do takes {ours / floor:.2f} times what connect and show take"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tools", nargs="*", help=f"of {', '.join(TOOLS)}; without any, all")
    parser.add_argument("--switches", type=int, default=50)
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 20])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=ACTIONS, action="append")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    environment()
    wish = (given.repeat, given.only or ACTIONS)
    rows = [row for each in given.latency for row in measured(given.tools or TOOLS, given.switches, each, *wish)]
    if given.json:
        print(json.dumps({"schema": "ccstack.benchmark-switches/1", "forks": FORKS, "rows": rows}, indent=1))
    else:
        print(f"{'tool':10}{'action':8}{'switches':>9}{'latency':>9}{'seconds':>9}{'CPU':>8}")
        for row in rows:
            at = f"{row['latency_ms']} ms"
            print(f"{row['tool']:10}{row['action']:8}{row['switches']:9}{at:>9}{row['seconds']:9.2f}{row['cpu']:8.2f}")
    missed = list(goals(rows))
    for words in missed:
        print(words, file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
