"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from ccstack.design import Design
from ccstack.model import Model, Origin

Severity = Literal["error", "warning", "info"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where a rule is broken, as the rule's function tells it."""

    path: str
    """The object and field, such as `queues.sales.home`."""
    at: Model
    """The object whose line is shown."""
    message: str
    """What is wrong, with what was given."""
    remedy: str = ""
    """What to do here; empty where the rule's own remedy says it."""


Find = Callable[[Design], Iterable[Hit]]


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that must hold over a whole center."""

    id: str
    """Stable forever and never reused, such as `CC101`."""
    name: str
    """What people call it, such as `unknown-name`."""
    severity: Severity
    """`error`: the center would not work, or breaks the law; `warning`: it works, but hardly as meant; `info`."""
    wrong: str
    """What is wrong when it is broken."""
    reason: str
    """Why that is bad: what would happen in operation."""
    remedy: str
    """What to do about it."""
    sources: tuple[str, ...]
    """Where the rule comes from: standards, laws, vendors' documentation, or our own contracts."""
    find: Find
    """Every place in a design where it is broken."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a center breaks a rule."""

    rule: str
    """The rule's id."""
    name: str
    """The rule's name."""
    severity: Severity
    path: str
    origin: Origin | None
    """The blueprint's line, or the place in its JSON; None for a center that was not loaded from a file."""
    message: str
    remedy: str


def rule(
    id: str,  # noqa: A002 - it is the rule's id, here and in every report
    name: str,
    severity: Severity,
    *,
    wrong: str,
    reason: str,
    remedy: str,
    sources: tuple[str, ...] = (),
) -> Callable[[Find], Rule]:
    """Make a rule of a function that tells where it is broken."""

    def made(find: Find) -> Rule:
        return Rule(id, name, severity, wrong, reason, remedy, sources, find)

    return made


def listed(names: Sequence[str], limit: int = 4) -> str:
    """Names as they may stand in a message: `a`, `b` and 3 more."""
    shown = [f"`{n}`" for n in names[:limit]]
    if len(names) > limit:
        return f"{', '.join(shown)} and {len(names) - limit} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def count(number: int, noun: str) -> str:
    """`1 agent`, `2 agents`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def part(owner: Model, field: str) -> Model:
    """The part in `field` if the blueprint wrote it, else `owner`: a default has no line of its own."""
    value = getattr(owner, field)
    return value if field in owner.model_fields_set and isinstance(value, Model) else owner
