"""A raised lab: hosts are up, addresses answer where they should, links break and mend, hosts die and come back."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccstack.lab.errors import LabError
from ccstack.lab.from_center import phones_place, topology_of
from ccstack.lab.lab import Lab, Raised
from ccstack.lab.machine import lab_cgroup, wait_until
from ccstack.lab.netns import spaces_of
from ccstack.lab.state import labs_here
from ccstack.lab.status import LinkStatus
from ccstack.lab.topology import Core, LabTopology
from ccstack.load import examples_folder, load
from ccstack.model import Access
from ccstack.model.secret import from_env, from_file
from tests.lab.leftovers import left_behind

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="a lab needs root"),
]

BARE = "den-sbc"


def named(name: str, bare: tuple[str, ...] = (), example: str = "acme_retail") -> LabTopology:
    topology = topology_of(load(examples_folder() / example / "center.py"), bare)
    return topology.model_copy(update={"lab": f"{name}-{os.getpid()}"})


@pytest.fixture(scope="module")
def topology() -> LabTopology:
    return named("t-live", (BARE,))


@pytest.fixture(scope="module")
def raised(topology: LabTopology) -> Iterator[tuple[Lab, Raised]]:
    """The lab, and what raising it took."""
    lab = Lab(topology.lab)
    with lab.raised(topology) as raised:
        yield lab, raised


@pytest.fixture(scope="module")
def lab(raised: tuple[Lab, Raised]) -> Lab:
    return raised[0]


def run(lab: Lab, where: str, *argv: str, timeout: float = 180) -> subprocess.CompletedProcess[str]:
    return subprocess.run(lab.command(argv, where), capture_output=True, text=True, check=False, timeout=timeout)


def ping(lab: Lab, host: str, target: str, count: int = 1) -> str:
    return run(lab, host, "ping", "-q", "-n", "-i", "0.02", "-W", "1", "-c", str(count), target).stdout


def answers(lab: Lab, host: str, target: str) -> bool:
    return " 0% packet loss" in ping(lab, host, target)


def round_trip_ms(text: str) -> float:
    """The fastest: others may wait for a busy machine."""
    found = re.search(r"= ([\d.]+)/", text)
    assert found is not None, text
    return float(found[1])


def lost_percent(text: str) -> float:
    found = re.search(r"([\d.]+)% packet loss", text)
    assert found is not None, text
    return float(found[1])


def test_every_host_is_running_and_nothing_has_failed(lab: Lab) -> None:
    status = lab.status()
    assert {host.name: host.system for host in status.hosts} == {host.name: "running" for host in status.hosts}
    assert not [unit for host in status.hosts for unit in host.failed_units]
    assert status.missing == ()


def test_a_second_up_does_nothing_and_is_quick(raised: tuple[Lab, Raised], topology: LabTopology) -> None:
    lab, first = raised
    again = lab.up(topology)
    assert again.changes == ()
    assert again.seconds < first.seconds


def test_ssh_from_control_passes_strict_host_key_checking(lab: Lab, topology: LabTopology) -> None:
    for host in topology.hosts:
        strict = ("ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes")
        by_address = run(lab, "control", *strict, f"{host.ssh_user}@{host.reached_at}", "hostname")
        assert (by_address.stdout, by_address.returncode) == (f"{host.name}\n", 0), by_address.stderr
    assert run(lab, "control", *strict, topology.hosts[0].name, "true").returncode == 0


def test_control_uses_this_machines_own_files(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "note").write_text("here")
    assert run(lab, "control", "cat", str(tmp_path / "note")).stdout == "here"
    assert run(lab, "nyc-pbx", "cat", str(tmp_path / "note")).returncode != 0


def test_exec_gives_the_commands_exit_code(lab: Lab) -> None:
    assert lab.exec(["sh", "-c", "exit 7"]) == 7
    assert lab.exec(["sh", "-c", "exit 8"], "nyc-pbx") == 8


def test_an_unknown_place_is_refused_with_those_there_are(lab: Lab) -> None:
    with pytest.raises(LabError, match=r"has no place nowhere; it has: control, nyc-pbx"):
        lab.command(["true"], "nowhere")


def test_no_route_leads_out_of_the_lab(lab: Lab) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        machine = probe.getsockname()[0]
    for target in (machine, "192.0.2.1"):
        assert not answers(lab, "nyc-sbc", target)
    assert run(lab, "control", "ip", "route", "get", machine).returncode != 0


def test_hosts_resolve_each_other_without_a_resolver(lab: Lab) -> None:
    assert run(lab, "nyc-pbx", "getent", "hosts", "den-sbc").stdout.split() == ["10.2.10.21", "den-sbc"]
    assert run(lab, "nyc-pbx", "test", "-e", "/etc/resolv.conf").returncode != 0


def test_a_host_cannot_change_the_machines_clock_or_kernel(lab: Lab) -> None:
    assert run(lab, "nyc-pbx", "date", "-s", "@0").returncode != 0
    assert run(lab, "nyc-pbx", "sh", "-c", "echo 1 > /proc/sys/kernel/panic").returncode != 0
    assert run(lab, "nyc-pbx", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward").returncode == 0


def test_the_journal_works(lab: Lab) -> None:
    run(lab, "nyc-pbx", "logger", "the journal heard this")
    wait_until(
        lambda: "the journal heard this" in run(lab, "nyc-pbx", "journalctl", "--no-pager", "-n", "50").stdout,
        60,
        lambda: "the journal did not hear it",
    )


def test_chrony_runs_and_leaves_the_clock_alone(lab: Lab) -> None:
    assert run(lab, "nyc-pbx", "systemctl", "start", "chrony").returncode == 0
    assert run(lab, "nyc-pbx", "systemctl", "is-active", "chrony").stdout == "active\n"
    wait_until(
        lambda: "Disabled control of system clock" in run(lab, "nyc-pbx", "journalctl", "-u", "chrony").stdout,
        60,
        lambda: "chrony does not say so",
    )


def test_a_cut_wan_parts_the_sites_but_not_the_carriers(lab: Lab) -> None:
    assert answers(lab, "nyc-sbc", "10.2.10.21")
    lab.cut("nyc")
    try:
        silence = ping(lab, "nyc-sbc", "10.2.10.21", 3)
        assert "100% packet loss" in silence
        assert "errors" not in silence  # no router says that the other site cannot be reached
        assert answers(lab, "nyc-sbc", "203.0.113.10")
        assert run(lab, "control", "ssh", "-o", "BatchMode=yes", "nyc-sbc", "true").returncode == 0
        assert _link(lab, "nyc/wan").state == "cut"
    finally:
        lab.restore("nyc")
    assert answers(lab, "nyc-sbc", "10.2.10.21")
    assert _link(lab, "nyc/wan").state == "up"


def test_a_cut_carrier_leaves_the_others(lab: Lab) -> None:
    lab.cut("carrier.atlantic", Core.INTERNET)
    try:
        assert not answers(lab, "nyc-sbc", "203.0.113.10")
        assert answers(lab, "nyc-sbc", "203.0.113.11")
    finally:
        lab.restore("carrier.atlantic", Core.INTERNET)
    assert answers(lab, "nyc-sbc", "203.0.113.10")


def test_up_keeps_a_link_that_was_cut_on_purpose(lab: Lab, topology: LabTopology) -> None:
    lab.cut("nyc")
    try:
        lab.up(topology)
        assert not answers(lab, "nyc-sbc", "10.2.10.21")
    finally:
        lab.restore("nyc")


def test_an_impaired_wan_is_late_and_loses_in_both_directions(lab: Lab) -> None:
    lab.impair("nyc", delay_ms=30)
    try:
        assert 60 <= round_trip_ms(ping(lab, "nyc-sbc", "10.2.10.21", 20)) < 300
        lab.impair("nyc", loss_percent=10)
        assert 8 <= lost_percent(ping(lab, "nyc-sbc", "10.2.10.21", 400)) <= 32
        assert _link(lab, "nyc/wan").loss_percent == 10
    finally:
        lab.restore("nyc")
    assert round_trip_ms(ping(lab, "nyc-sbc", "10.2.10.21", 20)) < 60


RECEIVE = """
import hashlib, socket
with socket.create_server(("10.1.10.11", 7000)) as server:
    print("listening", flush=True)
    stream = server.accept()[0].makefile("rb")
    print(hashlib.sha256(stream.read()).hexdigest())
