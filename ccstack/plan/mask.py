"""Lines as people may see them, and the difference of two files without a secret in it.

What stands on a host is shown with great care: in a file that holds secrets a line is shown only when it is one that
ccstack wrote, with any value in the place of its secrets, and then as ccstack wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher

from ccstack.render.state import File, has_slot_marks, masked

HIDDEN = "<a line of a file that holds secrets, not shown>"
_CONTEXT = 2
"""Unchanged lines around a change."""
_LARGEST = 25_000_000
"""Lines times lines: comparing larger files line by line takes longer than anybody waits."""
_SLOT = re.compile("\ue000[^\ue001]*\ue001")

Redact = Callable[[str], str]
"""Masks the values that the vault knows."""


def shown_lines(file: File | None) -> tuple[str, ...]:
    """A rendered file with its secrets as names."""
    return tuple(printable(masked(line.text)) for line in file.lines) if file else ()


def seen_lines(text: str, known: Sequence[File], redact: Redact) -> tuple[str, ...]:
    """The lines of a file on a host. `known` is what ccstack would have written there, now and before."""
    if any(has_slot_marks(file.text) for file in known):
        recognise = _recogniser(known)
        return tuple(recognise(line) for line in _lines_of(text))
    # All at once: a vault has as many values as the center has phones.
    return tuple(printable(line) for line in _lines_of(redact(text)))


def is_but_for_secrets(text: str, file: File) -> bool:
    """Whether `text` is the rendered `file` with some values in the place of its secrets."""
    lines = tuple(_lines_of(text))
    return len(lines) == len(file.lines) and all(
        _pattern(wanted.text).fullmatch(line) if has_slot_marks(wanted.text) else wanted.text == line
        for wanted, line in zip(file.lines, lines, strict=True)
    )


def printable(line: str) -> str:
    """`line` without anything that a terminal or a web page would obey."""
    if line.isprintable():
        return line
    return "".join(ch if ch.isprintable() or ch == "\t" else f"\\x{ord(ch):02x}" for ch in line)


def _lines_of(text: str) -> Iterator[str]:
    yield from text.removesuffix("\n").split("\n") if text else ()


def _recogniser(known: Sequence[File]) -> Callable[[str], str]:
    lines = list(dict.fromkeys(line.text for file in known for line in file.lines))
    plain = {line for line in lines if not has_slot_marks(line)}
    slotted = [(_pattern(line), printable(masked(line))) for line in lines if has_slot_marks(line)]

    def recognise(line: str) -> str:
        if line in plain:
            return printable(line)
        return next((shown for pattern, shown in slotted if pattern.fullmatch(line)), HIDDEN)

    return recognise


def _pattern(line: str) -> re.Pattern[str]:
    """A rendered line with anything in the place of its slots."""
    return re.compile(".+".join(map(re.escape, _SLOT.split(line))))


def difference(path: str, before: Sequence[str], after: Sequence[str], *, on: str = "host") -> tuple[str, ...]:
    """The unified difference of two files' lines (as `diff -u` prints it); empty when they are the same."""
    if tuple(before) == tuple(after):
        return ()
    heads = (f"--- {path} (on the {on})", f"+++ {path} (wanted)")
    return (*heads, *_hunks(before, after))


def _hunks(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    # What is the same at both ends is most of a large file: it need not be compared line by line.
    start = _same_at_start(before, after)
    end = _same_at_start(before[start:][::-1], after[start:][::-1])
    start, end = max(0, start - _CONTEXT), max(0, end - _CONTEXT)
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    if len(old) * len(new) > _LARGEST:
        yield f"@@ {len(old)} lines become {len(new)}, too many to be compared line by line @@"
        return
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(_CONTEXT):
        first, last = group[0], group[-1]
        yield f"@@ -{_span(start, first[1], last[2])} +{_span(start, first[3], last[4])} @@"
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (f" {line}" for line in old[i1:i2])
            else:
                yield from (f"-{line}" for line in old[i1:i2])
                yield from (f"+{line}" for line in new[j1:j2])


def _span(offset: int, begin: int, end: int) -> str:
    length = end - begin
    # An empty range names the line before it, as diff(1) has it.
    return f"{offset + begin + bool(length)},{length}"


def _same_at_start(one: Sequence[str], other: Sequence[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
