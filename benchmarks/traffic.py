"""A steady load with media on a lab of `loaded.py`: SIPp plays carrier and phones, tcpdump keeps what arrives.

Far ends are other machines in life, and so is the operator's: SIPp and tcpdump come before the hosts' processes for
the CPU, and ccstack itself after them.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from math import ceil
from pathlib import Path

from benchmarks import loaded, wire
from benchmarks.calls import Bench
from ccstack.calls.names import carrier_place
from ccstack.cli.common import ready
from ccstack.deploy import Ready
from ccstack.drivers.history import Log
from ccstack.lab.fabric import space_of_host
from ccstack.lab.from_center import phones_place, topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.netns import NETNS

CARRIER, PHONES = carrier_place("atlantic"), phones_place("nyc")
PBX, SBC = "nyc-pbx", "nyc-sbc"
"""Where the load goes."""

SECONDS_OF_TONE = 10

LOAD_SECONDS = 3600
"""No load lasts longer: so many callers have a number of their own."""

FIRST = ("chrt", "--rr", "20")
# A session of its own: where the kernel groups processes by session, niceness counts within one only.
LAST = ("setsid", "--wait", "sh", "-ec", 'echo 10 >/proc/self/autogroup && exec nice -n 10 "$@"', "sh")


@dataclass
class Load:
    """So many calls at a time, so many new ones a second, from `started` (seconds since 1970) on."""

    calls: int
    per_second: float
    started: float
    captures: dict[str, Path]
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def talk(self) -> float:
        """How long a call lasts, in seconds."""
        return self.calls / self.per_second


@dataclass(frozen=True)
class Site:
    """The lab with the center deployed, its phones registered."""

    bench: Bench
    plan: Ready
    calls: int
    """For so many calls at a time there are phones."""

    def ccstack(self, *words: str, altered: str = "", timeout: float = 900.0) -> subprocess.CompletedProcess[str]:
        """A ccstack command of the operator; `altered` says how that ccstack renders otherwise (altered.py)."""
        program = ("benchmarks.altered", altered) if altered else ("ccstack.cli",)
        command = [sys.executable, "-m", "ccstack.cli", "lab", "exec", "--lab", self.bench.lab.name, "--"]
        command += [*LAST, sys.executable, "-m", *program, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)

    def pid(self, host: str, unit: str) -> str:
        """The main process of a unit."""
        return self.bench.on(host, "systemctl", "show", "-p", "MainPID", "--value", unit).strip()

    def stopped(self, host: str, unit: str) -> float:
        """When a unit was last stopped, in whole seconds since 1970."""
        return self._moment(host, unit, "ActiveExitTimestamp")

    def started(self, host: str, unit: str) -> float:
        """When a unit was last started, in whole seconds since 1970."""
        return self._moment(host, unit, "ActiveEnterTimestamp")

    def _moment(self, host: str, unit: str, name: str) -> float:
        words = ("systemctl", "show", "--timestamp=unix", "-p", name, "--value", unit)
        return float(self.bench.on(host, *words).strip().removeprefix("@"))

    def took(self, host: str) -> float:
        """How long the last deployment's release took on a host, in seconds, with its checks and where it was undone.

        As the deployment's own record says.
        """
        *_, last = Log.of(self.plan.design.center.name).entries()
        return float(last["results"][host]["seconds"])

    @contextmanager
    def load(self, calls: int, per_second: float) -> Iterator[Load]:
        """The load, from when it is whole; afterwards calls that are up end by themselves."""
        assert calls <= self.calls, f"there are phones for {self.calls} calls only"
        with contextlib.ExitStack() as stack:
            load = Load(calls, per_second, time.time(), {})
            self._write(load)
            for capture in self._captures(load):
                stack.callback(_stop_capture, capture)
            phones = self._sipp(PHONES, "load_phone")
            stack.callback(_ended, phones)
            rate = ("-r", f"{per_second:g}", "-l", f"{calls * 3}", "-d", f"{load.talk * 1000:.0f}")
            address = self.bench.address(SBC)
            caller = self._sipp(CARRIER, "load_caller", *rate, "-inf", "load.csv", address)
            stack.callback(_ended, caller)
            load.running = [phones, caller]
            load.started = time.time()
            _sleep_until(load.started + load.talk + 3, load)
            yield load
            caller.send_signal(signal.SIGUSR1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                caller.wait(load.talk + 15)

    def _write(self, load: Load) -> None:
        work = self.bench.folder / "work"
        replaced = {"@TALK@": f"{load.talk * 1000:.0f}", "@PATIENCE@": f"{load.talk * 1000 + 30_000:.0f}"}
        for scenario in ("load_caller", "load_phone"):
            text = (Path(__file__).parent / "sipp" / f"{scenario}.xml").read_text()
            for mark, value in replaced.items():
                text = text.replace(mark, value)
            (work / f"{scenario}.xml").write_text(text)
        (work / "load.csv").write_text("SEQUENTIAL\n" + "".join(_lines(load)))

    def _sipp(self, place: str, scenario: str, *words: str) -> subprocess.Popen[bytes]:
        return self.bench.sipp(place, scenario, "-timeout", f"{LOAD_SECONDS}s", *words, before=FIRST)

    def _captures(self, load: Load) -> Iterator[subprocess.Popen[bytes]]:
        """tcpdump in the namespaces of both ends and of the PBX."""
        rtp = "udp and greater 200 and udp[8] & 0xc0 = 0x80 and udp[9] & 0x7f = 0"
        spaces = {"callers": self._space(CARRIER), "phones": self._space(PHONES), "pbx": self._host_space(PBX)}
        for place, space in spaces.items():
            load.captures[f"{place}.rtp"] = path = self.bench.folder / f"{place}.rtp.pcap"
            yield _tcpdump(space, path, wire.RTP_SNAP, rtp, "-Q", "in")
            if place != "pbx":
                load.captures[f"{place}.sip"] = path = self.bench.folder / f"{place}.sip.pcap"
                yield _tcpdump(space, path, 65_535, "udp port 5060")

    def _space(self, place: str) -> Path:
        return NETNS / self.bench.lab.namespace(place)

    def _host_space(self, host: str) -> Path:
        return NETNS / self.bench.lab.state.space(space_of_host(host))

    def ends(self, load: Load) -> wire.Ends:
        """What was captured; the load must be over."""
        heard = {
            place: wire.calls(wire.messages(load.captures[f"{place}.sip"], [IPv4Address(self.bench.address(at))]))
            for place, at in (("callers", CARRIER), ("phones", PHONES))
        }
        media = {place: wire.Media(load.captures[f"{place}.rtp"]) for place in ("callers", "phones", "pbx")}
        return wire.Ends(heard["callers"], heard["phones"], media)


def expected(load: Load) -> wire.Expected:
    """What the load's calls do by themselves."""
    waiting = {kind.name for kind in loaded.KINDS if not kind.caller_ends}
    dialed = loaded.numbers(load.calls)
    names = loaded.phones(load.calls)
    alone = {
        number: name for kind in ("direct", "ended") for number, name in zip(dialed[kind], names[kind], strict=True)
    }
    return wire.Expected(load.talk, frozenset(number for kind in waiting for number in dialed[kind]), alone)


