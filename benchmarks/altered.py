"""`ccstack` as a faulty or newer version of it would be: what it renders is altered in one way before it is used.

    python -m benchmarks.altered ALTERATION deploy FILE --yes

ALTERATION is a name, or a JSON object of files by path on the host: a list of lines is added to the file, a text takes
its place. For faults that no blueprint can make, because the rules and the renderers would not let them through.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import ccstack.render.render as room
from ccstack.cli import main
from ccstack.design import Design
from ccstack.render.state import DesiredState, File, Line, Source

HERE = Source("center", "altered")


def _deaf_dialplan(file: File) -> File:
    """Every context and every number is there, and each call is hung up at once without an answer."""
    if file.path != "/etc/asterisk/extensions.conf":
        return file
    return replace(file, lines=tuple(_deaf(file.lines)))


def _deaf(lines: tuple[Line, ...]) -> list[Line]:
    made, inside = [], False
    for line in lines:
        if line.text.startswith("["):
            inside = line.text.startswith("[from-trunk]")
        made.append(replace(line, text=_hung_up(line.text)) if inside else line)
    return made


def _hung_up(text: str) -> str:
    if not text.startswith("exten =>"):
        return text
    pattern, priority, _step = text.split(",", 2)
    return f"{pattern},{priority},Hangup(41)"


ALTERATIONS: dict[str, Callable[[File], File]] = {"deaf-dialplan": _deaf_dialplan}


def _edited(edits: dict[str, str | list[str]], file: File) -> File:
    """The file with lines added, or with another text."""
    edit = edits.get(file.path)
    if edit is None:
        return file
    added = tuple(Line(text, HERE) for text in (edit.splitlines() if isinstance(edit, str) else edit))
    return replace(file, lines=added if isinstance(edit, str) else (*file.lines, *added))


def install(how: str) -> None:
    """From now on, this process renders what the alteration makes of it."""
    original = room.render
    alter = ALTERATIONS.get(how) or partial(_edited, json.loads(how))

    def render(design: Design) -> DesiredState:
        state = original(design)
        hosts = tuple(replace(host, files=tuple(alter(file) for file in host.files)) for host in state.hosts)
        return replace(state, hosts=hosts)

    room.render = render


if __name__ == "__main__":
    install(sys.argv.pop(1))
    main()
