"""Every apply class, live: something of it changes, a deploy brings it, and the running process is asked.

Two deploys on one small host: first everything that is reloaded, and every main process goes on; then what is only
taken over by a restart. A class without a case here fails.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import wave
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from benchmarks.loaded import written
from ccstack import model as cc
from ccstack.lab.from_center import topology_of
from ccstack.lab.lab import Lab
from ccstack.lab.topology import LabTopology
from ccstack.render.state import ApplyClass
from tests.lab.stage import MASTER_KEY, until

pytestmark = pytest.mark.lab

ROOT = Path(__file__).resolve().parents[2]
HOST = "box"
ENGINES = ("asterisk.service", "kamailio.service", "rtpengine-daemon.service", "dnsmasq.service")
RELOADED_ONLY = ("kea-dhcp4-server.service", "nginx.service")
"""No change of ours restarts these."""

PHONE = "001565abcd01"
CALLBACK, DIRECT, MORE = "+13125550100", "+13125550101", "+13125550102"


def center() -> cc.ContactCenter:
    """A PBX and SBC on one host, with one of everything; a second PBX that nobody deploys, so that there are peers."""
    return cc.ContactCenter(
        name="apply-classes",
        speech="tones",
        domain="before.example",
        sites=[
            cc.Site(
                name="hq",
                time_zone="America/Chicago",
                address=cc.CivicAddress(
                    state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
                ),
                emergency_locations=[cc.EmergencyLocation(name="floor", callback=CALLBACK)],
                networks=[cc.Network(kind="servers", subnet="10.62.3.0/24"), voice("10.62.10.128/26")],
            )
        ],
        hosts=[
            cc.Host(
                name=HOST,
                site="hq",
                address="10.62.3.11",
                roles=[cc.Pbx(), cc.Sbc(), cc.Dhcp(), cc.Provisioning(tftp=True)],
            ),
            cc.Host(name="other", site="hq", address="10.62.3.12", roles=[cc.Pbx()]),
        ],
        trunks=[trunk()],
        numbers=[
            cc.Number(number=CALLBACK, to="line", test=True),
            cc.Number(number=DIRECT, to="bye", test=True),
        ],
        agents=[cc.Agent(name="ana", extension="101", site="hq"), cc.Agent(name="ben", extension="102", site="hq")],
        phones=[cc.Phone(name="ana-desk", model="yealink-t54w", mac=PHONE, line="ana")],
        announcements=[cc.Announcement(name="bye", prompt={"en": "Good bye."})],
        queues=[
            cc.Queue(name="line", home=HOST, standby="other", agents=["ana", "ben"], overflow="night", music="calm")
        ],
        music=[cc.Music(name="calm", files=["one.wav"])],
        voicemails=[cc.Voicemail(name="night", extension="800", greeting={"en": "Leave a message."})],
        probes=[cc.Probe(name="probe", site="hq", extension="881")],
        emergency=cc.EmergencyCalling(notify=["ana"]),
        peak=cc.Peak(calls=5, calls_per_second=1),
    )


def voice(pool: str) -> cc.Network:
    return cc.Network(kind="voice", subnet="10.62.10.0/24", vlan=110, pool=pool)


def trunk(**fields: object) -> cc.Trunk:
    known: dict[str, object] = {
        "name": "carrier",
        "gateways": [cc.Gateway(address="203.0.113.70")],
        "auth": cc.RegisterAuth(username="before", password=cc.from_file("carrier"), realm="carrier.example"),
        "max_channels": 10,
        "caller_id": cc.CallerIdRule(number=CALLBACK),
        "emergency": True,
        "emergency_test_number": "933",
    }
    return cc.Trunk.model_validate(known | fields)


def reloaded(before: cc.ContactCenter) -> cc.ContactCenter:
    """Something of every class that needs no restart, as far as a blueprint can change it."""
    (box, other), (line,), (site,) = before.hosts, before.queues, before.sites
    ports = cc.Pbx(rtp_ports=cc.PortRange(first=21_000, last=22_999))
    return before.model_copy(
        update={
            "domain": "after.example",
            "sites": (site.model_copy(update={"networks": (site.networks[0], voice("10.62.10.64/26"))}),),
            "hosts": (box.model_copy(update={"roles": (ports, *box.roles[1:])}), other),
            "trunks": (
                trunk(
                    gateways=[*before.trunks[0].gateways, cc.Gateway(address="203.0.113.77", priority=2)],
                    auth=cc.RegisterAuth(username="after", password=cc.from_file("carrier"), realm="carrier.example"),
                    max_channels=17,
                ),
            ),
            "numbers": (*before.numbers, cc.Number(number=MORE, to="bye", test=True)),
            "agents": (*before.agents, cc.Agent(name="cyd", extension="103", site="hq")),
            "queues": (line.model_copy(update={"strategy": "fewestcalls"}),),
            "music": (cc.Music(name="calm", files=["one.wav", "two.wav"]), cc.Music(name="jazz", files=["two.wav"])),
            "voicemails": (*before.voicemails, cc.Voicemail(name="day", extension="801", greeting={"en": "Speak."})),
        }
    )


RELOADED_LINES = {
    "/etc/asterisk/logger.conf": ["proof.log = notice"],
    "/etc/asterisk/cdr_custom.conf": ["proof.csv => ${CDR(start)}"],
    "/etc/asterisk/features.conf": ["blindxfer = #7"],
    "/etc/chrony/chrony.conf": ["server 10.62.3.99"],
    "/etc/hostname": "proof\n",
    "/etc/hosts": ["10.62.3.98 proof.example"],
    "/etc/systemd/journald.conf.d/ccstack.conf": ["SystemMaxUse=123M"],
    "/etc/systemd/system/ccstack-agent-sync.timer": ["[Timer]", "OnUnitActiveSec=", "OnUnitActiveSec=7min"],
}
"""What only another version of ccstack would change."""


def restarted(before: cc.ContactCenter) -> cc.ContactCenter:
    """Something of every class that needs a restart."""
    box, other = before.hosts
    assert box.pbx
    assert box.sbc
    pbx = box.pbx.model_copy(update={"sip_port": 5090})
    sbc = box.sbc.model_copy(update={"tls_port": 5071, "rtp_ports": cc.PortRange(first=41_000, last=41_999)})
    roles = (pbx, sbc, *box.roles[2:])
    return before.model_copy(update={"hosts": (box.model_copy(update={"roles": roles}), other)})


RESTARTED_LINES = RELOADED_LINES | {
    "/etc/asterisk/asterisk.conf": ["[options](+)", "maxcalls = 777"],
    "/etc/asterisk/modules.conf": ["load = app_echo.so"],
    "/etc/kamailio/kamailio.cfg": ['modparam("htable", "htable", "proof=>size=4;")'],
    "/etc/dnsmasq.conf": ["log-facility=/run/proof.log"],
    **{
        f"/etc/systemd/system/{unit}.d/ccstack.conf": ["[Service]", "LimitNOFILE=", "LimitNOFILE=12345"]
        for unit in ENGINES[:3]
    },
}


@dataclass(frozen=True)
class Case:
    """One thing that a process is asked: before the deploy it must not say so, afterwards it must."""

    apply: ApplyClass
    asked: tuple[str, ...]
    says: str
    """A regular expression."""
    restart: bool = False
    """Comes with the second deploy."""


def _asterisk(command: str) -> tuple[str, ...]:
    return ("asterisk", "-rx", command)


def _python(text: str, *words: str) -> tuple[str, ...]:
    return ("python3", "-c", text, *words)


def _by_nginx(path: str) -> tuple[str, ...]:
    return ("setpriv", "--reuid", "www-data", "--regid", "www-data", "--clear-groups", "cat", path)


def _limit(unit: str) -> tuple[str, ...]:
    return ("sh", "-c", f"grep 'open files' /proc/$(systemctl show -p MainPID --value {unit})/limits")


_CERTIFICATE = """
import ssl, sys
for port in map(int, sys.argv[1:]):
    try:
        print(ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("10.62.3.11", port))))
    except OSError:
        pass
