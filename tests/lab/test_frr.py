"""The driver of switches and a command line that is not ours: Debian's FRR, its vtysh behind a real sshd.

FRR speaks in the manner of Cisco IOS and knows no switch ports: descriptions and access lists stand in for them. The
lab's simulated switches are not in play.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from ccstack.drivers.switches.access import Access, Patience, open_access
from ccstack.drivers.switches.backup import Backups
from ccstack.drivers.switches.driver import SwitchDriver
from ccstack.drivers.switches.errors import RefusedError
from ccstack.drivers.switches.platforms import PLATFORMS
from ccstack.drivers.switches.result import SwitchTarget
from ccstack.drivers.switches.terminal import Terminal
from ccstack.lab.lab import Lab
from ccstack.lab.netns import NETNS
from ccstack.lab.phones.space import entered
from ccstack.lab.topology import LabAddress, LabHost, LabNetwork, LabSite, LabTopology
from ccstack.model.secret import EnvSecret
from ccstack.model.switch import Switch, SwitchAccess
from ccstack.render.state import Line, Section, Source, SwitchState
from ccstack.secrets import Vault
from tests.plan.switch_bench import center

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(os.geteuid() != 0, reason="a lab needs root"),
]

NAME = "sw0"
ADDRESS = IPv4Address("10.92.1.11")
PATIENCE = Patience(connect=60, answer=60, show=60, back=60, poll=0.1)
PASSWORDS = {"RIGHT": "Canary.pass-77aa", "WRONG": "Canary.pass-88bb"}
BY_PASSWORD = {"password": EnvSecret(variable="RIGHT")}
BY_KEY = {"key": EnvSecret(variable="KEY")}

_IOS = PLATFORMS["cisco-ios"]
FRR = replace(_IOS, startup="", harmless=rf"{_IOS.harmless}|% Configuration applied with notes:")
"""Where FRR is not like IOS: vtysh shows no startup configuration, and has a note for whoever opens an interface that
is there already."""

INTERFACE = "interface cc0"
LONG = "ccstack: " + "a line that is longer than the terminal of most people is wide " * 3 + "ends"
OWNED = (Section("", ("access-list ccstack-voice",)), Section(INTERFACE, ("description",)))
WANTED = (
    "access-list ccstack-voice seq 5 permit 10.92.0.0/16",
    "access-list ccstack-voice seq 10 deny any",
    INTERFACE,
    f" description {LONG}",
)
BEFORE = (WANTED[0], INTERFACE, " description ccstack: free")
VLAN = "switchport voice vlan 110"
"""What every access switch knows, and FRR does not."""
_NETOPS = """
set -eu
useradd --create-home --shell /usr/bin/vtysh --groups frrvty,frr netops
chpasswd
install -d -m 700 -o netops -g netops /home/netops/.ssh
printf '%s\\n' "$1" > /home/netops/.ssh/authorized_keys
chown netops /home/netops/.ssh/authorized_keys
# Who guesses is shut out for a while (sshd_config(5)); these tests guess on purpose.
echo 'PerSourcePenalties no' > /etc/ssh/sshd_config.d/guesses.conf
systemctl restart ssh
systemctl start frr
"""


@dataclass(frozen=True)
class Frr:
    """A raised lab with one host: a router to whose command line `netops` logs in."""

    lab: Lab
    key: str
    """The private key of `netops`."""

    def on(self, *words: str, given: str = "") -> str:
        """What a command prints on the host itself."""
        command = self.lab.command(words, NAME)
        ran = subprocess.run(command, input=given, capture_output=True, text=True, timeout=180, check=False)
        assert ran.returncode == 0, f"{words}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    @property
    def running(self) -> str:
        """The running configuration, asked for on the host."""
        return self.on("vtysh", "-c", "show running-config")

    @property
    def startup(self) -> str:
        """What is saved."""
        return self.on("cat", "/etc/frr/frr.conf")

    @property
    def host_key(self) -> str:
        """As a blueprint pins it."""
        return " ".join(self.on("cat", "/etc/ssh/ssh_host_ed25519_key.pub").split()[:2])


def topology(name: str) -> LabTopology:
    """One site, one network, one host."""
    network = LabNetwork(name="servers", subnet=IPv4Network("10.92.1.0/24"), gateway=IPv4Address("10.92.1.1"))
    return LabTopology(
        lab=name,
        sites=(LabSite(name="hq", networks=(network,)),),
        hosts=(LabHost(name=NAME, site="hq", addresses=(LabAddress(network="servers", address=ADDRESS),)),),
        control=IPv4Address("198.18.255.254"),
    )


@pytest.fixture(scope="module")
def frr() -> Iterator[Frr]:
    lab = Lab(f"frr-{os.getpid()}", say=lambda _: None)
    own = Ed25519PrivateKey.generate()
    public = own.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    private = own.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    with lab.raised(topology(lab.name)):
        made = Frr(lab, private)
        made.on("sh", "-c", _NETOPS, "netops", public, given=f"netops:{PASSWORDS['RIGHT']}\n")
        yield made


@pytest.fixture(autouse=True)
def _as_frr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PLATFORMS, "cisco-ios", FRR)


@dataclass(frozen=True)
class Reached:
    """The router as the driver has it."""

    switch: Switch
    access: Access
    driver: SwitchDriver

    def target(self, *lines: str) -> SwitchTarget:
        """The router, and what it shall have."""
        source = Source(f"switches.{NAME}", "frr")
        wanted = tuple(Line(line, source) for line in lines)
        return SwitchTarget(self.switch, SwitchState(NAME, self.switch.platform, wanted, OWNED))

    @contextmanager
    def session(self) -> Iterator[Terminal]:
        """A session with it."""
        connection = self.access.connect(self.switch)
        with Terminal(connection, FRR, PATIENCE) as terminal:
            yield terminal


@contextmanager
def reached(frr: Frr, folder: Path, **given: object) -> Iterator[Reached]:
    """The driver, with these credentials, where the lab's addresses answer: in this thread and in those it starts."""
    access = SwitchAccess(**{"user": "netops", "host_key": frr.host_key} | given)  # type: ignore[arg-type]
    plain = center("cisco-ios", patched=())
    switch = plain.switches[0].model_copy(update={"address": ADDRESS, "access": access})
    vault = Vault(plain.model_copy(update={"switches": (switch,)}), folder, {**PASSWORDS, "KEY": frr.key})
    with ExitStack() as stack:
        opened = stack.enter_context(open_access(vault, PATIENCE))
        stack.enter_context(entered(NETNS / frr.lab.namespace("control")))
        yield Reached(switch, opened, SwitchDriver(opened, [switch], Backups(folder / "kept")))


