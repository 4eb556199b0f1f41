"""What a look at a host found, from the activator's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccstack.model.host import Host
from ccstack.plan.actual import Held, HostActual, SeenFile, SeenUnit
from ccstack.secrets import BoundHost

from .bundle import Contents, expectation_of, units_of
from .inventory import bootstrap_hash
from .onhost.place import keyed


@dataclass(frozen=True, slots=True)
class HostTarget:
    """A host and everything that it shall have: what this driver is given to observe and to apply."""

    host: Host
    bound: BoundHost
    contents: Contents

    @property
    def name(self) -> str:
        """The host's name."""
        return self.host.name


def question(target: HostTarget, key: bytes, *, texts: bool, center: bool, known: str) -> dict[str, Any]:
    """The request of `observe`. `known`: the blueprint whose center need not be sent."""
    return {
        "files": target.contents.entries,
        "units": units_of(target.bound),
        "expect": expectation_of(target.bound),
        "hosts": target.contents.hosts_file,
        "key": key.hex(),
        "packages": list(target.bound.packages),
        "texts": texts,
        "center": center,
        "known": known,
    }


def actual_of(target: HostTarget, answer: Mapping[str, Any], key: bytes) -> HostActual:
    """The answer to that."""
    held = answer["lock"]
    return HostActual(
        host=target.name,
        release=answer["release"],
        blueprint=answer["blueprint"],
        center=answer["center"],
        state=answer["state"],
        bootstrap=answer["bootstrap"],
        managed=frozenset(answer["managed"]),
        wanted=_wanted(target, key),
        wanted_bootstrap=bootstrap_hash(target.host, target.bound),
        files={path: there and SeenFile(**there) for path, there in answer["files"].items()},
        foreign=frozenset(answer["foreign"]),
        units={name: SeenUnit(**unit) for name, unit in answer["units"].items()},
        packages=answer["packages"],
        runtime=tuple(answer["runtime"]),
        stale={unit: tuple(classes) for unit, classes in answer["stale"].items()},
        overrides=answer["overrides"],
        pending=answer["pending"],
        lock=Held(held["owner"], held["since"], held["token"]) if held else None,
        releases=tuple(answer["releases"]),
        drained=tuple(answer["drained"]),
        facts=answer["facts"],
    )


def _wanted(target: HostTarget, key: bytes) -> dict[str, str]:
    return {entry["path"]: keyed(entry["sha256"], key) for entry in target.contents.entries}


def bare(target: HostTarget, key: bytes) -> HostActual:
    """A host without Python: nothing of ccstack's was ever there, and bootstrap begins from nothing."""
    return HostActual(
        host=target.name,
        release=None,
        blueprint=None,
        center=None,
        state="",
        bootstrap="",
        managed=frozenset(),
        wanted=_wanted(target, key),
        wanted_bootstrap=bootstrap_hash(target.host, target.bound),
        files=dict.fromkeys(entry["path"] for entry in target.contents.entries),
        foreign=frozenset(),
        units={name: SeenUnit("inactive", "", 0) for name in units_of(target.bound)},
        packages={},
        runtime=(),
        stale={},
        overrides={},
        pending=None,
    )


def needs_bootstrap(target: HostTarget, seen: HostActual) -> bool:
    """Whether packages, users or directories are not what they shall be; a package may have been removed since."""
    missing = target.host.install == "packages" and not seen.packages.keys() >= set(target.bound.packages)
    return missing or seen.bootstrap != seen.wanted_bootstrap


def is_current(target: HostTarget, seen: HostActual) -> bool:
    """Whether the host has all that it shall have, and its processes say so."""
    return (
        seen.release is not None
        and not needs_bootstrap(target, seen)
        and not (seen.pending or seen.runtime or any(seen.stale.values()))
        and all(unit.is_up for unit in seen.units.values())
        and all(_is_right(entry, seen) for entry in target.contents.entries)
        and not any(seen.files.get(path) for path in seen.managed - seen.wanted.keys())
    )


def _is_right(entry: Mapping[str, str], seen: HostActual) -> bool:
    there = seen.files.get(entry["path"])
    as_wanted = (seen.wanted[entry["path"]], entry["owner"], entry["group"], int(entry["mode"], 8), True)
    return there is not None and (there.digest, there.owner, there.group, there.mode, there.placed) == as_wanted


def same_content(seen: HostActual) -> frozenset[str]:
    """Wanted paths whose bytes the host has already."""
    return frozenset(
        path for path, digest in seen.wanted.items() if (there := seen.files.get(path)) and there.digest == digest
    )
