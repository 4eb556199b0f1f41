"""What the lab asks of this machine: is it fit, run a tool, put a process into a cgroup and end it there."""

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError

TOOLS = ("ip", "nsenter", "unshare", "mount", "umount", "setpriv", "ssh-keygen", "sh")
"""Debian: iproute2, util-linux, mount, openssh-client."""

PACKAGE_OF = {"ip": "iproute2", "ssh-keygen": "openssh-client", "mount": "mount", "umount": "mount", "sh": "dash"}


def refuse_unfit_machine(extra_tools: Sequence[str] = ()) -> None:
    """LabError with everything that is missing on this machine for a lab."""
    problems = list(_shortcomings([*TOOLS, *extra_tools]))
    if problems:
        raise LabError(["this machine cannot raise a lab:", *(f"  - {problem}" for problem in problems)])


def _shortcomings(tools: Sequence[str]) -> Iterator[str]:
    if sys.platform != "linux":
        yield f"it runs {sys.platform}; network namespaces need Linux 5.14 or newer"
        return
    if os.geteuid() != 0:
        yield "not root: namespaces, mounts and cgroups need it; run it with sudo, or in a virtual machine of yours"
    if missing := [tool for tool in tools if shutil.which(tool) is None]:
        packages = sorted({PACKAGE_OF.get(tool, "mmdebstrap" if "debs" in tool else "util-linux") for tool in missing})
        yield f"tools missing: {', '.join(missing)}; on Debian: apt-get install {' '.join(packages)}"
    if "overlay" not in Path("/proc/filesystems").read_text().split():
        yield "no overlayfs in the kernel; try: modprobe overlay"
    if cgroup_mount() is None:
        yield "no cgroup2 hierarchy is mounted; try: mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified"


def cgroup_mount() -> Path | None:
    """Where the cgroup2 hierarchy is mounted on this machine."""
    mounts = (line.split() for line in Path("/proc/self/mounts").read_text().splitlines())
    return next((Path(fields[1]) for fields in mounts if fields[2] == "cgroup2"), None)


INOTIFY_PER_HOST = 4
"""What systemd and dbus of an idle host take; without them its units fail."""


def inotify_instances() -> int:
    """How many inotify instances this machine allows a user (inotify(7)); the hosts' root is one user."""
    return int(Path("/proc/sys/fs/inotify/max_user_instances").read_text())


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs tools for a lab. `lock` is inherited by every tool, see `State.locked`."""

    lock: int | None = None

    def __call__(self, *argv: str, stdin: str | None = None, accept: Sequence[int] = (0,)) -> str:
        """What the tool printed; LabError with what it said if its exit code is not accepted."""
        done = subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            pass_fds=() if self.lock is None else (self.lock,),
        )
        if done.returncode not in accept:
            said = done.stderr.strip() or done.stdout.strip()
            raise LabError(f"{' '.join(argv)}: exit code {done.returncode}: {said}")
        return done.stdout


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A directory of the cgroup2 hierarchy, and whatever runs below it."""

    path: Path

    def make(self) -> None:
        """Create it, if it is not there."""
        self.path.mkdir(parents=True, exist_ok=True)

    @property
    def procs(self) -> Path:
        """The file into which a process writes its id to join."""
        return self.path / "cgroup.procs"

    def pids(self) -> list[int]:
        """Every process in it and below it."""
        # os.walk takes it calmly when a service ends and its group goes away meanwhile.
        groups = [Path(group) for group, _, _ in os.walk(self.path)]
        return sorted({int(pid) for group in groups for pid in _lines(group / "cgroup.procs")})

    def end(self, seconds: float = 60.0) -> None:
        """Kill every process in it at once, wait until they are gone, and remove it. LabError if they stay."""
        if not self.path.exists():
            return
        (self.path / "cgroup.kill").write_text("1")
        wait_until(lambda: not self.pids(), seconds, lambda: f"processes in {self.path} do not end: {self.pids()}")
        # A process with many threads is out of the list before the kernel has done with all of them.
        wait_until(self._removed, seconds, lambda: f"{self.path} is busy although no process is left in it")

    def _removed(self) -> bool:
        try:
            for group, _, _ in os.walk(self.path, topdown=False):
                os.rmdir(group)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
        return not self.path.exists()

    def joined(self, argv: Sequence[str]) -> list[str]:
        """`argv` as a command that joins the group before anything else. The group must exist."""
        return ["sh", "-c", 'echo $$ > "$1"; shift; exec "$@"', "join", str(self.procs), *argv]

    def spawn(self, argv: Sequence[str], output: Path, env: Mapping[str, str] | None = None) -> None:
        """Start a process in the group that stays when we end. What it says is added to `output`.

        It has joined when this returns. It joins between fork and exec, while it still has the lab's lock from us:
        whoever gets the lock next finds it in the group, even if we are killed here.
        """
        self.make()
        output.parent.mkdir(parents=True, exist_ok=True)
        with output.open("ab") as stream:
            subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                env=env,
                preexec_fn=self._join,
            )

    def _join(self) -> None:
        self.procs.write_text(f"{os.getpid()}")


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []  # the group went away, or is of a kind that lists no processes


def lab_cgroup(lab: str) -> Cgroup:
    """The group that holds every process of a lab. LabError on a machine without cgroup2."""
    mount = cgroup_mount()
    if mount is None:
        raise LabError("no cgroup2 hierarchy is mounted")
    return Cgroup(mount / f"cc-{lab}")


def wait_until(condition: Callable[[], bool], seconds: float, otherwise: Callable[[], str]) -> None:
    """Return as soon as the condition holds; LabError with `otherwise()` after that many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(otherwise())
        time.sleep(0.01)
