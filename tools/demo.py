"""`make demo`: Acme Retail in the lab, deployed by the command that would deploy it to metal, and called for real.

Leaves a summary and JUnit in `.demo/`, and takes the lab down unless KEEP=1 is set.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from ccstack.calls.client import AgentError, LiveCall
from ccstack.calls.live import Placed, follow, same_ending
from ccstack.calls.protocol import PlaceCall
from ccstack.calls.trace import Situation, Trace, trace_from_outside, trace_from_phone
from ccstack.cli.common import ready_in
from ccstack.deploy import Ready
from ccstack.lab.lab import Lab
from ccstack.lab.people import People
from ccstack.load import load
from ccstack.verify.calls import sounds_of
from ccstack.verify.results import Result, as_junit

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINT = ROOT / "examples" / "acme_retail" / "center.py"
FOLDER = ROOT / ".demo"
CCSTACK = (sys.executable, "-m", "ccstack.cli")
SHOWN = os.path.relpath(BLUEPRINT)
CHANGED = ('"max_wait": 180', '"max_wait": 120')
"""What a line of the blueprint says, and what it says then."""
TALKING_PACKETS = 100
"""Two seconds of audio."""
LOST_AT_MOST = 5
"""Packets that a busy machine may lose of a talk without anybody's fault: a tenth of a second."""


Attempt = partial[tuple[bool, str]]
"""Something to try, whose first argument is its title: whether it worked, and what was seen."""


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
        lab = Lab(load(BLUEPRINT).name)
        lab.down()  # what an interrupted demo left, with all that its hosts remember
        with contextlib.ExitStack() as stack:
            if os.environ.get("KEEP") != "1":
                stack.callback(self._down, lab)
            self._step("raise its sites, hosts, links and carriers on this machine", "lab", "up", SHOWN)
            center = ready_in(lab, BLUEPRINT)
            self._step("deploy it, as to metal", *_in(lab), "deploy", SHOWN, "--yes")
            self._step("its sixty desk phones get power: DHCP, file, registration", "lab", "phones", "boot", SHOWN)
            self._say("its carriers answer, and its people come to their phones")
            with People(lab, center.design, center.line_password, center.ca_file) as people:
                people.wait_registered()
                print(f"{len(center.design.center.agents)} phones are registered at every SBC")
                verifying = self._begin_to_verify(lab)
                self._say("meanwhile calls are placed through the carriers and from the phones")
                shows = Show(center, lab, people)
                shown = [self._told(each) for wave in shows.waves() for each in shows.together(wave)]
                verified = self._end_of(verifying)
                shown.append(self._told(self._change_it(lab, shows)))
                self._say("nyc-pbx loses its power")
                lab.kill("nyc-pbx")
                shown += [self._told(each) for each in shows.together(shows.after_the_fault())]
            if os.environ.get("KEEP") == "1":
                lab.start("nyc-pbx")
        return self._sum_up(shown, verified, lab)

    def _change_it(self, lab: Lab, shows: Show) -> Result:
        """A line of the blueprint is changed, planned, deployed and taken back, while somebody talks."""
        changed = FOLDER / "changed.py"
        text = BLUEPRINT.read_text(encoding="utf-8")
        changed.write_text(text.replace(*CHANGED), encoding="utf-8")
        for table in BLUEPRINT.parent.glob("*.csv"):
            shutil.copy(table, FOLDER)
        name = os.path.relpath(changed)
        self._say("a caller talks with an agent")
        talk = shows.talk()
        self._step(
            f"meanwhile a line of the blueprint becomes {CHANGED[1]}: what would that do?", *_in(lab), "plan", name
        )
        self._step("do it", *_in(lab), "deploy", name, "--yes")
        self._step("take it back", *_in(lab), "rollback", name, "--yes")
        self._say("the caller hangs up")
        return shows.talked("a call goes on while the center is changed, and changed back", talk)

    def _told(self, result: Result) -> Result:
        print(f"  {result.status:<6} {result.check}\n         {result.detail}", flush=True)
        return result

    def _begin_to_verify(self, lab: Lab) -> subprocess.Popen[bytes]:
        junit = os.path.relpath(FOLDER / "verify.xml")
        words = (*_in(lab), "verify", SHOWN, "--most", "3", "--junit", junit)
        self._say("the hosts are checked, and its probes place calls")
        print(f"$ ccstack {_shown(words)}", flush=True)
        with (FOLDER / "verify.log").open("wb") as log:
            return subprocess.Popen([*CCSTACK, *words], stdout=log, stderr=subprocess.STDOUT)

    def _end_of(self, verifying: subprocess.Popen[bytes]) -> bool:
        good = verifying.wait(timeout=900) == 0
        lines = (FOLDER / "verify.log").read_text(encoding="utf-8").splitlines()
        self._say(f"the probes and checks are through: {lines[-1] if lines else 'nothing was said'}")
        for line in lines[:-1]:
            if line.startswith(("fail", "error")):
                print(f"  {line}", flush=True)
        return good

    def _step(self, what: str, *words: str) -> None:
        self._say(what)
        print(f"$ ccstack {_shown(words)}", flush=True)
        done = subprocess.run([*CCSTACK, *words], check=False)
        if done.returncode != 0:
            raise SystemExit(f"the demo stops: `ccstack {words[0]}` ended with {done.returncode}")

    def _say(self, line: str) -> None:
        print(f"\n[{time.monotonic() - self._began:5.1f} s] {line}", flush=True)

    def _down(self, lab: Lab) -> None:
        self._say("the lab is taken down; `make demo KEEP=1` leaves it up")
        lab.down()

    def _sum_up(self, shown: list[Result], verified: bool, lab: Lab) -> int:
        good = sum(each.status == "pass" for each in shown)
        text = "".join(f"{each.status:<6} {each.check}\n       {each.detail}\n" for each in shown)
        (FOLDER / "summary.txt").write_text(text, encoding="utf-8")
        (FOLDER / "calls.xml").write_text(as_junit(lab.name, shown), encoding="utf-8")
        self._say(f"{good} of {len(shown)} things worked; what the probes and checks found is above")
        print(f"{FOLDER.name}/ has summary.txt, verify.log, and as JUnit calls.xml and verify.xml")
        if os.environ.get("KEEP") == "1":
            print(f"look around: ccstack lab status --lab {lab.name}; ccstack lab down --lab {lab.name} ends it")
            print(f"call it by hand (docs/calls.md) with CCSTACK_MASTER_KEY=$(cat {FOLDER.name}/master.key) and")
            print(f"CCSTACK_STATE={FOLDER.name}/state; `ccstack lab people {SHOWN}` brings its people to their phones")
        return 0 if verified and good == len(shown) else 1


