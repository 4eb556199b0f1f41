"""JSON whose every line knows where it came from. This is the one place that writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ccstack.render.state import Line, Source

Written = list[Line]


def leaf(source: Source, value: object, key: str = "") -> Written:
    """A value on one line, with its key when it is a member of an object."""
    return [Line(_head(key) + json.dumps(value), source)]


def nest(source: Source, items: Sequence[Written], key: str = "", brackets: str = "{}") -> Written:
    """An object or (`brackets` `[]`) a list of what was written before."""
    if not items:
        return [Line(_head(key) + brackets, source)]
    inner = [line for item in items[:-1] for line in _with_comma(item)] + items[-1]
    opened = [Line(_head(key) + brackets[0], source), *(Line(f"  {one.text}", one.source) for one in inner)]
    return [*opened, Line(brackets[1], source)]


def _head(key: str) -> str:
    return f"{json.dumps(key)}: " if key else ""


def _with_comma(item: Written) -> Written:
    *before, last = item
    return [*before, Line(f"{last.text},", last.source)]