"""

SEND = """
import hashlib, os, socket
blob = os.urandom(300_000)
with socket.create_connection(("10.1.10.11", 7000)) as there:
    there.sendall(blob)
print(hashlib.sha256(blob).hexdigest())
"""


def test_tcp_gets_through_an_impaired_wan_whole(lab: Lab) -> None:
    """Segments that the kernel joins or leaves without a checksum must cross the relay as real ones."""
    lab.impair("nyc", delay_ms=5, loss_percent=1)
    try:
        receiver = subprocess.Popen(
            lab.command(["python3", "-c", RECEIVE], "nyc-pbx"), stdout=subprocess.PIPE, text=True
        )
        assert receiver.stdout is not None
        assert receiver.stdout.readline() == "listening\n"
        sent = run(lab, "den-pbx", "python3", "-c", SEND)
        assert receiver.communicate(timeout=180)[0] == sent.stdout != ""
    finally:
        lab.restore("nyc")


def test_a_killed_host_is_silent_and_comes_back_with_its_disk(lab: Lab) -> None:
    run(lab, "den-pbx", "sh", "-c", "echo kept > /var/lib/note && sync")
    lab.kill("den-pbx")
    status = {host.name: host for host in lab.status().hosts}["den-pbx"]
    assert status.system == "down"
    assert not answers(lab, "nyc-sbc", "10.2.10.11")
    with pytest.raises(LabError, match="host den-pbx is down: start it with"):
        lab.command(["true"], "den-pbx")
    lab.start("den-pbx")
    assert run(lab, "den-pbx", "cat", "/var/lib/note").stdout == "kept\n"
    assert answers(lab, "nyc-sbc", "10.2.10.11")


def test_up_mends_what_is_missing(lab: Lab, topology: LabTopology) -> None:
    lab.kill("den-pbx")
    control = lab.state.space(f"far-{phones_place('nyc')}")
    subprocess.run(["ip", "netns", "del", control], check=True)
    assert f"far-{phones_place('nyc')}" in lab.status().missing
    assert lab.up(topology).changes
    assert lab.status().missing == ()
    assert answers(lab, "den-pbx", "10.1.10.21")


def test_the_status_can_be_read_by_people_and_programs(lab: Lab) -> None:
    status = lab.status()
    data = json.loads(status.to_json())
    assert data["schema"] == "ccstack.lab-status/1"
    hosts = {f"{site}-{what}" for site in ("nyc", "den") for what in ("pbx", "sbc", "net")}
    assert {host["name"] for host in data["hosts"]} == hosts
    assert [switch["state"] for switch in data["switches"]] == ["up"] * 4
    text = status.to_text()
    for word in ("site nyc", "nyc-sbc", "10.1.10.21", "running", "nyc/wan", "carrier.rockies", "control at"):
        assert word in text


def test_two_labs_stand_side_by_side_at_the_same_addresses(lab: Lab) -> None:
    other = Lab(f"{lab.name}.b")
    topology = named("t-live").model_copy(update={"lab": other.name})
    try:
        other.up(topology)
        run(other, "nyc-pbx", "touch", "/only-here")
        assert run(lab, "nyc-pbx", "test", "-e", "/only-here").returncode != 0
        assert {lab.name, other.name} <= set(labs_here())
    finally:
        other.down()
    assert answers(lab, "nyc-sbc", "10.2.10.21")


def test_the_bare_host_installs_from_the_archive_in_the_lab(lab: Lab) -> None:
    services = {host.name: host.services for host in lab.status().hosts}[BARE]
    assert set(services.values()) == {"absent"}
    install = "apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y install sqlite3 nftables"
    done = run(lab, BARE, "sh", "-c", install, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run(lab, BARE, "nft", "list", "ruleset").returncode == 0


def test_what_is_changed_in_the_blueprint_is_changed_in_the_lab(lab: Lab, topology: LabTopology) -> None:
    smaller = topology.model_copy(update={"hosts": tuple(h for h in topology.hosts if h.name != "den-pbx")})
    try:
        assert "host den-pbx removed" in lab.up(smaller).changes
        assert "den-pbx" not in {host.name for host in lab.status().hosts}
        assert run(lab, "nyc-pbx", "true").returncode == 0
    finally:
        lab.up(topology)
    assert answers(lab, "nyc-sbc", "10.2.10.11")


def test_changed_networks_are_rebuilt_and_disks_kept() -> None:
    topology = named("t-net", example="corner_shop")
    lab = Lab(topology.lab)
    try:
        lab.up(topology)
        run(lab, "box", "touch", "/kept")
        fewer = topology.model_copy(update={"far_ends": topology.far_ends[:-1]})
        assert "networks removed" in lab.up(fewer).changes
        assert run(lab, "box", "test", "-e", "/kept").returncode == 0
        assert answers(lab, "box", "203.0.113.20")
    finally:
        lab.down()


def test_a_lab_for_a_while_begins_from_nothing() -> None:
    """What a killed run left must not be met by the next: who was logged in, which lease was whose."""
    topology = named("t-while", example="corner_shop")
    lab = Lab(topology.lab)
    lab.up(topology)
    run(lab, "box", "touch", "/kept")
    with lab.raised(topology, keep=True):
        assert run(lab, "box", "test", "-e", "/kept").returncode == 0
    with lab.raised(topology):
        assert run(lab, "box", "test", "-e", "/kept").returncode != 0
    assert left_behind(lab.name) == []


def test_access_is_installed_as_the_blueprint_says(tmp_path: Path) -> None:
    """A user of one's own with sudo, another port, a key from a file, and a pinned host key."""
    host_keys = tmp_path / "host-keys"
    host_keys.mkdir()
    for key in (tmp_path / "operator", host_keys / "box"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    pinned = (host_keys / "box.pub").read_text().rsplit(" ", 1)[0]
    access = Access(user="deploy", port=2222, key=from_file("operator"), host_key=pinned)
    center = load(examples_folder() / "corner_shop" / "center.py")
    center = center.model_copy(update={"hosts": (center.hosts[0].model_copy(update={"access": access}),)})
    topology = topology_of(center).model_copy(update={"lab": f"t-access-{os.getpid()}"})
    known = tmp_path / "known_hosts"
    known.write_text(f"[10.9.10.11]:2222 {pinned}\n")
    lab = Lab(topology.lab)
    try:
        with pytest.raises(LabError, match=r"host box: access.host_key pins a key"):
            lab.up(topology, blueprint_folder=tmp_path)
        with pytest.raises(LabError, match=r"host box: access.key is .*nowhere/operator, which is not there"):
            lab.up(topology, blueprint_folder=tmp_path / "nowhere", host_keys=host_keys)
        assert left_behind(lab.name) == []
        lab.up(topology, blueprint_folder=tmp_path, host_keys=host_keys)
        options = ("-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={known}")
        where = ("-F", "/dev/null", "-i", str(tmp_path / "operator"), "-p", "2222", "deploy@10.9.10.11")
        done = run(lab, "control", "ssh", *options, *where, "touch ~/mine && sudo -n whoami")
        assert (done.stdout, done.returncode) == ("root\n", 0), done.stderr
        assert run(lab, "control", "ssh", "-o", "BatchMode=yes", "box", "whoami").stdout == "deploy\n"
    finally:
        lab.down()


def test_a_key_in_the_environment_is_the_labs_own(tmp_path: Path) -> None:
    center = load(examples_folder() / "corner_shop" / "center.py")
    access = Access(key=from_env("SHOP_SSH_KEY"))
    center = center.model_copy(update={"hosts": (center.hosts[0].model_copy(update={"access": access}),)})
    topology = topology_of(center).model_copy(update={"lab": f"t-env-{os.getpid()}"})
    lab = Lab(topology.lab)
    script = (
        'umask 077; printf "%s" "$SHOP_SSH_KEY" > "$0"; ssh -o BatchMode=yes -F /dev/null -i "$0" root@10.9.10.11 true'
    )
    try:
        lab.up(topology)
        assert lab.exec(["sh", "-c", script, str(tmp_path / "key")]) == 0
    finally:
        lab.down()


def _link(lab: Lab, name: str) -> LinkStatus:
    return next(link for link in lab.status().links if link.name == name)


def test_down_leaves_nothing_and_may_be_said_twice() -> None:
    topology = named("t-down", example="corner_shop")
    lab = Lab(topology.lab)
    lab.up(topology)
    lab.cut("shop")
    lab.impair("carrier.carrier", Core.INTERNET, delay_ms=5)
    stray = subprocess.Popen(["nsenter", f"--net=/run/netns/{lab.namespace('control')}", "sleep", "600"])
    gone = lab.down()
    assert gone.processes > 0
    assert stray.wait(60) != 0
    assert left_behind(lab.name) == []
    assert lab.down().namespaces == 0
    with pytest.raises(LabError, match="is not up"):
        lab.status()
    assert spaces_of(lab.state) == []
    assert not lab_cgroup(lab.name).path.exists()
