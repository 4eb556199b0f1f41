"""What every driver can do with its targets, whether they are hosts, switches or a cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

Status = Literal["unchanged", "changed", "failed", "unreachable"]
"""What became of a target. `failed`: it was not touched, or what it had before is back; the messages say which."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that happened while a driver was at work, for people to read as it happens."""

    target: str
    step: str
    """What is being done: `observe`, `bootstrap`, `release`, `done`."""
    message: str
    seconds: float
    """Seconds since the driver began."""
    failed: bool = False


Watch = Callable[[Progress], None]
"""Who is told of progress. It is called from several threads, one at a time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one target."""

    target: str
    status: Status
    messages: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether the target is as it should be."""
        return self.status in ("unchanged", "changed")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A target that could not be observed, and why. Never to be read as `no change`."""

    target: str
    why: str


Wanted = TypeVar("Wanted", contravariant=True)
Seen = TypeVar("Seen", covariant=True)


class Driver(Protocol[Wanted, Seen]):
    """Targets of one kind. Every method takes many targets at once; one dead target never hides the others."""

    def observe(self, wanted: Sequence[Wanted]) -> Mapping[str, Seen | Unknown]:
        """What stands on each target, by name. Changes nothing."""
        ...

    def apply(self, wanted: Sequence[Wanted]) -> Mapping[str, Receipt]:
        """Make each target what is wanted, or leave it as it was before."""
        ...

    def restore(self, targets: Sequence[str]) -> Mapping[str, Receipt]:
        """Give each target what it had before the last `apply`."""
        ...
