r"""Patterns of commands, written as vendors' references write them, and matching a typed line against one.

| in a pattern | stands for |
| --- | --- |
| `shutdown` | a keyword; may be typed short |
| `{a\|b c}`, `[a]` | one of several; may be absent |
| `<1-4094>` | a number |
| `WORD`, `LINE` | one word; the rest of the line |
| `IFACE`, `IFACES`, `VLANS` | an interface, several, a list of VLANs |
| `IP`, `PREFIX`, `MAC` | an address, one with its prefix length, a MAC address |
| `=` | what stands before it says which setting it is; what follows is its value |
| `/` | a level of a hierarchy ends here (Junos) |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import AddressValueError, IPv4Address, IPv4Interface

_TOKEN = re.compile(r"[{}\[\]|=]|<[0-9]+-[0-9]+>|[^\s{}\[\]|=]+")
_MARK = "="


@dataclass(frozen=True, slots=True)
class Words:
    """A typed line: its words, and where each begins."""

    line: str
    words: tuple[str, ...]
    starts: tuple[int, ...]


def split(line: str) -> Words:
    """`line` in words."""
    found = [(m[0], m.start()) for m in re.finditer(r"\S+", line)]
    return Words(line.rstrip(), tuple(word for word, _ in found), tuple(start for _, start in found))


@dataclass(frozen=True, slots=True)
class Match:
    """A line that fits. `words` are as the running configuration shows them; the first `key` of them name the setting;
    `short` counts keywords that were abbreviated, `literal` all; `at` is where it ends; `lists` are those in it;
    `levels` says after how many words each level of a hierarchy ends."""

    words: tuple[str, ...] = ()
    key: int = -1
    short: int = 0
    literal: int = 0
    at: int = 0
    lists: tuple[tuple[str, ...], ...] = ()
    levels: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(self.words)

    @property
    def identity(self) -> str:
        """The words that name the setting."""
        return " ".join(self.words if self.key < 0 else self.words[: self.key])


Named = tuple[tuple[str, ...], int]
"""Interfaces by their names as the platform prints them, and how many words that took."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How a platform writes interfaces: what `words` from a place on name (one, or several), or None."""

    interface: Callable[[Sequence[str]], Named | None]
    interfaces: Callable[[Sequence[str]], Named | None]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several ways."""

    ways: tuple[tuple[Element, ...], ...]


Element = str | tuple[int, int] | Choice
"""A keyword, a kind (in capitals), the mark, a range of numbers, or a choice."""


def vlan_list(text: str) -> tuple[int, ...] | None:
    """`10,20-22` as numbers, sorted; None where it is no list of VLANs (IEEE 802.1Q: 1 to 4094)."""
    if not re.fullmatch(r"[0-9]{1,4}(-[0-9]{1,4})?(,[0-9]{1,4}(-[0-9]{1,4})?)*", text):
        return None
    numbers: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(numbers)) if numbers and min(numbers) >= 1 and max(numbers) <= 4094 else None


def as_vlans(numbers: Sequence[int]) -> str:
    """Numbers as a list of VLANs: `10,20-22`."""
    parts: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


@cache
def compiled(pattern: str) -> tuple[Element, ...]:
    """A pattern, parsed. ValueError when it is malformed."""
    elements, rest = _sequence(_TOKEN.findall(pattern))
    if rest:
        raise ValueError(f"pattern {pattern!r}: {rest[0]!r} closes nothing")
    return elements


def _sequence(tokens: list[str]) -> tuple[tuple[Element, ...], list[str]]:
    elements: list[Element] = []
    while tokens and tokens[0] not in "}]|":
        first, tokens = tokens[0], tokens[1:]
        if first in ("{", "["):
            ways, tokens = _ways(tokens)
            elements.append(Choice(ways if first == "{" else (*ways, ())))
        elif first.startswith("<"):
            low, _, high = first[1:-1].partition("-")
            elements.append((int(low), int(high)))
        else:
            elements.append(first)
    return tuple(elements), tokens


def _ways(tokens: list[str]) -> tuple[tuple[tuple[Element, ...], ...], list[str]]:
    ways = []
    while True:
        way, tokens = _sequence(tokens)
        ways.append(way)
        if not tokens or tokens[0] != "|":
            return tuple(ways), tokens[1:]
        tokens = tokens[1:]


@dataclass(slots=True)
class Walk:
    """One attempt to read a line. `far`: how many words were understood; `ended`: the line ended before the pattern."""

    words: Words
    reader: Reader
    far: int = 0
    ended: bool = False

    def matches(self, pattern: str, at: int = 0) -> Iterator[Match]:
        """Every way in which all words from `at` on fit."""
        for match in self._all(compiled(pattern), Match(at=at)):
            if match.at == len(self.words.words):
                yield match

    def _all(self, elements: tuple[Element, ...], match: Match) -> Iterator[Match]:
        if not elements:
            yield match
            return
        for step in self._one(elements[0], match):
            self.far = max(self.far, step.at)
            yield from self._all(elements[1:], step)

    def _one(self, element: Element, match: Match) -> Iterator[Match]:
        if isinstance(element, Choice):
            for way in element.ways:
                yield from self._all(way, match)
        elif element == _MARK:
            yield replace(match, key=len(match.words))
        elif element == "/":
            yield replace(match, levels=(*match.levels, len(match.words)))
        elif match.at == len(self.words.words):
            self.ended = True
        else:
            yield from self._word(element, match)

    def _word(self, element: str | tuple[int, int], match: Match) -> Iterator[Match]:
        word = self.words.words[match.at]
        if isinstance(element, tuple):
            if word.isdecimal() and element[0] <= int(word) <= element[1]:
                yield _step(match, str(int(word)))
        elif element in _KINDS:
            yield from _KINDS[element](self, match)
        elif element.lower().startswith(word.lower()):
            short = match.short + (len(word) < len(element))
            yield replace(_step(match, element), short=short, literal=match.literal + 1)


def _step(match: Match, word: str, took: int = 1) -> Match:
    return replace(match, words=(*match.words, word), at=match.at + took)


def _line(walk: Walk, match: Match) -> Iterator[Match]:
    rest = walk.words.line[walk.words.starts[match.at] :]
    yield _step(match, rest, len(walk.words.words) - match.at)


def _checked(check: Callable[[str], str]) -> Callable[[Walk, Match], Iterator[Match]]:
    def read(walk: Walk, match: Match) -> Iterator[Match]:
        try:
            yield _step(match, check(walk.words.words[match.at]))
        except (ValueError, AddressValueError):
            return

    return read


def _vlans(walk: Walk, match: Match) -> Iterator[Match]:
    numbers = vlan_list(walk.words.words[match.at])
    if numbers:
        step = _step(match, as_vlans(numbers))
        yield replace(step, lists=(*match.lists, tuple(map(str, numbers))))


def _interfaces(several: bool) -> Callable[[Walk, Match], Iterator[Match]]:
    def read(walk: Walk, match: Match) -> Iterator[Match]:
        reader = walk.reader.interfaces if several else walk.reader.interface
        found = reader(walk.words.words[match.at :])
        if found:
            names, took = found
            yield replace(_step(match, ",".join(names), took), lists=(*match.lists, names))

    return read


def _prefix(text: str) -> str:
    if "/" not in text:
        raise ValueError(text)
    IPv4Interface(text)
    return text


def _mac(text: str) -> str:
    digits = re.sub(r"[:.-]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", digits):
        raise ValueError(text)
    return text.lower()


_KINDS: dict[str, Callable[[Walk, Match], Iterator[Match]]] = {
    "WORD": _checked(str),
    "LINE": _line,
    "IP": _checked(lambda text: str(IPv4Address(text))),
    "PREFIX": _checked(_prefix),
    "MAC": _checked(_mac),
    "VLANS": _vlans,
    "IFACE": _interfaces(False),
    "IFACES": _interfaces(True),
}
