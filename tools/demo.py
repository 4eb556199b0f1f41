"""`make demo`: Acme Retail in the lab, deployed by the command that would deploy it to metal, and called for real.

Leaves a summary and JUnit in `.demo/`, and takes the lab down unless KEEP=1 is set.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from ccstack.calls.client import LiveCall
from ccstack.calls.live import Placed, follow, same_ending
from ccstack.calls.protocol import PlaceCall
from ccstack.calls.trace import Situation, Trace, trace_from_outside, trace_from_phone
from ccstack.cli.common import Ready, ready
from ccstack.lab.lab import Lab
from ccstack.lab.people import People
from ccstack.render.state import Certificate
from ccstack.verify.calls import sounds_of

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINT = ROOT / "examples" / "acme_retail" / "center.py"
FOLDER = ROOT / ".demo"
CCSTACK = (sys.executable, "-m", "ccstack.cli")
SHOWN = os.path.relpath(BLUEPRINT)


@dataclass(frozen=True)
class Shown:
    """One thing that the demo tried."""

    title: str
    good: bool
    story: str

    @property
    def line(self) -> str:
        """It in one line."""
        return f"{'ok' if self.good else 'FAILED':<7} {self.title}: {self.story}"


class Demo:
    """The steps, with a clock."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        FOLDER.mkdir(mode=0o700, exist_ok=True)
        os.environ.setdefault("CCSTACK_MASTER_KEY", _master_key())
        os.environ.setdefault("CCSTACK_STATE", str(FOLDER / "state"))

    def run(self) -> int:
        """All of it; the exit code."""
        self._step("check the blueprint", "validate", SHOWN)
        center = ready(BLUEPRINT)
        lab = Lab(center.plan.center.name)
        with contextlib.ExitStack() as stack:
            if os.environ.get("KEEP") != "1":
                stack.callback(self._down, lab)
            self._step("raise its sites, hosts, links and carriers on this machine", "lab", "up", SHOWN)
            self._step("deploy it, as to metal", *_in(lab), "deploy", SHOWN, "--yes")
            self._say("its carriers answer, and its people come to their phones")
            with People(lab, center.plan, _passwords(center), _ca_file(center)) as people:
                people.wait_registered()
                print(f"{len(center.plan.center.agents)} phones are registered at both SBCs")
                verify = ("verify", SHOWN, "--most", "8", "--junit", str(FOLDER / "verify.xml"))
                self._step("check the hosts, and place calls from its probes", *_in(lab), *verify)
                self._say("place calls through the carriers and from its phones")
                shown = [self._told(each) for each in Show(center, lab, people).all()]
        return self._sum_up(shown, lab)

    def _told(self, shown: Shown) -> Shown:
        print(f"  {shown.line}", flush=True)
        return shown

    def _step(self, what: str, *words: str) -> None:
        self._say(what)
        print(f"$ ccstack {' '.join(words)}".replace(" ".join(CCSTACK), "ccstack"), flush=True)
        done = subprocess.run([*CCSTACK, *words], check=False)
        if done.returncode != 0:
            raise SystemExit(f"the demo stops: `ccstack {words[0]}` ended with {done.returncode}")

    def _say(self, line: str) -> None:
        print(f"\n[{time.monotonic() - self._began:5.1f} s] {line}", flush=True)

    def _down(self, lab: Lab) -> None:
        self._say("the lab is taken down; `make demo KEEP=1` leaves it up")
        lab.down()

    def _sum_up(self, shown: list[Shown], lab: Lab) -> int:
        good = sum(each.good for each in shown)
        text = "".join(f"{each.line}\n" for each in shown)
        text += f"{good} of {len(shown)} shown, {time.monotonic() - self._began:.0f} s in all\n"
        (FOLDER / "summary.txt").write_text(text, encoding="utf-8")
        self._say(
            f"{good} of {len(shown)} things worked; {FOLDER.name}/summary.txt and {FOLDER.name}/verify.xml have it all"
        )
        if os.environ.get("KEEP") == "1":
            print(
                "The lab is up: `ccstack lab status`, `ccstack lab exec -- ssh nyc-pbx`; "
                f"`ccstack lab down --lab {lab.name}` ends it"
            )
        return 0 if good == len(shown) else 1


