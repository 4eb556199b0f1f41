"""What deploys do to calls: the highest load with media that runs clean, then deploys, faults and a restart under it.

    python benchmarks/deploy_under_load.py [--calls N ...] [--per-second R] [--seconds S] [--json]

Needs root: it raises a lab of `loaded.py`. docs/benchmarks.md says what is counted and how to read it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import loaded, wire  # noqa: E402
from benchmarks.calls import MASTER_KEY  # noqa: E402
from benchmarks.traffic import PBX, SBC, Load, Site, expected, keep_up, raised  # noqa: E402

STEPS = (50, 100, 150, 200)
"""Calls at a time; a twentieth of them are new each second."""
MORE_PACKETS = 2
"""So many packets more than the worst call without a deploy may the worst call with one lose."""
CLEAN_LOSS = 10
"""A load is clean when no call loses more packets than this (0.2 s)."""
CLEAN_PACE = 48.0
"""... and when callers hear at least so many packets a second (50 are sent)."""
MOST_CPU = 0.85
"""The highest load leaves some of the machine's CPU time: whoever has none left cannot be deployed to."""
LONGEST_OUTAGE = 8.0
"""Seconds in which new calls may fail until a bad release is undone: the health check's interval and two reloads."""
MOST_NOTICE = 2.0
"""Seconds after which everybody has noticed that a host is there, or not: two pings."""
AFTERWARDS = 5.0
"""Seconds after a deploy that are looked at too."""


@dataclass
class Span:
    """Something done while calls are up: when (seconds since 1970), how the command ended, what became of the calls."""

    name: str
    start: float
    end: float = 0.0
    code: int = 0
    said: str = ""
    seconds: float = 0.0
    """How long the command took."""
    took: float = 0.0
    """How long the release took on the PBX, with its checks and where it was undone, as the deploy's record says."""
    restarted: tuple[str, ...] = ()
    """Units whose main process is another."""
    cpu: float = 0.0
    """How much of the machine's CPU time was used, by whomever: 1 is all of it."""
    waiting: float = 0.0
    """How many processes ran or waited for each core in its last minute, whoever's they were (the load average)."""
    gone: float = 0.0
    cut: float = 0.0
    """When the SBC was stopped, and when it was there again, if it restarted (seconds since 1970)."""
    told: wire.Figures = field(default_factory=lambda: wire.Figures(0.0))


WATCHED = ((SBC, "kamailio.service"), (SBC, "rtpengine-daemon.service"), (PBX, "asterisk.service"))


@contextmanager
def _watched(site: Site, name: str) -> Iterator[Span]:
    before = {unit: site.pid(*unit) for unit in WATCHED}
    span, spent = Span(name, time.time()), _spent()
    yield span
    span.cpu, span.waiting = _share(spent), _waiting()
    span.restarted = tuple(f"{host} {unit}" for (host, unit), pid in before.items() if site.pid(host, unit) != pid)
    if SBC_RESTARTED in span.restarted:
        span.gone, span.cut = site.stopped(SBC, "kamailio.service"), site.started(SBC, "kamailio.service")


