"""A site admin's own settings: files that ccstack's files include, that ccstack never writes, and that survive it.

`/etc/ccstack/overrides/asterisk/queues.conf` is included at the end of `/etc/asterisk/queues.conf`.
One that sets what ccstack sets is a conflict: two owners of one setting, and the file that is read last wins.
"""

from __future__ import annotations

import os

from .layout import Layout
from .settings import heading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def overrides(layout: Layout, managed: Iterable[str]) -> dict[str, str]:
    """Every override on the host, and what is wrong with it; empty when nothing is."""
    if not os.path.isdir(layout.overrides):
        return {}
    included = frozenset(managed)
    found: dict[str, str] = {}
    for here, below, names in os.walk(layout.overrides):
        below.sort()
        for name in sorted(names):
            path = f"{here}/{name}"[len(layout.root) :]
            found[path] = _problem(layout, path, included)
    return found


def _problem(layout: Layout, path: str, managed: frozenset[str]) -> str:
    beside = "/etc/" + path[len("/etc/ccstack/overrides/") :]
    if beside not in managed or not beside.startswith("/etc/asterisk/"):
        return f"nothing includes it: ccstack has no {beside} that takes additions"
    try:
        ours, theirs = _settings(layout.at(beside)), _settings(layout.at(path))
    except OSError as why:
        return f"cannot be read: {why.strerror}"
    if theirs[""]:
        return "begins without a section: its settings would belong to the last one of ccstack's"
    both = [f"[{section}] {key}".strip() for section in theirs for key in theirs[section] & ours.get(section, set())]
    return f"sets what ccstack sets in {beside}: {', '.join(sorted(both))}" if both else ""


def _settings(path: str) -> dict[str, set[str]]:
    """What a file in Asterisk's syntax sets: keys by section; for a dialplan, extensions and their priorities.

    A section that is begun and not added to (`[name](+)`) is itself a setting, under the empty key.
    """
    sections: dict[str, set[str]] = {}
    here = sections.setdefault("", set())
    exten = ""
    with open(path, encoding="utf-8", errors="replace") as file:
        for raw in file:
            line = raw.split(";", 1)[0].strip()
            name, marks = heading(line)
            if name:
                here = sections.setdefault(name, set())
                here |= set() if "+" in marks else {""}
            elif "=" in line:
                key, _, value = line.partition("=")
                exten = value.lstrip(">").split(",")[0].strip() if key.strip() == "exten" else exten
                here.add(f"exten {exten}" if key.strip() in ("exten", "same") else key.strip())
    return sections
