"""What one engine wants of one host: the rooms under `render/` each hand one of these to the assembly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from .state import Artifact, Expectation, File, HostState, Unit


@dataclass(frozen=True, slots=True)
class Part:
    """An engine's share of a host's desired state."""

    packages: tuple[str, ...] = ()
    """Debian package names."""
    units: tuple[Unit, ...] = ()
    files: tuple[File, ...] = ()
    artifacts: tuple[Artifact, ...] = ()
    expectation: Expectation = field(default_factory=Expectation)


def assemble(host: str, parts: Iterable[Part]) -> HostState:
    """One host's desired state from its parts. Two parts that write the same path are a `ValueError`."""
    known = list(parts)
    files = sorted((f for p in known for f in p.files), key=lambda f: f.path)
    artifacts = sorted((a for p in known for a in p.artifacts), key=lambda a: a.path)
    _refuse_twice([*(f.path for f in files), *(a.path for a in artifacts)])
    return HostState(
        name=host,
        packages=tuple(sorted({name for p in known for name in p.packages})),
        units=tuple(dict.fromkeys(unit for p in known for unit in p.units)),
        files=tuple(files),
        artifacts=tuple(artifacts),
        expectation=_merged([p.expectation for p in known]),
    )


def _refuse_twice(paths: list[str]) -> None:
    seen: set[str] = set()
    for path in paths:
        if path in seen:
            raise ValueError(f"two parts of a host write {path}")
        seen.add(path)


def _merged(expectations: list[Expectation]) -> Expectation:
    values: dict[str, object] = {}
    for each_field in fields(Expectation):
        each = [getattr(e, each_field.name) for e in expectations]
        if each_field.name == "htables":
            values[each_field.name] = {name: rows for tables in each for name, rows in tables.items()}
        else:
            values[each_field.name] = tuple(item for items in each for item in items)
    return Expectation(**values)  # type: ignore[arg-type]
