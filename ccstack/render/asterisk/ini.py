"""Asterisk's configuration syntax: `[section](template)` and `key = value` (main/config.c)."""

from __future__ import annotations

import re

from ccstack.render.state import File, Line, Source
from ccstack.render.text import RenderError, Sheet, one_line

_LONGEST = 8_000
"""Asterisk reads lines into 8,192 bytes and silently cuts longer ones."""

_KEY = re.compile(r"^[A-Za-z][A-Za-z0-9_.()-]*$")


def value(text: str, path: str) -> str:
    """`text` as the value of a setting, such that Asterisk reads back the same.

    A semicolon begins a comment unless a backslash stands before it; white space at the ends would be lost.
    Raises `RenderError` for what no quoting can carry.
    """
    text = one_line(text, path)
    if text != text.strip(" \t\u00a0") or text != text.strip():
        raise RenderError(path, text, "white space at the beginning or end would be lost")
    escaped = text.replace(";", "\\;")
    if len(escaped.encode()) > _LONGEST:
        raise RenderError(path, text[:60], f"a setting of more than {_LONGEST} bytes would be cut")
    return escaped


class Ini:
    """A configuration file in the making. Names of sections and keys come from us or are `Name`s of the model."""

    def __init__(self) -> None:
        self._sheet = Sheet()

    def section(self, name: str, source: Source, *templates: str, is_template: bool = False) -> None:
        """Begin a section that inherits from `templates`."""
        marks = ",".join(("!", *templates) if is_template else templates)
        self._sheet.line(f"[{name}]({marks})" if marks else f"[{name}]", source)

    def set(self, key: str, text: str | int, source: Source) -> None:
        """Set `key` of the section."""
        assert _KEY.match(key), key
        self._sheet.line(f"{key} = {value(str(text), source.path)}", source)

    def secret(self, key: str, text: str, source: Source) -> None:
        """Set `key` to text that holds slots of secrets; everything else in it is ours."""
        self._sheet.line(f"{key} = {text}", source)

    def settings(self, source: Source, **pairs: str | int) -> None:
        """Set several keys."""
        for key, text in pairs.items():
            self.set(key, text, source)

    def include(self, name: str, source: Source) -> None:
        """Read another file of ours here."""
        self._sheet.line(f'#include "{name}"', source)

    def extend(self, lines: tuple[Line, ...]) -> None:
        """Add lines that were made elsewhere."""
        self._sheet.extend(lines)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines so far."""
        return self._sheet.lines


OVERRIDES = "/etc/ccstack/overrides/asterisk"
"""Where a site's admin puts additions of their own, by the name of the file that they are for; no deploy touches it."""


def asterisk_file(name: str, lines: tuple[Line, ...], apply: str, mode: int = 0o640) -> File:
    """A file below /etc/asterisk, which the asterisk user may read and not write; the site's additions come last."""
    own = Line(f'#tryinclude "{OVERRIDES}/{name}"', Source("center", "override"))
    return File(f"/etc/asterisk/{name}", (*lines, own), apply, "root", "asterisk", mode)  # type: ignore[arg-type]
