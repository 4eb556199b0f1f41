"""Targets in memory, with everything that a target can do to its driver: be dead, refuse, keep calls, hold a lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccstack.drivers.base import NOTHING, Holder, Lock, Reach, Receipt, Unknown


@dataclass(frozen=True)
class Wanted:
    """What a target shall be."""

    name: str
    text: str


@dataclass
class Target:
    """What a target is."""

    text: str = ""
    before: list[str] = field(default_factory=list)
    is_dead: bool = False
    forebodes: frozenset[str] = frozenset()
    """Texts that do not even work on trial."""
    refuses: frozenset[str] = frozenset()
    """Texts that it is broken by, and goes back from."""
    calls: list[int] = field(default_factory=list)
    """What it says of its calls, the last for ever."""
    lock: tuple[Lock, str] | None = None
    record: list[Mapping[str, Any]] = field(default_factory=list)
    drained: set[str] = field(default_factory=set)
    pings: dict[str, set[str]] = field(default_factory=dict)
    """Whom it pings, and which of their texts do not let its pings in."""


@dataclass
class Memory:
    """Implements `Driver[Wanted, str]`, `Keeper`, `Drainer`, `Pinger` and `Trier`, and notes what is asked of it."""

    targets: dict[str, Target]
    did: list[str] = field(default_factory=list)
    notice: float = 0.0

    def _dead(self, name: str) -> Unknown | None:
        return Unknown(name, "nothing answers there") if self.targets[name].is_dead else None

    # --- Driver ---

    def observe(self, wanted: Sequence[Wanted]) -> Mapping[str, str | Unknown]:
        return {one.name: self._dead(one.name) or self.targets[one.name].text for one in wanted}

    def apply(self, wanted: Sequence[Wanted]) -> Mapping[str, Receipt]:
        return {one.name: self._apply(one) for one in wanted}

    def _apply(self, wanted: Wanted) -> Receipt:
        target = self.targets[wanted.name]
        self.did.append(f"apply {wanted.name}")
        if target.is_dead:
            return Receipt(wanted.name, "unreachable", ("nothing answers there",))
        if wanted.text in target.refuses:
            return Receipt(wanted.name, "failed", ("it does not work; what was there before is back",))
        if wanted.text == target.text:
            return Receipt(wanted.name, "unchanged")
        target.before.append(target.text)
        target.text = wanted.text
        return Receipt(wanted.name, "changed")

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> Mapping[str, Receipt]:
        self.did.append(f"restore {', '.join(targets)}")
        return {name: self._restore(name) for name in targets}

    def _restore(self, name: str) -> Receipt:
        target = self.targets[name]
        if target.is_dead:
            return Receipt(name, "unreachable", ("nothing answers there",))
        if not target.before:
            return Receipt(name, "failed", ("there is nothing before this",))
        target.text = target.before.pop()
        return Receipt(name, "changed")

    # --- Trier ---

    def try_out(self, wanted: Sequence[Wanted]) -> Mapping[str, Receipt]:
        self.did.append(f"try out {', '.join(one.name for one in wanted)}")
        return {one.name: self._tried(one) for one in wanted}

    def _tried(self, wanted: Wanted) -> Receipt:
        bad = wanted.text in self.targets[wanted.name].forebodes
        return Receipt(wanted.name, "failed" if bad else "unchanged", ("it does not work on trial",) if bad else ())

    # --- Keeper ---

    def take(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        return {name: self._dead(name) or self._take(name, lock) for name in targets}

    def _take(self, name: str, lock: Lock) -> Holder | None:
        target = self.targets[name]
        target.lock = target.lock or (lock, "2026-11-22T00:00:00Z")
        return None if target.lock[0].token == lock.token else Holder(target.lock[0].owner, target.lock[1])

    def free(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        return {name: self._dead(name) or self._free(name, lock) for name in targets}

    def _free(self, name: str, lock: Lock) -> Holder | None:
        target = self.targets[name]
        if target.lock and target.lock[0].token == lock.token:
            target.lock = None
        return Holder(target.lock[0].owner, target.lock[1]) if target.lock else None

    def seize(self, targets: Sequence[str], lock: Lock) -> Mapping[str, Holder | Unknown | None]:
        return {name: self._dead(name) or self._seize(name, lock) for name in targets}

    def _seize(self, name: str, lock: Lock) -> Holder | None:
        target = self.targets[name]
        had, target.lock = target.lock, (lock, "2026-11-22T00:00:01Z")
        return Holder(had[0].owner, had[1]) if had else None

    def record(self, targets: Sequence[str], entry: Mapping[str, Any]) -> Mapping[str, Unknown | None]:
        for name in targets:
            if not self.targets[name].is_dead:
                self.targets[name].record.append(entry)
        return {name: self._dead(name) for name in targets}

    # --- Drainer ---

    def drain(self, target: str, at: Sequence[str]) -> Mapping[str, Unknown | None]:
        self.did.append(f"drain {target}")
        for name in at:
            self.targets[name].drained.add(target)
        return {name: self._dead(name) for name in at}

    def undrain(self, target: str, at: Sequence[str]) -> Mapping[str, Unknown | None]:
        self.did.append(f"undrain {target}")
        for name in at:
            self.targets[name].drained.discard(target)
        return {name: self._dead(name) for name in at}

    def calls(self, target: str) -> int | Unknown:
        self.did.append(f"calls {target}")
        left = self.targets[target].calls
        return self._dead(target) or (left.pop(0) if len(left) > 1 else left[0] if left else 0)

    # --- Pinger ---

    def neighbours(self, targets: Sequence[str]) -> Mapping[str, Mapping[str, Reach] | Unknown]:
        self.did.append(f"neighbours of {', '.join(targets)}")
        return {name: self._dead(name) or self._reached_from(name) for name in targets}

    def _reached_from(self, name: str) -> Mapping[str, Reach]:
        pings = self.targets[name].pings.items()
        return {f"ping {to}": Reach(to, self.targets[to].text not in bad) for to, bad in pings}

    def notices(self, receipt: Receipt) -> float:
        return self.notice