"""

_OFFER = r"""
import re, socket
sdp = "v=0\r\no=a 1 1 IN IP4 10.62.3.11\r\ns=-\r\nc=IN IP4 10.62.3.11\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
words = {"call-id": "proof", "command": "offer", "from-tag": "a", "sdp": sdp}
bencoded = "d" + "".join(f"{len(k)}:{k}{len(v)}:{v}" for k, v in words.items()) + "e"
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.settimeout(2)
for _ in range(30):
    asking.sendto(f"proof{id(asking)} {bencoded}".encode(), ("127.0.0.1", 2223))
    try:
        print(re.search(r"m=audio \d+", asking.recv(4000).decode())[0])
        break
    except TimeoutError:
        pass
"""
"""Asks rtpengine for a port (NG protocol), again where it does not answer, as Kamailio does."""

_KEA = """
import socket
line = socket.socket(socket.AF_UNIX)
line.connect("/run/kea/kea4-ctrl-socket")
line.sendall(b'{"command": "config-get"}')
while part := line.recv(65536):
    print(part.decode(), end="")
"""

UNLOADED = "app_exec"
"""A module that somebody unloads by hand after the first deploy: no file changes, and the next one loads it again."""

CASES = (
    Case("asterisk-dialplan", _asterisk(f"dialplan show {MORE}@from-trunk"), "announcement-bye"),
    Case("asterisk-queues", _asterisk("queue show line"), "fewestcalls"),
    Case("asterisk-pjsip", _asterisk("pjsip show endpoints"), "cyd"),
    Case("asterisk-voicemail", _asterisk("voicemail show users"), "801"),
    Case("asterisk-music", _asterisk("moh show classes"), "jazz"),
    Case("asterisk-music", _asterisk("moh show files"), "calm/002"),
    Case("asterisk-logger", _asterisk("logger show channels"), "proof.log"),
    Case("asterisk-cdr", ("ls", "/var/log/asterisk/cdr-custom"), "proof.csv"),
    Case("asterisk-features", _asterisk("features show"), "#7"),
    Case("asterisk-rtp", _asterisk("rtp show settings"), "21000"),
    Case("asterisk-modules", _asterisk(f"module show like {UNLOADED}"), "Running"),
    Case("asterisk-restart", ("ss", "-ltn"), ":5090 ", restart=True),
    Case("asterisk-restart", _asterisk("core show settings"), "777", restart=True),
    Case("asterisk-restart", _asterisk("module show like app_echo"), "Running", restart=True),
    Case("asterisk-restart", _limit("asterisk"), "12345", restart=True),
    Case("kamailio-dispatcher", ("kamcmd", "dispatcher.list"), r"203\.0\.113\.77"),
    Case("kamailio-permissions", ("kamcmd", "permissions.addressDump"), r"203\.0\.113\.77"),
    Case("kamailio-htable", ("kamcmd", "htable.get", "trunk", "carrier/channels"), "17"),
    Case("kamailio-htable", ("kamcmd", "htable.dump", "did"), re.escape(MORE)),
    Case("kamailio-uac", ("kamcmd", "uac.reg_dump"), "after"),
    Case("kamailio-tls", _python(_CERTIFICATE, "5061", "5071"), "after.example"),
    Case("kamailio-restart", ("ss", "-ltn"), ":5071 ", restart=True),
    Case("kamailio-restart", ("kamcmd", "htable.listTables"), "proof", restart=True),
    Case("kamailio-restart", _limit("kamailio"), "12345", restart=True),
    Case("rtpengine-restart", _python(_OFFER), "m=audio 41", restart=True),
    Case("rtpengine-restart", _limit("rtpengine-daemon"), "12345", restart=True),
    Case("kea-reload", _python(_KEA), r"10\.62\.10\.64"),
    Case("dnsmasq-restart", ("cat", "/run/proof.log"), "started", restart=True),
    Case("nginx-reload", _python(_CERTIFICATE, "443"), "after.example"),
    Case("phones", _by_nginx(f"/srv/phones/{PHONE}.cfg"), "after.example"),
    Case("nftables", ("nft", "list", "table", "inet", "ccstack"), r"203\.0\.113\.77"),
    Case("chrony", ("chronyc", "-n", "sources"), r"10\.62\.3\.99"),
    Case("hostname", ("uname", "-n"), "proof"),
    Case("journald", ("journalctl", "-u", "systemd-journald", "--no-pager", "-n", "5"), "max 123M"),
    Case("systemd", ("systemctl", "show", "-p", "TimersMonotonic", "ccstack-agent-sync.timer"), "USec=7min "),
    Case("none", ("getent", "hosts", "proof.example"), r"10\.62\.3\.98"),
)

NAMES = [f"{case.apply}-{n}" for n, case in enumerate(CASES)]


@dataclass(frozen=True)
class Seen:
    """What was seen on the host after each of the three deploys."""

    answers: tuple[tuple[str, ...], ...]
    """By deploy, what each case's question was answered with."""
    pids: tuple[Mapping[str, str], ...]
    """By deploy, the engines' main processes."""