def _lines(load: Load) -> Iterator[str]:
    """What callers dial, from which number, and whether they wait to be hung up: kinds well mixed, numbers in turn.

    No two calls have the same caller: by the caller, what the carrier saw and what the phones saw is put together.
    """
    kinds = [kind for kind in loaded.KINDS for _ in range(kind.tenths)]
    random.Random(1).shuffle(kinds)  # the same order each time
    turns = {kind: itertools.cycle(numbers) for kind, numbers in loaded.numbers(load.calls).items()}
    for n in range(ceil(load.per_second * LOAD_SECONDS)):
        kind = kinds[n % len(kinds)]
        yield f"{next(turns[kind.name])};+1917{n:07};{'hangs up' if kind.caller_ends else 'waits'};\n"


def _tcpdump(space: Path, path: Path, snap: int, what: str, *words: str) -> subprocess.Popen[bytes]:
    command = ("nsenter", f"--net={space}", *FIRST, "tcpdump", "-i", _outward(space), "-n", "-Z", "root")
    size = ("-s", f"{snap}", "-B", "32768", "-w", f"{path}")
    process = subprocess.Popen([*command, *size, *words, what], stderr=subprocess.PIPE)
    assert process.stderr is not None
    for line in process.stderr:
        if b"listening on" in line:
            return process
    raise SystemExit(f"tcpdump does not start in {space}; is it installed?")


