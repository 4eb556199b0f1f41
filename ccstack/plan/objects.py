"""The objects of two centers that are not the same: walked by name, so that a new field needs no code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ccstack.design.index import collections
from ccstack.model.base import Model, Origin
from ccstack.model.center import ContactCenter

from .plan import ObjectChange, Reason
from .risk import risk_of_object

CENTER = "center"
"""The path of what belongs to the whole center (`secrets.epoch`, `peak.calls`)."""

_IDENTITIES = ("name", "number", "role", "key")
"""Fields that tell the items of a list apart, the first that all items have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One object that came, went, or is not what it was; what it touches is not known yet."""

    path: str
    action: Any
    reasons: tuple[Reason, ...]

    def as_change(self, touches: Sequence[str] = ()) -> ObjectChange:
        """The same, with the targets that it touches."""
        risk = risk_of_object(self.path, self.action, self.reasons)
        return ObjectChange(self.path, self.action, self.reasons, tuple(touches), risk)


def differences(before: Mapping[str, Any] | None, after: ContactCenter) -> tuple[Difference, ...]:
    """What is different in `after`, in the order of the model. `before` is a center as JSON has it; None for none."""
    new = after.model_dump(mode="json")
    old = before if before is not None else {name: [] if name in collections() else new[name] for name in new}
    found: list[Difference] = list(_center_itself(old, new, after))
    for collection in collections():
        found += _collection(collection, old.get(collection, ()), new[collection], after)
    return tuple(found)


def object_of(path: str) -> str:
    """The object that a path lies in: `queues.sales` for `queues.sales.max_wait`, `center` for `emergency.notify`."""
    steps = path.split(".")
    return ".".join(steps[:2]) if len(steps) > 1 and steps[0] in collections() else CENTER


def origin_of(center: ContactCenter, path: str) -> Origin | None:
    """Where the blueprint wrote the innermost object on `path`; the center's own place where it wrote none."""
    value: Any = center
    origin = center.origin
    for step in path.removeprefix(f"{CENTER}.").split("."):
        # A default was written by nobody.
        is_written = not isinstance(value, Model) or step in value.model_fields_set
        value = _step(value, step)
        if isinstance(value, Model) and is_written:
            origin = value.origin or origin
    return origin


def value_at(center: ContactCenter, path: str) -> Any:
    """What stands at `path` in the center; None where nothing does."""
    value: Any = center
    for step in path.split("."):
        value = _step(value, step)
    return value


def _step(value: Any, step: str) -> Any:
    if isinstance(value, Model):
        return getattr(value, step, None)
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, tuple):
        named = (item for item in value if any(getattr(item, name, None) == step for name in _IDENTITIES))
        return next(named, value[int(step)] if step.isdigit() and int(step) < len(value) else None)
    return None


def _center_itself(old: Mapping[str, Any], new: Mapping[str, Any], after: ContactCenter) -> Iterator[Difference]:
    reasons: list[Reason] = []
    for name in new:
        if name in collections():
            reasons += _order(name, old.get(name, ()), new[name], after)
        else:
            reasons += _differing(name, old.get(name, new[name]), new[name], after)
    if reasons:
        yield Difference(CENTER, "change", tuple(reasons))


def _order(name: str, old: Sequence[Any], new: Sequence[Any], after: ContactCenter) -> Iterator[Reason]:
    """The order of trunks and routes has a meaning; so that of every collection is looked at."""
    before, now = list(_by_identity(old)), list(_by_identity(new))
    kept, still = [n for n in before if n in now], [n for n in now if n in before]
    if kept != still:
        yield Reason(name, kept, still, _told(after.origin))


def _collection(name: str, old: Sequence[Any], new: Sequence[Any], after: ContactCenter) -> Iterator[Difference]:
    before, now = _by_identity(old), _by_identity(new)
    for key in (*now, *(key for key in before if key not in now)):
        path = f"{name}.{key}"
        if key not in before:
            yield Difference(path, "add", (Reason(path, False, True, _told(origin_of(after, path))),))
        elif key not in now:
            yield Difference(path, "remove", (Reason(path, True, False),))
        elif reasons := tuple(_differing(path, before[key], now[key], after)):
            yield Difference(path, "change", reasons)


def _differing(path: str, old: Any, new: Any, after: ContactCenter) -> Iterator[Reason]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in (*new, *(key for key in old if key not in new)):
            yield from _differing(f"{path}.{key}", old.get(key), new.get(key), after)
    elif _is_list_of_objects(old) and _is_list_of_objects(new) and _same_keys(old, new):
        before, now = _by_identity(old), _by_identity(new)
        for key in now:
            yield from _differing(f"{path}.{key}", before[key], now[key], after)
    else:
        yield Reason(path, old, new, _told(origin_of(after, path)))


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _same_keys(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether two lists have the same items in the same order, so that only fields within them differ."""
    return list(_by_identity(old)) == list(_by_identity(new))


def _by_identity(items: Sequence[Any]) -> dict[str, Any]:
    """Items by name (or number, or role) where all have one and no two the same; else by position."""
    for field in _IDENTITIES:
        names = [item.get(field) for item in items]
        if all(isinstance(name, str) for name in names) and len(set(names)) == len(names):
            return dict(zip(names, items, strict=True))
    return {str(position): item for position, item in enumerate(items)}


def _told(origin: Origin | None) -> str | None:
    return str(origin) if origin else None
