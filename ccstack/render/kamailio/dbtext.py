"""The one writer of Kamailio's db_text tables (db_text module: one file a table, `:` between columns, `\\` escapes)."""

from __future__ import annotations

from collections.abc import Iterable

from ccstack.render.state import File, Line, Slot, Source
from ccstack.render.text import one_line

DATA = "/etc/kamailio/data"
"""Where the SBC's script finds its data."""

_HTABLE = "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)"


def field(value: str | Slot, path: str) -> str:
    """`value` as a string column; a digest's slot stands as it is, being hexadecimal once it is filled.

    The empty string is refused: db_text would read it as NULL.
    """
    if isinstance(value, Slot):
        return str(value)
    if not value:
        raise ValueError(f"{path}: an empty db_text column")
    return one_line(value, path).replace("\\", "\\\\").replace(":", "\\:")


class Table:
    """An htable's rows, each key once: name, value, and why it is there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._rows: dict[str, Line] = {}

    def put(self, key: str, value: str | Slot, source: Source) -> None:
        """Add a row. A key that is there already keeps its first value: a rule reports such duplicates."""
        row = f"{field(key, source.path)}:0:0:{field(value, source.path)}:0"
        self._rows.setdefault(key, Line(row, source))

    def __len__(self) -> int:
        return len(self._rows)

    def file(self, *, secret: bool = False) -> File:
        """The table as a file; a table with secrets is Kamailio's alone to read."""
        header = Line(_HTABLE, Source("center", "kamailio.htable"))
        return table_file(self.name, (header, *self._rows.values()), secret=secret)


def table_file(name: str, lines: Iterable[Line], *, secret: bool = False, uac: bool = False) -> File:
    """A db_text table with `lines`, its header line included."""
    return File(
        path=f"{DATA}/{name}",
        lines=tuple(lines),
        apply="kamailio-uac" if uac else "kamailio-htable",
        group="kamailio",
        mode=0o640 if secret else 0o644,
    )
