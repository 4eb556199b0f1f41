"""The driver's controller side, as far as it needs no host: ssh configuration, inventory, choice, origins."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ccstack.drivers.hosts import UnknownTargetError, chosen, open_session, write_bundle
from ccstack.drivers.hosts.inventory import bootstrap_hash, playbooks_folder
from ccstack.drivers.hosts.origins import origin_of, with_origin
from ccstack.drivers.hosts.session import clear_abandoned, private_folder
from ccstack.model.center import ContactCenter
from ccstack.model.host import Access, Host, Pbx
from ccstack.model.secret import from_env
from ccstack.model.site import CivicAddress, Site
from ccstack.render.state import ApplyClass, DesiredState, Expectation, File, HostState, Line, Source, Unit
from ccstack.secrets import BoundState, Vault, bind

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGQ2v1vXo1sVf9yq3yq3yq3yq3yq3yq3yq3yq3yq3yq3"
ENVIRONMENT = {"SSH_PASSWORD": "canary-password", "SSH_KEY": "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary\n-----END-"}


def host(name: str, site: str = "hq", **access: object) -> Host:
    address = IPv4Address(f"10.1.0.{len(name) + ord(name[-1]) % 50}")
    return Host(name=name, site=site, address=address, roles=(Pbx(),), access=Access.model_validate(access))


def center(*hosts: Host) -> ContactCenter:
    where = CivicAddress(state="NY", city="Albany", street="State St", house_number="1", postal_code="12207")
    sites = tuple(Site(name=name, time_zone="America/New_York", address=where) for name in ("hq", "branch"))
    return ContactCenter(name="shop", sites=sites, hosts=hosts)


def opened(made: ContactCenter) -> Vault:
    return Vault.open(made, base=Path(), environment=ENVIRONMENT)


def bound(made: ContactCenter, packages: tuple[str, ...] = ("asterisk",), apply: ApplyClass = "none") -> BoundState:
    lines = tuple(Line(text, Source(f"queues.{text}", "queue")) for text in ("sales", "support"))
    files = (File("/etc/asterisk/queues.conf", lines, apply),)
    hosts = tuple(HostState(h.name, packages, (Unit("asterisk"),), files, (), Expectation()) for h in made.hosts)
    return bind(DesiredState("shop", hosts), opened(made))


def effective(config: Path, name: str) -> dict[str, str]:
    """What ssh itself makes of the configuration."""
    ran = subprocess.run(["ssh", "-G", "-F", str(config), name], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in ran.stdout.splitlines() if " " in line)


def test_a_host_with_a_pinned_key_trusts_that_key_only() -> None:
    made = center(host("pbx", host_key=KEY, user="admin", port=2222, address="192.0.2.7", jump="ops@jump:22"))
    with open_session(made.hosts, opened(made)) as session:
        config = effective(session.ssh_config, "pbx")
        known = Path(config["userknownhostsfile"]).read_text()
    assert known == f"pbx {KEY}\n"
    assert (config["hostname"], config["user"], config["port"]) == ("192.0.2.7", "admin", "2222")
    assert (config["hostkeyalias"], config["globalknownhostsfile"]) == ("pbx", "none")
    assert config["proxyjump"].startswith("ops@jump")


@pytest.mark.parametrize("access", [{}, {"host_key": KEY}, {"password": from_env("SSH_PASSWORD")}])
def test_host_keys_are_always_checked(access: dict[str, object]) -> None:
    made = center(host("pbx", **access))
    with open_session(made.hosts, opened(made)) as session:
        assert effective(session.ssh_config, "pbx")["stricthostkeychecking"] in ("true", "yes")


def test_no_secret_is_on_a_command_line() -> None:
    made = center(host("a", password=from_env("SSH_PASSWORD")), host("b", key=from_env("SSH_KEY")))
    with open_session(made.hosts, opened(made)) as session:
        lines = [" ".join(session.command(one, "true")) for one in made.hosts]
        environments = [str(session.environment(one)) for one in made.hosts]
        asked = subprocess.run(
            [session.folder / "askpass"], env=session.environment(made.hosts[0]), capture_output=True, check=True
        )
    assert not any("canary" in text for text in lines + environments)
    assert asked.stdout == b"canary-password"


def test_what_is_private_is_for_its_owner_only_and_gone_at_the_end() -> None:
    made = center(host("a", password=from_env("SSH_PASSWORD")), host("b", key=from_env("SSH_KEY")))
    with open_session(made.hosts, opened(made)) as session:
        folder = session.folder
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
        assert all(mode & 0o077 == 0 for mode in modes.values()), modes
    assert not folder.exists()


def test_the_private_folder_goes_when_something_fails() -> None:
    with pytest.raises(RuntimeError), private_folder() as folder:
        raise RuntimeError
    assert not folder.exists()


def test_folders_of_owners_that_were_killed_are_cleared_and_no_others(tmp_path: Path) -> None:
    code = "import time; from ccstack.drivers.hosts.session import *; from ccstack.drivers.hosts import session;"
    code += f"session.MEMORY = __import__('pathlib').Path({str(tmp_path)!r})\n"
    code += "with private_folder() as folder: print(folder, flush=True); time.sleep(60)"
    owners = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        dead, alive = (Path(owner.stdout.readline().strip()) for owner in owners if owner.stdout)
        (dead / "secret").write_text("canary")
        unborn = tmp_path / "cc-without-an-owner-yet"
        unborn.mkdir()
        owners[0].kill()
        owners[0].wait()
        assert clear_abandoned(tmp_path) == (dead,)
        assert (dead.exists(), alive.exists(), unborn.exists()) == (False, True, True)
    finally:
        for owner in owners:
            owner.kill()
            owner.communicate()


def test_another_user_than_root_becomes_root() -> None:
    made = center(host("a", user="admin"), host("b"))
    with open_session(made.hosts, opened(made)) as session:
        assert session.command(made.hosts[0], "id")[-3:] == ["sudo", "-n", "id"]
        assert session.command(made.hosts[1], "id")[-2:] == ["--", "id"]


def test_only_takes_sites_and_hosts() -> None:
    made = center(host("a"), host("b", site="branch"), host("c", site="branch"))
    assert [one.name for one in chosen(made, ("branch",))] == ["b", "c"]
    assert [one.name for one in chosen(made, ("c", "a"))] == ["a", "c"]
    assert [one.name for one in chosen(made, ())] == ["a", "b", "c"]
    with pytest.raises(UnknownTargetError, match="hongkong: no site or host of shop"):
        chosen(made, ("hongkong",))


def test_a_bundle_holds_what_the_playbooks_need(tmp_path: Path) -> None:
    made = center(host("a"))
    write_bundle(made, bound(made), {}, opened(made), tmp_path / "out", blueprint_hash="abc")
    manifest = json.loads((tmp_path / "out/hosts/a/manifest.json").read_text())
    file = tmp_path / "out/hosts/a/tree/etc/asterisk/queues.conf"
    variables = json.loads((tmp_path / "out/inventory.json").read_text())["all"]["hosts"]["a"]
    assert file.read_text() == "sales\nsupport\n"
    assert [entry["path"] for entry in manifest["files"]] == ["/etc/asterisk/queues.conf"]
    assert manifest["units"] == variables["ccstack_units"] == ["asterisk.service"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "out").rglob("manifest.json"))


def test_bootstrap_is_due_again_when_packages_change() -> None:
    made = center(host("a"))
    one, same, other = (bootstrap_hash(made.hosts[0], bound(made, p).hosts[0]) for p in (("x",), ("x",), ("x", "y")))
    assert one == same != other


def test_the_playbooks_are_where_they_are_looked_for() -> None:
    assert {path.name for path in playbooks_folder().glob("*.yml")} >= {"bootstrap.yml", "release.yml"}


@pytest.mark.parametrize(
    "message",
    [
        "WARNING[5] app_queue.c: something at line 2 of queues.conf",
        "parse error in config file /etc/asterisk/queues.conf, line 2, column 26",
        "/etc/asterisk/queues.conf:2:1-3: Error: syntax error",
    ],
)
def test_a_log_line_leads_to_the_object(message: str) -> None:
    made = center(host("a"))
    assert origin_of(message, bound(made).hosts[0]) == Source("queues.support", "queue")
    assert with_origin(message, bound(made).hosts[0]).endswith("[queues.support, rule queue]")


@pytest.mark.parametrize("message", ["line 9 of queues.conf", "line 2 of other.conf", "nothing at all"])
def test_a_log_line_that_names_none_of_ours_leads_nowhere(message: str) -> None:
    made = center(host("a"))
    assert origin_of(message, bound(made).hosts[0]) is None
