"""XML as phones read it: one element or attribute a line, values in the file's own words (XML 1.0, sections 2.2, 2.4).

Names of elements and attributes come from us. What XML cannot hold at all is refused; the rest is escaped, so that any
XML parser reads back the same value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ccstack.render.state import Line, Source
from ccstack.render.text import RenderError, one_line

# Slot marks, line breaks and controls; then what is no character of XML (section 2.2).
_UNFIT = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ue000\ue001\ud800-\udfff\ufffe\uffff]")
_SPECIAL = re.compile('[&<>"]')
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'


def escaped(text: str, path: str) -> str:
    """`text` as the content of an element or, between double quotes, the value of an attribute."""
    if _UNFIT.search(text):
        one_line(text, path)
        raise RenderError(path, text, "XML cannot hold this character")
    return _SPECIAL.sub(lambda match: _ESCAPES[match[0]], text)


class Elements:
    """Lines of one element each: `<P35>ana</P35>`."""

    def __init__(self, indent: str, attributes: str = "") -> None:
        self._indent, self._attributes = indent, attributes
        self.lines: list[Line] = []

    def set(self, tag: str, text: str | int, source: Source, attributes: str = "") -> None:
        """Add an element. `attributes` is XML, with a blank before it, and comes before those of all elements."""
        self.secret(tag, escaped(str(text), source.path), source, attributes)

    def put(self, source: Source, pairs: Mapping[str, str | int]) -> None:
        """Add several elements."""
        for tag, text in pairs.items():
            self.set(tag, text, source)

    def say(self, tag: str, text: str, source: Source, path: str, attributes: str = "") -> None:
        """Add an element with a person's words in it, which are at `path`."""
        self.secret(tag, escaped(text, path), source, attributes)

    def secret(self, tag: str, text: str, source: Source, attributes: str = "") -> None:
        """Add an element whose text is XML already: slots of secrets, and what is ours."""
        self.lines.append(Line(f"{self._indent}<{tag}{attributes}{self._attributes}>{text}</{tag}>", source))


class Attributes:
    """Lines of one attribute each, inside of a start tag: `reg.1.address="ana@center.internal"`."""

    def __init__(self, indent: str) -> None:
        self._indent = indent
        self.lines: list[Line] = []

    def set(self, name: str, text: str | int, source: Source) -> None:
        """Add an attribute."""
        self.secret(name, escaped(str(text), source.path), source)

    def put(self, source: Source, pairs: Mapping[str, str | int]) -> None:
        """Add several attributes."""
        for name, text in pairs.items():
            self.set(name, text, source)

    def say(self, name: str, text: str, source: Source, path: str) -> None:
        """Add an attribute with a person's words in it, which are at `path`."""
        self.secret(name, escaped(text, path), source)

    def secret(self, name: str, text: str, source: Source) -> None:
        """Add an attribute whose value is XML already: slots of secrets, and what is ours."""
        self.lines.append(Line(f'{self._indent}{name}="{text}"', source))
