"""The dialplan's syntax: extensions.conf (main/config.c, pbx/pbx_config.c).

Nothing that people write freely gets into a dialplan: only names, numbers, and what is ours. The writer holds to that:
a step that would be read as anything else is refused. Free text goes where it needs no quoting but the file's own, such
as the variables of an endpoint.
"""

from __future__ import annotations

import re

from ccstack.render.state import Line, Source
from ccstack.render.text import RenderError, Sheet

_EXTEN = re.compile(r"^(_[0-9A-Za-z+*#.!\[\]-]+|[0-9A-Za-z_+*#-]+)$")
_STEP = re.compile(r"^[A-Za-z]+\((?:[ !-:<-~]|(?<=\\);)*\)$")
"""An application with its arguments: printable ASCII, and each `;` escaped, because it would begin a comment."""

_LONGEST = 4_000
"""Asterisk substitutes variables in 4,096 bytes."""


def _checked(step: str, source: Source) -> str:
    if not _STEP.match(step):
        raise RenderError(source.path, step, "this cannot be a step of a dialplan")
    if len(step) > _LONGEST:
        raise RenderError(source.path, step[:60], f"a step of more than {_LONGEST} bytes would be cut")
    return step


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
        self._sheet.line(f"exten => {pattern},1,{_checked(step, source)}", source)

    def then(self, step: str, source: Source, label: str = "") -> None:
        """The extension's next step; `label` is what jumps call it."""
        priority = f"n({label})" if label else "n"
        self._sheet.line(f" same => {priority},{_checked(step, source)}", source)

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
