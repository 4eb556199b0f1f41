"""Reads rendered SBC data as Kamailio does: written from its documentation, not from the writers."""

from __future__ import annotations

from collections.abc import Mapping

from ccstack.design import design
from ccstack.model import ContactCenter
from ccstack.render.kamailio import parts
from ccstack.render.state import File

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


def columns(row: str) -> list[str]:
    """A db_text row: `:` ends a column, `\\` takes the next character as it is (or as a control character)."""
    found, column = [], []
    letters = iter(row)
    for letter in letters:
        if letter == "\\":
            after = next(letters)
            column.append(_ESCAPES.get(after, after))
        elif letter == ":":
            found.append("".join(column))
            column = []
        else:
            column.append(letter)
    return [*found, "".join(column)]


def files(center: ContactCenter, host: str = "sbc-e") -> Mapping[str, File]:
    """The SBC's files by their names."""
    return {file.path.rsplit("/", 1)[1]: file for file in parts(design(center))[host].files}


def table(center: ContactCenter, name: str, host: str = "sbc-e") -> dict[str, str]:
    """An htable as key and value."""
    rows = files(center, host)[name].text.splitlines()[1:]
    return {key: value for key, _, _, value, _ in map(columns, rows)}
