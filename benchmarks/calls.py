"""What a call costs: server CPU of a center as ccstack renders it, and of the smallest pair that does the same by hand.

    python benchmarks/calls.py [--calls N] [--cps R] [--repeat K] [--json] [ROW ...]

Needs root: it raises a lab of `plain.py`, deploys it as any center is deployed, puts the hand-made pair of `handmade/`
on hosts beside it, and plays the same SIPp calls to both, in turns. docs/benchmarks.md says how to read the figures.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TypeVar

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks.plain import HOURS as TIMED  # noqa: E402
from benchmarks.plain import NAMES, PLAIN, PRESSED, QUEUED, RECORDED  # noqa: E402
from ccstack.calls.names import carrier_place  # noqa: E402
from ccstack.cli.common import ready  # noqa: E402
from ccstack.deploy import Ready  # noqa: E402
from ccstack.lab import image  # noqa: E402
from ccstack.lab.errors import LabError  # noqa: E402
from ccstack.lab.from_center import phones_place, topology_of  # noqa: E402
from ccstack.lab.host import RunningHost  # noqa: E402
from ccstack.lab.lab import Lab, say_on_stderr  # noqa: E402
from ccstack.lab.topology import Image, LabAddress, LabHost, LabTopology  # noqa: E402

GOAL = 2.0
"""So many times the CPU of the hand-made pair may the plainest path cost."""

TALK_MS = 2_000
"""How long a call lasts after its answer."""

HANDMADE = {"hand-pbx": "10.19.10.21", "hand-sbc": "10.19.10.22", "hand-media": "10.19.10.23"}
"""Hosts of the hand-made pair; `hand-media` is its SBC with rtpengine."""

SERVICES = ("kamailio", "asterisk", "rtpengine-daemon")

MASTER_KEY = "jE0vT3VY9dQm1Wc7n5xZ2sKpR8bLh6uFgA4oXyNqItE="
"""Known to everybody: for the lab only, when CCSTACK_MASTER_KEY says nothing else."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Row:
    """One way to a phone: through which hosts, by which numbers, and what the caller does on it."""

    name: str
    hosts: tuple[str, str]
    """PBX and SBC."""
    numbers: Sequence[str]
    talk_ms: int = TALK_MS
    audio: bool = False
    """G.711 both ways. Played at a quarter of the pace: a machine that is too busy loses calls, not time."""
    key: bool = False
    """Presses 1 half a second after the answer."""
    phone: bool = True
    """Calls count only when a phone answered them, too."""
    against: str = ""
    """The row that its cost is compared with."""


RENDERED = ("pbx", "sbc")
BY_HAND, WITH_MEDIA = ("hand-pbx", "hand-sbc"), ("hand-pbx", "hand-media")

ROWS = (
    Row("hand: answer and echo", BY_HAND, [f"+1312555{n}" for n in range(9000, 9100)], phone=False),
    Row("hand: to a phone", BY_HAND, PLAIN),
    Row("hand: + rtpengine", WITH_MEDIA, PLAIN, against="hand: to a phone"),
    Row("rendered: to a phone", RENDERED, PLAIN, against="hand: to a phone"),
    Row("rendered: + hours", RENDERED, TIMED, against="rendered: to a phone"),
    Row("rendered: + menu", RENDERED, PRESSED, key=True, against="rendered: to a phone"),
    Row("rendered: + queue", RENDERED, [QUEUED], against="rendered: to a phone"),
    Row("hand: + rtpengine, audio", WITH_MEDIA, PLAIN, audio=True, against="hand: + rtpengine"),
    Row("rendered: + audio", RENDERED, PLAIN, audio=True, against="rendered: to a phone"),
    Row("rendered: + queue, audio", RENDERED, [QUEUED], 4_000, audio=True, against="rendered: + queue"),
    Row("rendered: + recording, audio", RENDERED, [RECORDED], 4_000, audio=True, against="rendered: + queue, audio"),
)
"""Every row is measured as often as is asked for; the rows take turns, so that a busy minute spoils none alone."""


@dataclass(frozen=True)
class Run:
    """One measurement. CPU seconds, user and system, of the hosts' own processes; `rest` is journald and the like."""

    calls: int
    failed: int
    retransmissions: int
    cpu: Mapping[str, float]

    @property
    def per_thousand(self) -> dict[str, float]:
        """CPU seconds per 1,000 calls, by part, and their `total`."""
        parts = {name: seconds * 1000 / max(1, self.calls) for name, seconds in self.cpu.items()}
        return parts | {"total": sum(parts.values())}


