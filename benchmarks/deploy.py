"""How long it takes to bring hosts to a rendered tree: ccstack, Ansible, Ansible with mitogen, pyinfra; and bare ssh.

    python benchmarks/deploy.py [--hosts N ...] [--repeat K] [--json] [TOOL ...]

Needs root: it raises a lab of `many.py` for each number of hosts, and gives every tool in turn the same hosts in the
same state and the same tree. docs/benchmarks.md says what is compared, and how to read the figures.
"""

from __future__ import annotations

import argparse
import compileall
import contextlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import peers  # noqa: E402
from benchmarks.many import many  # noqa: E402
from benchmarks.peers import FORKS, Tree  # noqa: E402
from ccstack.lab.errors import LabError  # noqa: E402
from ccstack.lab.from_center import topology_of  # noqa: E402
from ccstack.lab.host import RunningHost  # noqa: E402
from ccstack.lab.lab import Lab, say_on_stderr  # noqa: E402
from ccstack.lab.machine import Cgroup, lab_cgroup  # noqa: E402
from ccstack.lab.topology import LabTopology  # noqa: E402

GOALS = {
    ("ccstack", "plan"): ("floor", "floor", 1.5),
    ("ccstack", "first"): ("pyinfra", "first", 1.0),
    ("ccstack", "change"): ("pyinfra", "change", 1.0),
}
"""At most so many times what the other tool takes, in the median, with the most hosts."""

ACTIONS = ("first", "change", "again", "plan", "cold plan")
"""Everything for the first time; one line changed; the same again; a look that changes nothing; and one for which no
connection is open from before. Connections that a tool keeps for its next command are kept till then."""

MASTER_KEY = "jE0vT3VY9dQm1Wc7n5xZ2sKpR8bLh6uFgA4oXyNqItE="
"""Known to everybody: for the lab only, when CCSTACK_MASTER_KEY says nothing else."""

RUN_SECONDS = 1800
"""Longer takes no tool, or it hangs."""


@dataclass(frozen=True)
class Run:
    """One measurement. CPU seconds, user and system, of all that ran on the controller, and of the hosts."""

    seconds: float
    controller: float
    hosts: float

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s (CPU {self.controller:.1f} + {self.hosts:.1f} s)"


@dataclass
class Bench:
    """A lab whose hosts are bootstrapped, the trees, and the tools' descriptions of them."""

    lab: Lab
    topology: LabTopology
    folder: Path
    venv: Path
    trees: Mapping[str, Tree] = field(default_factory=dict)

    @property
    def hosts(self) -> list[RunningHost]:
        """The hosts of the lab."""
        return [RunningHost(host, self.lab.state) for host in self.topology.hosts]

    def on(self, host: RunningHost, *words: str, stdin: str = "") -> str:
        """What a command prints on a host; fails with what it said."""
        return _ran(host.command(words), stdin=stdin)

    def in_control(self, *words: str) -> str:
        """What a command prints that runs where an operator sits."""
        return _ran(self.lab.command(words))

    @property
    def guests(self) -> Cgroup:
        """What runs on the controller's side of the lab."""
        return Cgroup(lab_cgroup(self.lab.name).path / "guests")

    def timed(self, command: Sequence[str], environment: Mapping[str, str]) -> tuple[Run, str]:
        """Run a command at the controller; how long it took, and what it said."""
        argv = self.lab.command(command)
        before, started = self._used(), time.monotonic()
        said = _ran(argv, environment=environment)
        seconds, after = time.monotonic() - started, self._used()
        return Run(seconds, after[0] - before[0], after[1] - before[1]), said

    def _used(self) -> tuple[float, float]:
        return _usage(self.guests), sum(_usage(host.cgroup) for host in self.hosts)


