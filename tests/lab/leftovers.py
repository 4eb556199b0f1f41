"""What of a lab, or of anything else with a name of its own, is still on this machine."""

from collections.abc import Iterator
from pathlib import Path

from ccstack.lab.machine import cgroup_mount
from ccstack.lab.netns import NETNS, dwellers
from ccstack.lab.state import DEFAULT_PLACES


def left_behind(name: str) -> list[str]:
    """Namespaces, mounts, cgroups, processes and directories whose name has `name` in it, in words."""
    return [*_namespaces(name), *_mounts(name), *_cgroups(name), *_processes(name), *_directories(name)]


def _namespaces(name: str) -> Iterator[str]:
    spaces = [path.name for path in NETNS.glob(f"*{name}_*")] if "/" not in name else []
    yield from (f"namespace {space}" for space in spaces)
    yield from (f"process {pid} in a namespace" for pid in dwellers(spaces))


def _mounts(name: str) -> Iterator[str]:
    yield from (line for line in Path("/proc/self/mounts").read_text().splitlines() if name in line)


def _cgroups(name: str) -> Iterator[str]:
    root = cgroup_mount()
    if root is not None and "/" not in name:
        yield from (str(path) for path in root.glob(f"cc-{name}"))


def _processes(name: str) -> Iterator[str]:
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            about = (directory / "cmdline").read_text() + (directory / "cgroup").read_text()
            root = str((directory / "root").readlink())
        except OSError:
            continue
        if name in about or name in root:
            yield f"process {directory.name}: {about!r}"


def _directories(name: str) -> Iterator[str]:
    if "/" not in name:
        places = (DEFAULT_PLACES.run / name, DEFAULT_PLACES.run / f"{name}.lock", DEFAULT_PLACES.disks / name)
        yield from (str(place) for place in places if place.exists())
