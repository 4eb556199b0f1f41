"""Provisioning, live: a phone gets its own file from the deployed nginx, and nobody anything else."""

from __future__ import annotations

import re
import subprocess
from typing import Any

import pytest

from ccstack.load import load
from tests.lab.services import PLACE, Services
from tests.lab.stage import until

pytestmark = pytest.mark.lab

SERVER = "10.64.3.11"
ANA, BEN = "001565abcd01", "000413abcd02"
ANAS, BENS = f"/{ANA}.cfg", f"/snom-{BEN}.xml"


class Desk:
    """A phone's place, and what it asks the server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.ca = services.folder / "state" / "ccstack" / "certificates" / services.center.name / "ca.pem"
        self.passwords = {ANA: services.password("ana-desk"), BEN: services.password("ben-desk")}

    def ask(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        """Some requests, and their answers."""
        answers = self.services.play("https_client.py", server=SERVER, ca=str(self.ca), requests=requests)
        assert all(one["status"] for one in answers), answers
        return list(answers)

    def status(self, path: str, user: str | None = None, password: str = "", **more: object) -> int:
        """The status of one request."""
        credentials = {} if user is None else {"user": user, "password": password}
        return int(self.ask({"path": path, **credentials, **more})[0]["status"])


@pytest.fixture(scope="module")
def desk(services: Services) -> Desk:
    return Desk(services)


@pytest.fixture(autouse=True)
def _nobody_has_guessed_yet(services: Services) -> None:
    """What one test guessed counts against no other: a restarted nginx has no memory of it."""
    services.on("first", "sh", "-c", "systemctl reset-failed nginx; systemctl restart nginx")


def test_a_phone_gets_its_own_file_with_its_password(desk: Desk) -> None:
    for user, path in ((ANA, ANAS), (BEN, BENS)):
        (answer,) = desk.ask({"path": path, "user": user, "password": desk.passwords[user]})
        assert answer["status"] == 200
        assert answer["body"] == desk.services.on("first", "cat", f"/srv/phones{path}")


def test_a_mac_address_in_capitals_is_the_same(desk: Desk) -> None:
    assert desk.status(f"/snom-{BEN.upper()}.xml", BEN, desk.passwords[BEN]) == 200


def test_without_its_credentials_it_gets_nothing(desk: Desk) -> None:
    (answer,) = desk.ask({"path": ANAS})
    assert answer["status"] == 401
    assert answer["headers"]["www-authenticate"].startswith("Basic")
    assert desk.status(ANAS, ANA, "wrong") == 401
    assert desk.status(ANAS, ANA) == 401
    assert desk.status(ANAS, "", "") == 401
    assert "password" not in answer["body"]


def test_a_neighbours_credentials_do_not_help(desk: Desk) -> None:
    assert desk.status(ANAS, BEN, desk.passwords[BEN]) == 403
    assert desk.status(BENS, ANA, desk.passwords[ANA]) == 403
    # Nor as a part of the own name, or with the own password under the other's name.
    assert desk.status(ANAS, f"{BEN}:{ANA}", desk.passwords[BEN]) in (401, 403)
    assert desk.status(ANAS, ANA, desk.passwords[BEN]) == 401


def test_guesses_are_cut_short(desk: Desk) -> None:
    """After a burst, not even the right password is looked at; another phone at the same address is not concerned."""
    guesses = [{"path": ANAS, "user": ANA, "password": f"guess-{n}"} for n in range(40)]
    right = {"path": ANAS, "user": ANA, "password": desk.passwords[ANA]}
    statuses = [one["status"] for one in desk.ask(*guesses, *[right] * 5)]
    assert set(statuses[:40]) == {401, 429}
    assert 429 in statuses[40:], "of a slow client, one is looked at every six seconds"
    assert desk.status(BENS, BEN, desk.passwords[BEN]) == 200


def test_the_centers_ca_is_for_everybody(desk: Desk) -> None:
    (answer,) = desk.ask({"path": "/ca.pem"})
    assert (answer["status"], answer["body"]) == (200, desk.ca.read_text())


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/phones/",
        "/index.html",
        "/000000000000.cfg",
        "/../etc/passwd",
        "/%2e%2e/etc/nginx/phones/passwords",
        f"/{ANA}.cfg/",
        f"/{ANA}.cfg~",
        f"/{ANA}",
        "/ca.pem/",
    ],
)
def test_everything_else_is_not_found(desk: Desk, path: str) -> None:
    assert desk.status(path) in (400, 404)
    assert desk.status(path, ANA, desk.passwords[ANA]) in (400, 404)


def test_nothing_is_taken(desk: Desk) -> None:
    for method in ("PUT", "POST", "DELETE"):
        assert desk.status(ANAS, ANA, desk.passwords[ANA], method=method) in (403, 405)


def test_the_server_says_no_version(desk: Desk) -> None:
    for answer in desk.ask({"path": "/"}, {"path": ANAS}, {"path": "/ca.pem"}):
        assert answer["headers"]["server"] == "nginx"
        assert not re.search(r"nginx/\d", answer["body"])


def test_old_tls_is_refused(desk: Desk) -> None:
    answers = desk.services.play(
        "https_client.py", server=SERVER, ca=str(desk.ca), requests=[{"path": "/ca.pem", "tls": "TLSv1_1"}]
    )
    assert answers[0]["status"] == 0


# --- Certificates of phone vendors ---


def test_a_phone_of_the_vendor_needs_no_password(desk: Desk) -> None:
    vendor = desk.services.vendor
    mine = vendor.phone("ana", ANA.upper())
    assert desk.status(ANAS, certificate=str(mine)) == 200
    assert desk.status(BENS, certificate=str(mine)) == 401
    assert desk.status(BENS, BEN, desk.passwords[BEN], certificate=str(mine)) == 200
    assert desk.status(ANAS, certificate=str(vendor.phone("cisco", f"CP-8841-3PCC-SEP{ANA.upper()}"))) == 200


@pytest.mark.parametrize(
    ("common_name", "organisation"),
    [
        (f"{ANA}0", "Example"),
        (f"a{ANA}", "Example"),
        ("Ana", f"x,CN={ANA}"),
        ("Ana", ANA),
        (ANA[:-1], "Example"),
    ],
)
def test_a_certificate_that_is_not_this_phones_does_not_help(desk: Desk, common_name: str, organisation: str) -> None:
    other = desk.services.vendor.phone("other", common_name, organisation=organisation)
    assert desk.status(ANAS, certificate=str(other)) == 401


def test_a_certificate_of_nobody_that_is_trusted_is_as_good_as_none(desk: Desk) -> None:
    stranger = desk.services.vendor.phone("stranger", ANA, by="strangers")
    assert desk.status(ANAS, certificate=str(stranger)) == 401
    assert desk.status(ANAS, ANA, desk.passwords[ANA], certificate=str(stranger)) == 200


# --- What is left behind ---


def test_no_log_has_a_password(desk: Desk) -> None:
    canary = "canary-Qx7-not-for-any-log"
    secret = desk.passwords[ANA]
    desk.ask(
        {"path": ANAS, "user": ANA, "password": canary},
        {"path": f"{ANAS}?password={canary}", "user": ANA, "password": secret},
        {"path": f"/nothing?{secret}", "user": canary, "password": secret},
        {"path": ANAS, "user": ANA, "password": secret},
    )
    until("the requests are logged", lambda: "200" in _logs(desk))
    logged = _logs(desk)
    assert ANA in logged
    assert canary not in logged.replace(f" {canary} [", "")
    assert secret not in logged
    for file in ("nginx.conf", "phones/passwords", "phones/files.map", "phones/names.map"):
        assert secret not in desk.services.on("first", "cat", f"/etc/nginx/{file}")


def _logs(desk: Desk) -> str:
    files = desk.services.on("first", "sh", "-c", "cat /var/log/nginx/*.log")
    return files + desk.services.on("first", "journalctl", "--no-pager", "-u", "nginx", "-u", "kea-dhcp4-server")


def test_the_files_are_readable_by_nobody_else(desk: Desk) -> None:
    for path in (f"/srv/phones{ANAS}", "/etc/nginx/phones/passwords"):
        said = desk.services.on("first", "stat", "-L", "-c", "%U %G %a", path).split()
        assert said == ["root", "www-data", "640"]
        nobody = ("setpriv", "--reuid", "nobody", "--clear-groups", "cat", path)
        assert desk.services.on("first", *nobody, check=False) == ""


def test_only_phones_networks_reach_it(desk: Desk) -> None:
    lab = desk.services.lab
    words = ["curl", "--silent", "--insecure", f"https://{SERVER}/ca.pem"]
    stranger, phone = lab.command([*words, "--max-time", "2"], "stranger.internet"), lab.command(words, PLACE)
    assert subprocess.run(stranger, capture_output=True, check=False).returncode != 0
    assert subprocess.run(phone, capture_output=True, check=False).returncode == 0


# --- TFTP ---


def test_tftp_names_the_https_server_and_tells_no_secret(desk: Desk) -> None:
    answers = desk.services.play("tftp_client.py", server=SERVER, files=[f"{ANA}.cfg", f"snom-{BEN}.xml"])
    for answer in answers:
        assert answer["code"] == 3
        assert f"https://{SERVER}/" in answer["text"]
        assert not [secret for secret in desk.passwords.values() if secret in answer["text"]]


def test_tftp_has_nothing_else_and_takes_nothing(desk: Desk) -> None:
    names = ["/etc/nginx/phones/passwords", "../phones/001565abcd01.cfg", f"/srv/phones/{ANA}.cfg", "nothing.cfg"]
    assert {one["code"] for one in desk.services.play("tftp_client.py", server=SERVER, files=names)} == {5}
    written = desk.services.play("tftp_client.py", server=SERVER, files=[f"{ANA}.cfg", "new.cfg"], write=True)
    assert {one["code"] for one in written} == {5}


# --- The running server follows ---


def test_nothing_is_left_to_do(desk: Desk) -> None:
    said = desk.services.ccstack("plan", str(desk.services.blueprint), "--only", "first", "--expect-no-changes")
    assert said.returncode == 0, said.stdout + said.stderr


def test_verify_looks_at_what_phones_start_from(desk: Desk) -> None:
    """Also where a host (the PBX, which is not on this stage) does not answer."""
    ran = desk.services.ccstack("verify", str(desk.services.blueprint), "--no-calls")
    said = ran.stdout + ran.stderr
    assert re.search(r"pass +first: Kea has the 26 networks and ports of the design", said), said
    assert re.search(r"pass +first: nginx asks for a password before a phone's file", said)
    assert re.search(r"error +box: the host answers", said)
    assert not re.search(r"fail +(first|second):", said)


def test_a_server_that_dies_comes_back(desk: Desk) -> None:
    for unit, host in (("nginx", "first"), ("kea-dhcp4-server", "first"), ("dnsmasq", "second")):
        before = _process(desk, host, unit)
        desk.services.on(host, "systemctl", "kill", "--signal=KILL", "--kill-whom=main", unit)
        until(f"{unit} runs again", lambda h=host, u=unit, b=before: _process(desk, h, u) not in ("0", b))
    until("files again", lambda: desk.status("/ca.pem") == 200)


def _process(desk: Desk, host: str, unit: str) -> str:
    return desk.services.on(host, "systemctl", "show", "-p", "MainPID", "--value", unit).strip()


def test_a_rotated_password_leaves_the_phone_time_to_fetch_the_new_one(desk: Desk) -> None:
    """Until its file has the new password, a phone only has the old one: both count, at its own file only."""
    services = desk.services
    before = desk.passwords[ANA]
    changed = services.blueprint.with_name("rotated.py")
    text = services.blueprint.read_text()
    changed.write_text(
        text.replace('mac="00:15:65:ab:cd:01",', 'mac="00:15:65:ab:cd:01",\n            provisioning=cc.derived(2),')
    )
    try:
        services.deploy(changed)
        rotated = Services(services.lab, load(changed), changed, services.vendor, services.folder, services.environment)
        after = rotated.password("ana-desk")
        assert after != before
        assert desk.status(ANAS, ANA, after) == 200
        assert desk.status(ANAS, ANA, before) == 200
        assert desk.status(ANAS, ANA, "wrong") == 401
        assert desk.status(ANAS) == 401
        assert desk.status(BENS, ANA, before) == 403
        assert desk.status(ANAS, BEN, desk.passwords[BEN]) == 403
    finally:
        services.deploy()
    assert desk.status(ANAS, ANA, after) == 401
