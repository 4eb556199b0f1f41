"""What a change of a queue's strategy takes: the activator (onhost/readback.py) decides likewise, from the files."""

from __future__ import annotations

import re
from collections.abc import Iterable

IN_ORDER = frozenset({"linear", "rrordered"})
"""Strategies by the order in which members came: Asterisk takes a queue's list of members for them when it starts."""

_LINE = re.compile(r"^\[([^\]]+)\]|^strategy *= *(\w+)")


def put_in_order(old: Iterable[str], new: Iterable[str]) -> bool:
    """Whether some queue that is in both renderings of queues.conf becomes one of these."""
    before, after = _strategies(old), _strategies(new)
    return any(after[name] in IN_ORDER and before[name] not in IN_ORDER for name in before.keys() & after.keys())


def _strategies(lines: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    section = ""
    for match in filter(None, map(_LINE.match, lines)):
        section = match[1] or section
        if match[2]:
            found[section] = match[2]
    return found