@dataclass(frozen=True)
class Bench:
    """The lab with both pairs, and SIPp in its places."""

    lab: Lab
    topology: LabTopology
    folder: Path

    def on(self, host: str, *words: str, stdin: str | None = None) -> str:
        """What a command prints on a host; fails with what it said."""
        command = self.lab.command(list(words), host)
        ran = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
        if ran.returncode != 0:
            raise SystemExit(f"{host}: {' '.join(words)}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def address(self, place: str) -> str:
        """The address of a host or far end."""
        host = self.topology.host(place)
        return str(host.addresses[0].address if host else self.topology.far_end(place).addresses[0])

    def sipp(self, place: str, scenario: str, *words: str, before: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """SIPp of the lab's image, in a place's network, with the bench's folder as its working directory.

        `before` are the first words of its command line, such as `nice`.
        """
        layers = ":".join(map(str, image.ensure(self.lab.places.images, self.lab.say).layers(Image.FULL)))
        at = self.address(place)
        sipp = ("sipp", "-sf", f"{scenario}.xml", "-i", at, "-mi", at, "-p", "5060", "-aa", "-nostdin", *words)
        stats = ("-trace_stat", "-stf", f"{scenario}.csv", "-fd", "1", "-trace_err", "-error_file", f"{scenario}.err")
        inside = (str(self.folder / "root"), layers, str(self.folder / "work"))
        return subprocess.Popen(
            self.lab.command([*before, "sh", "-ec", _IN_IMAGE, "sipp", *inside, *sipp, *stats], place),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def used(self, host: str) -> dict[str, float]:
        """CPU seconds that a host's processes have used, by service, as its cgroups say; what we run there left out."""
        spec = self.topology.host(host)
        assert spec is not None
        group = RunningHost(spec, self.lab.state).cgroup.path
        parts = {name: _usage(group / "system.slice" / f"{name}.service") for name in SERVICES}
        return parts | {"rest": _usage(group) - _usage(group / "guest") - sum(parts.values())}

    def statistics(self, scenario: str) -> dict[str, int]:
        """The last line of a scenario's statistics."""
        lines = (self.folder / "work" / f"{scenario}.csv").read_text().splitlines()
        named = dict(zip(lines[0].split(";"), lines[-1].split(";"), strict=False))
        return {name: int(value) for name, value in named.items() if name.endswith("(C)") and value.isdigit()}


_IN_IMAGE = """
root=$1 layers=$2 work=$3; shift 3
mount -t overlay overlay -o "lowerdir=$layers" "$root"
mount --rbind /dev "$root/dev"
mount --bind "$work" "$root/mnt"
exec chroot "$root" sh -c 'cd /mnt && exec "$@"' sh "$@"
"""
"""In a mount namespace of its own, which goes with the process."""


def _usage(group: Path) -> float:
    try:
        stat = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    except FileNotFoundError:
        return 0.0  # the host does not run this
    return int(stat["usage_usec"]) / 1e6


def measure(bench: Bench, row: Row, calls: int, cps: float) -> Run:
    """Play the row's calls, of which `cps` begin in a second; with audio a quarter of both."""
    if row.audio:
        calls, cps = calls // 4, cps / 4
    work = bench.folder / "work"
    (work / "numbers.csv").write_text("SEQUENTIAL\n" + "".join(f"{number};\n" for number in row.numbers))
    (work / "caller.xml").write_text(_caller(row))
    sbc = bench.address(row.hosts[1])
    phones = bench.sipp(phones_place("here"), "phone", "-rtp_echo")
    try:
        _until("phones listen", lambda: (work / "phone.csv").exists())
        before = _sum(bench.used(host) for host in row.hosts)
        counts = ("-m", f"{calls}", "-r", f"{cps:g}", "-l", f"{calls}", "-d", f"{row.talk_ms}")
        limits = ("-timeout", f"{calls / cps + 60:.0f}s", "-recv_timeout", "20000")
        caller = bench.sipp(carrier_place("carrier"), "caller", *counts, *limits, "-inf", "numbers.csv", sbc)
        caller.wait(calls / cps + 90)
        after = _sum(bench.used(host) for host in row.hosts)
        time.sleep(1.5)  # the phones' statistics are written once a second
        said, heard = bench.statistics("caller"), bench.statistics("phone")
    finally:
        phones.terminate()
        phones.wait(10)
        (work / "phone.csv").unlink(missing_ok=True)
    ends = (said, heard) if row.phone else (said,)
    return Run(
        calls=calls,
        failed=calls - min(end["SuccessfulCall(C)"] for end in ends),
        retransmissions=said["Retransmissions(C)"] + heard["Retransmissions(C)"],
        cpu={name: after[name] - before[name] for name in after},
    )


_KEY = '<pause milliseconds="500"/><nop><action><exec play_dtmf="1"/></action></nop><pause milliseconds="500"/>'
_AUDIO = '<nop><action><exec rtp_stream="tone.ul,-1,0"/></action></nop>'


def _caller(row: Row) -> str:
    talk = (_AUDIO if row.audio else "") + (_KEY if row.key else "")
    port = "rtpstream_audio_port" if row.audio else "media_port"
    return (HERE / "sipp" / "caller.xml").read_text().replace("@TALK@", talk).replace("@PORT@", port)


def _sum(parts: Iterator[dict[str, float]]) -> dict[str, float]:
    whole: dict[str, float] = {}
    for part in parts:
        whole = {name: whole.get(name, 0.0) + seconds for name, seconds in part.items()}
    return whole


def _until(what: str, condition: Callable[[], _T | None], seconds: float = 20.0) -> _T:
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {seconds:g} s: {what}")
        time.sleep(0.1)
    return value


# --- both pairs, up ---------------------------------------------------------------------------------------------------


@contextmanager
def raised(plan: Ready, folder: Path) -> Iterator[Bench]:
    """Both pairs, deployed, with every phone registered; all gone afterwards."""
    topology = _beside(topology_of(plan.design.center))
    lab = Lab(topology.lab)
    with contextlib.ExitStack() as stack:
        stack.enter_context(lab.raised(topology))
        bench = Bench(lab, topology, folder)
        deploy = ["-m", "ccstack.cli", "deploy", str(HERE / "plain.py"), "--yes"]
        if lab.exec([sys.executable, *deploy], env={"PYTHONPATH": str(HERE.parent)}) != 0:
            raise SystemExit("the deploy failed; see above")
        _make_by_hand(bench)
        _prepare(bench, plan)
        for sbc in ("sbc", "hand-sbc", "hand-media"):
            _register(bench, sbc)
        yield bench


def _beside(topology: LabTopology) -> LabTopology:
    """The hand-made pair's hosts in the same network, and its SBCs as reachable as ours."""
    site = topology.sites[0]
    network = site.networks[0].name
    hosts = [
        LabHost(name=name, site=site.name, addresses=(LabAddress(network=network, address=IPv4Address(address)),))
        for name, address in HANDMADE.items()
    ]
    public = (*site.public, *(IPv4Address(HANDMADE[name]) for name in ("hand-sbc", "hand-media")))
    return topology.model_copy(
        update={"hosts": (*topology.hosts, *hosts), "sites": (site.model_copy(update={"public": public}),)}
    )


def _make_by_hand(bench: Bench) -> None:
    addresses = {"@PBX@": HANDMADE["hand-pbx"], "@MEDIA@": HANDMADE["hand-media"]}
    bench.on("hand-pbx", "sh", "-c", "rm /etc/asterisk/*.conf")
    for name in ("asterisk", "pjsip", "extensions", "modules", "logger", "cdr"):
        _put(bench, "hand-pbx", f"asterisk/{name}.conf", addresses | {"@SBC@": HANDMADE["hand-sbc"]})
    bench.on("hand-pbx", "systemctl", "start", "asterisk")
    for sbc, define in (("hand-sbc", ""), ("hand-media", "#!define WITH_MEDIA\n")):
        _put(
            bench,
            sbc,
            "kamailio/kamailio.cfg",
            addresses | {"@SBC@": HANDMADE[sbc], "#!KAMAILIO\n": "#!KAMAILIO\n" + define},
        )
        _put(bench, sbc, "kamailio/dispatcher.list", addresses)
    _put(bench, "hand-media", "rtpengine/rtpengine.conf", addresses)
    bench.on("hand-media", "systemctl", "start", "rtpengine-daemon")
    bench.on("hand-media", "systemctl", "start", "kamailio")
    bench.on("hand-sbc", "systemctl", "start", "kamailio")


def _put(bench: Bench, host: str, path: str, values: Mapping[str, str]) -> None:
    text = (HERE / "handmade" / Path(path).name).read_text()
    for name, value in values.items():
        text = text.replace(name, value)
    bench.on(host, "sh", "-c", 'cat > "$1"', "put", f"/etc/{path}", stdin=text)


def _prepare(bench: Bench, plan: Ready) -> None:
    work = bench.folder / "work"
    work.mkdir()
    (bench.folder / "root").mkdir()
    for scenario in ("phone", "register"):
        (work / f"{scenario}.xml").write_text((HERE / "sipp" / f"{scenario}.xml").read_text())
    (work / "tone.ul").write_bytes((b"\x80" * 10 + b"\x00" * 10) * 4_000)  # ten seconds of 400 Hz in G.711 u-law
    secret = {name: plan.vault.value(f"agents.{name}.password").reveal() for name in NAMES}
    lines = (f"{name};[authentication username={name} password={word}]\n" for name, word in secret.items())
    (work / "phones.csv").write_text("SEQUENTIAL\n" + "".join(lines))
    (work / "phones.csv").chmod(0o600)


def _register(bench: Bench, sbc: str) -> None:
    """From the port on which the phones will answer: an SBC calls back to where a registration came from."""
    counts = ("-m", f"{len(NAMES)}", "-r", "20", "-timeout", "30s", "-inf", "phones.csv")

    def registered() -> bool:
        bench.sipp(phones_place("here"), "register", *counts, bench.address(sbc)).wait(60)
        return bench.statistics("register")["SuccessfulCall(C)"] == len(NAMES)

    _until(f"phones registered at {sbc}", registered, 60)


# --- what comes out ---------------------------------------------------------------------------------------------------


def summary(row: Row, runs: Sequence[Run]) -> dict[str, Any]:
    """The row's figures over its runs: least, median and most CPU per 1,000 calls, and the median of each part."""
    totals = [run.per_thousand["total"] for run in runs]
    parts = {part: statistics.median(run.per_thousand[part] for run in runs) for part in runs[0].cpu}
    return {
        "row": row.name,
        "against": row.against,
        "calls": sum(run.calls for run in runs),
        "failed": sum(run.failed for run in runs),
        "retransmissions": sum(run.retransmissions for run in runs),
        "cpu_s_per_1000": {"min": min(totals), "median": statistics.median(totals), "max": max(totals), "each": totals},
        "parts": parts,
    }


def _ratio(results: Mapping[str, Mapping[str, Any]], name: str, against: str) -> float:
    """The median over the turns: what one turn has in both rows was measured within minutes of each other."""
    costs = zip(results[name]["cpu_s_per_1000"]["each"], results[against]["cpu_s_per_1000"]["each"], strict=True)
    return float(statistics.median(cost / other for cost, other in costs))


def print_table(results: Mapping[str, Mapping[str, Any]]) -> None:
    """A line a row, with what it costs as a multiple of the row that it builds on."""
    parts = ("kamailio", "asterisk", "rtpengine-daemon", "rest")
    head = "   min median    max   kamail aster. rtpeng   rest  failed  retr."
    print(f"{'CPU s per 1,000 calls':<30} {head}")
    for name, result in results.items():
        figures = " ".join(f"{result['cpu_s_per_1000'][k]:>6.2f}" for k in ("min", "median", "max"))
        split = " ".join(f"{result['parts'][part]:>6.2f}" for part in parts)
        more = ""
        if result["against"] in results:
            more = f"  {_ratio(results, name, result['against']):.2f} x {result['against']}"
        print(f"{name:<30} {figures}  {split}  {result['failed']:>6} {result['retransmissions']:>6}{more}")


def main() -> int:
    """Exit code 0 when every call went through and the plainest path is within the goal, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--calls", type=int, default=600, help="calls a run (default 600)")
    parser.add_argument("--cps", type=float, default=20, help="new calls a second (default 20)")
    parser.add_argument("--repeat", type=int, default=3, help="runs a row (default 3)")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("rows", nargs="*", metavar="ROW", help="only rows whose name has this in it")
    options = parser.parse_args()
    rows = [row for row in ROWS if not options.rows or any(word in row.name for word in options.rows)]
    most = len(NAMES) / (TALK_MS / 1000 + 1)
    if not rows or options.calls < 4 or not 0 < options.cps <= most:
        parser.error(f"no such row, fewer than 4 calls, or more than {most:.0f} a second: phones would be busy")
    os.environ.setdefault("CCSTACK_MASTER_KEY", MASTER_KEY)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        with _said_plainly(), raised(ready(HERE / "plain.py"), Path(folder)) as bench:
            runs: dict[str, list[Run]] = {row.name: [] for row in rows}
            for number in range(options.repeat):
                for row in rows:
                    say_on_stderr(f"run {number + 1} of {options.repeat}: {row.name}")
                    runs[row.name].append(measure(bench, row, options.calls, options.cps))
    results = {row.name: summary(row, runs[row.name]) for row in rows}
    if options.json:
        print(
            json.dumps({"schema": "ccstack.benchmark-calls/1", "goal": GOAL, "rows": list(results.values())}, indent=2)
        )
    else:
        print_table(results)
    return int(any(result["failed"] for result in results.values()) or _too_much(results))


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except LabError as error:
        raise SystemExit(str(error)) from error


def _too_much(results: Mapping[str, Mapping[str, Any]]) -> bool:
    names = ("rendered: to a phone", "hand: to a phone")
    return all(name in results for name in names) and _ratio(results, *names) > GOAL


if __name__ == "__main__":
    sys.exit(main())
