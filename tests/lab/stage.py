"""A center on stage: its lab up, deployed by the command a user would run, its people at their phones."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from ccstack.calls.client import LiveCall, UserAgentProcess
from ccstack.calls.live import Placed, Sounds, follow, place
from ccstack.calls.protocol import AnswerPolicy, PlaceCall
from ccstack.calls.signatures import prompt_tones
from ccstack.calls.trace import Ending, Situation, Trace, trace_from_outside
from ccstack.cli.common import ready
from ccstack.deploy import Ready
from ccstack.design import Design
from ccstack.design.prompts import prompt_key
from ccstack.lab.from_center import phones_place, topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.people import People
from ccstack.model.base import DESTINATIONS
from ccstack.verify.calls import sounds_of
from ccstack.verify.probes import probe_account

MASTER_KEY = "jE0vT3VY9dQm1Wc7n5xZ2sKpR8bLh6uFgA4oXyNqItE="
"""Known to everybody: for tests in a lab only."""

_T = TypeVar("_T")


def until(what: str, condition: Callable[[], _T | None], timeout: float = 60.0, every: float = 0.1) -> _T:
    """Wait until `condition` gives something true, and return it; fails with `what` when it does not in time."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        assert time.monotonic() < deadline, f"not within {timeout:g} s: {what}"
        time.sleep(every)


