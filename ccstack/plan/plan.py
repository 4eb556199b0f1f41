"""What a deployment would do: changes by target, each with its risk and the reason for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Action = Literal["add", "change", "remove", "start", "reload", "install", "mend"]
Kind = Literal["object", "file", "unit", "process", "bootstrap", "override"]
Risk = Literal["none", "reload", "restart", "drops-calls", "reprovisions-phones", "changes-numbers", "needs-window"]
"""What a change may cost, mildest first. A plan's risk is its changes' highest."""

RISKS: tuple[Risk, ...] = (
    "none",
    "reload",
    "restart",
    "reprovisions-phones",
    "changes-numbers",
    "needs-window",
    "drops-calls",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something changes: `queues.sales.max_wait` went from 300 to 240, written at blueprint.py:41.

    `before` and `after` are as JSON has them, and never a secret: those are references in a center.
    """

    path: str
    before: object
    after: object
    written_at: str | None = None

    def __str__(self) -> str:
        where = f" at {self.written_at}" if self.written_at else ""
        return f"because {self.path} changed{where}"


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """An object of the center that was added, changed or removed, and the targets that this touches."""

    path: str
    """`queues.sales`."""
    action: Literal["add", "change", "remove"]
    reasons: tuple[Reason, ...]
    """Its fields that changed; one with an empty path's last part for an object that came or went."""
    touches: tuple[str, ...]
    risk: Risk


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be done to one target."""

    target: str
    kind: Kind
    path: str
    """The file, unit, `unit/apply class`, or `packages`."""
    action: Action
    risk: Risk
    apply: str = "none"
    """The apply class by which processes take it over."""
    why: str = ""
    """For what has no reason in the blueprint: drift, a stopped unit, a process that has not taken over a file."""
    reasons: tuple[Reason, ...] = ()
    diff: tuple[str, ...] = ()
    """Unified difference, secrets masked; empty for what is no text."""


@dataclass(frozen=True, slots=True)
class TargetPlan:
    """What would be done to one target."""

    target: str
    state: str
    """What the target was when the plan was made; see `HostActual.state`."""
    changes: tuple[Change, ...]
    refused: tuple[str, ...] = ()
    """Why this target cannot be deployed to as it is (somebody else's files stand there)."""
    notes: tuple[str, ...] = ()
    """What an operator should know: local overrides, a release that is neither confirmed nor reverted, a lock."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a deployment of a blueprint would do. Empty when everything is as it shall be and was seen to be."""

    center: str
    blueprint: str
    """SHA-256 of the center."""
    objects: tuple[ObjectChange, ...]
    targets: tuple[TargetPlan, ...]
    unknown: Mapping[str, str]
    """Targets that could not be observed, and why. Never to be read as `no change`."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done, and every target was seen."""
        return not self.unknown and all(not t.changes and not t.refused for t in self.targets)

    @property
    def risk(self) -> Risk:
        """The highest risk of all changes."""
        return max((c.risk for t in self.targets for c in t.changes), key=RISKS.index, default="none")
