"""Asterisk's configuration files, as Asterisk reads them."""

from __future__ import annotations

import re


def settings_in(path: str) -> dict[str, dict[str, str]]:
    """The sections of a file in Asterisk's syntax, templates and additions worked in (main/config.c)."""
    sections: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for raw in file:
            line = raw.split(";", 1)[0].strip()
            head = re.match(r"\[([^\]]+)\](?:\(([^)]*)\))?", line)
            if head:
                marks = [one for one in (head[2] or "").split(",") if one]
                here = sections.setdefault(head[1], {})
                for template in marks:
                    here.update(sections.get(template, {}))
            elif "=" in line:
                key, _, value = line.partition("=")
                here[key.strip()] = value.lstrip(">").strip()
    return sections


IN_ORDER = frozenset({"linear", "rrordered"})
"""Strategies by the order in which members came. Asterisk keeps the members of such a queue in a list, else in a hash,
and chooses when it first sees the queue (app_queue.c, init_queue): after a reload `queue show` has the new strategy,
and members ring in the order of the hash."""


def put_in_order(old: str, new: str) -> bool:
    """Whether some queue of the file `old` becomes one of these in the file `new`: Asterisk has to be restarted."""
    before, after = settings_in(old), settings_in(new)
    return any(
        after[name].get("strategy") in IN_ORDER and before[name].get("strategy") not in IN_ORDER
        for name in before.keys() & after.keys()
    )
