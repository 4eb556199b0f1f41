"""Hundreds of phones at once: from a table, or by a pattern.

`from ccstack.model.bulk import phones, phones_from_csv, stations`
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .base import Complaint, Model, Origin, calling_folder, refuse, written_at
from .phone import Phone, Station, SwitchPort

PHONE_COLUMNS = ("name", "model", "mac", "line", "switch", "interface", "pc", "emergency_location", "keys")
"""Columns of a table of phones; the first four are needed."""

STATION_COLUMNS = (
    *("name", "extension", "site", "label", "hot_desk", "rights", "number", "emergency_location", "voicemail"),
)
"""Columns of a table of stations; the first three are needed."""

_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table: the cells that are not empty, by column."""

    at: Origin
    cells: dict[str, str]


# --- tables ---


def phones_from_csv(path: Path | str) -> tuple[Phone, ...]:
    """The phones of a table, one a row, with the columns `PHONE_COLUMNS`.

    `path` counts from the folder of the file that calls this. The table is UTF-8, with or without Excel's mark at its
    beginning, cells divided by commas, semicolons or tabs. Empty rows and rows that begin with `#` are passed over.
    `keys` holds keys divided by blanks, such as `blf:ana speed-dial:911 intercom:bob queue-login`. What is wrong is
    told for all rows at once, each with the file and the line.
    """
    rows = _rows(path, Phone, PHONE_COLUMNS, needed=4)
    return tuple(_made(Phone, row.at, _phone_fields(row.cells)) for row in rows)


def stations_from_csv(path: Path | str) -> tuple[Station, ...]:
    """The stations of a table, one a row, with the columns `STATION_COLUMNS`; read like `phones_from_csv`."""
    rows = _rows(path, Station, STATION_COLUMNS, needed=3)
    return tuple(_made(Station, row.at, dict(row.cells)) for row in rows)


def _made(model: Any, at: Origin, fields: dict[str, Any]) -> Any:
    with written_at(at):
        return model(**fields)


def _phone_fields(cells: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, Any] = {name: cells[name] for name in ("name", "model", "mac", "line") if name in cells}
    port = {name: cells[name] for name in ("switch", "interface", "pc", "emergency_location") if name in cells}
    if port:
        fields["port"] = port
    if "keys" in cells:
        fields["keys"] = tuple(_key(text) for text in cells["keys"].split())
    return fields


def _key(text: str) -> dict[str, str]:
    kind, _, what = text.partition(":")
    return {"kind": kind} | ({"dial" if kind == "speed-dial" else "of": what} if what else {})


def _rows(path: Path | str, model: type[Model], columns: Sequence[str], needed: int) -> list[_Row]:
    file = calling_folder() / path
    text = _text(file, model)
    if text is None:
        return []
    reader = csv.reader(text.splitlines(keepends=True), delimiter=_delimiter(text, columns), strict=True)
    rows: list[_Row] = []
    header: list[str] = []
    line = 1
    try:
        for cells in reader:
            at, line = Origin(str(file), line), reader.line_num + 1
            if not any(cell.strip() for cell in cells) or cells[0].lstrip().startswith("#"):
                continue
            if header:
                rows += _row(at, header, cells, model)
                continue
            header = [re.sub(r"[\s_-]+", "_", cell.strip().lower()) for cell in cells]
            if not _header_is_right(at, header, model, columns, needed):
                return []
    except csv.Error as error:
        rule = f"the table cannot be read from here on: {error}; a quote inside a quoted cell is written twice"
        _complain(Origin(str(file), line), model, [Complaint((), None, rule)])
    if not header:
        rule = f"the table is empty; its first row names the columns: {', '.join(columns)}"
        _complain(Origin(str(file), 1), model, [Complaint((), None, rule)])
    return rows


def _text(file: Path, model: type[Model]) -> str | None:
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        rule = "a table is UTF-8 text, and this is not; in Excel save it as `CSV UTF-8`"
    except OSError as error:
        remedy = "the path counts from the folder of the file that names it"
        rule = f"the table cannot be read: {error.strerror or error}; {remedy}"
    _complain(Origin(str(file), 1), model, [Complaint((), None, rule)])
    return None


def _delimiter(text: str, columns: Sequence[str]) -> str:
    """What divides the header into most names of columns."""
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    header = next(lines, "").lower()
    return max(",;\t", key=lambda mark: sum(cell.strip(' "') in columns for cell in header.split(mark)))


def _header_is_right(at: Origin, header: list[str], model: type[Model], columns: Sequence[str], needed: int) -> bool:
    complaints = [_unknown(name, columns) for name in header if name not in columns]
    complaints += [
        Complaint((name,), None, f"the column `{name}` is there twice; delete one of them")
        for name in dict.fromkeys(header)
        if header.count(name) > 1 and name in columns
    ]
    complaints += [
        Complaint((name,), None, f"the table needs a column `{name}`")
        for name in columns[:needed]
        if name not in header
    ]
    if complaints:
        _complain(at, model, complaints)
    return not complaints