@dataclass
class Stage:
    """Everything that a live test needs."""

    blueprint: Path
    lab: Lab
    ready: Ready
    people: People
    sounds: Sounds
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    counted: dict[str, int] = field(default_factory=dict)
    """How many calls were compared with the trace, by kind."""

    @property
    def design(self) -> Design:
        return self.ready.design

    def ccstack(self, *words: str, timeout: float = 900.0) -> subprocess.CompletedProcess[str]:
        """A ccstack command where the lab's addresses answer, as an operator would give it."""
        return ccstack_in(self.lab, self.environment, *words, timeout=timeout)

    def on(self, host: str, *words: str, check: bool = True) -> str:
        """What a command prints on a host."""
        ran = subprocess.run(
            self.lab.command(list(words), host), capture_output=True, text=True, timeout=180, check=False
        )
        assert not check or ran.returncode == 0, f"{host}: {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def asterisk(self, host: str, command: str) -> str:
        """What Asterisk's command line says on a PBX."""
        return self.on(host, "asterisk", "-rx", command)

    def tone(self, name: str) -> str:
        """The tone of an agent, of `carrier.<trunk>`, or of callers."""
        return str(self.people.tones[name])

    def prompt(self, name: str, field: str = "prompt", language: str = "en") -> str:
        """The tone that a destination's (or recording policy's) prompt is on this stage."""
        item = self.design.index.find((*DESTINATIONS, "recordings"), name)
        key = prompt_key(item, field)
        assert key is not None
        return str(prompt_tones(self.design)[key, language])

    def newest_message(self, mailbox: str) -> Path:
        """A copy of the audio of a mailbox's newest message, whichever PBX has it."""
        find = (
            "find",
            "/var/spool/asterisk/voicemail",
            "-path",
            f"*{self.design.index['voicemails'][mailbox].extension}*",
        )

        def newest() -> tuple[str, str] | None:
            found = [
                (line.split(" ", 1)[0], pbx, line.split(" ", 1)[1])
                for pbx in self.design.homes.pbxs
                for line in self.on(pbx, *find, "-name", "msg*.wav", "-printf", "%T@ %p\n", check=False).splitlines()
            ]
            return max(found)[1:] if found else None

        pbx, path = until(f"a message in {mailbox}", newest)
        return self.copied(pbx, path)

    def copied(self, host: str, path: str) -> Path:
        """A copy of a host's file on this machine."""
        target = self.folder / f"{host}{path.replace('/', '_')}"
        with target.open("wb") as out:
            subprocess.run(self.lab.command(["cat", path], host), stdout=out, check=True, timeout=180)
        return target

    def dial(self, agent: str, digits: str, **more: object) -> LiveCall:
        """An agent's phone dials."""
        order = PlaceCall(account=agent, to=digits, sound=f"tone:{self.tone(agent)}", **more)  # type: ignore[arg-type]
        return self.people.phone(agent).call(order)

    def call_in(self, to: str, caller: str = "+16465550142", trunk: str = "atlantic") -> LiveCall:
        """Somebody outside calls a number of the center."""
        return self.people.call_in(trunk, to, caller)

    def leg(self, agent: str) -> LiveCall:
        """The call that is up at an agent's phone, as the phone sees it."""
        return self._leg(self.people.phone(agent), agent)

    def carrier_leg(self, trunk: str, gateway: int = 1) -> LiveCall:
        """The call that came to a trunk's gateway and is up, as the carrier sees it."""
        return self._leg(self.people.carrier(trunk, gateway), "carrier")

    def _leg(self, process: UserAgentProcess, account: str) -> LiveCall:
        def up() -> LiveCall | None:
            calls = [c for c in process.calls(account) if c.direction == "in" and c.state != "ended"]
            return LiveCall(process, calls[-1].call) if calls else None

        return until(f"a call is up at {account}", up)

    def joined(self, queue: str, callers: int = 1) -> None:
        """Wait until so many callers wait in a queue, as its home says."""
        home = self.design.homes.queue_pbxs[queue][0]
        pattern = re.compile(rf"^{re.escape(queue)} +has {callers} calls", re.MULTILINE)
        until(f"{callers} waiting in {queue}", lambda: pattern.search(self.asterisk(home, f"queue show {queue}")))

    def settled(self, timeout: float = 180.0) -> None:
        """Wait until every SBC sees every PBX and carrier answer, and every PBX sees every SBC."""
        until("everything answers", lambda: not self.silent(), timeout, every=0.5)

    def silent(self) -> list[str]:
        """Destinations that do not answer, as the hosts see it."""
        found = []
        for sbc in self.design.homes.sbcs:
            flags = re.findall(r"FLAGS: (\S+)", self.on(sbc, "kamcmd", "dispatcher.list", check=False))
            found += [f"{sbc} sees {f}" for f in flags if not f.startswith("A")] or (
                [] if flags else [f"{sbc} is mute"]
            )
        for pbx in self.design.homes.pbxs:
            contacts = self.on(pbx, "asterisk", "-rx", "pjsip show contacts", check=False)
            found += [f"{pbx}: {line}" for line in contacts.splitlines() if " Unavail " in line]
            found += [] if "Avail" in contacts else [f"{pbx} is mute"]
        return found

    def told(self, since: float) -> Iterator[tuple[str, str]]:
        """What the hosts have logged from a moment (seconds since 1970) on, newest last: for a test that failed."""
        for sbc in self.design.homes.sbcs:
            words = (
                "journalctl",
                "-u",
                "kamailio",
                "-o",
                "short-precise",
                "--no-pager",
                "-n",
                "80",
                f"--since=@{since:.0f}",
            )
            yield f"{sbc}: kamailio", self.on(sbc, *words, check=False)
        for pbx in self.design.homes.pbxs:
            yield f"{pbx}: asterisk", self.on(pbx, "tail", "-n", "25", "/var/log/asterisk/messages.log", check=False)

    @contextmanager
    def wan_cut(self, site: str) -> Iterator[None]:
        """For a while, nothing passes between this site and the others."""
        self.lab.cut(site)
        try:
            yield
        finally:
            self.lab.restore(site)
            self.settled()

    def raw(
        self,
        place: str,
        method: str,
        sbc: str,
        count: int,
        per_second: float,
        user: str = "100",
        nonce: str = "Z0000",
        *,
        awaited: int = 0,
    ) -> list[int]:
        """Send raw SIP requests from a place of the lab to an SBC, and give the status of every answer.

        A REGISTER has a wrong password, and `nonce`. So many answers are waited for, and others for some seconds.
        """
        address = str(self.design.index["hosts"][sbc].address)
        script = Path(__file__).with_name("raw_sip.py")
        asked = (method, address, str(count), str(per_second), user, nonce, str(awaited))
        command = [sys.executable, str(script), *asked]
        ran = subprocess.run(self.lab.command(command, place), capture_output=True, text=True, timeout=180, check=True)
        answers: list[int] = json.loads(ran.stdout)
        return answers

    def all_dial(self, agents: Sequence[str], feature: str) -> None:
        """These agents dial a feature code, all at once, and hear that it is done."""
        calls = {a: self.dial(a, getattr(self.design.center.features, feature)) for a in agents}
        reports = {a: call.wait("ended") for a, call in calls.items()}
        deaf = {a: f"{r.status} {r.reason}" for a, r in reports.items() if not r.answered}
        assert not deaf, f"{feature} was not answered: {deaf}"

    def feature(self, agent: str, name: str, argument: str = "") -> None:
        """An agent dials a feature code, and hears that it is done."""
        call = self.dial(agent, getattr(self.design.center.features, name) + argument)
        call.wait("ended")
        assert call.report().answered, f"{agent} {name}: {call.report()}"

    def at_time(self, did: str, when: datetime, presses: tuple[str, ...] = (), pbx: str = "nyc-pbx") -> Placed:
        """A call to `did` in which the time hook's clock says `when`; originated on the PBX host, heard by a probe."""
        probe = self.design.center.probes[0]
        phones = self.people.at(phones_place(probe.site))
        account = probe_account(self.design, self.ready.vault, probe)
        recording = self.folder / f"at-{when.timestamp():.0f}-{did}.wav"
        policy = AnswerPolicy(record=str(recording), sound=f"tone:{self.tone('caller')}")
        phones.add_account(account.model_copy(update={"policy": policy}))
        try:
            phones.wait_registered(probe.name)
            expected = trace_from_outside(self.design, did, None, Situation(when, presses))
            target = f"Local/{when.timestamp():.0f}*{did[1:]}@clock/n"
            self.asterisk(pbx, f"channel originate {target} extension {probe.name}@probes")
            call = self._leg(phones, probe.name)
            return follow(call, recording, expected, self.design, self.sounds)
        finally:
            phones.remove_account(probe.name)

    def ending_of_dialed(self, phone: str, digits: str, expected: Trace) -> Ending:
        """How a call from an agent's phone ends. A carrier that answers is the external number it was asked for."""
        process = self.people.phone(phone)
        order = PlaceCall(account=phone, to=digits, sound=f"tone:{self.tone(phone)}")
        carriers = {str(t): expected.ending for n, t in self.people.tones.items() if n.startswith("carrier.")}
        sounds = Sounds(self.sounds.prompts, {**self.sounds.tones, **carriers})
        return place(process, order, expected, self.design, sounds, self.folder).ending

    @contextmanager
    def policies(self, **policies: AnswerPolicy) -> Iterator[None]:
        """For a while, these agents take calls otherwise."""
        try:
            for agent, policy in policies.items():
                self.people.phone(agent).set_policy(agent, policy)
            yield
        finally:
            for agent in policies:
                usual = AnswerPolicy(action="answer", after_ms=300, sound=f"tone:{self.tone(agent)}")
                self.people.phone(agent).set_policy(agent, usual)

    @contextmanager
    def only_logged_in(self, *agents: str) -> Iterator[None]:
        """For a while, of all agents only these are logged in."""
        others = [a for a in self.design.index["agents"] if a not in agents]
        try:
            self.all_dial(others, "logout")
            yield
        finally:
            self.all_dial(others, "login")


