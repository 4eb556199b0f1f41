"""What a deployment would do: changes by target, each with its risk and the reason for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Action = Literal["add", "change", "remove", "start", "reload", "restart", "install", "mend", "report"]
"""`mend`: the blueprint is what it was, the target is not. `report`: seen, and left as it is: it is the admin's own."""
Kind = Literal["object", "file", "section", "unit", "process", "bootstrap", "override"]
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


def highest(risks: Iterable[Risk]) -> Risk:
    """The highest of these; `none` of none."""
    return max(risks, key=RISKS.index, default="none")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something changes: `queues.sales.max_wait` went from 300 to 240, written at blueprint.py:41.

    `before` and `after` are as JSON has them, and never a secret: those are references in a center. Of an object that
    came or went, `path` is the object's, and they say whether it was there.
    """

    path: str
    before: object
    after: object
    written_at: str | None = None

    @property
    def verb(self) -> str:
        """What became of it."""
        came_or_went = {(False, True): "was added", (True, False): "was removed"}
        is_object = self.path.count(".") == 1 and isinstance(self.before, bool) and isinstance(self.after, bool)
        return came_or_went[self.before, self.after] if is_object else "changed"  # type: ignore[index]

    def __str__(self) -> str:
        where = f" at {self.written_at}" if self.written_at else ""
        return f"because {self.path} {self.verb}{where}"


@dataclass(frozen=True, slots=True)
class ObjectChange:
    """An object of the center that was added, changed or removed, and the targets that this touches."""

    path: str
    """`queues.sales`."""
    action: Literal["add", "change", "remove"]
    reasons: tuple[Reason, ...]
    """Its fields that changed; one with the object's own path for an object that came or went."""
    touches: tuple[str, ...]
    risk: Risk


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be done to one target."""

    target: str
    kind: Kind
    path: str
    """The file, the section of a switch's configuration, the unit, `unit/apply class`, or `packages`."""
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
    """What the target was when the plan was made; see `HostActual.state`, `SwitchActual.state`."""
    changes: tuple[Change, ...]
    refused: tuple[str, ...] = ()
    """Why this target cannot be deployed to as it is (somebody else's files stand there)."""
    notes: tuple[str, ...] = ()
    """What an operator should know: a site's own drop-ins, a lock, a past that cannot be read."""

    @property
    def work(self) -> tuple[Change, ...]:
        """The changes that a deployment makes; the others are only reported."""
        return tuple(change for change in self.changes if change.action != "report")


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
        """Whether there is nothing to do or to report, and every target was seen."""
        return not self.unknown and all(not t.changes and not t.refused for t in self.targets)

    @property
    def risk(self) -> Risk:
        """The highest risk of all changes, and of all objects that they come from."""
        return highest([one.risk for one in self.objects] + [self.risk_of(target) for target in self.targets])

    def risk_of(self, target: TargetPlan) -> Risk:
        """The highest risk of one target's changes, and of the objects that touch it."""
        objects = [one.risk for one in self.objects if target.target in one.touches]
        return highest(objects + [change.risk for change in target.changes])
