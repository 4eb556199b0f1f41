"""What a platform's command line understands in configuration: rows of data, and finding the row of a typed line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from .pattern import Match, Reader, Walk, split


@dataclass(frozen=True, slots=True)
class Row:
    """One command of a configuration mode, after the vendor's document named in `source`."""

    mode: str
    pattern: str
    source: str
    opens: str = ""
    """The mode that it opens; without one it is a leaf."""
    each: str = ""
    """For a list of members: what it says once per member, such as `vlan {}`."""
    key: str = ""
    """What names it where that is not the beginning of the line: `{}` is the line's last word."""
    default: str = ""
    """The line that is not shown, because it is how the switch is anyway."""
    no: Literal["remove", "shown", "refused"] = "remove"
    """What `no` does: takes the line away; is itself shown; is refused."""
    reset: str = ""
    """What is shown after `no` instead of nothing."""
    displaces: tuple[str, ...] = ()
    """Settings of the same mode that go when this one is made."""
    needs: tuple[str, str] = ("", "")
    """Beginning of a setting at the top level that must be there, ended by the line's last name; and what the switch
    says when it is not."""
    effect: str = ""
    """The dialect's method that does what storing a line does not."""
    ordered: bool = False
    """Shown in the order in which it was typed."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row, its place in the grammar (also the order in which things are shown), and how the line fits it."""

    row: Row
    place: int
    match: Match


@dataclass(frozen=True, slots=True)
class Unknown:
    """No row fits. `at` is the word that is not understood; `why` says in which way."""

    why: Literal["invalid", "incomplete", "ambiguous"]
    at: int


@dataclass(frozen=True)
class Grammar:
    """The rows of a platform in the order in which its running configuration shows them."""

    rows: tuple[Row, ...]
    reader: Reader
    _cache: dict[tuple[str, str, bool], Found | Unknown] = field(default_factory=dict)

    @cached_property
    def by_mode(self) -> dict[str, list[tuple[int, Row]]]:
        """Rows and their places, by mode."""
        modes: dict[str, list[tuple[int, Row]]] = {}
        for place, row in enumerate(self.rows):
            modes.setdefault(row.mode, []).append((self._shown_at(row) if row.each else place, row))
        return modes

    def _shown_at(self, row: Row) -> int:
        """A range is shown where its members are."""
        word = row.each.split()[0]
        return next(
            place for place, one in enumerate(self.rows) if (one.mode, one.pattern.split()[0]) == (row.mode, word)
        )

    def find(self, mode: str, line: str, *, negated: bool = False) -> Found | Unknown:
        """The row of `line` (without its `no`) in `mode`. What is negated may leave its value out."""
        asked = (mode, line, negated)
        if asked not in self._cache:
            if len(self._cache) > 50_000:
                self._cache.clear()
            self._cache[asked] = self._find(mode, line, negated)
        return self._cache[asked]

    def _find(self, mode: str, line: str, negated: bool) -> Found | Unknown:
        walk = Walk(split(line), self.reader)
        found = list(self._matches(mode, walk))
        if not found and negated:
            found = list(self._keys(mode, walk))
        return best(found, walk)

    def _matches(self, mode: str, walk: Walk) -> Iterator[Found]:
        for place, row in self.by_mode.get(mode, ()):
            match = next(walk.matches(row.pattern), None)
            if match is not None:
                yield Found(row, place, match)

    def _keys(self, mode: str, walk: Walk) -> Iterator[Found]:
        for place, row in self.by_mode.get(mode, ()):
            key, mark, _ = row.pattern.partition(" =")
            match = next(walk.matches(key), None) if mark else None
            if match is not None:
                yield Found(row, place, match)


def best(found: list[Found], walk: Walk) -> Found | Unknown:
    """The row that was meant: fewest abbreviations, then most keywords. Two that are as good are ambiguous."""
    if not found:
        whole = walk.far == len(walk.words.words)
        return Unknown("incomplete" if walk.ended and whole else "invalid", walk.far)
    ranked = sorted(found, key=lambda one: (one.match.short, -one.match.literal))
    first = ranked[0]
    if first.match.short and any(_as_good(first, other) for other in ranked[1:]):
        return Unknown("ambiguous", 0)
    return first


def _as_good(first: Found, other: Found) -> bool:
    ranks = [(one.match.short, one.match.literal) for one in (first, other)]
    return ranks[0] == ranks[1] and first.match.text != other.match.text


def rows(mode: str, source: str, *patterns: str | Row) -> tuple[Row, ...]:
    """Rows of one mode and one document. A `Row` among them brings more than its pattern; its mode and source count
    only where they are given."""
    return tuple(
        Row(mode, each, source)
        if isinstance(each, str)
        else replace(each, mode=each.mode or mode, source=each.source or source)
        for each in patterns
    )


def row(pattern: str, **more: Any) -> Row:
    """A row whose mode and source are those of the `rows` that it stands in."""
    return Row("", pattern, "", **more)
