"""Every object of a center by name and path, and every reference between them."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from ccstack.model.base import DESTINATIONS, Model, RefTo
from ccstack.model.center import ContactCenter

REGISTERING = ("agents", "stations", "probes")
"""The collections of whoever registers. Their names are SIP user names."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One name that an object uses for another."""

    owner: Model
    path: str
    """Path of the field, such as `queues.sales.home` or `menus.main.options.1.to`."""
    name: str
    collections: tuple[str, ...]
    """Where the name may be found."""


@dataclass(frozen=True, slots=True)
class Index:
    """Objects by collection and name. Of duplicates the first one stands here; a rule reports the others."""

    center: ContactCenter
    by_collection: dict[str, dict[str, Any]]
    references: tuple[Reference, ...]

    def find(self, collections: tuple[str, ...], name: str | None) -> Any | None:
        """The object called `name` in one of `collections`, or None."""
        for collection in collections:
            if name is not None and (found := self.by_collection[collection].get(name)) is not None:
                return found
        return None

    def destination(self, name: str | None) -> Any | None:
        """The destination called `name`, or None."""
        return self.find(DESTINATIONS, name)

    @property
    def registering(self) -> dict[str, Any]:
        """Everybody who registers at the SBCs with a password: agents, stations and probes, by name."""
        return {name: one for kind in REGISTERING for name, one in self.by_collection[kind].items()}

    def __getitem__(self, collection: str) -> dict[str, Any]:
        return self.by_collection[collection]


def path_of(item: Model) -> str:
    """The path of a top-level object, such as `queues.sales`."""
    return f"{type(item).collection}.{item.name}"  # type: ignore[attr-defined]


@cache
def collections() -> tuple[str, ...]:
    """The fields of a center that hold named objects, in the order of the model."""
    return tuple(
        n
        for n, f in ContactCenter.model_fields.items()
        if typing.get_origin(f.annotation) is tuple and _named(f.annotation)
    )


def _named(annotation: Any) -> bool:
    first = typing.get_args(annotation)[0]
    return isinstance(first, type) and issubclass(first, Model) and bool(first.collection)


def build_index(center: ContactCenter) -> Index:
    """Index `center`. References are found by the model's own marks, so that a new field needs no code here."""
    by_collection: dict[str, dict[str, Any]] = {}
    references: list[Reference] = list(_references(center, center, ""))
    for collection in collections():
        objects: dict[str, Any] = {}
        for position, item in enumerate(getattr(center, collection)):
            name = item.name if item.name is not None else str(position)
            objects.setdefault(name, item)
            references += _references(item, item, f"{collection}.{name}")
        by_collection[collection] = objects
    return Index(center, by_collection, tuple(references))


def _references(owner: Model, part: Model, path: str) -> Iterator[Reference]:
    for name, marks in _fields_that_refer(type(part)):
        field_path = f"{path}.{name}" if path else name
        yield from _values(owner, getattr(part, name), field_path, marks)


def _values(owner: Model, value: Any, path: str, marks: tuple[str, ...]) -> Iterator[Reference]:
    if isinstance(value, str):
        if marks:
            yield Reference(owner, path, value, marks)
    elif isinstance(value, Model):
        yield from _references(owner, value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            # A dictionary refers by its keys (skills with levels) or by its values (a menu's options), never both.
            yield from _values(owner, key if isinstance(item, int) else item, f"{path}.{key}", marks)
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from _values(owner, item, f"{path}.{position}", marks)


@cache
def _fields_that_refer(model: type[Model]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Fields of `model` that hold references, or parts that do. A center's own collections are left out."""
    skip = set(collections()) if model is ContactCenter else set()
    hints = typing.get_type_hints(model, include_extras=True)
    return tuple(
        (name, _marks(hints[name])) for name in model.model_fields if name not in skip and _may_refer(hints[name])
    )


def _may_refer(hint: Any) -> bool:
    if isinstance(hint, type) and issubclass(hint, Model):
        return True
    return bool(_marks(hint)) or any(_may_refer(a) for a in typing.get_args(hint))


def _marks(hint: Any) -> tuple[str, ...]:
    own = [m.collections for m in getattr(hint, "__metadata__", ()) if isinstance(m, RefTo)]
    if own:
        return tuple(own[0])
    for part in typing.get_args(hint):
        if found := _marks(part):
            return found
    return ()
