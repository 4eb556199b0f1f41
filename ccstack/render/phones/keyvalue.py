"""Yealink's syntax: `key = value`, a line each, blanks around the value dropped; `#` begins a comment at the start of a
line only (Auto Provisioning Guide V86, "Configuration files"). There is no quoting, so what would be read back as
something else is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ccstack.render.state import Line, Source
from ccstack.render.text import RenderError, one_line

_UNFIT = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029\ue000\ue001\ud800-\udfff]")
_RESERVED = ("%NULL%", "%EMPTY%")
"""A value that is one of these takes the setting away."""


def value(text: str, path: str) -> str:
    """`text` as a value, such that a phone reads back the same."""
    if _UNFIT.search(text):
        one_line(text, path)
        raise RenderError(path, text, "half of a character that takes two cannot be written")
    if text != text.strip() or not text:
        raise RenderError(path, text, "white space at the beginning or end would be lost")
    if text in _RESERVED:
        raise RenderError(path, text, "Yealink phones take this for no value at all")
    return text


class Settings:
    """Lines of one setting each."""

    def __init__(self) -> None:
        self.lines: list[Line] = []

    def set(self, key: str, text: str | int, source: Source) -> None:
        """Add a setting."""
        self.secret(key, value(str(text), source.path), source)

    def put(self, source: Source, pairs: Mapping[str, str | int]) -> None:
        """Add several settings."""
        for key, text in pairs.items():
            self.set(key, text, source)

    def clear(self, key: str, source: Source) -> None:
        """Take away what a setting was before: one that is not in the file is kept."""
        self.lines.append(Line(f"{key} = %NULL%", source))

    def say(self, key: str, text: str, source: Source, path: str) -> None:
        """Add a setting with a person's words in it, which are at `path`."""
        self.secret(key, value(text, path), source)

    def secret(self, key: str, text: str, source: Source) -> None:
        """Add a setting that holds slots of secrets; everything else in it is ours."""
        self.lines.append(Line(f"{key} = {text}", source))
