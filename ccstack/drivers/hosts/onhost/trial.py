"""The try-out: a second Asterisk, Kamailio, rtpengine and Kea run the release where nobody can hear them.

`try_out` starts this file's `inside` in new mount, network, process and IPC namespaces: the release is seen in its
place (`shadow`), the network is a loopback that has the host's own addresses and leads nowhere. The kernel ends
everything in there when `inside` ends, however it ends.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from . import ask_asterisk, ask_host, ask_kamailio, doors, readback, shadow
from . import manifest as manifests
from .ask import UnreadableError, asterisk, kamailio
from .ask_phone_services import kea
from .layout import TRYING, Layout
from .logs import complaints
from .manifest import Manifest
from .schema import prepare
from .shell import run
from .wanted import Wanted

START_SECONDS = 60.0
"""How long a process on trial may take until it answers."""
TRY_OUT_SECONDS = 240.0
"""How long a try-out may take altogether."""
POLL_SECONDS = 0.02
"""How often a process on trial is asked whether it is up."""
LOG_QUEUE = 100_000
"""How many lines Asterisk on trial may have still to write; it discards what comes beyond (1,000 by default)."""
NICENESS = 10
"""What runs on trial gets about a tenth of the CPU time of what carries calls, where both want all of it."""

_NAMESPACES = ("--mount", "--net", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc")


Doors = Sequence[Sequence[str]]
"""Contexts and numbers to be called."""


def try_out(
    layout: Layout, folder: str, leaving: frozenset[str], doors: Doors | None = None
) -> tuple[tuple[str, ...], dict[str, Any]]:
    """What is wrong with the release that lies in `folder`, empty when it may be used; and what was measured.

    `doors` are this host's share of the numbers that are called. It calls all of them where nobody shares them out, and
    where a site's own additions may have another dialplan than other hosts.
    """
    addresses, shared = own_addresses(), None if ask_asterisk.beside() else doors
    with tempfile.TemporaryDirectory(prefix=TRYING, dir=layout.home) as scratch:
        Path(scratch).chmod(0o711)
        task = json.dumps({"scratch": scratch, "addresses": addresses, "leaving": sorted(leaving), "doors": shared})
        ran = run("unshare", *_NAMESPACES, *_program(layout), "inside", folder, task, timeout=TRY_OUT_SECONDS)
    marker = ran.output.rpartition("\n@")
    if not marker[1]:
        return (f"the try-out could not be run: {ran}",), {}
    said = json.loads(marker[2])
    return tuple(said["wrong"]), said["measured"]


def _program(layout: Layout) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", layout.program)


def own_addresses() -> list[str]:
    """The host's IPv4 addresses, so that what is bound on the host can be bound on trial."""
    output = run("ip", "-4", "-o", "addr").output
    return [address for address in re.findall(r"\binet ([0-9.]+)", output) if not address.startswith("127.")]


def inside(release: str, task: str) -> dict[str, Any]:
    """Run in the namespaces: cover, start, read back; what is wrong, and what was measured."""
    _stand_back()
    work = json.loads(task)
    manifest = manifests.read((Path(release) / "manifest.json").read_text())
    scratch = Path(work["scratch"])
    _raise_network(work["addresses"])
    shadow.cover(manifest, Path(release) / "tree", scratch, frozenset(work["leaving"]))
    doors = manifest.expect.get("doors", ()) if work["doors"] is None else work["doors"]
    expect = {**manifest.expect, "doors": doors}
    wanted = Wanted(expect, {entry.path: entry.apply for entry in manifest.files}, {})
    found = _findings(manifest, wanted, scratch)
    # What a process prints in between is not taken for it.
    print("\n@", end="")
    return {"wrong": found, "measured": dict(wanted.measured)}


def _stand_back() -> None:
    os.nice(NICENESS)
    # A kernel that groups processes by session (sched(7), autogroup) heeds niceness within a session only.
    os.setsid()
    with suppress(OSError), open("/proc/self/autogroup", "w") as group:
        group.write(str(NICENESS))


def _raise_network(addresses: list[str]) -> None:
    run("ip", "link", "set", "lo", "up")
    for address in addresses:
        run("ip", "addr", "add", f"{address}/32", "dev", "lo")
    # What is sent elsewhere is swallowed; without a route each packet would be an error of its own in the logs.
    run("ip", "route", "add", "default", "dev", "lo")