class Show:
    """The calls that are shown. Whatever the hour, the design says where each must end."""

    def __init__(self, center: Ready, lab: Lab, people: People) -> None:
        self._center, self._lab, self._people = center, lab, people
        self._plan = center.plan
        self._sounds = sounds_of(center.plan, center.built, people.endings())
        self._now = datetime.now(ZoneInfo("America/New_York"))

    def all(self) -> Iterator[Shown]:
        """One after the other."""
        yield self._from_outside("a caller reaches the sales queue", "atlantic", "+12125550102", "+12125550142")
        yield self._from_outside("a VIP reaches support", "rockies", "+12125550103", "+12125550170")
        yield self._from_outside("the front door, English, sales", "atlantic", "+12125550100", "+12125550142", "1", "1")
        yield self._from_outside("the Spanish line, sales", "atlantic", "+12125550101", "+12125550142", "2", "1")
        yield self._from_outside("Denver's own number, support", "rockies", "+13035550100", "+13035550142", "1", "2")
        yield self._outward("an agent calls Denver through the Denver carrier", "ben", "913035550142", "rockies")
        yield self._forbidden("an agent without the right cannot call abroad", "ben", "9011442079460170")
        yield self._outward("an emergency call, with its location", "ben", "911", "atlantic")
        self._lab.kill("nyc-pbx")
        yield self._from_outside(
            "nyc-pbx has lost its power, and sales answers", "atlantic", "+12125550102", "+12125550142"
        )
        yield self._outward("and an emergency call still goes out", "ben", "911", "atlantic")
        if os.environ.get("KEEP") == "1":
            self._lab.start("nyc-pbx")

    def _from_outside(self, title: str, trunk: str, to: str, caller: str, *presses: str) -> Shown:
        expected = trace_from_outside(self._plan, to, caller, Situation(self._now, presses))
        recording = FOLDER / "caller-heard.wav"
        order = self._people.order_in(to, caller).model_copy(update={"record": str(recording)})
        call = self._people.carrier(trunk).call(order)
        placed = follow(call, recording, expected, self._plan, self._sounds)
        return Shown(title, same_ending(expected.ending, placed.ending), _told(expected, placed))

    def _outward(self, title: str, agent: str, digits: str, trunk: str) -> Shown:
        call = self._dial(agent, digits)
        report = call.wait_heard(str(self._people.tones[f"carrier.{trunk}"]), timeout=12)
        call.hangup()
        arrived = self._people.carrier(trunk).calls()[-1]
        seen = f"the carrier saw {arrived.request_uri}, two-way audio"
        return Shown(title, True, f"{digits}: {seen}, post-dial delay {report.post_dial_delay or 0:.2f} s")

    def _forbidden(self, title: str, agent: str, digits: str) -> Shown:
        expected = trace_from_phone(self._plan, agent, digits, Situation(self._now))
        report = self._dial(agent, digits).wait("ended", timeout=12)
        good = not report.answered and str(expected.ending) == f"hangup:{report.status}"
        return Shown(title, good, f"{digits}: refused with {report.status}")

    def _dial(self, agent: str, digits: str) -> LiveCall:
        order = PlaceCall(account=agent, to=digits, sound=f"tone:{self._people.tones[agent]}")
        return self._people.phone(agent).call(order)


def _told(expected: Trace, placed: Placed) -> str:
    media, delay = placed.report.media, placed.report.post_dial_delay
    way = " > ".join(step.path.split(".", 1)[1] for step in expected.steps)
    heard = f"{media.sent} RTP packets out, {media.received} in, {media.lost} lost"
    times = f", post-dial delay {delay:.2f} s" if delay is not None else ""
    ended = "" if same_ending(expected.ending, placed.ending) else f"; the design says {expected.ending}"
    return f"{way}; ended at {placed.ending}{ended}; {heard}{times}"


def _in(lab: Lab) -> tuple[str, ...]:
    return ("lab", "exec", "--lab", lab.name, "--", *CCSTACK)


def _master_key() -> str:
    path = FOLDER / "master.key"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return path.read_text().strip()


def _passwords(center: Ready) -> Callable[[str], str]:
    return lambda agent: center.vault.value(f"agents.{agent}.password").reveal()


def _ca_file(center: Ready) -> str | None:
    files = (str(f) for request, f in center.built.items() if isinstance(request, Certificate) and request.part == "ca")
    return next(files, None)


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("the demo raises hosts in network namespaces, which needs root: sudo make demo")
    sys.exit(Demo().run())
