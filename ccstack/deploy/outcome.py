"""What a deployment or a rollback did, target by target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ccstack.drivers.hosts.result import HostResult
from ccstack.drivers.switches.result import SwitchResult

SCHEMA = "ccstack.deploy/1"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of every host and switch that was meant."""

    center: str
    blueprint: str
    """The hash of the blueprint; empty after a rollback, which has none."""
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
        """As `deploy --json` prints it."""
        return {"schema": SCHEMA, "ok": self.ok} | asdict(self)