def _ran(argv: Sequence[str], stdin: str = "", environment: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(
        argv,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=RUN_SECONDS,
        env={**os.environ, **(environment or {})},
        check=False,
    )
    if ran.returncode != 0:
        raise SystemExit(f"exit code {ran.returncode}: {' '.join(argv)[-300:]}\n{ran.stdout[-6000:]}")
    return ran.stdout


def _usage(group: Cgroup) -> float:
    stat = dict(line.split() for line in (group.path / "cpu.stat").read_text().splitlines())
    return int(stat["usage_usec"]) / 1e6


# --- the tools --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tool:
    """A way to bring the hosts to a tree."""

    name: str
    write: Callable[[Bench], None]
    """Write its description of the trees `a` and `b` into the bench's folder."""
    command: Callable[[Bench, str], Sequence[str]]
    """Bring the hosts to a tree."""
    look: Callable[[Bench, str], Sequence[str]]
    """Say what that would change."""
    idle: Callable[[str, int], bool]
    """Whether it says that it changed nothing on so many hosts, or would."""
    environment: Callable[[Bench], Mapping[str, str]] = lambda _bench: {}


def _cli(bench: Bench, verb: str, tree: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "ccstack.cli", verb, str(bench.folder / f"{tree}.py"), *options]


def _ansible(name: str, mitogen: bool) -> Tool:
    def command(bench: Bench, tree: str) -> list[str]:
        site = bench.folder / name
        return [str(bench.venv / "bin/ansible-playbook"), "-i", str(site / f"{tree}.json"), str(site / "site.yml")]

    return Tool(
        name,
        lambda bench: peers.write_ansible(bench.folder / name, bench.trees, bench.venv, mitogen),
        command,
        lambda bench, tree: [*command(bench, tree), "--check", "--diff"],
        lambda said, hosts: len(re.findall(r"changed=0 +unreachable=0 +failed=0", said)) == hosts,
        lambda bench: {
            "ANSIBLE_CONFIG": str(bench.folder / name / "ansible.cfg"),
            "ANSIBLE_HOME": str(bench.folder / name / "home"),
            "ANSIBLE_SSH_CONTROL_PATH_DIR": str(bench.folder / "cp"),
            "ANSIBLE_NOCOLOR": "1",
        },
    )


def _pyinfra(bench: Bench, tree: str, *options: str) -> list[str]:
    site = bench.folder / "pyinfra"
    inventory, deploy = str(site / f"hosts_{tree}.py"), str(site / "site.py")
    return [str(bench.venv / "bin/pyinfra"), "--parallel", str(FORKS), *options, inventory, deploy]


def _pyinfra_is_idle(said: str, _hosts: int) -> bool:
    """Its `--dry` lists what would change in a first column, and what may then follow in a second."""
    done = re.search(r"Grand total +(\d+) +- +- +\1 *$", said, re.MULTILINE)
    return bool(done) if "Grand total" in said else not re.search(r"^    \S+ +\d+ \(", said, re.MULTILINE)


TOOLS = (
    Tool(
        "ccstack",
        lambda _bench: None,
        lambda bench, tree: _cli(bench, "deploy", tree, "--yes", "--forks", str(FORKS)),
        lambda bench, tree: _cli(bench, "plan", tree, "--expect-no-changes"),
        # `plan --expect-no-changes` ends with 1 when there are any.
        lambda said, hosts: len(re.findall(r"^\S+ +unchanged ", said, re.MULTILINE)) in (0, hosts),
    ),
    Tool(
        "pyinfra",
        lambda bench: peers.write_pyinfra(bench.folder / "pyinfra", bench.trees),
        lambda bench, tree: _pyinfra(bench, tree, "--yes"),
        lambda bench, tree: _pyinfra(bench, tree, "--dry"),
        _pyinfra_is_idle,
    ),
    _ansible("ansible+mitogen", mitogen=True),
    _ansible("ansible", mitogen=False),
)


def floor(bench: Bench, options: str = "") -> Run:
    """`ssh HOST true` to all hosts at once, with ccstack's ssh options."""
    each = f'for host in "$@"; do ssh -F "$config" {options} "$host" true & done; wait'
    script = f"config=$1; shift; {each}"
    names = [host.spec.name for host in bench.hosts]
    run, _ = bench.timed(["sh", "-c", script, "floor", str(bench.trees["a"].folder / "ssh_config"), *names], {})
    return run


def open_floor(bench: Bench) -> Run:
    """The same, over connections that are open."""
    with tempfile.TemporaryDirectory(prefix="cc-") as sockets:
        keep = f"-o ControlMaster=auto -o ControlPersist=60 -o ControlPath={sockets}/%n"
        floor(bench, keep)
        run = floor(bench, keep)
        bench.guests.end()
    return run


# --- the bench --------------------------------------------------------------------------------------------------------


@contextmanager
def raised(hosts: int, folder: Path) -> Iterator[Bench]:
    """A lab of so many hosts, bootstrapped and switched off; gone afterwards."""
    for name, max_wait in (("a", 300), ("b", 240)):
        blueprint = f"from benchmarks.many import many\n\ncenter = many({hosts}, max_wait={max_wait})\n"
        (folder / f"{name}.py").write_text(blueprint)
    topology = topology_of(many(hosts))
    bench = Bench(Lab(topology.lab), topology, folder, peers.environment())
    with contextlib.ExitStack() as stack:
        stack.enter_context(bench.lab.raised(topology))
        (folder / "trees").mkdir()
        for name in ("a", "b"):
            _ran(_cli(bench, "render", name, "--bind", "-o", str(folder / "trees" / name)))
        _bootstrap(bench)
        absent = {host.spec.name: _absent(bench, host) for host in bench.hosts}
        bench.trees = {name: Tree(folder / "trees" / name, absent) for name in ("a", "b")}
        _keep_disks(bench)
        yield bench


def _bootstrap(bench: Bench) -> None:
    """Packages, users, directories: not part of what is measured, so everybody finds them done."""
    inventory, playbook = bench.folder / "trees/a/inventory.json", HERE.parent / "playbooks/bootstrap.yml"
    bench.in_control(str(bench.venv / "bin/ansible-playbook"), "-i", str(inventory), "-f", str(FORKS), str(playbook))
    bench.guests.end()


def _absent(bench: Bench, host: RunningHost) -> list[str]:
    manifest = json.loads((bench.folder / "trees/a/hosts" / host.spec.name / "manifest.json").read_text())
    script = 'for folder in "$@"; do [ -d "$folder" ] || echo "$folder"; done'
    return bench.on(host, "sh", "-c", script, "absent", *peers.folders_of(manifest)).split()


def _keep_disks(bench: Bench) -> None:
    for host in bench.hosts:
        bench.lab.kill(host.spec.name)
        _copy(host.disk.upper, bench.folder / "disks" / host.spec.name)


def reset(bench: Bench) -> None:
    """Every host with the disk that it had after the bootstrap, freshly started."""
    for host in bench.hosts:
        bench.lab.kill(host.spec.name)
        for part in (host.disk.upper, host.disk.upper.with_name("work")):
            shutil.rmtree(part)
        host.disk.upper.with_name("work").mkdir()
        _copy(bench.folder / "disks" / host.spec.name, host.disk.upper)
    bench.lab.up(bench.topology)


def _copy(source: Path, target: Path) -> None:
    """With overlayfs' own attributes and marks of files that are gone."""
    target.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "--archive", str(source), str(target)], check=True)