def ccstack_in(
    lab: Lab, environment: Mapping[str, str], *words: str, timeout: float = 900.0
) -> subprocess.CompletedProcess[str]:
    """A ccstack command in a lab's control place."""
    command = [sys.executable, "-m", "ccstack.cli", "lab", "exec", "--lab", lab.name, "--", sys.executable]
    return subprocess.run(
        [*command, "-m", "ccstack.cli", *words],
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **environment},
        check=False,
    )


@contextmanager
def on_stage(blueprint: Path, folder: Path, bare: tuple[str, ...] = ()) -> Iterator[Stage]:
    """Raise the lab, deploy, bring the people in; everything is gone afterwards, whatever happens.

    For work on the tests, CCSTACK_KEEP_STAGE=FOLDER leaves the lab up, and the next run finds it.
    """
    kept = os.environ.get("CCSTACK_KEEP_STAGE")
    environment = {"CCSTACK_MASTER_KEY": MASTER_KEY, "XDG_STATE_HOME": kept or str(folder / "state")}
    os.environ.update(environment)
    plan = ready(blueprint)
    lab = Lab(plan.design.center.name)
    topology = topology_of(plan.design.center, bare)
    with lab.raised(topology, blueprint_folder=blueprint.parent, keep=bool(kept)):
        deployed = ccstack_in(lab, environment, "deploy", str(blueprint), "--yes")
        assert deployed.returncode == 0, deployed.stdout + deployed.stderr
        with entered(blueprint, plan, lab, folder, environment) as stage:
            yield stage


@contextmanager
def entered(blueprint: Path, plan: Ready, lab: Lab, folder: Path, environment: Mapping[str, str]) -> Iterator[Stage]:
    """The people of a center whose lab is up and deployed."""
    people = People(lab, plan.design, plan.line_password, plan.ca_file)
    sounds = sounds_of(plan.design, plan.built)
    with people:
        stage = Stage(blueprint, lab, plan, people, sounds, folder, environment)
        people.wait_registered(180)
        stage.settled()
        yield stage
