"""Where a lab keeps what it needs to know, and the lock that lets only one change it at a time.

Everything that a lab raises bears the lab's name, so that what a crash leaves behind is found by name alone:
namespaces `cc-<lab>_*`, the cgroup `cc-<lab>`, and these directories. No record has to be trusted for that.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import LabError
from .locks import alone, locked
from .topology import LabTopology


@dataclass(frozen=True, slots=True)
class Places:
    """The directories that labs use on this machine."""

    run: Path = Path("/run/ccstack/lab")
    disks: Path = Path("/var/lib/ccstack/lab")
    images: Path = Path("/var/cache/ccstack/images")


DEFAULT_PLACES = Places()


@dataclass(frozen=True, slots=True)
class State:
    """The files and names of one lab."""

    lab: str
    places: Places = DEFAULT_PLACES

    @property
    def directory(self) -> Path:
        """What lives as long as the lab, and is lost with the machine's next boot."""
        return self.places.run / self.lab

    @property
    def disks(self) -> Path:
        """The hosts' own layers."""
        return self.places.disks / self.lab

    @property
    def ssh(self) -> Path:
        """What the operator has as ~/.ssh while in the lab: a client key and the hosts' keys."""
        return self.directory / "ssh"

    def space(self, name: str) -> str:
        """The machine-wide name of a namespace of this lab."""
        return f"cc-{self.lab}_{name}"

    def console(self, host: str) -> Path:
        """What a host printed on its console."""
        return self.directory / "console" / f"{host}.log"

    def write_topology(self, topology: LabTopology) -> None:
        """Note what is about to be raised, whole or not at all."""
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.directory / "topology.json.new"
        draft.write_text(topology.model_dump_json(indent=1))
        draft.rename(self.directory / "topology.json")

    def topology(self) -> LabTopology | None:
        """What was raised last, or None if the lab is down."""
        try:
            return LabTopology.model_validate_json((self.directory / "topology.json").read_text())
        except FileNotFoundError:
            return None

    def topology_or_refuse(self) -> LabTopology:
        """What was raised last; LabError if the lab is down."""
        topology = self.topology()
        if topology is None:
            raise LabError(f"lab {self.lab} is not up: raise it with `ccstack lab up`")
        return topology

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the lab alone; yields the lock's descriptor.

        Helper processes inherit the descriptor, so the lock outlives a killed `lab up` until its last helper has
        ended: whoever gets the lock next sees everything that those have made.
        """
        lock = locked(self._lock_file)
        try:
            yield lock
        finally:
            os.close(lock)

    def forget_lock(self) -> None:
        """Take the lock's file away: the last act of who holds it and has taken the lab down."""
        self._lock_file.unlink()

    @property
    def _lock_file(self) -> Path:
        return self.places.run / f"{self.lab}.lock"

    def reserved(self) -> AbstractContextManager[None]:
        """Have the lab for oneself, from raising to taking down. Who wants it too waits."""
        return alone(self.places.run / f"{self.lab}.reserved")


def labs_here(places: Places = DEFAULT_PLACES) -> list[str]:
    """Names of the labs that are up on this machine, whole or not, or that left disks when it was switched off."""
    up = [path.parent.name for path in places.run.glob("*/topology.json")]
    return sorted({*up, *(path.name for path in places.disks.glob("*"))})
