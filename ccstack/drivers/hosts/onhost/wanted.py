"""What processes shall have, and how it is put in words that they have something else."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Reader = Callable[["Wanted"], list[str]]
    """Says what is not as wanted."""

_SHOWN = 8
"""How many names a message lists before it says how many more there are."""


class Wanted:
    """What shall be: `expect` as a manifest has it, the files that processes loaded, by path with their apply class,
    and what the try-out measured."""

    def __init__(self, expect: Mapping[str, Any], files: Mapping[str, str], measured: dict[str, Any]) -> None:
        self.expect, self.files, self.measured = expect, files, measured

    def names(self, kind: str) -> list[Any]:
        """One list of names in the expectation; empty when it has none."""
        return list(self.expect.get(kind, ()))


def missing(what: str, wanted: Iterable[str], there: Iterable[str]) -> list[str]:
    return listed(f"{what} rendered, but not loaded", set(wanted) - set(there))


def surplus(what: str, wanted: Iterable[str], there: Iterable[str]) -> list[str]:
    return listed(f"{what} loaded, but not rendered", set(there) - set(wanted))


def listed(what: str, names: set[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(sorted(names)[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{what}: {shown}{more}"]
