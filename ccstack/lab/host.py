"""A lab host: layers of a disk, a namespace of the network, and real systemd as process 1 of its own.

The disk is mounted only inside the host, so nothing of it is left on this machine when the host ends. The host's own
layer stays on the machine's disk: a host that is killed starts again with everything that was written before.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .fabric import space_of_host
from .image import Image
from .machine import Cgroup, lab_cgroup, wait_until
from .netns import NETNS
from .state import State
from .topology import LabHost

BOOT_SECONDS = 180.0
"""A host that is not up by then will not be; a second is usual."""

DROPPED = "-sys_time,-sys_module,-sys_rawio,-mac_admin,-mac_override"
"""Capabilities that no lab host has: it shares this machine's clock and kernel, and must not set or load anything."""

_BOOT = r"""
set -eu
root=$1 layers=$2
mount -t overlay overlay -o "$layers" "$root"
cd "$root"
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --bind proc/sys/net proc/sys/net
mount -o remount,bind,rw proc/sys/net
if [ -e proc/sysrq-trigger ]; then
  mount --bind proc/sysrq-trigger proc/sysrq-trigger
  mount -o remount,bind,ro proc/sysrq-trigger
fi
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755,nosuid,nodev tmpfs run
mount -t tmpfs -o mode=755,nosuid tmpfs dev
mkdir dev/pts dev/shm dev/mqueue
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
for node in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0'; do
  set -- $node
  mknod -m 666 "dev/$1" c "$2" "$3"
done
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
pivot_root . mnt
exec env -i container=ccstack PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=linux \
  chroot . sh -c 'umount -l /mnt && exec setpriv --bounding-set "$1" /sbin/init' init "$DROPPED"
"""


@dataclass(frozen=True, slots=True)
class Disk:
    """Where a host's own layer lies on this machine."""

    path: Path

    @property
    def upper(self) -> Path:
        """What the host wrote. Do not write here while the host runs."""
        return self.path / "upper"

    def options(self, image: Sequence[Path]) -> str:
        """Mount options of overlayfs."""
        return f"lowerdir={':'.join(map(str, image))},upperdir={self.upper},workdir={self.path / 'work'}"