class Show:
    """The calls that are shown. Whatever the hour, the design says where each must end."""

    def __init__(self, center: Ready, lab: Lab, people: People) -> None:
        self._center, self._lab, self._people = center, lab, people
        self._plan = center.design
        self._sounds = sounds_of(center.design, center.built)
        self._now = datetime.now(ZoneInfo("America/New_York"))

    def waves(self) -> list[list[Attempt]]:
        """Calls that may be under way together: no two of a wave need the same person."""
        outside, outward = self._from_outside, self._outward
        return [
            [
                partial(outside, "a caller reaches sales", "atlantic", "+12125550102", "+12125550142"),
                partial(outside, "a VIP reaches support", "rockies", "+12125550103", "+12125550170"),
                partial(outward, "an agent calls Denver, by the Denver carrier", "jack", "913035550142", "rockies"),
                partial(self._forbidden, "an agent without the right cannot call abroad", "will", "9011442079460170"),
                partial(outward, "an emergency call from Denver", "umar", "911", "rockies"),
            ],
            [
                partial(
                    outside, "a Spanish caller reaches a Spanish speaker", "atlantic", "+12125550104", "+12125550142"
                ),
                partial(outside, "Denver's own number, support", "rockies", "+13035550100", "+13035550142", "1", "2"),
                partial(outward, "an emergency call from New York", "jack", "911", "atlantic"),
            ],
        ]

    def after_the_fault(self) -> list[Attempt]:
        """Calls that the loss of New York's PBX must not hurt."""
        return [
            partial(self._from_outside, "sales answers, from Denver's PBX", "atlantic", "+12125550102", "+12125550142"),
            partial(self._outward, "an emergency call from New York goes out", "jack", "911", "atlantic"),
        ]

    def talk(self) -> LiveCall:
        """A caller who talks with somebody at support."""
        order = self._people.order_in("+12125550103", "+12125550170")
        call = self._people.carrier("atlantic").call(order)
        call.wait_packets(TALKING_PACKETS, timeout=30)
        return call

    def talked(self, title: str, call: LiveCall) -> Result:
        """What became of a talk: it is still up, and audio still comes."""
        report = call.wait_packets(call.report().media.received + TALKING_PACKETS, timeout=30)
        call.hangup()
        media, good = report.media, report.state == "answered"
        story = f"RTP {media.sent} out, {media.received} in, {media.lost} lost"
        return Result("people", title, "pass" if good and media.lost <= LOST_AT_MOST else "fail", story)

    def together(self, wave: list[Attempt]) -> Iterator[Result]:
        """The results of a wave, in its order."""
        with ThreadPoolExecutor(max_workers=len(wave)) as pool:
            yield from pool.map(self._tried, wave)

    def _tried(self, attempt: Attempt) -> Result:
        began = time.monotonic()
        title = attempt.args[0]
        try:
            good, story = attempt()
        except AgentError as error:
            good, story = False, str(error).partition("\n")[0]
        return Result("people", title, "pass" if good else "fail", story, time.monotonic() - began)

    def _from_outside(self, title: str, trunk: str, to: str, caller: str, *presses: str) -> tuple[bool, str]:
        expected = trace_from_outside(self._plan, to, caller, Situation(self._now, presses))
        recording = FOLDER / f"{title.replace(' ', '-').replace(',', '')}.wav"
        order = self._people.order_in(to, caller).model_copy(update={"record": str(recording)})
        call = self._people.carrier(trunk).call(order)
        placed = follow(call, recording, expected, self._plan, self._sounds)
        return same_ending(expected.ending, placed.ending), _told(expected, placed)

    def _outward(self, title: str, agent: str, digits: str, trunk: str) -> tuple[bool, str]:  # noqa: ARG002
        call = self._dial(agent, digits)
        report = call.wait_heard(str(self._people.tones[f"carrier.{trunk}"]), timeout=30)
        call.hangup()
        delay = f"post-dial delay {report.post_dial_delay or 0:.2f} s"
        return True, f"{agent} dials {digits}: the far end of {trunk} is heard; {delay}"

    def _forbidden(self, title: str, agent: str, digits: str) -> tuple[bool, str]:  # noqa: ARG002
        expected = trace_from_phone(self._plan, agent, digits, Situation(self._now))
        report = self._dial(agent, digits).wait("ended", timeout=30)
        good = not report.answered and str(expected.ending) == f"hangup:{report.status}"
        return good, f"{agent} dials {digits}: refused with {report.status}"

    def _dial(self, agent: str, digits: str) -> LiveCall:
        order = PlaceCall(account=agent, to=digits, sound=f"tone:{self._people.tones[agent]}")
        return self._people.phone(agent).call(order)


def _told(expected: Trace, placed: Placed) -> str:
    media, delay = placed.report.media, placed.report.post_dial_delay
    way = " > ".join(dict.fromkeys(step.path.split(".", 1)[1] for step in expected.steps))
    times = f"; post-dial delay {delay:.2f} s" if delay is not None else ""
    ended = "" if same_ending(expected.ending, placed.ending) else f", but the design says {expected.ending}"
    return f"{way}: {placed.ending}{ended}; RTP {media.sent} out, {media.received} in, {media.lost} lost{times}"


def _shown(words: Sequence[str]) -> str:
    """A command as a user would type it."""
    return " ".join(words).replace(" ".join(CCSTACK), "ccstack")


def _in(lab: Lab) -> tuple[str, ...]:
    return ("lab", "exec", "--lab", lab.name, "--", *CCSTACK)


def _master_key() -> str:
    path = FOLDER / "master.key"
    if not path.exists():
        path.touch(0o600)
        path.write_text(secrets.token_hex(32) + "\n")
    return path.read_text().strip()


if __name__ == "__main__":
    if os.geteuid() != 0:
        sys.exit("the demo raises hosts in network namespaces, which needs root: sudo make demo")
    sys.exit(Demo().run())
