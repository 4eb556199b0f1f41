"""A lab: raise it, look at it, work in it, break it, take it down."""

import os
import pwd
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import image, netns, ssh, wan
from .errors import LabError
from .fabric import CONTROL, Fabric, LinkEnds, fabric_of, host_port, space_of_far_end, space_of_host
from .host import RunningHost
from .machine import INOTIFY_PER_HOST, Cgroup, Runner, inotify_instances, lab_cgroup, refuse_unfit_machine
from .state import DEFAULT_PLACES, Places, State
from .status import LabStatus, status_of
from .switches import bay
from .topology import Core, LabHost, LabSwitch, LabTopology

Say = Callable[[str], None]


def say_on_stderr(line: str) -> None:
    """How progress is told unless the caller has a better way."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Raised:
    """What `up` did: in words, nothing if all was there; and how long it took in seconds."""

    changes: tuple[str, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class TakenDown:
    """What `down` removed: counts, all zero if there was nothing."""

    processes: int
    namespaces: int
    disks: int


@dataclass(frozen=True, slots=True)
class Lab:
    """One lab on this machine, by name, whether it is up or not."""

    name: str
    places: Places = DEFAULT_PLACES
    say: Say = say_on_stderr

    @property
    def state(self) -> State:
        """Its files and names."""
        return State(self.name, self.places)

    @property
    def switches(self) -> bay.SwitchBay:
        """Its switches."""
        return bay.SwitchBay(self.state)

    def up(self, topology: LabTopology, *, blueprint_folder: Path = Path(), host_keys: Path | None = None) -> Raised:
        """Raise what is missing, and return when every host is up. LabError if it cannot be raised.

        Key files that the blueprint names are looked for below `blueprint_folder`; `host_keys` is a folder with the
        private halves of pinned host keys, by host name.

        Hosts that changed in the blueprint start anew with empty disks; hosts that are gone are removed. Where
        networks or far ends changed, every host is power-cycled and keeps its disk. Links stay as they were left.
        """
        started = time.monotonic()
        refuse_unfit_machine()
        bay.refuse_without_tools(topology)
        ssh.refuse_unusable(topology, blueprint_folder, host_keys, Runner())
        image.ensure(self.places.images, self.say)  # before the lock, since it may take a minute
        with self.state.locked() as lock:
            run = Runner(lock)
            changes = self._clear_outdated(topology, run)
            self.state.write_topology(topology)
            disk = self._image()
            ssh.ensure(self.state.ssh, topology, host_keys, run)
            keys = {h.name: ssh.authorized(h, self.state.ssh, blueprint_folder, run) for h in topology.hosts}
            changes += self._ensure_network(topology, run)
            changes += self.switches.ensure(topology, blueprint_folder)
            changes += self._ensure_hosts(topology.hosts, disk, keys)
        return Raised(tuple(changes), time.monotonic() - started)

    @contextmanager
    def raised(
        self,
        topology: LabTopology,
        *,
        blueprint_folder: Path = Path(),
        host_keys: Path | None = None,
        keep: bool = False,
    ) -> Iterator[Raised]:
        """The lab for a while: made from nothing, and gone afterwards, whatever happens in between.

        What a run that was killed has left under this name goes first: its disks remember who was logged in, and which
        lease was whose. One that is at work under it is waited for. `keep` finds the lab as it was left, and leaves it
        so. Otherwise as `up`.
        """
        with self.state.reserved():
            if not keep:
                self.down()
            try:
                yield self.up(topology, blueprint_folder=blueprint_folder, host_keys=host_keys)
            finally:
                if not keep:
                    self.down()

    def _image(self) -> image.Image:
        """The image that the lab's disks were made for; a newer one must not be put under them."""
        note = self.state.directory / "image"
        if not note.exists():
            note.write_text(str(image.ensure(self.places.images, self.say).path))
        path = Path(note.read_text())
        if not path.exists():
            raise LabError(f"the image of lab {self.name} is gone from {path}: take the lab down and raise it again")
        return image.Image(path)

    def _clear_outdated(self, topology: LabTopology, run: Runner) -> list[str]:
        before = self.state.topology()
        if before is None:
            self._remove_all(run)  # whatever a crash left under this name
            return []
        changes = []
        for host in before.hosts:
            if topology.host(host.name) != host:
                self._power_off(host, run)
                shutil.rmtree(RunningHost(host, self.state).disk.path, ignore_errors=True)
                changes.append(f"host {host.name} removed")
        if _network_part(before) != _network_part(topology):
            lab_cgroup(self.name).end()
            netns.remove(netns.spaces_of(self.state), run)
            changes.append("networks removed")
        return changes

    def _ensure_network(self, topology: LabTopology, run: Runner) -> list[str]:
        fabric = fabric_of(topology)
        changes = netns.ensure(fabric, self.state, run, wan.held_ports(fabric.links, self.state))
        for ends in fabric.links:
            condition = wan.condition_of(ends, self.state)
            if not condition.whole and (changes or not wan.is_kept(ends, condition, self.state)):
                wan.set_condition(ends, condition, self.state, run)
                changes.append(f"link {ends.link.name} {condition}")
        if changes:
            self.say(f"lab {self.name}: {len(fabric.spaces)} namespaces, {len(fabric.cables)} cables")
        return changes

    def _ensure_hosts(
        self, specs: Sequence[LabHost], disk: image.Image, keys: Mapping[str, Sequence[str]]
    ) -> list[str]:
        hosts = [RunningHost(spec, self.state) for spec in specs]
        dead = [host for host in hosts if host.init_pid() is None]
        if len(dead) * INOTIFY_PER_HOST > inotify_instances():
            self.say(f"{len(dead)} hosts need more inotify instances: sysctl fs.inotify.max_user_instances=1024")
        for host in dead:
            host.boot(disk, self.state.ssh, keys[host.spec.name])
        for host in hosts:
            host.wait()  # also for those that an interrupted `up` began
            if host in dead:
                self.say(f"lab {self.name}: host {host.spec.name} is up")
        return [f"host {host.spec.name} started" for host in dead]

    def down(self) -> TakenDown:
        """Take everything down and forget it, also what a killed `up` left. Nothing happens if nothing is there."""
        refuse_unfit_machine()
        _refuse_from_within(self)
        with self.state.locked() as lock:
            gone = self._remove_all(Runner(lock))
            self.state.forget_lock()
            return gone

    def _remove_all(self, run: Runner) -> TakenDown:
        group = lab_cgroup(self.name)
        processes = len(group.pids())
        group.end()
        spaces = netns.spaces_of(self.state)
        processes += netns.remove(spaces, run)
        disks = len(list(self.state.disks.glob("*"))) if self.state.disks.exists() else 0
        shutil.rmtree(self.state.disks, ignore_errors=True)
        shutil.rmtree(self.state.directory, ignore_errors=True)
        return TakenDown(processes, len(spaces), disks)

    def status(self) -> LabStatus:
        """What it looks like now. LabError if it is down."""
        return status_of(self.state.topology_or_refuse(), self.state)

    def command(self, argv: Sequence[str], where: str = CONTROL) -> list[str]:
        """`argv` as it is to be run on this machine so that it runs in the lab.

        `where` is `control` (this machine's own files, the lab's network, and ~/.ssh of the lab), a far end (the
        same), or a host (its own files and processes). LabError if there is no such place.
        Whatever it starts ends with the lab.
        """
        topology = self.state.topology_or_refuse()
        host = topology.host(where)
        if host is not None:
            return RunningHost(host, self.state).command(argv)
        space = netns.NETNS / self.namespace(where)
        guest = Cgroup(lab_cgroup(self.name).path / "guests")
        guest.make()
        home_ssh = Path(pwd.getpwuid(os.geteuid()).pw_dir) / ".ssh"  # where ssh looks, whatever $HOME says
        home_ssh.mkdir(mode=0o700, exist_ok=True)
        own_ssh = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
        return guest.joined(
            [
                *("nsenter", f"--net={space}", "unshare", "--mount", "--propagation", "private"),
                *("sh", "-ec", own_ssh, "ssh", str(self.state.ssh), str(home_ssh), *argv),
            ]
        )

    def namespace(self, where: str) -> str:
        """The name below /run/netns of `control` or of a far end, for those who enter it themselves."""
        topology = self.state.topology_or_refuse()
        return self.state.space(_space_named(topology, where))

    def exec(self, argv: Sequence[str], where: str = CONTROL, env: Mapping[str, str] | None = None) -> int:
        """Run a command in the lab with this terminal, and return its exit code. See `command`.

        Where the blueprint has the operator's ssh key in an environment variable, that holds the lab's own key.
        """
        # Labs may have the same addresses: connections that Ansible keeps open are kept apart.
        kept = {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.state.directory / "cp")}
        whole = {**os.environ, **self.variables(), **kept, **(env or {})}
        return subprocess.run(self.command(argv, where), env=whole, check=False).returncode

    def variables(self) -> dict[str, str]:
        """The environment variables that the blueprint has for keys and passwords of its machines, as the lab made them
        (a password that is set already stays as it is)."""
        topology = self.state.topology_or_refuse()
        return ssh.key_variables(self.state.ssh, topology) | bay.secret_variables(self.state, topology)

    def cut(self, end: str, core: Core = Core.WAN) -> None:
        """Cut the link from a site (or far end) to a core: nothing passes, and nobody is told."""
        self._set_link(end, core, wan.Condition(cut=True))

    def restore(self, end: str, core: Core = Core.WAN) -> None:
        """Make a link whole again."""
        self._set_link(end, core, wan.Condition())

    def impair(self, end: str, core: Core = Core.WAN, *, delay_ms: float = 0.0, loss_percent: float = 0.0) -> None:
        """Delay a link (milliseconds) and lose frames (percent), in each direction."""
        self._set_link(end, core, wan.Condition(delay_ms=delay_ms, loss_percent=loss_percent))

    def _set_link(self, end: str, core: Core, condition: wan.Condition) -> None:
        ends = _link_named(fabric_of(self.state.topology_or_refuse()), end, core)
        with self.state.locked() as lock:
            wan.set_condition(ends, condition, self.state, Runner(lock))

    def kill(self, host: str) -> None:
        """Power loss: the host's cables go dead first, so that its dying connections tell nobody. Its disk stays."""
        spec = _host_named(self.state.topology_or_refuse(), host)
        with self.state.locked() as lock:
            self._power_off(spec, Runner(lock))

    def _power_off(self, spec: LabHost, run: Runner) -> None:
        space = self.state.space(space_of_host(spec.name))
        if space in netns.spaces_of(self.state):
            for index, at in enumerate(spec.addresses):
                port = host_port(spec, index, at.network)
                run("ip", "-n", self.state.space(port.space), "link", "set", port.interface, "down", accept=(0, 1))
        RunningHost(spec, self.state).cgroup.end()
        if space in netns.spaces_of(self.state):
            netns.remove([space], run)

    def start(self, host: str) -> None:
        """Start a killed host again, with the disk that it had. Returns when it is up; nothing happens if it runs."""
        topology = self.state.topology_or_refuse()
        spec = _host_named(topology, host)
        with self.state.locked() as lock:
            self._ensure_network(topology, Runner(lock))
            self._ensure_hosts([spec], self._image(), {host: []})  # the keys are on its disk