@pytest.mark.parametrize("credentials", [BY_PASSWORD, BY_KEY], ids=["password", "key"])
def test_it_lets_us_in_and_shows_what_runs(frr: Frr, tmp_path: Path, credentials: dict[str, object]) -> None:
    with reached(frr, tmp_path, **credentials) as router, router.session() as terminal:
        assert "\nfrr version 10." in terminal.show("show running-config")
        assert terminal.may_configure
        assert "FRRouting 10." in terminal.ask("show version")


def test_each_line_is_echoed_and_answered_before_the_next(frr: Frr, tmp_path: Path) -> None:
    with reached(frr, tmp_path, **BY_KEY) as router, router.session() as terminal:
        terminal.ask("configure terminal")
        accepted: list[str] = []
        lines = [f"access-list theirs seq {number} permit 10.{number}.0.0/16" for number in range(1, 101)]
        terminal.enter(lines, accepted)
        assert accepted == lines
        accepted.clear()
        with pytest.raises(RefusedError) as refused:
            terminal.enter([INTERFACE, VLAN, "description never"], accepted)
        assert str(refused.value) == f"line 2 of 3 `{VLAN}` is refused: % Unknown command: {VLAN}"
        assert accepted == [INTERFACE]
        terminal.ask("end")
        running = frr.running.splitlines()
        assert [line for line in running if line.startswith("access-list theirs")] == lines
        assert " description never" not in running


def test_a_push_is_taken_shown_saved_found_again_and_taken_back(frr: Frr, tmp_path: Path) -> None:
    frr.on("vtysh", "-c", "configure terminal", "-c", "access-list others seq 5 permit any")
    with reached(frr, tmp_path, **BY_PASSWORD) as router:
        before = router.driver.apply([router.target(*BEFORE)])[NAME]
        assert before.ok
        target = router.target(*WANTED)
        first = router.driver.apply([target])[NAME]
        assert (first.status, first.messages, first.pushed) == ("changed", (), 3), "a line of each is there already"
        assert _owned(frr.running) == _owned(frr.startup) == sorted(WANTED)
        second = router.driver.apply([target])[NAME]
        assert (second.status, second.pushed, second.release) == ("unchanged", 0, first.release)
        back = router.driver.restore([NAME])[NAME]
        assert (back.status, back.messages, back.release) == ("changed", (), before.release)
        assert _owned(frr.running) == _owned(frr.startup) == sorted(BEFORE)
        assert "access-list others seq 5 permit any" in frr.startup.splitlines()


def test_a_refused_line_is_named_in_frrs_words_and_nothing_of_it_stays(frr: Frr, tmp_path: Path) -> None:
    with reached(frr, tmp_path, **BY_KEY) as router:
        assert router.driver.apply([router.target(*BEFORE)])[NAME].ok
        running, startup = frr.running, frr.startup
        result = router.driver.apply([router.target(*WANTED, f" {VLAN}")])[NAME]
        assert result.messages == (
            f"line 4 of 4 `{VLAN}` is refused: % Unknown command: {VLAN}",
            "it has what it had before",
        )
        assert (result.status, result.restored) == ("failed", True)
        assert (frr.running, frr.startup) == (running, startup)


def _owned(text: str) -> list[str]:
    """The lines of a configuration that are as those of `WANTED`."""
    begins = ("access-list ccstack-", INTERFACE, " description ")
    return sorted(line for line in text.splitlines() if line.startswith(begins))


WRONG = {
    "password": ({"password": EnvSecret(variable="WRONG")}, "it does not let netops in; see switches.sw0.access"),
    "host key": (
        {**BY_KEY, "host_key": f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 43}"},
        "its host key is not the one that is known",
    ),
    "port": ({**BY_KEY, "port": 2222}, "no sshd listens there"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_said_and_nothing_is_done(frr: Frr, tmp_path: Path, what: str) -> None:
    access, words = WRONG[what]
    with reached(frr, tmp_path, **access) as router:
        result = router.driver.apply([router.target(*WANTED)])[NAME]
    assert result.status == "unreachable"
    assert words in result.messages[0]
    assert not [secret for secret in PASSWORDS.values() if secret in result.messages[0]]
