"""A file as named values, of which what is not known can be told."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass, field

from ccstack.lab.phones.config import FormatError


@dataclass(slots=True)
class Values:
    """Parameters by name. Every name that was asked for, or that `known` matches, is one that the phone knows."""

    of: Mapping[str, str]
    known: re.Pattern[str]
    _asked: set[str] = field(default_factory=set)

    def get(self, name: str) -> str:
        """The value, empty where there is none."""
        self._asked.add(name)
        return self.of.get(name, "").strip()

    def is_on(self, name: str, words: tuple[str, ...] = ("1",)) -> bool:
        """Whether it is switched on."""
        return self.get(name).lower() in words

    def first(self, *names: str) -> str:
        """The first of several that has a value."""
        return next((value for value in map(self.get, names) if value), "")

    def numbers(self, pattern: str) -> list[int]:
        """The numbers that stand where `pattern` has its group, in order."""
        found = (re.fullmatch(pattern, name) for name in self.of)
        return sorted({int(match[1]) for match in found if match})

    def ignored(self) -> tuple[str, ...]:
        """Names that the phone does not know."""
        return tuple(name for name in self.of if name not in self._asked and not self.known.fullmatch(name))


def parsed(text: str) -> ET.Element:
    """The root of an XML file. Raises `FormatError`."""
    try:
        return ET.fromstring(text)  # noqa: S314 - a file of the lab's own server, which it serves over TLS
    except ET.ParseError as error:
        raise FormatError(f"the file is not XML: {error}") from None