def _unknown(name: str, columns: Sequence[str]) -> Complaint:
    near = get_close_matches(name, columns, n=1)
    remedy = f"did you mean `{near[0]}`?" if near else f"columns: {', '.join(columns)}"
    return Complaint((name or "?",), None, f"there is no column `{name}`; {remedy}")


def _row(at: Origin, header: list[str], cells: list[str], model: type[Model]) -> Iterator[_Row]:
    found = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if cell.strip()}
    if any(cell.strip() for cell in cells[len(header) :]):
        rule = f"the row has {len(cells)} cells, and the table {len(header)} columns; put a cell with a comma in quotes"
        _complain(at, model, [Complaint((), None, rule)], found.get("name"))
        return
    yield _Row(at, found)


def _complain(at: Origin, model: type[Model], complaints: list[Complaint], name: str | None = None) -> None:
    with written_at(at):
        refuse(model, name, complaints)


# --- patterns ---


def spread(pattern: str) -> tuple[str, ...]:
    """What a pattern stands for: `1001..1003, 1010` is 1001, 1002, 1003 and 1010; `room-08..11` keeps its zero.

    Raises `ValueError` for a range that runs backwards or has more than 10,000 members.
    """
    return tuple(each for part in pattern.split(",") if part.strip() for each in _range(part.strip()))


def _range(part: str) -> Iterator[str]:
    match = re.fullmatch(r"(.*?)([0-9]+)\.\.([0-9]+)", part)
    if match is None or ".." in match[1]:
        if ".." in part:
            raise ValueError(f"`{part}` is no range; write it as `1001..1200`")
        yield part
        return
    first, last = int(match[2]), int(match[3])
    if not first <= last < first + _MOST:
        raise ValueError(f"`{part}` runs backwards, or has more than {_MOST:,} members")
    yield from (f"{match[1]}{number:0{len(match[2])}}" for number in range(first, last + 1))


def ports(on: str, **fields: Any) -> tuple[SwitchPort, ...]:
    """Ports by pattern: `sw3 Gi1/0/1..48`, or over several switches `sw3 Gi1/0/1..48; sw4 1/1/1..12`. Further fields
    (`pc`, `emergency_location`) are the same for all."""
    found: list[SwitchPort] = []
    for part in filter(None, map(str.strip, on.split(";"))):
        switch, _, interfaces = part.partition(" ")
        for interface in _spread(interfaces, SwitchPort, "interface"):
            found.append(SwitchPort(switch=switch, interface=interface, **fields))
    return tuple(found)


def stations(extensions: str, *, name: str, **fields: Any) -> tuple[Station, ...]:
    """Stations by pattern: `stations("1001..1200", name="desk-{}", site="nyc", hot_desk=True)` makes `desk-1001` with
    extension 1001, and so on. Further fields are the same for all; `{}` in a label is the extension, too."""
    label = fields.pop("label", None)
    return tuple(
        Station(name=name.format(each), extension=each, label=label.format(each) if label else None, **fields)
        for each in _spread(extensions, Station, "extension")
    )


def phones(
    lines: str | Iterable[str], *, model: str, macs: str | Iterable[str], on: str = "", name: str = "{}", **fields: Any
) -> tuple[Phone, ...]:
    """Phones of one model by pattern.

    `phones("desk-1001..1048", model="yealink-t54w", macs=MACS, on="sw3 Gi1/0/1..48")`
    The first line is on the phone with the first MAC at the first port, and so on. `macs` are text with one after the
    other, as a scanner writes them, or a list. Without `on` they are patched nowhere. A phone is named after its line;
    `name="{}-second"` makes another name of it.
    """
    carried = _spread(lines, Phone, "line") if isinstance(lines, str) else tuple(lines)
    labels = re.split(r"[\s,;]+", macs.strip()) if isinstance(macs, str) else list(macs)
    places: Sequence[SwitchPort | None] = ports(on) if on else [None] * len(carried)
    if not carried:
        return ()
    for field, have in (("macs", len(labels)), ("on", len(places))):
        if have != len(carried):
            rule = f"there are {len(carried):,} lines and {have:,} in `{field}`; there must be one for each"
            refuse(Phone, None, [Complaint((field,), None, rule)])
            return ()
    return tuple(
        Phone(name=name.format(line), model=model, mac=mac, line=line, port=port, **fields)
        for line, mac, port in zip(carried, labels, places, strict=True)
    )


def _spread(pattern: str, model: type[Model], field: str) -> tuple[str, ...]:
    try:
        return spread(pattern)
    except ValueError as error:
        refuse(model, None, [Complaint((field,), pattern, str(error))])
        return ()
