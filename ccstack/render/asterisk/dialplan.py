"""The dialplan's syntax: extensions.conf, where `;` comments, and applications split and substitute their arguments.

Three readers see each line: the configuration parser (`;`), the substitution of `${...}` and `$[...]` when the line
is run, and the application, which splits at commas and drops quotes and backslashes (AST_STANDARD_APP_ARGS).
"""

from __future__ import annotations

import re

from ccstack.render.state import Line, Source
from ccstack.render.text import RenderError, Sheet, one_line

_EXTEN = re.compile(r"^(_[0-9A-Za-z+*#.!\[\]-]+|[0-9A-Za-z_+*#-]+)$")
_PLAIN = re.compile(r"^[0-9A-Za-z_+*#./@:%=& -]*$")


def literal(text: str, path: str) -> str:
    """`text` as one argument that the application gets unchanged.

    Commas, quotes and backslashes are escaped for the application, semicolons for the parser. `${` and `$[` cannot be
    escaped in a dialplan, so they are refused, as is white space at the ends, which is stripped.
    """
    text = one_line(text, path)
    if "${" in text or "$[" in text or text.endswith("$"):
        raise RenderError(path, text, "`${` and `$[` begin an expression in a dialplan and cannot be escaped there")
    if text != text.strip():
        raise RenderError(path, text, "white space at the beginning or end would be lost")
    if _PLAIN.match(text):
        return text
    escaped = re.sub(r'([\\",()])', r"\\\1", text)
    return escaped.replace(";", "\\;")


class Dialplan:
    """A dialplan in the making. Within an extension, priorities count up by themselves."""

    def __init__(self) -> None:
        self._sheet = Sheet()
        self.contexts: list[str] = []
        """Names of the contexts, in order."""

    def context(self, name: str, source: Source, *includes: str) -> None:
        """Begin a context."""
        self.contexts.append(name)
        self._sheet.line(f"[{name}]", source)
        for other in includes:
            self._sheet.line(f"include => {other}", source)

    def setting(self, name: str, value: str, source: Source) -> None:
        """Set a global variable; only in the context `globals`."""
        self._sheet.line(f"{name} = {value}", source)

    def exten(self, pattern: str, step: str, source: Source) -> None:
        """Begin an extension with its first step. A step is an application with its arguments."""
        if not _EXTEN.match(pattern):
            raise RenderError(source.path, pattern, "this cannot be an extension of a dialplan")
        self._sheet.line(f"exten => {pattern},1,{step}", source)

    def then(self, step: str, source: Source, label: str = "") -> None:
        """The extension's next step; `label` is what jumps call it."""
        self._sheet.line(f" same => n({label}),{step}" if label else f" same => n,{step}", source)

    def steps(self, pattern: str, steps: list[str], source: Source) -> None:
        """A whole extension whose steps all have one origin."""
        self.exten(pattern, steps[0], source)
        for step in steps[1:]:
            self.then(step, source)

    def extend(self, lines: tuple[Line, ...], contexts: tuple[str, ...] = ()) -> None:
        """Add what was made elsewhere."""
        self._sheet.extend(lines)
        self.contexts.extend(contexts)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines so far."""
        return self._sheet.lines