@dataclass
class Box:
    """The lab's host, and deployments to it."""

    lab: Lab
    folder: Path

    def on(self, *words: str) -> str:
        """What a command on the host says."""
        ran = subprocess.run(self.lab.command(words, HOST), capture_output=True, text=True, timeout=180, check=False)
        return ran.stdout + ran.stderr

    def deploy(self, what: cc.ContactCenter, lines: Mapping[str, object]) -> None:
        """One deployment of that host alone, as an operator gives it."""
        blueprint = written(what, self.folder / "center.json")
        command = [sys.executable, "-m", "ccstack.cli", "lab", "exec", "--lab", self.lab.name, "--", sys.executable]
        command += ["-m", "benchmarks.altered", json.dumps(lines), "deploy", str(blueprint), "--yes", "--only", HOST]
        environment = {
            **os.environ,
            "CCSTACK_MASTER_KEY": MASTER_KEY,
            "XDG_STATE_HOME": str(self.folder / "state"),
            "PYTHONPATH": str(ROOT),
        }
        ran = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=900, check=False)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    def pids(self) -> dict[str, str]:
        """The engines' main processes."""
        units = (*ENGINES, *RELOADED_ONLY)
        return {unit: self.on("systemctl", "show", "-p", "MainPID", "--value", unit).strip() for unit in units}

    def answers(self, awaited: frozenset[Case]) -> tuple[str, ...]:
        """What all cases are answered; those awaited have some seconds until they say the right thing."""
        return tuple(self._answer(case, 60.0 if case in awaited else 0.0) for case in CASES)

    def _answer(self, case: Case, seconds: float) -> str:
        deadline = time.monotonic() + seconds
        while not re.search(case.says, answer := self.on(*case.asked)) and time.monotonic() < deadline:
            time.sleep(0.3)
        return answer

    def call(self) -> None:
        """A call that ends by itself, so that there is a record of one."""
        self.on("asterisk", "-rx", f"channel originate Local/{DIRECT}@from-trunk application Wait 1")
        until("a call is over", lambda: "0 active channels" in self.on("asterisk", "-rx", "core show channels"))


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("classes")
    for name in ("one.wav", "two.wav"):
        with wave.open(str(folder / name), "wb") as sound:
            sound.setparams((1, 2, 8000, 8000, "NONE", ""))
            sound.writeframes(bytes(16_000))
    (folder / "carrier").write_text("a-Password-for-the-lab\n")
    (folder / "carrier").chmod(0o600)
    lab = Lab(center().name, say=lambda _line: None)
    with lab.raised(_box_alone(center())):
        yield _deployed(Box(lab, folder))


