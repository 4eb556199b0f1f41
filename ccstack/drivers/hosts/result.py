"""What a deployment did, host by host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ccstack.drivers.base import Receipt

SCHEMA = "ccstack.deploy/1"


@dataclass(frozen=True, slots=True)
class HostResult(Receipt):
    """What became of one host. `seconds` is the whole time that it took."""

    bootstrapped: bool = False
    """Whether packages, users or directories were brought up to date."""
    changed_files: tuple[str, ...] = ()
    """Managed files that were written or removed."""
    applied: tuple[str, ...] = ()
    """Apply classes that processes were told to follow."""
    restarted: tuple[str, ...] = ()
    """Units whose main process is another one now."""
    release: str | None = None
    """The release that the host runs now."""


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What became of every host."""

    center: str
    blueprint: str
    started_at: str
    """UTC, ISO 8601."""
    seconds: float
    hosts: Mapping[str, HostResult]

    @property
    def ok(self) -> bool:
        """Whether every host is as it should be."""
        return all(host.ok for host in self.hosts.values())

    def as_json(self) -> dict[str, Any]:
        """As `deploy --json` prints it and the record keeps it."""
        return {"schema": SCHEMA, "ok": self.ok} | asdict(self)
