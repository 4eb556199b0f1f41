"""One deployment of a center at a time: a lock on every target, taken before anything changes and given back always."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from .base import Holder, Keeper, Lock, Unknown, Watch, say


class LockedError(Exception):
    """Somebody else is at work on the center; the text says who, where and since when."""

    def __init__(self, held: Mapping[str, Holder]) -> None:
        self.held = dict(held)
        each = {f"{holder.owner} since {holder.since}": [] for holder in held.values()}  # type: dict[str, list[str]]
        for target, holder in held.items():
            each[f"{holder.owner} since {holder.since}"].append(target)
        whose = "; ".join(f"by {who}, on {', '.join(where)}" for who, where in each.items())
        super().__init__(
            f"the center is locked {whose}. Nothing was changed. When nobody is at work there any more, --break-lock"
            " takes the lock over"
        )


@contextmanager
def locked(
    keeper: Keeper, targets: Sequence[str], owner: str, *, seize: bool = False, watch: Watch
) -> Iterator[tuple[Lock, Mapping[str, Unknown]]]:
    """Hold the lock of every target meanwhile; gives the lock, and the targets that could not be asked.

    Raises `LockedError` when somebody else holds any of them, and then holds none. `seize` breaks those.
    """
    lock = Lock(owner, secrets.token_hex(16))
    unknown: dict[str, Unknown] = {}
    try:
        unknown |= _seize(keeper, targets, lock, watch) if seize else _take(keeper, targets, lock)
        yield lock, unknown
    finally:
        _free(keeper, [target for target in targets if target not in unknown], lock, watch)


def _take(keeper: Keeper, targets: Sequence[str], lock: Lock) -> dict[str, Unknown]:
    """One target first, then the others together: of two who begin at once, one gets all and the other none."""
    unknown: dict[str, Unknown] = {}
    for number, target in enumerate(targets):
        first = _sorted(keeper.take([target], lock))
        unknown |= first
        if not first:
            return unknown | _sorted(keeper.take(targets[number + 1 :], lock))
    return unknown


def _sorted(answers: Mapping[str, Holder | Unknown | None]) -> dict[str, Unknown]:
    held = {target: answer for target, answer in answers.items() if isinstance(answer, Holder)}
    if held:
        raise LockedError(held)
    return {target: answer for target, answer in answers.items() if isinstance(answer, Unknown)}


def _seize(keeper: Keeper, targets: Sequence[str], lock: Lock, watch: Watch) -> dict[str, Unknown]:
    answers = keeper.seize(targets, lock)
    for target, answer in answers.items():
        if isinstance(answer, Holder):
            say(watch, target, "lock", f"broke the lock of {answer.owner} since {answer.since}")
    return {target: answer for target, answer in answers.items() if isinstance(answer, Unknown)}


def _free(keeper: Keeper, targets: Sequence[str], lock: Lock, watch: Watch) -> None:
    for target, answer in keeper.free(targets, lock).items():
        if isinstance(answer, Unknown):
            say(watch, target, "lock", f"its lock may be left there: {answer.why}", failed=True)