@dataclass(frozen=True, slots=True)
class RunningHost:
    """A handle on one host of a lab, running or not."""

    spec: LabHost
    state: State

    @property
    def cgroup(self) -> Cgroup:
        """The group that holds all of its processes."""
        return Cgroup(lab_cgroup(self.state.lab).path / f"host-{self.spec.name}")

    @property
    def disk(self) -> Disk:
        """Its own layer."""
        return Disk(self.state.disks / self.spec.name)

    def init_pid(self) -> int | None:
        """Process 1 of the host, as this machine numbers it; None while the host is down."""
        return next((pid for pid in self.cgroup.pids() if _is_init(pid)), None)

    def boot(self, image: Image, ssh: Path, keys: Sequence[str]) -> None:
        """Start it, with the disk that it has or a new one. Returns at once; see `wait`."""
        if not self.disk.path.exists():
            make_disk(self.disk, self.spec, image, ssh, keys)
        self.cgroup.end()  # remains of a start that was interrupted
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DROPPED": DROPPED}
        self.cgroup.spawn(self._boot_command(image), self.state.console(self.spec.name), environment)

    def _boot_command(self, image: Image) -> list[str]:
        space = NETNS / self.state.space(space_of_host(self.spec.name))
        alone = ("unshare", "--pid", "--fork", "--kill-child", "--mount", "--uts", "--ipc", "--cgroup")
        return [
            *("nsenter", f"--net={space}", *alone, "--propagation", "private"),
            *(
                "sh",
                "-c",
                _BOOT,
                "boot",
                str(self.disk.path / "root"),
                self.disk.options(image.layers(self.spec.image)),
            ),
        ]

    def wait(self) -> None:
        """Return when systemd has started everything that it starts at boot. LabError with its console otherwise."""
        wait_until(lambda: self._bus_answers() or not self.cgroup.pids(), BOOT_SECONDS, self._why_not_up)
        if not self.cgroup.pids():
            raise LabError(self._why_not_up())
        subprocess.run(
            self.command(["systemctl", "is-system-running", "--wait"]),
            capture_output=True,
            check=False,
            timeout=BOOT_SECONDS,
        )

    def _bus_answers(self) -> bool:
        pid = self.init_pid()
        return pid is not None and Path(f"/proc/{pid}/root/run/dbus/system_bus_socket").is_socket()

    def _why_not_up(self) -> str:
        console = self.state.console(self.spec.name)
        said = console.read_text(errors="replace").splitlines()[-10:] if console.exists() else []
        return "\n".join([f"host {self.spec.name} does not come up; its console ends with:", *said])

    def command(self, argv: Sequence[str]) -> list[str]:
        """`argv` as it is to be run on this machine so that it runs inside the host. LabError if the host is down."""
        pid = self.init_pid()
        if pid is None:
            raise LabError(f"host {self.spec.name} is down: start it with `ccstack lab start {self.spec.name}`")
        guest = Cgroup(self.cgroup.path / "guest")
        guest.make()
        inside = ("nsenter", "--target", str(pid), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8", "TERM=dumb")
        return guest.joined([*inside, "--root", "--wd", "--", *clean, *argv])


def _is_init(pid: int) -> bool:
    """Process 1 of a process namespace just below this machine's."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    numbers = re.search(r"^NSpid:\t(.*)$", status, re.MULTILINE)
    return numbers is not None and numbers[1].split()[-1] == "1"


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file that is a host's own from the start."""

    path: str
    content: str
    mode: int = 0o644
    owner: int = 0


def make_disk(disk: Disk, host: LabHost, image: Image, ssh: Path, keys: Sequence[str]) -> None:
    """A new layer for a host, with what is its own: name, keys, who may log in. Whole or not at all."""
    draft = disk.path.with_name(f"{host.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    for name in ("upper", "work", "root"):
        (draft / name).mkdir(parents=True)
    for file in _own_files(host, image, ssh, keys):
        _put(draft / "upper", file)
    draft.rename(disk.path)


def _own_files(host: LabHost, image: Image, ssh: Path, keys: Sequence[str]) -> Iterator[OwnFile]:
    yield OwnFile("etc/hostname", f"{host.name}\n")
    key = ssh / "hosts" / host.name
    # A machine id of its own (machine-id(5)): hosts with equal ids would mix up their journals.
    yield OwnFile("etc/machine-id", f"{hashlib.sha256(key.read_bytes()).hexdigest()[:32]}\n", 0o444)
    yield OwnFile("etc/hosts", _hosts_file(host))
    yield OwnFile("etc/ssh/ssh_host_ed25519_key", key.read_text(), 0o600)
    yield OwnFile("etc/ssh/ssh_host_ed25519_key.pub", key.with_name(f"{host.name}.pub").read_text())
    yield OwnFile("etc/ssh/sshd_config.d/lab.conf", _sshd_settings(host))
    authorized = "".join(f"{key}\n" for key in keys)
    if host.ssh_user == "root":
        yield OwnFile("root/.ssh/authorized_keys", authorized, 0o600)
    else:
        yield from _user_files(host.ssh_user, image.layers(host.image), authorized)


def _sshd_settings(host: LabHost) -> str:
    # UseDNS would wait for a resolver that is not there; a lab's playbook run opens many sessions at once.
    return f"Port {host.ssh_port}\nHostKey /etc/ssh/ssh_host_ed25519_key\nUseDNS no\nMaxStartups 100\n"


def _hosts_file(host: LabHost) -> str:
    own = host.addresses[0].address
    lines = ["127.0.0.1 localhost", f"{own} {host.name}"]
    lines += [f"{entry.address} {' '.join(entry.names)}" for entry in host.hosts_file if entry.address != own]
    return "\n".join(lines) + "\n"


USER_ID = 1000


def _user_files(user: str, layers: Sequence[Path], authorized: str) -> Iterator[OwnFile]:
    """A person who logs in with a key and may become root without a password."""
    rows = {
        "etc/passwd": (0o644, f"{user}:x:{USER_ID}:{USER_ID}::/home/{user}:/bin/bash\n"),
        "etc/group": (0o644, f"{user}:x:{USER_ID}:\n"),
        "etc/shadow": (0o640, f"{user}:*:20000:0:99999:7:::\n"),
    }
    for path, (mode, row) in rows.items():
        before = next(layer / path for layer in layers if (layer / path).exists()).read_text()
        yield OwnFile(path, before + row, mode)
    yield OwnFile("etc/sudoers.d/lab", f"{user} ALL=(ALL) NOPASSWD: ALL\n", 0o440)
    yield OwnFile(f"home/{user}/.ssh/authorized_keys", authorized, 0o600, USER_ID)


PRIVATE = frozenset({"root", ".ssh"})


def _put(root: Path, file: OwnFile) -> None:
    path = root / file.path
    for parent in reversed([p for p in path.parents if p.is_relative_to(root)]):
        if not parent.exists():
            parent.mkdir(mode=0o700 if parent.name in PRIVATE else 0o755)
            # Below /home everything is the person's own, /home itself is not.
            os.chown(parent, *((file.owner,) * 2 if parent != root / "home" else (0, 0)))
    path.write_text(file.content)
    path.chmod(file.mode)
    os.chown(path, file.owner, file.owner)
