"""Two SBCs as rendered, on a bench: namespaces on one wire, with user agents in the place of PBXs and carriers.

For what the SBC does by itself and no whole center is needed to show.
"""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ccstack.calls.client import LiveCall, UserAgentProcess
from ccstack.calls.protocol import AccountConfig, AgentConfig, AnswerPolicy, CallReport, PlaceCall
from ccstack.design import design
from ccstack.lab.image import Variant, ensure
from ccstack.lab.state import Places
from ccstack.model import ContactCenter, Host
from ccstack.render import kamailio, rtpengine
from ccstack.render.state import Slot, fill

TAG = f"sb{os.getpid() % 100_000}"


def secret(path: str) -> str:
    """The value that the bench gives a secret."""
    return hashlib.sha256(path.encode()).hexdigest()[:20]


def _value(slot: Slot) -> str:
    if slot.form == "plain":
        return secret(slot.path)
    return hashlib.md5(f"{slot.user}:{slot.realm}:{secret(slot.path)}".encode(), usedforsecurity=False).hexdigest()


def run(*argv: str) -> str:
    """The output of a command that must succeed."""
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Wait for `condition`, or fail."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.05)


@dataclass
class Sbc:
    """One SBC in a namespace: its files in an overlay that goes with its processes."""

    name: str
    space: str
    folder: Path
    lower: str
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def write(self, center: ContactCenter) -> None:
        """Put the rendered files where the SBC will see them."""
        plan = design(center)
        for part in (kamailio.parts(plan)[self.name], rtpengine.parts(plan)[self.name]):
            for file in part.files:
                path = self.folder / "upper" / file.path.lstrip("/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(fill(file.text, {slot: _value(slot) for slot in file.slots}))
        tls = self.folder / "upper/etc/kamailio/tls"
        tls.mkdir(parents=True, exist_ok=True)
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
        files = ("-keyout", str(tls / "key.pem"), "-out", str(tls / "cert.pem"))
        run("openssl", "req", "-x509", *curve, "-subj", f"/CN={self.name}", *files)
        (tls / "key.pem").chmod(0o644)
        (tls / "ca.pem").write_bytes((tls / "cert.pem").read_bytes())

    def _spawn(self, command: str) -> None:
        root = self.folder / "root"
        for name in ("root", "state", "run", "upper/run/kamailio", "upper/var/lib/kamailio"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        # Read-only but for state and sockets, which the bench and the SBC's processes share.
        script = (
            f"mount -t overlay o -o lowerdir={self.folder / 'upper'}:{self.lower} {root}"
            f" && mount --bind {self.folder}/state {root}/var/lib/kamailio"
            f" && mount --bind {self.folder}/run {root}/run/kamailio && mount --bind /dev {root}/dev"
            f" && exec chroot {root} /bin/sh -ec '{command}'"
        )
        here = ("ip", "netns", "exec", self.space, "unshare", "--mount", "--propagation", "private")
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen((*here, "sh", "-c", script), stdout=log, stderr=log, start_new_session=True)
        self.started.append(process)

    def start(self) -> None:
        """Start rtpengine, once, and Kamailio; return when Kamailio answers."""
        if not self.started:
            self._spawn("exec rtpengine -f -E --config-file /etc/rtpengine/rtpengine.conf")
        self._spawn(
            'sqlite3 /var/lib/kamailio/location.sqlite ".read /etc/kamailio/location.sql";'
            " chown -R kamailio:kamailio /var/lib/kamailio /run/kamailio;"
            " exec kamailio -DD -E -u kamailio -g kamailio -m 128 -M 16 -P /run/kamailio/kamailio.pid"
        )
        until((self.folder / "run/kamailio_ctl").exists, f"Kamailio of {self.name}")

    def stop_kamailio(self) -> None:
        """SIGTERM, as systemd would."""
        self.started[-1].terminate()
        self.started.pop().wait(60)
        (self.folder / "run/kamailio_ctl").unlink(missing_ok=True)

    def log(self) -> str:
        """What both have said."""
        return (self.folder / "log").read_text(errors="replace")


@dataclass
class Bench:
    """The SBCs, and whoever speaks to them."""

    center: ContactCenter
    sbcs: dict[str, Sbc]
    agents: dict[str, UserAgentProcess]

    def dial(self, pbx: str, sbc: str, to: str, headers: dict[str, str]) -> LiveCall:
        """A call that a PBX sends to an SBC."""
        address = next(h.address for h in self.center.hosts if h.name == sbc)
        server = f"sip:{address}:5060;transport=tcp"
        uri = f"sip:{to}@{address}:5060"
        order = PlaceCall(account="any", to=uri, from_user="+12125550100", headers=headers, server=server)
        return self.agents[pbx].call(order)

    def heard_by(self, name: str) -> list[CallReport]:
        """The calls that came in there, the newest last."""
        calls = [c for c in self.agents[name].calls() if c.direction == "in"]
        return sorted(calls, key=lambda c: c.started_epoch)


def _space(name: str, address: str, stack: ExitStack) -> str:
    space = f"{TAG}-{name}"
    run("ip", "netns", "add", space)
    stack.callback(run, "ip", "netns", "del", space)
    near, far = f"{TAG}{name}"[-14:] + "a", f"{TAG}{name}"[-14:] + "b"
    run("ip", "link", "add", near, "type", "veth", "peer", "name", far)
    run("ip", "link", "set", near, "netns", space, "name", "eth0")
    run("ip", "link", "set", far, "netns", f"{TAG}-wire")
    run("ip", "-n", f"{TAG}-wire", "link", "set", far, "master", "br0", "up")
    # One wire for all: everybody is a neighbour of everybody.
    for setting in (f"addr add {address}/8 dev eth0", "link set lo up", "link set eth0 up"):
        run("ip", "-n", space, *setting.split())
    run("ip", "-n", space, "route", "add", "default", "dev", "eth0")
    return space


def _agent(space: str, address: str, port: int, stack: ExitStack) -> UserAgentProcess:
    agent = stack.enter_context(UserAgentProcess(space, AgentConfig(bind=address, port=port)))
    policy = AnswerPolicy(action="answer", sound="tone:1004")
    where = {"domain": address, "servers": (f"sip:{address}",)}
    agent.add_account(AccountConfig(account="any", user="any", catch_all=True, policy=policy, **where))
    return agent


def _kill(sbc: Sbc) -> None:
    for process in sbc.started:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@contextmanager
def bench(center: ContactCenter, folder: Path) -> Iterator[Bench]:
    """The center's SBCs, running; user agents where its PBXs and carriers are. Everything goes at the end."""
    image = ensure(Places().images, lambda _: None)
    lower = ":".join(str(layer) for layer in image.layers(Variant.FULL))
    with ExitStack() as stack:
        run("ip", "netns", "add", f"{TAG}-wire")
        stack.callback(run, "ip", "netns", "del", f"{TAG}-wire")
        run("ip", "-n", f"{TAG}-wire", "link", "add", "br0", "type", "bridge")
        run("ip", "-n", f"{TAG}-wire", "link", "set", "br0", "up")
        made = Bench(center, {}, {})
        for number, host in enumerate(center.hosts):
            space = _space(f"h{number}", str(host.address), stack)
            _furnish(made, host, space, folder, lower, stack)
        for trunk in center.trunks:
            for number, gateway in enumerate(trunk.gateways):
                name = f"{trunk.name}{number}"
                space = _space(name[-6:], str(gateway.address), stack)
                made.agents[name] = _agent(space, str(gateway.address), gateway.port, stack)
        for sbc in made.sbcs.values():
            sbc.start()
        yield made


def _furnish(made: Bench, host: Host, space: str, folder: Path, lower: str, stack: ExitStack) -> None:
    if host.pbx:
        made.agents[host.name] = _agent(space, str(host.address), host.pbx.sip_port, stack)
        return
    made.sbcs[host.name] = sbc = Sbc(host.name, space, folder / host.name, lower)
    (folder / host.name).mkdir()
    stack.callback(_kill, sbc)
    sbc.write(made.center)