def _spent() -> tuple[float, float]:
    """CPU time of the machine since it started: used, and all of it (proc_stat(5))."""
    ticks = [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def _share(since: tuple[float, float]) -> float:
    used, all_of_it = (now - then for now, then in zip(_spent(), since, strict=True))
    return used / all_of_it


def _waiting() -> float:
    return os.getloadavg()[0] / (os.cpu_count() or 1)


def without(load: Load, seconds: float) -> Span:
    """Nothing is done for a while."""
    spent = _spent()
    start, end = keep_up(load, seconds)
    return Span(QUIET, start, end, cpu=_share(spent), waiting=_waiting())


def deployed(
    site: Site, load: Load, name: str, blueprint: Path, *, altered: str = "", afterwards: float = AFTERWARDS
) -> Span:
    """A deploy, and some seconds more."""
    with _watched(site, name) as span:
        ran = site.ccstack("deploy", str(blueprint), "--yes", altered=altered)
        span.seconds = time.time() - span.start
        span.code, span.said = ran.returncode, ran.stdout + ran.stderr
        span.took = site.took(PBX)
        _, span.end = keep_up(load, afterwards)
    return span


FAULT = f"""
while sleep 0.2; do
    if grep -q '^\\[{loaded.POISON}\\]' /etc/asterisk/pjsip.conf; then
        nft list table inet seeded >/dev/null 2>&1 ||
            nft 'add table inet seeded
                add chain inet seeded from {{ type filter hook input priority -10; }}
                add chain inet seeded to {{ type filter hook output priority -10; }}
                add rule inet seeded from iif != lo tcp dport != 22 reject with tcp reset
                add rule inet seeded to oif != lo tcp sport != 22 reject with tcp reset'
    else
        nft delete table inet seeded 2>/dev/null
    fi
done
"""
"""An admin's script on the PBX: once an agent of that name is in place, PBX and SBCs reach each other no more.

A try-out has a network of its own, and cannot see it.
"""


@contextmanager
def seeded(site: Site) -> Iterator[None]:
    """For a while, a fault lies in wait on the PBX."""
    site.bench.on(PBX, "systemd-run", "--unit=seeded-fault", "sh", "-c", FAULT)
    try:
        yield
    finally:
        site.bench.on(PBX, "systemctl", "stop", "seeded-fault")


def story(site: Site, load: Load, seconds: float, folder: Path) -> list[Span]:
    """Everything in turn, under one load: nothing, a deploy, three broken ones, a new script of the SBC."""
    center = loaded.center(site.calls)
    after = loaded.written(loaded.changed(center), folder / "after.json")
    poisoned = loaded.written(loaded.poisoned(loaded.changed(center)), folder / "poisoned.json")
    spans = [without(load, seconds), deployed(site, load, CHANGE, after)]
    spans.append(deployed(site, load, MODULE, after, altered=MISSING_MODULE))
    spans.append(deployed(site, load, DIALPLAN, after, altered="deaf-dialplan"))
    with seeded(site):
        spans.append(deployed(site, load, LATE, poisoned))
    spans.append(deployed(site, load, RESTART, after, altered=NEWER_SCRIPT, afterwards=load.talk + AFTERWARDS))
    return spans


MISSING_MODULE = json.dumps({"/etc/asterisk/modules.conf": ["load = app_missing.so"]})
NEWER_SCRIPT = json.dumps({"/etc/kamailio/kamailio.cfg": ["# A newer version."]})

QUIET = "no deploy"
CHANGE = "a queue, a menu, a trunk, a limit, routes"
MODULE, DIALPLAN = "broken: a module that cannot load", "broken: a dialplan that answers nothing"
LATE, RESTART = "broken: seen only in use", "a new script: the SBC restarts"


def judged(site: Site, load: Load, spans: Sequence[Span]) -> None:
    """Fill in what became of the calls of each span; the load must be over."""
    ends = site.ends(load)
    for span in spans:
        span.told = wire.figures(ends, expected(load), span.start, span.end, span.cut)


def is_clean(told: wire.Figures) -> bool:
    """Whether the hosts carried the load."""
    return not (told.failed or told.dropped or told.unheard) and told.worst <= CLEAN_LOSS and told.pace >= CLEAN_PACE


def problems(spans: Sequence[Span]) -> list[str]:
    """What is not as it shall be, by the spans' names."""
    by_name = {span.name: span for span in spans}
    most = by_name[QUIET].told.worst + MORE_PACKETS
    found = [f"{s.name}: {len(s.told.dropped)} calls dropped: {s.told.dropped[:3]}" for s in spans if s.told.dropped]
    for name in (CHANGE, MODULE, DIALPLAN, RESTART):
        span = by_name[name]
        found += [f"{name}: {len(span.told.failed)} calls failed"] if span.told.failed and name != RESTART else []
        found += [f"{name}: a call lost {span.told.worst} packets, not {most}"] if span.told.worst > most else []
        found += [f"{name}: {unheard}" for unheard in span.told.unheard]
    found += [f"{s.name}: restarted {s.restarted}" for s in spans if s.restarted and s.name != RESTART]
    found += [f"{name}: the deploy ended with 1" for name in (CHANGE, RESTART) if by_name[name].code]
    found += [f"{name}: the deploy was not refused" for name in (MODULE, DIALPLAN, LATE) if by_name[name].code != 1]
    if SBC_RESTARTED not in by_name[RESTART].restarted:
        found.append(f"{RESTART}: it did not")
    late = by_name[LATE]
    if late.told.outage > LONGEST_OUTAGE:
        found.append(f"{LATE}: calls failed for {late.told.outage:.1f} s")
    return found


SBC_RESTARTED = f"{SBC} kamailio.service"


# --- what comes out ---------------------------------------------------------------------------------------------------


def line(span: Span) -> str:
    """A span's figures."""
    told = span.told
    lost = "/".join(f"{told.lost.get(place, 0)}" for place in ("callers", "pbx", "phones"))
    return (
        f"{span.name:<44} {span.seconds:>6.1f} {span.code:>4} {told.up:>5} {told.placed:>6} {len(told.failed):>6}"
        f" {told.outage:>6.1f} {told.busy:>4} {len(told.dropped):>7} {len(told.unheard):>7} {lost:>11}"
        f" {told.lost_in_all:>6} {told.packets:>9} {told.silence * 1000:>8.0f} {told.pace:>5.1f} {span.cpu * 100:>4.0f}"
    )


TITLE = (
    f"{'':<44} {'s':>6} {'exit':>4} {'up':>5} {'placed':>6} {'failed':>6} {'for s':>6} {'busy':>4}"
    f" {'dropped':>7} {'unheard':>7} {'worst lost':>11} {'lost':>6} {'packets':>9} {'quiet ms':>8} {'pace':>5}"
    f" {'cpu%':>4}"
)


def tried(site: Site, calls: int, per_second: float, seconds: float) -> Span:
    """One load on its own, without a deploy."""
    with site.load(calls, per_second) as load:
        span = without(load, seconds)
        keep_up(load, 2)
    judged(site, load, [span])
    span.name = f"{calls} up, {per_second:g} a second"
    return span


def highest(
    site: Site, steps: Sequence[int], per_second: float | None, seconds: float, most_cpu: float
) -> tuple[int, list[Span]]:
    """The highest of the loads that runs clean, and what all of them did. 0 when none does."""
    best, spans = 0, []
    for calls in sorted(steps):
        spans.append(tried(site, calls, per_second or calls / 20, seconds))
        print(line(spans[-1]), flush=True)
        if spans[-1].cpu > most_cpu or not is_clean(spans[-1].told):
            break
        best = calls
    return best, spans


def main() -> int:
    parser = argparse.ArgumentParser(description="What deploys do to calls.")
    parser.add_argument("--calls", type=int, nargs="+", default=STEPS, help="loads to try, calls at a time")
    parser.add_argument("--per-second", type=float, help="new calls a second (a twentieth of --calls)")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long a load must run clean")
    parser.add_argument("--cpu", type=float, default=MOST_CPU, help="... in at most this share of the CPU time (0.85)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--steps-only", action="store_true", help="find the highest load, deploy nothing")
    asked = parser.parse_args()
    os.environ.setdefault("CCSTACK_MASTER_KEY", MASTER_KEY)
    with tempfile.TemporaryDirectory(prefix="ccstack-load-") as scratch:
        folder = Path(scratch)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        os.environ["PYTHONPATH"] = str(HERE.parent)
        with raised(max(asked.calls), folder) as site:
            print(TITLE)
            best, spans = highest(site, asked.calls, asked.per_second, asked.seconds, asked.cpu)
            if not best:
                print("none of these loads runs clean: give smaller ones with --calls")
                return 1
            wrong: list[str] = []
            if not asked.steps_only:
                per_second = asked.per_second or best / 20
                print(f"highest clean load: {best} calls up, {per_second:g} new a second")
                with site.load(best, per_second) as load:
                    told = story(site, load, asked.seconds, folder)
                judged(site, load, told)
                print("\n".join(map(line, told)))
                wrong, spans = problems(told), [*spans, *told]
    if asked.json:
        asked.json.write_text(json.dumps([asdict(span) for span in spans], indent=1))
    print("\n".join(wrong) or "as it shall be", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