def _outward(space: Path) -> str:
    """The interface by which a namespace reaches all others."""
    command = ("ip", "-n", space.name, "-json", "route", "show", "default")
    routes = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return str(routes[0]["dev"])


def _stop_capture(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    said = process.communicate(timeout=30)[1].decode()
    missed = re.search(r"(\d+) packets dropped by kernel", said)
    if missed and int(missed[1]):
        raise SystemExit(f"tcpdump itself missed {missed[1]} packets: the machine is too busy to measure")


def _ended(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait(10)


def _sleep_until(moment: float, load: Load) -> None:
    """Wait, and fail at once when an end of the load is gone."""
    while (left := moment - time.time()) > 0:
        time.sleep(min(left, 0.5))
        gone = [process.args for process in load.running if process.poll() is not None]
        if gone:
            raise SystemExit(f"SIPp ended before its time: {gone}")


def keep_up(load: Load, seconds: float) -> tuple[float, float]:
    """Let the load run on for a while; from when to when it did."""
    start = time.time()
    _sleep_until(start + seconds, load)
    return start, time.time()


# --- the lab ----------------------------------------------------------------------------------------------------------


@contextmanager
def raised(calls: int, folder: Path) -> Iterator[Site]:
    """The center deployed in its lab, phones registered for so many calls at a time; all gone afterwards."""
    blueprint = loaded.written(loaded.center(calls), folder / "before.json")
    plan = ready(blueprint)
    topology = topology_of(plan.design.center)
    lab = Lab(topology.lab)
    with contextlib.ExitStack() as stack:
        stack.enter_context(lab.raised(topology))
        site = Site(Bench(lab, topology, folder), plan, calls)
        deployed = site.ccstack("deploy", str(blueprint), "--yes")
        if deployed.returncode != 0:
            raise SystemExit(f"the first deploy failed:\n{deployed.stdout}{deployed.stderr}")
        _prepare(site)
        _register(site)
        yield site


def _prepare(site: Site) -> None:
    folder = site.bench.folder
    (folder / "work").mkdir()
    (folder / "root").mkdir()
    (folder / "work" / "register.xml").write_text((Path(__file__).parent / "sipp" / "register.xml").read_text())
    tone = (b"\x80" * 10 + b"\x00" * 10) * 400 * SECONDS_OF_TONE  # 400 Hz in G.711 u-law
    (folder / "work" / "tone.ul").write_bytes(tone)


def _register(site: Site) -> None:
    """Every phone at every SBC, from the port on which the phones will answer."""
    names = _all_phones(site.calls)
    work = site.bench.folder / "work"
    lines = (f"{n};[authentication username={n} password={site.plan.line_password(n)}]\n" for n in names)
    (work / "phones.csv").touch(mode=0o600)
    (work / "phones.csv").write_text("SEQUENTIAL\n" + "".join(lines))
    counts = ("-m", f"{len(names)}", "-r", "20", "-timeout", "60s", "-inf", "phones.csv")
    for sbc in site.plan.design.homes.sbcs:
        for _ in range(3):
            site.bench.sipp(PHONES, "register", *counts, site.bench.address(sbc)).wait(90)
            if site.bench.statistics("register")["SuccessfulCall(C)"] == len(names):
                break
        else:
            raise SystemExit(f"the phones cannot register at {sbc}")


def _all_phones(calls: int) -> Sequence[str]:
    return [name for names in loaded.phones(calls).values() for name in names]
