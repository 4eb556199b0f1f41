"""How Asterisk reads its files, written from main/config.c and main/pbx.c, apart from the code that writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field


def uncommented(line: str) -> str:
    """A line as the configuration parser keeps it: `\\;` is a semicolon, any other `;` begins a comment."""
    kept = ""
    at = 0
    while at < len(line):
        if line[at] == ";":
            if kept.endswith("\\"):
                kept = kept[:-1] + ";"
                at += 1
                continue
            break
        kept += line[at]
        at += 1
    return kept.strip()


def settings(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Section, key and value of each setting."""
    section = ""
    for line in lines:
        text = uncommented(line)
        if found := re.match(r"^\[([^\]]+)\]", text):
            section = found[1]
        elif "=" in text:
            key, _, value = text.partition("=")
            yield section, key.strip(), value.removeprefix(">").strip()


@dataclass
class Context:
    """One context: extensions in order, with their steps."""

    name: str
    includes: list[str] = field(default_factory=list)
    extens: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[tuple[str, str], int] = field(default_factory=dict)

    def match(self, digits: str) -> str | None:
        """The extension that Asterisk takes for `digits`, among this context's own."""
        if digits in self.extens:
            return digits
        fitting = [e for e in self.extens if e.startswith("_") and fits(e, digits)]
        return min(fitting, key=rank, default=None)


def dialplan(lines: Iterable[str]) -> dict[str, Context]:
    """Every context of an extensions.conf."""
    contexts: dict[str, Context] = {}
    context, exten = Context(""), ""
    for line in lines:
        text = uncommented(line)
        if found := re.match(r"^\[([^\]]+)\]$", text):
            context = contexts.setdefault(found[1], Context(found[1]))
        elif text.startswith("include"):
            context.includes.append(text.split("=>")[1].strip())
        elif text.startswith("exten =>"):
            exten, priority, step = (part.strip() for part in text[8:].split(",", 2))
            assert priority == "1", line
            assert exten not in context.extens, f"{exten}@{context.name} twice"
            context.extens[exten] = [step]
        elif text.startswith("same =>"):
            priority, step = (part.strip() for part in text[7:].split(",", 1))
            if found := re.match(r"^n\(([^)]+)\)$", priority):
                context.labels[exten, found[1]] = len(context.extens[exten]) + 1
            context.extens[exten].append(step)
    return contexts


def units(pattern: str) -> list[str]:
    """A pattern character by character; a set in brackets is one."""
    return re.findall(r"\[[^\]]*\]|.", pattern.removeprefix("_"))


def fits(pattern: str, digits: str) -> bool:
    """Whether `digits` match a pattern such as `_9NXX!`."""
    rest = digits
    for unit in units(pattern):
        if unit == "!":
            return True
        if unit == ".":
            return bool(rest)
        if not rest or not _one(unit, rest[0]):
            return False
        rest = rest[1:]
    return not rest


def _one(unit: str, digit: str) -> bool:
    sets = {"X": "0123456789", "Z": "123456789", "N": "23456789"}
    if unit.startswith("["):
        return re.match(unit, digit) is not None
    return digit in sets.get(unit.upper(), unit)


def rank(pattern: str) -> list[int]:
    """Order in which Asterisk prefers patterns: at the first difference, the narrower one (ext_cmp in pbx.c)."""
    widths = {"X": 10, "Z": 9, "N": 8, ".": 0x18000, "!": 0x28000}
    return [widths.get(u.upper(), len(u) if u.startswith("[") else 1) for u in units(pattern)]
