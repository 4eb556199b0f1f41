"""What every driver can do with its targets, whether they are hosts, switches or a cloud.

A driver is the only code that touches its targets; what to do and in which order is found elsewhere and is pure. Three
verbs are enough for all kinds, because each has the same three moments:

- Hosts. `observe`: one ssh exec: digests, units, what processes say. `apply`: a release is tried out, put in place and
  checked. `restore`: the release before becomes current by one rename.
- Switches. `observe`: the running configuration, by `show`. `apply`: a change under a timer, confirmed once the switch
  answers a fresh connection. `restore`: the configuration that was kept before `apply`.
- Cloud. `observe`: the provider's description of each resource. `apply`: create, update, delete, then wait until it is
  so. `restore`: the description that was kept before `apply`.

What a target cannot do by itself its driver makes up for: a switch without such a timer gets back what it had once it
answers again; a cloud resource that cannot be undone says so in its `Receipt`, and its risk is in the plan.

Four more Protocols are for targets that can: `Keeper` (a place for a lock and for the record of what was done: hosts,
a cloud's parameter store; a switch is kept by the hosts of its site), `Drainer` (calls that can be led elsewhere),
`Pinger` (whom a target reaches: hosts by what they ping, switches by their neighbours' link and routing protocols) and
`Trier` (a target that can try out what is wanted beside what it has: hosts in namespaces).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Protocol, TypeVar

Status = Literal["unchanged", "changed", "failed", "unreachable", "not_run"]
"""What became of a target. `failed`: it was not touched, or what it had before is back; the messages say which.
`not_run`: it was to be changed, and was not touched because something before it failed or somebody stopped."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that happened while a driver was at work, for people to read as it happens."""

    target: str
    step: str
    """What is being done: `lock`, `observe`, `try`, `drain`, `bootstrap`, `release`, `push`, `rollback`, `done`;
    `note`: something to know, whatever is being done."""
    message: str
    seconds: float
    """When that was, in seconds since ccstack began."""
    failed: bool = False


Watch = Callable[[Progress], None]
"""Who is told of progress. It may be called from several threads."""


def say(watch: Watch, target: str, step: str, message: str, *, failed: bool = False) -> None:
    """Tell `watch` what happens now."""
    watch(Progress(target, step, message, round(time.monotonic() - _BEGAN, 2), failed))


_BEGAN = time.monotonic()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one target."""

    target: str
    status: Status
    messages: tuple[str, ...] = ()
    seconds: float = 0.0
    restored: bool = False
    """Whether it was changed, and got back what it had before."""

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


NOTHING: Mapping[str, str] = MappingProxyType({})


class Driver(Protocol[Wanted, Seen]):
    """Targets of one kind. Every method takes many targets at once; one dead target never hides the others."""

    def observe(self, wanted: Sequence[Wanted]) -> Mapping[str, Seen | Unknown]:
        """What stands on each target, by name. Changes nothing."""
        ...

    def apply(self, wanted: Sequence[Wanted]) -> Mapping[str, Receipt]:
        """Make each target what is wanted, or leave it as it was before."""
        ...

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> Mapping[str, Receipt]:
        """Give each target what `to` names for it (what it had at some earlier time), else what it had before."""
        ...


@dataclass(frozen=True, slots=True)
class Lock:
    """What a lock says: who wants it, and a token that only the one who took it knows."""

    owner: str
    token: str


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock of a target, and since when (UTC, ISO 8601)."""

    owner: str
    since: str


class Keeper(Protocol):
    """Targets that keep a lock and a record. A target that cannot be reached is `Unknown`, and stops no other."""

    def take(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        """Take the lock on each target: None where it is ours now, else who has it."""
        ...

    def free(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        """Give the lock back; None where nobody holds it now."""
        ...

    def seize(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        """Break whatever lock is there, on purpose; who held it until now, None where nobody did."""
        ...

    def record(self, targets: Sequence[str], entry: Mapping[str, Any]) -> Mapping[str, Unknown | None]:
        """Append an entry to what each target keeps; None where it was written."""
        ...


class Drainer(Protocol):
    """Targets that calls can be led away from."""

    def drain(self, target: str, at: Sequence[str]) -> Mapping[str, Unknown | None]:
        """Have each of `at` send no new calls to `target` that another can take."""
        ...

    def undrain(self, target: str, at: Sequence[str]) -> Mapping[str, Unknown | None]:
        """Undo it."""
        ...

    def calls(self, target: str) -> int | Unknown:
        """How many calls `target` has up now."""
        ...


class Trier(Protocol[Wanted]):
    """Targets that can try out what is wanted before any of them is changed."""

    def try_out(self, wanted: Sequence[Wanted]) -> Mapping[str, Receipt]:
        """Have each target try out what is wanted, all at once, beside what it uses, which stays as it is.

        The receipt is `unchanged` where that works (`changed` where the target was made ready for it first, and
        nothing ran there); `apply` of the same then uses what was tried. A target that can try nothing now is
        left out.
        """
        ...


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a target reaches a neighbour."""

    neighbour: str
    """The target that is reached, or what else this one calls it (a carrier's gateway, say)."""
    answers: bool


class Pinger(Protocol):
    """Targets that know, at any time, which of their neighbours answer them."""

    def neighbours(self, targets: Sequence[str]) -> Mapping[str, Mapping[str, Reach] | Unknown]:
        """Whom each target reaches, by the way in which it does so, in words (`Kamailio to sip:10.0.0.1`).

        That is what its last pings say. Whoever pings seldom does so when it is asked: a second later it knows better.
        """
        ...

    def notices(self, receipt: Receipt) -> float:
        """Seconds from now until neighbours have noticed what this cut off; 0 when it can have cut off nothing."""
        ...
