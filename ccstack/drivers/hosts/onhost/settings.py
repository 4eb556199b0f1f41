"""Asterisk's configuration files, as Asterisk reads them."""

from __future__ import annotations


def settings_in(path: str) -> dict[str, dict[str, str]]:
    """The sections of a file in Asterisk's syntax, templates and additions worked in (main/config.c)."""
    sections: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for raw in file:
            line = raw.split(";", 1)[0].strip()
            name, marks = heading(line)
            if name:
                here = sections.setdefault(name, {})
                for template in marks.split(","):
                    here.update(sections.get(template, {}))
            elif "=" in line:
                key, _, value = line.partition("=")
                here[key.strip()] = value.lstrip(">").strip()
    return sections


def heading(line: str) -> tuple[str, str]:
    """The section that a line begins (`[sales](+)`), and what is in its parentheses; empty for any other line."""
    name, bracket, more = line[1:].partition("]")
    if not bracket or line[0] != "[":
        return "", ""
    marks, closed, _rest = more[1:].partition(")")
    return name, marks if closed and more[0] == "(" else ""


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