def measured(bench: Bench, tool: Tool) -> dict[str, Run]:
    """The actions of a tool in their order, each checked afterwards; and the floor on the same hosts."""
    bench.guests.end()
    reset(bench)
    runs: dict[str, Run] = {}
    for action in ACTIONS:
        tree = "a" if action == "first" else "b"
        is_look = action.endswith("plan")
        command = tool.look(bench, tree) if is_look else tool.command(bench, tree)
        if action == "cold plan":
            bench.guests.end()
        runs[action], said = bench.timed(command, tool.environment(bench))
        say_on_stderr(f"{len(bench.hosts)} hosts, {tool.name}, {action}: {runs[action]}")
        if is_look or action == "again":
            _refuse_change(bench, tool, said)
        else:
            _refuse_wrong(bench, tree)
    bench.guests.end()
    return runs | {"floor": floor(bench), "open": open_floor(bench)}


def _refuse_change(bench: Bench, tool: Tool, said: str) -> None:
    if not tool.idle(said, len(bench.hosts)):
        raise SystemExit(f"{tool.name} had something to do where there is nothing to do:\n{said[-6000:]}")


_WRONG = """
import grp, hashlib, json, os, pwd, subprocess, sys
manifest, wanted = json.load(sys.stdin)
for file in manifest["files"]:
    path = file["path"]
    about = os.stat(path)
    owner, group = pwd.getpwuid(about.st_uid)[0], grp.getgrgid(about.st_gid)[0]
    there = [hashlib.sha256(open(path, "rb").read()).hexdigest(), owner, group, "%04o" % (about.st_mode & 0o7777)]
    if there != [file["sha256"], file["owner"], file["group"], file["mode"]]:
        print(path, there[1:], file)
for unit in manifest["units"]:
    for state in ("is-active", "is-enabled"):
        if subprocess.run(["systemctl", "--quiet", state, unit]).returncode:
            print(unit, "not", state)
if "asterisk.service" in manifest["units"]:
    shown = subprocess.run(["asterisk", "-rx", "dialplan show queue-line-1"], capture_output=True, text=True).stdout
    if wanted not in shown:
        print("the dialplan that runs has no", wanted)
"""


def _refuse_wrong(bench: Bench, tree: str) -> None:
    """Whoever was measured, the hosts must have the tree, and the processes its one line."""
    wanted = "Queue(line-1,,,,300)" if tree == "a" else "Queue(line-1,,,,240)"
    for host in bench.hosts:
        given = json.dumps([bench.trees[tree].manifests[host.spec.name], wanted])
        wrong = bench.on(host, "python3", "-c", _WRONG, stdin=given)
        if wrong:
            raise SystemExit(f"{host.spec.name} is not as the tree says:\n{wrong}")


# --- what comes out ---------------------------------------------------------------------------------------------------