def _findings(manifest: Manifest, wanted: Wanted, scratch: Path) -> list[str]:
    unprepared = prepare(Layout(), manifest)
    if unprepared:
        return [unprepared]
    found = [problem for check in STATIC_CHECKS if check[0] in manifest.paths for problem in check[1](wanted)]
    with ExitStack() as running:
        for unit, trial in TRIALS.items():
            if unit in manifest.units:
                found += trial(wanted, scratch, running)
    return found


# --- Checks that need no process ---


def _nftables(wanted: Wanted) -> list[str]:
    # The filter of this network namespace: nobody's but the try-out's, and gone before a process is tried in it.
    ran = run("nft", "-f", "/etc/nftables.conf")
    wanted.measured["nftables"] = ask_host.tables() if ran.ok else {}
    run("nft", "flush", "ruleset")
    return [] if ran.ok else [f"nftables refuses the rules: {ran}"]


def _chrony(_wanted: Wanted) -> list[str]:
    ran = run("chronyd", "-p", "-f", "/etc/chrony/chrony.conf")
    return [] if ran.ok else [f"chrony refuses its configuration: {ran}"]


def _dnsmasq(_wanted: Wanted) -> list[str]:
    ran = run("dnsmasq", "--test", "-C", "/etc/dnsmasq.conf")
    return [] if ran.ok else [f"dnsmasq refuses its configuration: {ran}"]


def _nginx(_wanted: Wanted) -> list[str]:
    ran = run("nginx", "-t", "-q")
    return [] if ran.ok and not ran.output.strip() else [f"nginx refuses its configuration: {ran}"]


STATIC_CHECKS: tuple[tuple[str, Callable[[Wanted], list[str]]], ...] = (
    ("/etc/nftables.conf", _nftables),
    ("/etc/chrony/chrony.conf", _chrony),
    ("/etc/dnsmasq.conf", _dnsmasq),
    ("/etc/nginx/nginx.conf", _nginx),
)
"""Checks by the managed file that they are for."""


# --- Processes on trial ---


def _asterisk(wanted: Wanted, scratch: Path, running: ExitStack) -> list[str]:
    _have_log(Path("/etc/asterisk/logger.conf"))
    command = ("asterisk", "-f", "-U", "asterisk", "-G", "asterisk")
    trial = running.enter_context(_Trial("asterisk", command, scratch, Path("/var/log/asterisk") / TRIAL_LOG))
    if not trial.answers(lambda: _says(lambda: asterisk("core waitfullybooted"))):
        return trial.complaints() or [trial.silence()]
    found = [*readback.problems(wanted, ("asterisk.service",)), *trial.complaints()]
    if not found:
        wanted.measured["dialplan"] = ask_asterisk.settled(lambda: ask_asterisk.dialplan(wanted.names("contexts")))
        wanted.measured["marks"] = ask_asterisk.settled(ask_asterisk.marks)
        wanted.measured["beside"] = ask_asterisk.beside()
    if not found:
        found, wanted.measured["untried"] = doors.closed(wanted.expect["doors"], Path("/var/log/asterisk") / STEPS_LOG)
    return found


TRIAL_LOG, STEPS_LOG = ask_asterisk.TRIAL_LOGS


def _says(ask: Callable[[], object]) -> bool:
    """Whether somebody is there to be asked."""
    try:
        return bool(ask())
    except UnreadableError:
        return False


def _have_log(logger: Path) -> None:
    # The release's own log settings may leave warnings out; on trial they are all wanted.
    text = logger.read_text() if logger.is_file() else ""
    logger.unlink(missing_ok=True)
    # Every step of every number is logged: more at a time than a host that is busy can write.
    general = f"{_section(text, 'general')}\nlogger_queue_limit = {LOG_QUEUE}\n"
    logs = f"{_section(text, 'logfiles')}\n{TRIAL_LOG} => warning,error\n{STEPS_LOG} => verbose(3)\n"
    logger.write_text(f"{text}\n{general}{logs}")
    logger.chmod(0o644)


def _section(text: str, name: str) -> str:
    return f"[{name}](+)" if re.search(rf"^\[{name}\]", text, re.MULTILINE) else f"[{name}]"


