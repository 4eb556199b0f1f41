"""Deploying to lab hosts: from bare to running, refusing what is broken, restoring, and changing nothing twice.

The tests run in order on one lab: each begins with what the one before left.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccstack.drivers.hosts.inventory import playbooks_folder
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from tests.conftest import Figure
from tests.lab.deploy_case import BARE, center, vault_of
from tests.lab.wire import Wire

pytestmark = pytest.mark.lab

ROOT = Path(__file__).resolve().parents[2]


class Hosts:
    """The lab's hosts, and deployments from its control namespace."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.lab, self.folder = lab, folder

    def deploy(self, **case: object) -> dict[str, Any]:
        """One deployment, in a process of its own inside the lab."""
        command = [sys.executable, "-m", "tests.lab.deploy_case", json.dumps(case), str(self.folder)]
        return dict(json.loads(self.control(*command).stdout))

    def control(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command where the operator sits."""
        ran = subprocess.run(
            self.lab.command(command), cwd=ROOT, env=environment(), capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr[-3000:] + ran.stdout[-3000:]
        return ran

    def on(self, host: str, *command: str) -> str:
        """What a command on a host says."""
        ran = subprocess.run(self.lab.command(command, host), capture_output=True, text=True, check=False)
        return ran.stdout + ran.stderr

    def write(self, host: str, path: str, text: str) -> None:
        """Put a file on a host, as somebody else would."""
        self.on(host, "sh", "-c", f"printf %s '{text}' > {path}")

    def until(self, word: str, host: str, *command: str) -> None:
        """Wait until a command on a host says a word."""
        deadline = time.monotonic() + 180
        while word not in (said := self.on(host, *command)):
            assert time.monotonic() < deadline, said
            time.sleep(0.1)

    def pid(self, host: str, unit: str) -> str:
        """The main process of a unit."""
        return self.on(host, "systemctl", "show", "-p", "MainPID", "--value", unit).strip()

    def config(self, host: str) -> str:
        """Everything that is in the configuration directories, as one text."""
        listing = "find /etc/asterisk /etc/kamailio /etc/systemd/system -type f -exec sha256sum {} + 2>/dev/null | sort"
        return self.on(host, "sh", "-c", listing)


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    lab = Lab("dp", say=lambda _line: None)
    with lab.raised(topology_of(center(), bare=("bare",))):
        yield Hosts(lab, tmp_path_factory.mktemp("deploy"))


def statuses(result: dict[str, Any]) -> dict[str, str]:
    return {name: host["status"] for name, host in result["hosts"].items()}


def test_a_bare_host_becomes_a_pbx_and_sbc(hosts: Hosts) -> None:
    assert "not found" in hosts.on("bare", "sh", "-c", "asterisk -V; kamailio -v")
    result = hosts.deploy(only=["pbx", "bare"])
    assert statuses(result) == {"pbx": "changed", "bare": "changed"}, result
    assert result["hosts"]["bare"]["bootstrapped"]
    assert hosts.on("bare", "systemctl", "is-active", "asterisk", "kamailio").split() == ["active", "active"]
    assert "sales has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert "10.61.3.12:5080" in hosts.on("bare", "kamcmd", "dispatcher.list")


def test_the_second_time_nothing_changes_and_nothing_is_run(hosts: Hosts) -> None:
    before = [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    result = hosts.deploy(only=["pbx", "bare"])
    assert statuses(result) == {"pbx": "unchanged", "bare": "unchanged"}
    assert not [event for event in result["events"] if " release: " in event or " bootstrap: " in event]
    assert before == [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]


def test_a_changed_queue_is_reloaded_and_nothing_restarts(hosts: Hosts) -> None:
    before = [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    result = hosts.deploy(queue="support", only=["bare"])["hosts"]["bare"]
    assert result["applied"] == ["asterisk-queues", "asterisk-dialplan", "kamailio-htable"]
    assert result["changed_files"] == [
        "/etc/asterisk/extensions.conf",
        "/etc/asterisk/queues.conf",
        "/etc/kamailio/dbtext/flags",
    ]
    assert result["restarted"] == []
    assert before == [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    assert "support has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert "support" in hosts.on("bare", "kamcmd", "htable.dump", "flags")


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ("module", "Error loading module 'app_missing.so'"),
        ("dialplan", "at line 2 of extensions.conf [queues.sales, rule test]"),
        ("script", "parse error in config file /etc/kamailio/kamailio.cfg"),
        ("context", "dialplan context rendered, but not loaded: never"),
        (
            "silent",
            "1 in from-agent leads nowhere: nothing answers, rings, plays or sends on; the steps were Set, Hangup",
        ),
    ],
)
def test_what_is_broken_is_refused_before_it_is_used(hosts: Hosts, broken: str, word: str) -> None:
    config, pids = hosts.config("bare"), [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    # With another queue, so that the release differs even where only the expectation is broken.
    result = hosts.deploy(queue="night", broken=broken, only=["bare"])["hosts"]["bare"]
    assert result["status"] == "failed"
    assert not result["restored"]
    assert word in "\n".join(result["messages"])
    assert hosts.config("bare") == config
    assert [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")] == pids


def test_what_fails_only_in_use_is_put_back(hosts: Hosts) -> None:
    config, pid = hosts.config("bare"), hosts.pid("bare", "asterisk")
    result = hosts.deploy(queue="night", broken="unit", only=["bare"])["hosts"]["bare"]
    assert result["status"] == "failed"
    assert result["restored"], result
    assert "late.service" in "\n".join(result["messages"])
    assert hosts.config("bare") == config
    assert hosts.pid("bare", "asterisk") == pid
    assert "support has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert statuses(hosts.deploy(queue="support", only=["bare"])) == {"bare": "unchanged"}


def test_a_release_that_cuts_a_neighbour_off_is_undone(hosts: Hosts) -> None:
    hosts.until("AP", "bare", "kamcmd", "dispatcher.list")
    config, pids = hosts.config("bare"), [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    result = hosts.deploy(queue="support", broken="cut", only=["bare"])["hosts"]["bare"]
    assert result["restored"], result
    assert "Kamailio to sip:10.61.3.12:5080;transport=tcp: answered before this release" in result["messages"][0]
    assert hosts.config("bare") == config
    assert [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")] == pids
    hosts.until("AP", "bare", "kamcmd", "dispatcher.list")


def test_back_in_seconds_and_forth_again(hosts: Hosts, figure: Figure) -> None:
    wire, pid = Wire(hosts.lab, "bare"), hosts.pid("bare", "asterisk")
    there = wire.look()["release"]
    began = time.monotonic()
    back = wire.ask("rollback")
    figure(f"rollback of a host to the release before: {time.monotonic() - began:.1f} s")
    assert not back["failed"], back
    assert "sales has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert "sales" in hosts.on("bare", "kamcmd", "htable.dump", "flags")
    seen = wire.look()
    assert (seen["unlike"], seen["runtime"], seen["stale"]) == ([], [], {})
    assert wire.ask("rollback", {"to": there})["release"] == there
    assert "support has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert hosts.pid("bare", "asterisk") == pid


def test_who_does_not_hold_the_lock_changes_nothing(hosts: Hosts) -> None:
    wire = Wire(hosts.lab, "bare")
    assert wire.ask("lock", {"do": "take", "owner": "ana", "token": "1"})["ok"]
    other = wire.ask("lock", {"do": "take", "owner": "ben", "token": "2"})
    assert (other["ok"], other["held"]["owner"]) == (False, "ana")
    assert wire.ask("rollback", {"token": "2"})["messages"][0].startswith("ana holds the lock of this host since 20")
    taken = wire.ask("lock", {"do": "break", "owner": "ben", "token": "2"})
    assert (taken["had"]["owner"], taken["held"]["owner"]) == ("ana", "ben")
    assert wire.ask("lock", {"do": "free", "owner": "ben", "token": "2"})["held"] is None


def test_a_sites_own_additions_survive_and_a_conflict_is_told(hosts: Hosts) -> None:
    wire, path = Wire(hosts.lab, "bare"), "/etc/ccstack/overrides/asterisk/queues.conf"
    hosts.on("bare", "mkdir", "-p", "/etc/ccstack/overrides/asterisk")
    hosts.write("bare", path, "[support](+)\nweight = 3\n")
    hosts.on("bare", "asterisk", "-rx", "queue reload all")
    assert "W:3" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert wire.look()["overrides"] == {path: ""}
    hosts.write("bare", path, "[support](+)\nstrategy = ringall\n")
    assert wire.look()["overrides"] == {path: "sets what ccstack sets in /etc/asterisk/queues.conf: [support] strategy"}
    hosts.deploy(queue="sales", only=["bare"])
    hosts.deploy(queue="support", only=["bare"])
    assert "ringall" in hosts.on("bare", "cat", path)
    hosts.on("bare", "rm", path)


def test_a_boot_in_the_midst_of_an_activation_goes_back(hosts: Hosts) -> None:
    wire = Wire(hosts.lab, "bare")
    there = wire.look()
    # The health check waits for a unit that never comes up: time enough to pull the plug.
    pulled = threading.Thread(target=pull_the_plug, args=(hosts, "bare"))
    pulled.start()
    hosts.deploy(queue="night", broken="cut", only=["bare"])
    pulled.join()
    hosts.lab.start("bare")
    hosts.until("active\nactive", "bare", "systemctl", "is-active", "asterisk", "kamailio")
    wire = Wire(hosts.lab, "bare")
    seen = wire.look()
    assert seen["release"] == there["release"]
    assert (seen["unlike"], seen["runtime"], seen["stale"], seen["pending"]) == ([], [], {}, None)
    assert "support has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    assert statuses(hosts.deploy(queue="support", only=["bare"])) == {"bare": "unchanged"}


def pull_the_plug(hosts: Hosts, host: str) -> None:
    """Kill the host when the journal of an activation lies on its disk and `current` leads to the new release."""
    there = hosts.on(host, "readlink", "/var/lib/ccstack/current")
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and hosts.on(host, "readlink", "/var/lib/ccstack/current") == there:
        time.sleep(0.01)
    hosts.lab.kill(host)


def test_what_somebody_changed_is_mended_and_nothing_else(hosts: Hosts) -> None:
    hosts.write("bare", "/etc/asterisk/queues.conf", "[general]")
    hosts.on("bare", "chmod", "0666", "/etc/kamailio/dispatcher.list")
    result = hosts.deploy(queue="support", only=["bare"])["hosts"]["bare"]
    assert result["changed_files"] == ["/etc/asterisk/queues.conf", "/etc/kamailio/dispatcher.list"]
    assert result["applied"] == ["asterisk-queues", "kamailio-dispatcher"]


def test_what_a_process_forgot_is_mended_by_a_reload(hosts: Hosts) -> None:
    hosts.on("bare", "asterisk", "-rx", "dialplan remove context queue-support")
    pid = hosts.pid("bare", "asterisk")
    result = hosts.deploy(queue="support", only=["bare"])["hosts"]["bare"]
    assert result["status"] == "changed"
    assert "mended by a reload: dialplan context rendered, but not loaded: queue-support" in result["messages"]
    assert "queue-support" in hosts.on("bare", "asterisk", "-rx", "dialplan show queue-support")
    assert hosts.pid("bare", "asterisk") == pid


@pytest.mark.parametrize(
    ("by_hand", "seen", "applied"),
    [
        (
            "asterisk -rx 'module unload app_queue.so'",
            ["Asterisk module rendered, but not loaded: app_queue", "queue rendered, but not loaded: support"],
            ["asterisk-modules"],
        ),
        ("nft flush ruleset", ["nftables table rendered, but not loaded: inet ccstack"], ["nftables"]),
        (
            "nft flush chain inet ccstack input",
            ["nftables table that is not as it was tried: inet ccstack"],
            ["nftables"],
        ),
        (
            "kamcmd dispatcher.set_state dx 1 all",
            [f"dispatcher destination disabled by hand: 1 sip:{BARE}:5080;transport=tcp"],
            ["kamailio-dispatcher"],
        ),
        ("kamcmd dispatcher.ping_active 0", ["the dispatcher's pings are switched off"], ["kamailio-dispatcher"]),
        (
            "asterisk -rx 'logger add channel more.log notice'",
            ["Asterisk's log channels are not as they were tried"],
            ["asterisk-logger"],
        ),
        ("hostname elsewhere", ["the hostname is elsewhere, bare in /etc/hostname"], ["hostname"]),
    ],
)
def test_what_is_set_by_hand_is_seen_and_mended(
    hosts: Hosts, by_hand: str, seen: list[str], applied: list[str]
) -> None:
    wire, pids = Wire(hosts.lab, "bare"), [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")]
    # What rules put into a set by themselves is no difference.
    hosts.on("bare", "nft", "add", "element", "inet", "ccstack", "newcomers", "{ 192.0.2.1 }")
    assert wire.look()["runtime"] == []
    hosts.on("bare", "sh", "-c", by_hand)
    look = wire.look()
    assert (look["runtime"], look["unlike"], look["stale"]) == (seen, [], {})
    result = hosts.deploy(queue="support", only=["bare"])["hosts"]["bare"]
    assert (result["status"], result["applied"], result["changed_files"]) == ("changed", applied, []), result
    look = wire.look()
    assert (look["runtime"], look["unlike"], look["stale"]) == ([], [], {})
    assert [hosts.pid("bare", unit) for unit in ("asterisk", "kamailio")] == pids


def test_a_change_of_something_else_mends_along_the_way(hosts: Hosts) -> None:
    pid = hosts.pid("bare", "asterisk")
    hosts.on("bare", "asterisk", "-rx", "module unload app_queue.so")
    hosts.on("bare", "nft", "flush", "ruleset")
    result = hosts.deploy(queue="sales", only=["bare"])["hosts"]["bare"]
    assert (result["status"], result["restarted"]) == ("changed", []), result
    assert statuses(hosts.deploy(queue="support", only=["bare"])) == {"bare": "changed"}
    assert Wire(hosts.lab, "bare").look()["runtime"] == []
    assert hosts.pid("bare", "asterisk") == pid


def test_a_module_that_loads_in_vain_takes_a_restart_of_its_own(hosts: Hosts) -> None:
    wire, pid = Wire(hosts.lab, "bare"), hosts.pid("bare", "asterisk")
    case: dict[str, Any] = {"queue": "support", "only": ["bare"]}
    # What lies there is no module, for the time of one deployment.
    found = "f=$(find /usr/lib -name app_echo.so*) && asterisk -rx 'module unload app_echo.so' >/dev/null;"
    hosts.on("bare", "sh", "-c", found + "mv $f $f.away")
    refused = hosts.deploy(**case)["hosts"]["bare"]
    hosts.on("bare", "sh", "-c", "f=$(find /usr/lib -name app_echo.so.away); mv $f ${f%.away}")
    assert (refused["status"], hosts.pid("bare", "asterisk")) == ("failed", pid), refused
    assert wire.look()["runtime"] == ["Asterisk module that was loaded in vain, and needs a restart: app_echo"]
    mended = hosts.deploy(**case)["hosts"]["bare"]
    assert (mended["status"], mended["restarted"]) == ("changed", ["asterisk.service"]), mended
    assert wire.look()["runtime"] == []


def test_a_stopped_process_is_started(hosts: Hosts) -> None:
    hosts.on("bare", "systemctl", "stop", "kamailio")
    result = hosts.deploy(queue="support", only=["bare"])["hosts"]["bare"]
    assert (result["status"], result["restarted"]) == ("changed", ["kamailio.service"])
    assert hosts.on("bare", "systemctl", "is-active", "kamailio").strip() == "active"


def test_foreign_files_are_refused_unless_one_says_otherwise(hosts: Hosts) -> None:
    hosts.write("dead", "/etc/asterisk/queues.conf", "[mine]")
    refused = hosts.deploy(only=["dead"])["hosts"]["dead"]
    assert refused["status"] == "failed"
    assert [message.split(":")[0] for message in refused["messages"]] == ["/etc/asterisk/queues.conf"]
    assert "--on-foreign" in refused["messages"][0]
    assert hosts.on("dead", "cat", "/etc/asterisk/queues.conf") == "[mine]"
    assert "No such file" in hosts.on("dead", "ls", "/var/lib/ccstack")
    taken = hosts.deploy(only=["dead"], on_foreign="backup")["hosts"]["dead"]
    assert taken["status"] == "changed", taken
    kept = f"/var/backups/ccstack/{taken['release']}/etc/asterisk/queues.conf"
    assert hosts.on("dead", "cat", kept) == "[mine]"


def test_no_secret_is_seen_on_the_way(hosts: Hosts) -> None:
    secret = vault_of(center()).value("agents.ana.password").reveal()
    seen: list[str] = []
    over = threading.Event()
    watcher = threading.Thread(target=watch_processes, args=(secret, over, seen))
    watcher.start()
    try:
        hosts.on("bare", "rm", "/etc/asterisk/pjsip.conf")
        result = hosts.deploy(queue="support", only=["bare"])
    finally:
        over.set()
        watcher.join()
    assert statuses(result) == {"bare": "changed"}
    assert seen == []
    assert secret not in json.dumps(result)
    assert secret in hosts.on("bare", "cat", "/etc/asterisk/pjsip.conf")
    readable = "grep -rls " + secret + " /tmp /var/tmp /root/.ansible /var/log /run /var/lib/ccstack/state.json"
    assert hosts.on("bare", "sh", "-c", readable) == ""


def watch_processes(secret: str, over: threading.Event, seen: list[str]) -> None:
    """Look at every process's command line, in the lab and out of it, until it is over."""
    while not over.wait(0.02):
        for line in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                if secret in line.read_text(errors="replace"):
                    seen.append(line.read_text(errors="replace"))
            except OSError:
                continue


def test_an_operator_may_have_a_password_and_no_key(hosts: Hosts) -> None:
    hosts.on("pbx", "sh", "-c", "echo admin:lab-Password-1 | chpasswd")
    result = hosts.deploy(queue="password", password="lab-Password-1", only=["pbx"])
    assert statuses(result) == {"pbx": "changed"}, result
    assert "password has 0 calls" in hosts.on("pbx", "asterisk", "-rx", "queue show")
    wrong = hosts.deploy(queue="wrong", password="lab-Password-2", only=["pbx"])["hosts"]["pbx"]
    assert wrong["status"] == "unreachable"
    assert "Permission denied" in wrong["messages"][0]


def test_a_person_can_do_it_by_hand(hosts: Hosts) -> None:
    tree = hosts.folder / "bundle"
    hosts.deploy(queue="byhand", by_hand=str(tree))
    playbook = Path(sys.executable).with_name("ansible-playbook")
    common = (str(playbook), "-i", str(tree / "inventory.json"), "--limit", "bare")
    hosts.control(*common, str(playbooks_folder() / "bootstrap.yml"))
    said = hosts.control(*common, str(playbooks_folder() / "release.yml"), "-e", f"tree={tree}").stdout
    assert "changed=1" in said
    assert "byhand has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")
    again = hosts.control(*common, str(playbooks_folder() / "release.yml"), "-e", f"tree={tree}").stdout
    assert "changed=0" in again
    assert vault_of(center()).value("agents.ana.password").reveal() not in said + again
    back = hosts.control(*common, str(playbooks_folder() / "rollback.yml")).stdout
    assert "changed=1" in back
    assert "byhand" not in hosts.on("bare", "asterisk", "-rx", "queue show")
    newest = hosts.on("bare", "sh", "-c", "ls /var/lib/ccstack/releases | tail -1").strip()
    hosts.control(*common, str(playbooks_folder() / "rollback.yml"), "-e", f"to={newest}")
    assert "byhand has 0 calls" in hosts.on("bare", "asterisk", "-rx", "queue show")


def test_a_dead_host_does_not_stop_the_others(hosts: Hosts) -> None:
    hosts.lab.kill("dead")
    result = hosts.deploy(queue="last")
    assert statuses(result) == {"pbx": "changed", "bare": "changed", "dead": "unreachable"}
    assert "10.61.3.13" in result["hosts"]["dead"]["messages"][0]
    assert not result["ok"]


def test_nothing_is_left_of_the_way_there(hosts: Hosts) -> None:
    assert hosts.on("bare", "sh", "-c", "ls -d /var/lib/ccstack/tryout-* /root/.ansible/tmp/* 2>/dev/null") == ""
    assert not [path for path in Path("/proc").glob("[0-9]*/cmdline") if "dispatch-cc-dp" in _text(path)]


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
