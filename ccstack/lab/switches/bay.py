"""The switches of a lab from outside: raised, plugged, typed at, broken."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ccstack.lab.errors import LabError
from ccstack.lab.fabric import SWITCHES, bridge_of, core_port, network_port, router_of, space_of_switch
from ccstack.lab.machine import Cgroup, Runner, lab_cgroup, wait_until
from ccstack.lab.netns import NETNS
from ccstack.lab.state import State
from ccstack.lab.topology import LabSwitch, LabTopology

from .ovs import SCHEMA, TOOLS
from .plan import PlanLogin, PlanNetwork, PlanSwitch, SwitchesPlan, commands_socket, plan_file, write_plan

_START_S = 120.0
_ANSWER_S = 120.0


def refuse_without_tools(topology: LabTopology) -> None:
    """LabError when the lab has switches and this machine no Open vSwitch, or no TAP devices."""
    if not topology.switches:
        return
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing or not SCHEMA.exists():
        raise LabError("the lab's switches need Open vSwitch; on Debian: apt-get install openvswitch-switch")
    if not Path("/dev/net/tun").exists():
        raise LabError("/dev/net/tun is missing, and the lab's switches need it; try: modprobe tun")


class SwitchBay:
    """The switches of a lab that is up."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._folder = state.directory / "switches"

    @property
    def _group(self) -> Cgroup:
        return Cgroup(lab_cgroup(self._state.lab).path / "switches")

    @property
    def is_running(self) -> bool:
        """Whether the process that plays them runs."""
        return bool(self._group.pids())

    def ensure(self, topology: LabTopology, blueprint_folder: Path) -> list[str]:
        """Start what is missing; what was done, in words. Switches that changed in the blueprint restart with what
        they had saved, and so do the others: one process plays them all."""
        if not topology.switches:
            self._group.end()
            return []
        changed = write_plan(self._folder, self._plan(topology, blueprint_folder))
        if self.is_running and not changed and commands_socket(self._folder).exists():
            return []
        self.stop()
        log = self._folder / "switches.log"
        self._group.spawn([sys.executable, "-m", "ccstack.lab.switches.daemon", str(self._folder)], log)
        path = commands_socket(self._folder)
        wait_until(
            lambda: path.exists() or not self.is_running, _START_S, lambda: f"the switches do not start; see {log}"
        )
        if not path.exists():
            raise LabError(f"the switches do not start; see {log}")
        return [f"{len(topology.switches)} switch{'es' * (len(topology.switches) > 1)} started"]

    def stop(self) -> None:
        """End the process; saved configurations stay."""
        self._group.end()
        commands_socket(self._folder).unlink(missing_ok=True)
        space = NETNS / self._state.space(SWITCHES)
        if space.exists():
            self._sweep()

    def _sweep(self) -> None:
        """Cables that the process before laid: whose switch is gone, is out."""
        run, name = Runner(), self._state.space(SWITCHES)
        links = json.loads(run("ip", "-n", name, "-json", "link", "show") or "[]")
        for link in links:
            if link["ifname"].startswith("s") and link.get("link_type") == "ether":
                run("ip", "-n", name, "link", "del", link["ifname"], accept=(0, 1))

    # what the process is told

    def _plan(self, topology: LabTopology, blueprint_folder: Path) -> SwitchesPlan:
        cores = {site.name: number for number, site in enumerate(topology.sites)}
        return SwitchesPlan(
            space=NETNS / self._state.space(SWITCHES),
            saved=self._folder / "saved",
            switches=tuple(self._switch(one, cores[one.site], blueprint_folder) for one in topology.switches),
            networks=tuple(
                PlanNetwork(
                    core=cores[site.name],
                    vlan=network.vlan,
                    cable=core_port(cores[site.name], network.vlan),
                    router=NETNS / self._state.space(router_of(site.name)),
                    bridge=bridge_of(network.name),
                    router_port=network_port(network.name),
                    gateway=network.gateway,
                    subnet=network.subnet,
                    servers=network.dhcp_servers,
                )
                for site in topology.sites
                for network in site.networks
                if network.vlan is not None and any(one.site == site.name for one in topology.switches)
            ),
        )

    def _switch(self, one: LabSwitch, core: int, blueprint_folder: Path) -> PlanSwitch:
        own = (self._state.ssh / "id_ed25519.pub").read_text().strip()
        keys = [own]
        if one.key_file is not None:
            private = str(blueprint_folder / one.key_file)
            keys.append(Runner()("ssh-keygen", "-y", "-P", "", "-f", private).strip())
        password = self._secret(one, "password", one.password_file, one.password_variable, blueprint_folder)
        return PlanSwitch(
            name=one.name,
            platform=one.platform,
            core=core,
            interfaces=one.interfaces,
            uplinks=one.uplinks,
            space=NETNS / self._state.space(space_of_switch(one.name)),
            address=one.at.address,
            port=one.ssh_port,
            logins=tuple(PlanLogin(user=one.ssh_user, password=password, key=key) for key in keys),
            enable=self._secret(one, "enable", one.enable_file, one.enable_variable, blueprint_folder),
            host_key=self._state.ssh / "hosts" / one.name,
        )

    def _secret(self, one: LabSwitch, what: str, file: str | None, variable: str | None, folder: Path) -> str | None:
        """As the blueprint has it: from its file or variable; for one that nobody has set, the lab makes a value."""
        if file is not None:
            path = folder / file
            if not path.exists():
                raise LabError(f"switch {one.name}: access.{what} is {path}, which is not there")
            return path.read_text().split("\n", 1)[0]
        if variable is None:
            return None
        return os.environ.get(variable) or made_secret(self._state, variable)

    # commands

    def plug(self, switch: str, interface: str, namespace: str, ifname: str) -> None:
        """Lay a cable from a port to `ifname`, an interface that is made in a namespace (its machine-wide name below
        /run/netns). A cable that is in the port is pulled out first. LabError if there is no such port."""
        self._ask("plug", switch=switch, interface=interface, namespace=namespace, ifname=ifname)

    def unplug(self, switch: str, interface: str) -> None:
        """Pull a cable out at the switch; nothing happens if there is none."""
        self._ask("unplug", switch=switch, interface=interface)

    def run(self, switch: str, lines: Sequence[str]) -> list[dict[str, str]]:
        """Enter lines at the switch's console, from its first prompt on; each `prompt`, `line` and what was `said`."""
        found: list[dict[str, str]] = self._ask("run", switch=switch, lines=list(lines))
        return found

    def fault(self, switch: str, **given: Any) -> dict[str, Any]:
        """Set what goes wrong: `latency_s`, `refuse` (a regular expression), `drop_at`, `reboot_on_save`,
        `unreachable`; what goes wrong from now on."""
        found: dict[str, Any] = self._ask("fault", switch=switch, **given)
        return found

    def reload(self, switch: str) -> None:
        """Take a switch's power and give it again: unsaved work is lost."""
        self._ask("reload", switch=switch)

    def status(self) -> list[dict[str, Any]]:
        """How the switches are; nothing when the process does not run."""
        found: list[dict[str, Any]] = self._ask("status") if commands_socket(self._folder).exists() else []
        return found

    def _ask(self, verb: str, **values: Any) -> Any:
        if not plan_file(self._folder).exists():
            raise LabError(f"lab {self._state.lab} has no switches")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
            made.settimeout(_ANSWER_S)
            try:
                made.connect(str(commands_socket(self._folder)))
                with made.makefile("rwb") as stream:
                    stream.write(json.dumps({"do": verb, "with": values}).encode() + b"\n")
                    stream.flush()
                    line = stream.readline()
            except OSError as error:
                why = f"the switches of lab {self._state.lab} do not answer: {error}"
                raise LabError(f"{why}; `ccstack lab up` starts them again") from None
        answer: Mapping[str, Any] = json.loads(line or b'{"error": "their process has ended"}')
        if "error" in answer:
            raise LabError(f"the switches of lab {self._state.lab}: {answer['error']}")
        return answer["result"]


def made_secret(state: State, variable: str) -> str:
    """What the lab gives a variable that the blueprint names for a password and nobody has set; the same every time."""
    path = state.ssh / "variables" / variable
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(12))
    return path.read_text()


def secret_variables(state: State, topology: LabTopology) -> dict[str, str]:
    """The variables that the blueprint has for switches' passwords, keys and enable secrets, with their values."""
    names = [name for one in topology.switches for name in (one.password_variable, one.enable_variable) if name]
    made = {name: os.environ.get(name) or made_secret(state, name) for name in names}
    own = (state.ssh / "id_ed25519").read_text() if topology.switches else ""
    return made | {one.key_variable: own for one in topology.switches if one.key_variable}