def _kamailio(wanted: Wanted, scratch: Path, running: ExitStack) -> list[str]:
    settings = _kamailio_settings()
    base = ("kamailio", "-f", settings.get("CFGFILE", "/etc/kamailio/kamailio.cfg"))
    checked = run(*base, "-c", "-E")
    if not checked.ok:
        return list(complaints(checked.output, "kamailio")) or [f"Kamailio refuses its script: {checked}"]
    memory = ("-m", settings.get("SHM_MEMORY", "64"), "-M", settings.get("PKG_MEMORY", "8"))
    command = (*base, *memory, "-DD", "-E", "-u", "kamailio", "-g", "kamailio", "-P", "/run/kamailio/kamailio.pid")
    trial = running.enter_context(_Trial("kamailio", command, scratch))
    if not trial.answers(lambda: _says(lambda: kamailio("core.uptime"))):
        return trial.complaints() or [trial.silence()]
    wanted.measured["registrations"] = ask_kamailio.registrations()
    return [*readback.problems(wanted, ("kamailio.service",)), *trial.complaints()]


def _kamailio_settings() -> dict[str, str]:
    files = [Path("/etc/default/kamailio"), *sorted(Path("/etc/default/kamailio.d").glob("*"))]
    lines = (line.split("=", 1) for file in files if file.is_file() for line in file.read_text().splitlines())
    return {pair[0].strip(): shlex.split(pair[1])[0] for pair in lines if len(pair) == 2 and pair[0][:1].isalpha()}


def _rtpengine(_wanted: Wanted, scratch: Path, running: ExitStack) -> list[str]:
    config = Path("/etc/rtpengine/rtpengine.conf")
    # No table: the kernel's forwarding belongs to the running one.
    command = ("rtpengine", "-f", "-E", "--no-log-timestamps", "--config-file", str(config), "--table=-1")
    port = _control_port(config.read_text() if config.is_file() else "")
    trial = running.enter_context(_Trial("rtpengine", (*command, "--pidfile", "/run/rtpengine/trial.pid"), scratch))
    answers = trial.answers(lambda: _pong(port))
    return trial.complaints() or ([] if answers else [trial.silence()])


def _control_port(config: str) -> int:
    match = re.search(r"^\s*listen-ng\s*=\s*(?:.*:)?(\d+)\s*$", config, re.MULTILINE)
    return int(match[1]) if match else 2223


def _pong(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(0.3)
        try:
            # Connected: where nobody listens yet, that is said at once.
            asking.connect(("127.0.0.1", port))
            asking.send(b"ccstack d7:command4:pinge")
            return b"4:pong" in asking.recv(200)
        except OSError:
            return False


def _kea(wanted: Wanted, scratch: Path, running: ExitStack) -> list[str]:
    # Its lock is for log files that several servers share; there are none.
    command = ("env", "KEA_LOCKFILE_DIR=none", "kea-dhcp4", "-c", "/etc/kea/kea-dhcp4.conf")
    trial = running.enter_context(_Trial("kea", command, scratch))
    if not trial.answers(lambda: _says(lambda: kea("status-get"))):
        return trial.complaints() or [trial.silence()]
    return [*readback.problems(wanted, ("kea-dhcp4-server.service",)), *trial.complaints()]


TRIALS: dict[str, Callable[[Wanted, Path, ExitStack], list[str]]] = {
    "rtpengine-daemon.service": _rtpengine,
    "asterisk.service": _asterisk,
    "kamailio.service": _kamailio,
    "kea-dhcp4-server.service": _kea,
}
"""What is tried for each unit, in the order of starting; all run on until the last has been asked."""


class _Trial:
    """A process on trial: its output is in a file, and what it logs may be in another."""

    def __init__(self, engine: str, command: tuple[str, ...], scratch: Path, *logs: Path) -> None:
        self._engine, self._command = engine, command
        self._log = scratch / f"{engine}.log"
        self._logs = (self._log, *logs)

    def __enter__(self) -> _Trial:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def __exit__(self, *_exc: object) -> None:
        # What it would put in order is as much on trial as it is, and Asterisk takes two seconds for that.
        self._process.kill()
        self._process.wait()

    def answers(self, asked: Callable[[], bool]) -> bool:
        """Whether it answers before the deadline, and before it ends."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if asked():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def complaints(self) -> list[str]:
        """Warnings and errors in its output and logs."""
        texts = (log.read_text(errors="replace") for log in self._logs if log.is_file())
        return list(complaints("\n".join(texts), self._engine))

    def silence(self) -> str:
        """That it did not come up, with its last words."""
        code = self._process.poll()
        state = f"ended with code {code}" if code is not None else f"did not answer within {START_SECONDS:.0f} s"
        return f"{self._engine} on trial {state}: {self._log.read_text(errors='replace')[-1000:].strip()}"
