"""Deploying to a center that has calls: in order, drained, one at a time, and back, without losing a call or a phone.

The tests run in order on one stage: two PBXs that stand in for each other, and one SBC (ordered_center.py).
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from pydantic import SecretStr

from ccstack.calls.client import LiveCall, UserAgentProcess
from ccstack.calls.protocol import AccountConfig, AgentConfig
from ccstack.drivers.hosts.session import MEMORY
from ccstack.lab.from_center import phones_place
from ccstack.model.secret import Secrets
from ccstack.secrets import Vault
from tests.conftest import Figure

from .stage import Stage, ccstack_in, on_stage, until

pytestmark = pytest.mark.lab

BLUEPRINT = Path(__file__).with_name("ordered_center.py")
NUMBER = "+13125550100"
MAIN, BRANCH, SBC = "main-pbx", "branch-pbx", "main-sbc"


class Ordered:
    """The stage, and all that ccstack has said on it."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.said = stage, list[str]()

    def ccstack(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """A command on the blueprint, to its end; `environment` is what the blueprint reads."""
        verb, *rest = words
        ran = ccstack_in(self.stage.lab, {**self.stage.environment, **environment}, verb, str(BLUEPRINT), *rest)
        self.said += [ran.stdout, ran.stderr]
        return ran

    def deploy(self, *words: str, **environment: str) -> dict[str, str]:
        """A deployment that nobody is asked about: what became of each host."""
        ran = self.ccstack("deploy", "--yes", "--json", *words, **environment)
        print(ran.stdout, ran.stderr)  # for whoever looks at a test that failed
        assert '"hosts"' in ran.stdout, ran.stdout + ran.stderr
        return {name: host["status"] for name, host in json.loads(ran.stdout)["hosts"].items()}

    @contextmanager
    def deploying(self, *words: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
        """A deployment that goes on meanwhile; who leaves it running has it killed."""
        command = [sys.executable, "-m", "ccstack.cli", "deploy", str(BLUEPRINT), "--yes", *words]
        process = subprocess.Popen(
            self.stage.lab.command(command),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.stage.environment, **environment},
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def ended(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        """Its exit code and all that it has said."""
        out, err = process.communicate(timeout=600)
        self.said += [out, err]
        return process.returncode, out + err

    def spoil(self, host: str = MAIN) -> None:
        """Change a file that Asterisk reads only when it starts: mending it takes a restart."""
        self.stage.on(host, "sh", "-c", "echo '; touched' >> /etc/asterisk/modules.conf")

    def pid(self, host: str, unit: str = "asterisk") -> str:
        return self.stage.on(host, "systemctl", "show", "-p", "MainPID", "--value", unit).strip()

    def drained(self) -> bool:
        return "slot" in self.stage.on(SBC, "kamcmd", "htable.dump", "drained")

    def is_locked(self, host: str) -> bool:
        return "yes" in self.stage.on(host, "sh", "-c", "test -e /var/lib/ccstack/center.lock && echo yes || echo no")

    def calls(self, host: str) -> int:
        """Calls that are up at a PBX."""
        said = self.stage.asterisk(host, "core show channels count")
        return int(re.search(r"(\d+) active calls?", said)[1])  # type: ignore[index]

    def config(self, host: str) -> str:
        """All that a PBX is set up with."""
        return self.stage.on(host, "sh", "-c", "cd /etc/asterisk && cat *.conf | sha256sum")


@pytest.fixture(scope="module")
def ordered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordered]:
    with on_stage(BLUEPRINT, tmp_path_factory.mktemp("ordered")) as stage:
        yield Ordered(stage)


@pytest.fixture(autouse=True)
def _nobody_stays_on_the_phone(ordered: Ordered) -> Iterator[None]:
    yield
    ordered.stage.people.hang_up()


def test_the_second_time_there_is_nothing_to_do(ordered: Ordered) -> None:
    pids = [ordered.pid(MAIN), ordered.pid(BRANCH), ordered.pid(SBC, "kamailio")]
    assert ordered.deploy() == {MAIN: "unchanged", SBC: "unchanged", BRANCH: "unchanged"}
    assert [ordered.pid(MAIN), ordered.pid(BRANCH), ordered.pid(SBC, "kamailio")] == pids


def test_a_pbx_that_must_restart_is_drained_and_nobody_is_cut_off(ordered: Ordered, figure: Figure) -> None:
    """Meanwhile a second deployment hears who is at work, new callers reach the standby, and Ctrl-C leaves no trace."""
    stage, pid = ordered.stage, ordered.pid(MAIN)
    call = up(stage)
    ordered.spoil()
    with ordered.deploying("--drain", "600") as first:
        until("the SBC leads calls away from the PBX", ordered.drained, timeout=300)
        second = ordered.ccstack("deploy", "--yes")
        assert second.returncode == 1
        assert "the center is locked by " in second.stderr
        assert " since 20" in second.stderr
        assert "Nothing was changed" in second.stderr
        other = up(stage, "+16465550143")
        assert ordered.calls(BRANCH) > 0
        other.hangup()
        first.send_signal(signal.SIGINT)
        code, said = ordered.ended(first)
    assert code == 1, said
    assert "stopped while it still had calls" in said
    assert (ordered.drained(), ordered.is_locked(MAIN), ordered.pid(MAIN)) == (False, False, pid)

    with ordered.deploying("--drain", "600") as again:
        until("the SBC leads calls away from the PBX", ordered.drained, timeout=300)
        call.wait_packets(call.report().media.received + 50)
        began = time.monotonic()
        assert call.report().state == "answered"
        call.hangup()
        code, said = ordered.ended(again)
    figure(f"a drained PBX: {time.monotonic() - began:.1f} s from its last call's end to the end of all, no call cut")
    assert code == 0, said
    assert call.report().ended_by == "local"
    assert (ordered.drained(), ordered.pid(MAIN) != pid) == (False, True)
    stage.settled()
    up(stage)
    assert ordered.calls(MAIN) > 0


def test_a_controller_that_is_killed_leaves_a_lock_that_is_broken_on_purpose(ordered: Ordered) -> None:
    call = up(ordered.stage)
    ordered.spoil()
    with ordered.deploying() as killed:
        until("the SBC leads calls away from the PBX", ordered.drained, timeout=300)
        folder = private_folder_of(killed.pid)
        killed.kill()
        ordered.ended(killed)
    call.hangup()
    assert (folder / "keys").is_dir()
    assert ordered.is_locked(MAIN)
    refused = ordered.ccstack("deploy", "--yes")
    assert (refused.returncode, "--break-lock" in refused.stderr) == (1, True)
    assert not folder.exists(), "secrets of a dead controller stay in memory"
    assert ordered.drained()
    assert ordered.deploy("--break-lock") == {MAIN: "changed", SBC: "changed", BRANCH: "unchanged"}
    assert (ordered.drained(), ordered.is_locked(MAIN)) == (False, False)
    ordered.stage.settled()


def private_folder_of(pid: int) -> Path:
    """Where a controller keeps keys and sockets: it holds a file in there open."""
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            path = Path(os.readlink(link))
            if path.parent.parent == MEMORY and path.name == "owner":
                return path.parent
    raise AssertionError("the controller has no private folder")


def test_a_dead_host_hides_nobody(ordered: Ordered) -> None:
    ordered.stage.lab.kill(BRANCH)
    try:
        ran = ordered.ccstack("deploy", "--yes", ORDERED_WAIT="240")
    finally:
        ordered.stage.lab.start(BRANCH)
    assert ran.returncode == 3, ran.stdout + ran.stderr
    assert re.search(rf"^{MAIN} +changed", ran.stdout, re.MULTILINE)
    assert re.search(rf"^{BRANCH} +unreachable", ran.stdout, re.MULTILINE)
    assert re.search("10.72.10.11 port 22: (nothing answers there|the machine is down)", ran.stdout)
    assert ordered.deploy(ORDERED_WAIT="240") == {MAIN: "unchanged", SBC: "unchanged", BRANCH: "changed"}
    ordered.stage.settled()


def test_a_connection_is_kept_for_the_next_command_and_holds_no_secret(ordered: Ordered) -> None:
    stage = ordered.stage
    assert ordered.ccstack("plan").returncode == 0
    before = log_ins(stage)
    assert ordered.ccstack("plan").returncode == 0
    assert log_ins(stage) == before
    # So that Ansible makes a connection of its own, too.
    stage.on(BRANCH, "rm", "/var/lib/ccstack/bootstrap")
    assert ordered.deploy(ORDERED_WAIT="230") == {MAIN: "changed", SBC: "unchanged", BRANCH: "changed"}
    assert log_ins(stage) <= before + 1
    until(
        "no host waits for one more question", lambda: "python3 -I -S -c" not in stage.on(BRANCH, "ps", "-eo", "args")
    )
    kept = list(environments_kept(stage))
    assert len(kept) >= 3
    key = stage.environment["CCSTACK_MASTER_KEY"]
    assert not [environment for environment in kept if key in environment]


def log_ins(stage: Stage) -> int:
    """How often somebody has logged in to the branch's PBX."""
    return stage.on(BRANCH, "journalctl", "-u", "ssh", "-o", "cat").count("Accepted publickey")


def environments_kept(stage: Stage) -> Iterator[str]:
    """The environment of every process that keeps a connection to one of the lab's hosts."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            about = [(process / name).read_text(errors="replace") for name in ("cmdline", "cgroup", "environ")]
        except OSError:
            # It has ended meanwhile: its minute was over.
            continue
        if "[mux]" in about[0] and f"cc-{stage.lab.name}" in about[1]:
            yield about[2]


def test_a_kept_connection_that_leads_nowhere_is_made_anew(ordered: Ordered, figure: Figure) -> None:
    stage = ordered.stage
    assert ordered.ccstack("plan", ORDERED_WAIT="230").returncode == 0
    stage.lab.kill(BRANCH)
    try:
        began = time.monotonic()
        ran = ordered.ccstack("plan", ORDERED_WAIT="230")
        figure(f"a host that died since the last command: {time.monotonic() - began:.1f} s until a plan says so")
    finally:
        stage.lab.start(BRANCH)
    assert ran.returncode == 3
    assert re.search(rf"{BRANCH}.*(nothing answers there|the machine is down)", ran.stdout)
    until("the host is looked at again", lambda: ordered.ccstack("plan", ORDERED_WAIT="230").returncode == 0)
    stage.settled()


def test_a_rollback_takes_seconds(ordered: Ordered, figure: Figure) -> None:
    ordered.deploy(ORDERED_WAIT="240")
    before = {host: ordered.config(host) for host in (MAIN, BRANCH)}
    assert ordered.deploy(ORDERED_WAIT="200") == {MAIN: "changed", SBC: "unchanged", BRANCH: "changed"}
    began = time.monotonic()
    ran = ordered.ccstack("rollback", "--yes", "--json")
    seconds = time.monotonic() - began
    hosts = json.loads(ran.stdout)["hosts"]
    became = {name: host["status"] for name, host in hosts.items()}
    assert became == {MAIN: "changed", SBC: "unchanged", BRANCH: "changed"}, ran.stdout
    slowest = max(host["seconds"] for host in hosts.values())
    figure(f"rollback of two hosts: {seconds:.1f} s in all, {slowest:.1f} s on the slower host")
    assert {host: ordered.config(host) for host in (MAIN, BRANCH)} == before
    assert ordered.deploy(ORDERED_WAIT="240") == {MAIN: "unchanged", SBC: "unchanged", BRANCH: "unchanged"}


DEAF = """
while sleep 0.1; do
  if grep -qF 'Queue(desk,,,,231)' /var/lib/ccstack/current/tree/etc/asterisk/extensions.conf; then
    nft list table inet deaf > /dev/null 2>&1 || nft -f /run/deaf.nft
  else
    nft delete table inet deaf > /dev/null 2>&1
  fi
done
"""
"""With a certain release in place, a PBX lets in nothing that a neighbour sends; what it sends itself is answered."""


@contextmanager
def deaf_from_a_release_on(ordered: Ordered, neighbour: str) -> Iterator[None]:
    on = ordered.stage.on
    rule = f"ip saddr {ordered.stage.design.index['hosts'][neighbour].address} tcp dport 5080 drop"
    table = f"table inet deaf {{ chain input {{ type filter hook input priority -10; {rule}; }}; }}"
    on(MAIN, "sh", "-c", f"echo '{table}' > /run/deaf.nft")
    on(MAIN, "systemd-run", "--quiet", "--collect", "--unit=deaf", "sh", "-c", DEAF)
    # So that the packet filter is loaded anew: no call ends by that, and it can cut a neighbour off.
    on(MAIN, "sh", "-c", "echo '# touched' >> /etc/nftables.conf")
    try:
        yield
    finally:
        on(MAIN, "systemctl", "stop", "deaf")
        on(MAIN, "sh", "-c", "nft delete table inet deaf 2> /dev/null; true")


@pytest.mark.parametrize(("neighbour", "way"), [(SBC, "Kamailio to sip:"), (BRANCH, f"Asterisk to {MAIN}/sip:")])
def test_a_pbx_that_one_neighbour_finds_deaf_goes_back_and_no_call_drops(
    ordered: Ordered, figure: Figure, neighbour: str, way: str
) -> None:
    stage = ordered.stage
    ordered.deploy(ORDERED_WAIT="240")
    call, before = up(stage), ordered.config(MAIN)
    with deaf_from_a_release_on(ordered, neighbour):
        began = time.monotonic()
        ran = ordered.ccstack("deploy", "--yes", "--json", ORDERED_WAIT="231")
        figure(f"a PBX that only {neighbour} finds deaf: {time.monotonic() - began:.1f} s until it had gone back")
        told = json.loads(ran.stdout)["hosts"]
        assert (told[MAIN]["status"], told[MAIN]["restored"]) == ("failed", True), ran.stdout
        assert f"{neighbour} reached {MAIN} before, and does not now ({way}" in told[MAIN]["messages"][0]
        assert (ran.returncode, told[BRANCH]["status"], ordered.config(MAIN)) == (1, "changed", before)
        stage.settled()
        call.wait_packets(call.report().media.received + 100)
        assert call.report().state == "answered"
    assert ordered.deploy(ORDERED_WAIT="231") == {MAIN: "changed", SBC: "unchanged", BRANCH: "unchanged"}
    assert call.report().state == "answered"


def test_a_pbx_moves_to_another_port_and_that_it_is_not_reached_at_the_old_one_undoes_nothing(ordered: Ordered) -> None:
    for port in ("5088", "5080"):
        assert ordered.deploy(ORDERED_WAIT="231", ORDERED_PORT=port) == dict.fromkeys((MAIN, SBC, BRANCH), "changed")
        ordered.stage.settled()
        up(ordered.stage).hangup()


def test_a_plan_that_no_longer_fits_is_refused(ordered: Ordered, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert ordered.ccstack("plan", "-o", str(saved), ORDERED_WAIT="220").returncode == 0
    other = ordered.ccstack("deploy", "--yes", "--plan", str(saved), ORDERED_WAIT="221")
    assert (other.returncode, "the blueprint is not the one that was planned" in other.stderr) == (2, True)
    ordered.stage.on(BRANCH, "chmod", "0600", "/etc/asterisk/queues.conf")
    moved = ordered.ccstack("deploy", "--yes", "--plan", str(saved), ORDERED_WAIT="220")
    assert (moved.returncode, f"{BRANCH}: it is not what it was" in moved.stderr) == (2, True)
    assert not ordered.is_locked(MAIN)
    assert ordered.ccstack("plan", "-o", str(saved), "--only", BRANCH, ORDERED_WAIT="220").returncode == 0
    assert ordered.deploy("--plan", str(saved), ORDERED_WAIT="220") == {BRANCH: "changed"}


def test_only_some_hosts_is_refused_where_others_would_not_know(ordered: Ordered) -> None:
    refused = ordered.ccstack("deploy", "--yes", "--only", SBC, ORDERED_WAIT="220", ORDERED_NEW="1")
    assert refused.returncode == 2, refused.stderr
    assert "queues.new is new, and branch-pbx, main-pbx would not know" in refused.stderr
    assert ordered.deploy("--only", "branch", ORDERED_WAIT="223") == {BRANCH: "changed"}


def test_rotating_every_password_loses_no_registration(ordered: Ordered, figure: Figure) -> None:
    """Phones with the old password stay registered, and register anew for a while; those with the new one can, too."""
    stage = ordered.stage
    agents = [agent.name for agent in stage.design.center.agents]
    with Watched(stage, secrets(stage)) as watched:
        assert ordered.deploy(ORDERED_EPOCH="2")[SBC] == "changed"
        for agent in agents:
            registers(stage, agent, vault(stage, epoch=1))
            registers(stage, agent, vault(stage, epoch=2))
    figure(f"every password rotated: {len(agents)} phones, {watched.looks} looks, never fewer registered")
    assert watched.looks > 5
    assert (watched.missing, watched.leaks) == ([], [])
    up(stage)


def registers(stage: Stage, agent: str, known: Vault) -> None:
    """Another phone of an agent, set up with a password, registers."""
    site, sbc = stage.design.index["agents"][agent].site, stage.design.index["hosts"][SBC]
    account = AccountConfig(
        account=agent,
        user=agent,
        domain=stage.design.center.domain,
        password=SecretStr(known.value(f"agents.{agent}.password").reveal()),
        servers=(f"sip:{sbc.address}:5060",),
        registers=True,
    )
    with UserAgentProcess(stage.lab.namespace(phones_place(site)), AgentConfig(port=0)) as phone:
        phone.add_account(account)
        phone.wait_registered(agent)


def vault(stage: Stage, epoch: int) -> Vault:
    """The center's secrets of an epoch."""
    center = stage.design.center.model_copy(update={"secrets": Secrets(epoch=epoch)})
    return Vault.open(center, base=BLUEPRINT.parent)


def secrets(stage: Stage) -> list[str]:
    """Every value that nobody may see, of both epochs."""
    known = [vault(stage, epoch) for epoch in (1, 2)]
    return [
        each.value(f"agents.{agent.name}.password").reveal() for each in known for agent in stage.design.center.agents
    ]


class Watched:
    """Meanwhile, over and over: is every phone registered at the SBC, and does any process show a secret?"""

    def __init__(self, stage: Stage, secrets: Iterable[str]) -> None:
        self._stage, self._secrets, self._over = stage, tuple(secrets), threading.Event()
        self._agents = {agent.name for agent in stage.design.center.agents}
        self._thread = threading.Thread(target=self._watch)
        self.looks, self.missing, self.leaks = 0, list[str](), list[str]()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        before: set[str] = set()
        while not self._over.wait(0.1):
            dump = self._stage.on(SBC, "kamcmd", "ul.dump", check=False)
            there = set(re.findall(r"AoR: ([a-z]+)", dump))
            # A Kamailio that is just starting does not answer, or has not read its registrations yet.
            gone = self._agents - there if "Stats" in dump else set()
            if gone & before:
                since = self._stage.on(SBC, "kamcmd", "core.uptime", check=False)
                self.missing.append(f"look {self.looks}: no {', '.join(sorted(gone & before))} in {dump}; {since}")
            before = gone
            self.leaks += [line for line in command_lines() if any(secret in line for secret in self._secrets)]
            self.looks += 1


def command_lines() -> Iterator[str]:
    """What every process of this machine and of its labs shows to everybody."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_text(errors="replace")
        except OSError:
            continue


def test_the_record_is_whole_and_shows_who_touched_it(ordered: Ordered) -> None:
    whole = ordered.ccstack("history", "--verify")
    assert (whole.returncode, "whole" in whole.stdout) == (0, True), whole.stdout + whole.stderr
    listed = ordered.ccstack("history").stdout.splitlines()
    assert any(" rollback" in line for line in listed)
    ordered.stage.on(MAIN, "sed", "-i", '2s/"who":"/"who":"not-/', "/var/lib/ccstack/history.jsonl")
    touched = ordered.ccstack("history", "--verify")
    assert touched.returncode == 1
    assert f"{MAIN}: line 2 is not what was written" in touched.stdout


def test_no_secret_is_anywhere_but_where_it_belongs(ordered: Ordered) -> None:
    """In nothing that ccstack said in all of these tests, nothing that it recorded, and no log; but in force."""
    stage, known = ordered.stage, secrets(ordered.stage)
    stage.on(SBC, "sed", "-i", "$ d", "/etc/kamailio/data/ha1")
    planned = ordered.ccstack("plan", "--diff")
    ordered.ccstack("plan", "--json")
    assert "/etc/kamailio/data/ha1" in planned.stdout
    assert ordered.deploy()[SBC] == "changed"
    ordered.ccstack("history", "--json")
    state = Path(stage.environment["XDG_STATE_HOME"])
    written = [
        path.read_text(errors="replace")
        for path in state.rglob("*")
        if path.is_file() and "ccstack/ordered" in str(path)
    ]
    assert written
    for text in (*ordered.said, *written):
        assert not [secret for secret in known if secret in text]
    pattern = "\n".join(known)
    look = "/var/log /var/lib/ccstack/history.jsonl /var/lib/ccstack/state.json /tmp /var/tmp /run/ccstack"
    more = "/var/lib/ccstack/releases/*/plan.json /var/lib/ccstack/releases/*/center.json"
    for host in (MAIN, SBC, BRANCH):
        found = stage.on(host, "sh", "-c", f"echo '{pattern}' | grep -rlsFf - {look} {more}", check=False)
        journal = stage.on(host, "sh", "-c", f"journalctl --no-pager | grep -cF '{pattern}'", check=False)
        assert (found, journal.strip()) == ("", "0")


def up(stage: Stage, caller: str = "+16465550142") -> LiveCall:
    """A call from outside that an agent has answered and both hear."""
    call = stage.call_in(NUMBER, caller, "carrier")
    call.wait("answered")
    tones = [stage.tone(agent) for agent in ("ada", "bob", "cyd")]
    until("an agent is heard", lambda: {h.tone for h in call.report().media.heard} & set(tones))
    return call
