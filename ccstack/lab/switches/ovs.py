"""Open vSwitch in user space, one for all switches of a lab: started here, ended with the lab's cgroup.

Sources: ovs-vswitchd.conf.db(5) for ports and their VLAN modes, ovs-actions(7) and ovs-fields(7) for flows,
ovs-vswitchd(8) for `fdb/show`.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ccstack.lab.errors import LabError

SCHEMA = Path("/usr/share/openvswitch/vswitch.ovsschema")
TOOLS = ("ovsdb-server", "ovsdb-tool", "ovs-vswitchd", "ovs-vsctl", "ovs-ofctl")
_START_S = 60.0


class OpenVSwitch:
    """The switch program of one lab; its files are below `folder`, its ports in the namespace at `space`."""

    def __init__(self, folder: Path, space: Path) -> None:
        self._folder, self._space = folder, space
        self._environment = {
            **os.environ,
            **{f"OVS_{what}DIR": str(folder) for what in ("RUN", "LOG", "DB", "SYSCONF")},
        }

    @property
    def _database(self) -> str:
        return f"unix:{self._folder / 'db.sock'}"

    @property
    def _control(self) -> Path:
        return self._folder / "vswitchd.ctl"

    def start(self) -> None:
        """Start with nothing configured. LabError with the log's place when it does not come up."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True, mode=0o700)
        self._run("ovsdb-tool", "create", str(self._folder / "conf.db"), str(SCHEMA))
        log = f"--log-file={self._folder / 'ovs.log'}"
        self._spawn("ovsdb-server", str(self._folder / "conf.db"), f"--remote=p{self._database}", log)
        self._wait(lambda: (self._folder / "db.sock").exists())
        self._run("ovs-vsctl", f"--db={self._database}", "--no-wait", "init")
        self._spawn("ovs-vswitchd", self._database, f"--unixctl={self._control}", log)
        self._wait(lambda: self._control.exists())

    def _spawn(self, *argv: str) -> None:
        inside = ["nsenter", f"--net={self._space}", *argv]
        with (self._folder / "out.log").open("ab") as out:
            subprocess.Popen(inside, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self._environment)

    def _wait(self, there: object) -> None:
        deadline = time.monotonic() + _START_S
        while not there():  # type: ignore[operator]
            if time.monotonic() > deadline:
                raise LabError(f"Open vSwitch does not start; see {self._folder}")
            time.sleep(0.02)

    def _run(self, *argv: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            argv, input=stdin, capture_output=True, text=True, check=False, env=self._environment, timeout=120
        )
        if done.returncode != 0:
            raise LabError(f"{argv[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def configure(self, commands: Iterable[Sequence[str]]) -> None:
        """Run several commands of ovs-vsctl(8) as one, and wait until they hold."""
        words = [word for command in commands for word in ("--", *command)]
        if words:
            self._run("ovs-vsctl", f"--db={self._database}", *words)

    def flows(self, bridge: str, flows: Iterable[str]) -> None:
        """Have exactly these flows on a bridge."""
        text = "".join(f"{flow}\n" for flow in flows)
        self._run("ovs-ofctl", "replace-flows", f"unix:{self._folder / f'{bridge}.mgmt'}", "-", stdin=text)

    def learned(self, bridge: str) -> list[tuple[int, int, str]]:
        """Who was heard on a bridge: OpenFlow port, VLAN, MAC address."""
        rows = [line.split() for line in self._ask("fdb/show", bridge).splitlines()[1:]]
        return [(int(row[0]), int(row[1]), row[2]) for row in rows if len(row) >= 3 and row[0].isdigit()]

    def _ask(self, *words: str) -> str:
        """A command of ovs-appctl(8), without starting a program for it (JSON-RPC 1.0)."""
        asked = {"method": words[0], "params": list(words[1:]), "id": 1}
        with socket.socket(socket.AF_UNIX) as made:
            made.settimeout(5)
            made.connect(str(self._control))
            made.sendall(json.dumps(asked).encode())
            data = b""
            while True:
                data += made.recv(65536)
                try:
                    answer: Mapping[str, object] = json.loads(data)
                except ValueError:
                    continue
                return str(answer.get("result") or "")