def _box_alone(whole: cc.ContactCenter) -> LabTopology:
    topology = topology_of(whole)
    return topology.model_copy(update={"hosts": tuple(host for host in topology.hosts if host.name == HOST)})


def _deployed(box: Box) -> Seen:
    before = center()
    first, second = reloaded(before), restarted(reloaded(before))
    answers, pids = [], []
    for what, lines, awaited in (
        (before, {}, frozenset[Case]()),
        (first, RELOADED_LINES, frozenset(case for case in CASES if not case.restart)),
        (second, RESTARTED_LINES, frozenset(CASES)),
    ):
        box.deploy(what, lines)
        if what is before:
            box.on("asterisk", "-rx", f"module unload {UNLOADED}.so")
        box.call()
        answers.append(box.answers(awaited))
        pids.append(box.pids())
    return Seen(tuple(answers), tuple(pids))


@pytest.mark.parametrize("apply", get_args(ApplyClass))
def test_every_class_has_a_case(apply: ApplyClass) -> None:
    assert any(case.apply == apply for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_running_process_takes_it_over(seen: Seen, case: Case) -> None:
    deploy = 2 if case.restart else 1
    before, after = (seen.answers[n][CASES.index(case)] for n in (deploy - 1, deploy))
    assert not re.search(case.says, before), "this proves nothing: it was so before"
    assert re.search(case.says, after), after


def test_reloads_leave_every_main_process_alone(seen: Seen) -> None:
    assert seen.pids[0] == seen.pids[1]


def test_restarts_make_new_ones(seen: Seen) -> None:
    assert not [unit for unit in ENGINES if seen.pids[1][unit] == seen.pids[2][unit]]


def test_what_is_only_reloaded_is_never_restarted(seen: Seen) -> None:
    assert not [unit for unit in RELOADED_ONLY if seen.pids[0][unit] != seen.pids[2][unit]]