def _network_part(topology: LabTopology) -> LabTopology:
    """What means other cables when it changes. A switch's ports, its access, and who gives addresses do not."""
    places = tuple(
        LabSwitch(name=one.name, site=one.site, platform=one.platform, at=one.at, interfaces=())
        for one in topology.switches
    )
    sites = tuple(
        site.model_copy(update={"networks": tuple(n.model_copy(update={"dhcp_servers": ()}) for n in site.networks)})
        for site in topology.sites
    )
    return topology.model_copy(update={"hosts": (), "switches": places, "sites": sites})


def _host_named(topology: LabTopology, name: str) -> LabHost:
    host = topology.host(name)
    if host is None:
        known = ", ".join(h.name for h in topology.hosts)
        raise LabError(f"lab {topology.lab} has no host {name}; it has: {known}")
    return host


def _link_named(fabric: Fabric, end: str, core: Core) -> LinkEnds:
    found = next((ends for ends in fabric.links if ends.link.end == end and ends.link.core is core), None)
    if found is None:
        known = ", ".join(ends.link.name for ends in fabric.links)
        raise LabError(f"there is no link {end}/{core.value}; there are: {known}")
    return found


def _space_named(topology: LabTopology, where: str) -> str:
    if where == CONTROL:
        return CONTROL
    if any(far.name == where for far in topology.far_ends):
        return space_of_far_end(where)
    known = [CONTROL, *(h.name for h in topology.hosts), *(f.name for f in topology.far_ends)]
    raise LabError(f"lab {topology.lab} has no place {where}; it has: {', '.join(known)}")


def _refuse_from_within(lab: Lab) -> None:
    """A command that runs in the lab would end itself half way."""
    if os.getpid() in [*lab_cgroup(lab.name).pids(), *netns.dwellers(netns.spaces_of(lab.state))]:
        raise LabError(f"lab {lab.name} cannot be taken down from within itself; leave `ccstack lab exec` first")