def measure(hosts: int, repeat: int, tools: Sequence[Tool]) -> list[dict[str, Any]]:
    """Every tool on so many hosts, in turns; a row for each tool and action."""
    with tempfile.TemporaryDirectory(prefix="cc-") as name, raised(hosts, Path(name)) as bench:
        for tool in tools:
            tool.write(bench)
        turns = [{tool.name: measured(bench, tool) for tool in tools} for _ in range(repeat)]
    rows = [
        _row(hosts, tool.name, action, [turn[tool.name][action] for turn in turns])
        for action in ACTIONS
        for tool in tools
    ]
    floors = [
        _row(hosts, "floor", action, [turn[tool.name][action] for turn in turns for tool in tools])
        for action in ("floor", "open")
    ]
    return [*rows, *floors]


def _row(hosts: int, tool: str, action: str, runs: Sequence[Run]) -> dict[str, Any]:
    seconds = [run.seconds for run in runs]
    return {
        "hosts": hosts,
        "tool": tool,
        "action": action,
        "seconds": {"min": min(seconds), "median": statistics.median(seconds), "max": max(seconds), "each": seconds},
        "controller_cpu_s": statistics.median(run.controller for run in runs),
        "hosts_cpu_s": statistics.median(run.hosts for run in runs),
    }


def ratio(rows: Sequence[Mapping[str, Any]], hosts: int, one: tuple[str, str], other: tuple[str, str]) -> float | None:
    """How many times the median of `other` the median of `one` is; None when one of them was not measured."""
    medians = {(r["tool"], r["action"]): r["seconds"]["median"] for r in rows if r["hosts"] == hosts}
    return medians[one] / medians[other] if one in medians and other in medians else None


def print_table(rows: Sequence[Mapping[str, Any]]) -> None:
    """A line a row, with what it takes as a multiple of ccstack's row and of the floor."""
    print(f"{'hosts':>5} {'action':<9} {'tool':<16} {'min':>7} {'median':>7} {'max':>7}  {'CPU':>6} {'hosts':>6}")
    for row in rows:
        name, seconds = (row["tool"], row["action"]), row["seconds"]
        figures = " ".join(f"{seconds[key]:>7.2f}" for key in ("min", "median", "max"))
        cpu = f"{row['controller_cpu_s']:>6.2f} {row['hosts_cpu_s']:>6.2f}"
        against = [("ccstack", row["action"]), ("floor", "floor")]
        times = [(other, ratio(rows, row["hosts"], name, other)) for other in against if other != name]
        more = "  ".join(f"{value:.2f} x {other[0]}" for other, value in times if value)
        print(f"{row['hosts']:>5} {row['action']:<9} {row['tool']:<16} {figures}  {cpu}  {more}")


def missed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The goals that are not reached, in words."""
    hosts = max(row["hosts"] for row in rows)
    found = []
    for one, (tool, action, most) in GOALS.items():
        times = ratio(rows, hosts, one, (tool, action))
        if times is not None and times > most:
            found.append(
                f"{hosts} hosts: {' '.join(one)} takes {times:.2f} times {tool} {action}; the goal is {most:g}"
            )
    return found


def main() -> int:
    """Exit code 0 when every goal that was measured is reached, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 5, 20], help="how many (default 1 5 20)")
    parser.add_argument("--repeat", type=int, default=3, help="runs of each (default 3)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("tools", nargs="*", metavar="TOOL", help="only these (default: all)")
    options = parser.parse_args()
    tools = [tool for tool in TOOLS if not options.tools or tool.name in options.tools]
    if not tools or len(tools) < len(set(options.tools)):
        parser.error(f"there are {', '.join(tool.name for tool in TOOLS)}")
    os.environ.setdefault("CCSTACK_MASTER_KEY", MASTER_KEY)
    os.environ["PYTHONPATH"] = str(HERE.parent)
    # As pip leaves a package, ccstack like its peers: else each run compiles it where Python may write no such files.
    compileall.compile_dir(HERE.parent / "ccstack", quiet=1)
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        try:
            rows = [row for hosts in options.hosts for row in measure(hosts, options.repeat, tools)]
        except LabError as error:
            raise SystemExit(str(error)) from error
    if options.json:
        print(json.dumps({"schema": "ccstack.benchmark-deploy/1", "peers": peers.PINS, "rows": rows}, indent=2))
    else:
        print(f"peers: {', '.join(peers.PINS)}; {FORKS} forks; seconds of wall clock and of CPU")
        print_table(rows)
    for goal in missed(rows):
        say_on_stderr(goal)
    return int(bool(missed(rows)))


if __name__ == "__main__":
    sys.exit(main())
