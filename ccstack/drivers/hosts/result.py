"""What a deployment did, host by host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ccstack.drivers.base import Receipt
from ccstack.drivers.switches.result import SwitchResult

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
    """What became of every host and switch."""

    center: str
    blueprint: str
    started_at: str
    """UTC, ISO 8601."""
    seconds: float
    hosts: Mapping[str, HostResult]
    switches: Mapping[str, SwitchResult] = field(default_factory=dict)

    @property
    def targets(self) -> Mapping[str, HostResult | SwitchResult]:
        """Every host, then every switch."""
        return {**self.hosts, **self.switches}

    @property
    def ok(self) -> bool:
        """Whether every host and switch is as it should be."""
        return all(target.ok for target in self.targets.values())

    def as_json(self) -> dict[str, Any]:
        """As `deploy --json` prints it and the record keeps it."""
        return {"schema": SCHEMA, "ok": self.ok} | asdict(self)
