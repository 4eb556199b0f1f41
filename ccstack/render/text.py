"""Gathering lines with their origin, and refusing what no syntax can carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .state import Line, Source, has_slot_marks


class RenderError(Exception):
    """A value of the blueprint that cannot be written safely. It is refused, never mangled."""

    def __init__(self, path: str, given: str, rule: str) -> None:
        self.path = path
        self.given = given
        self.rule = rule
        super().__init__(f"{path}: {rule} (given: {given!r})")


def one_line(value: str, path: str) -> str:
    """`value`, if it fits on one line of text and holds no mark of a secret's slot."""
    if value.isascii() and value.isprintable():
        return value
    if any(ch < " " or ch in "\x7f\x85\u2028\u2029" for ch in value):
        raise RenderError(path, value, "a line break or control character cannot be written to a configuration file")
    if any("\ud800" <= ch <= "\udfff" for ch in value):
        raise RenderError(path, value, "half a character (a lone surrogate) is no text and cannot be written")
    if has_slot_marks(value):
        raise RenderError(path, value, "the private-use characters U+E000 and U+E001 mark secrets and may not be used")
    return value


class Sheet:
    """A file's lines as they are gathered."""

    def __init__(self) -> None:
        self._lines: list[Line] = []

    def line(self, text: str, source: Source) -> None:
        """Add one line."""
        self._lines.append(Line(text, source))

    def extend(self, lines: Iterable[Line]) -> None:
        """Add lines that were gathered elsewhere."""
        self._lines.extend(lines)

    def __iter__(self) -> Iterator[Line]:
        return iter(self._lines)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Everything gathered so far."""
        return tuple(self._lines)
