"""Phones by the hundred: what a table says is what the phones are, and a wrong row is named by file and line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ccstack.load import load
from ccstack.model import LineKey, Phone, SwitchPort
from ccstack.model.base import collecting_refusals
from ccstack.model.bulk import PHONE_COLUMNS, phones, phones_from_csv, ports, spread, stations, stations_from_csv
from ccstack.model.phone_models import PHONE_MODELS
from ccstack.problems import LoadError

NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)
KEYS = st.one_of(
    st.builds(LineKey, kind=st.sampled_from(["blf", "intercom"]), of=NAMES),
    st.builds(LineKey, kind=st.just("speed-dial"), dial=st.from_regex(r"[0-9*#+]{1,12}", fullmatch=True)),
    st.just(LineKey(kind="queue-login")),
)
PORTS = st.builds(
    SwitchPort,
    switch=NAMES,
    interface=st.builds("Gi{}/0/{}".format, st.integers(1, 8), st.integers(1, 48)),
    pc=st.none() | st.booleans(),
    emergency_location=st.none() | NAMES,
)
PHONES = st.builds(
    Phone,
    name=NAMES,
    model=st.sampled_from(sorted(PHONE_MODELS)),
    mac=st.integers(0, 2**40 - 1).map(lambda number: f"02{number:010x}"),
    line=NAMES,
    port=st.none() | PORTS,
    keys=st.lists(KEYS, max_size=4).map(tuple),
)


def row(phone: Phone) -> list[str]:
    port = phone.port
    cells = [phone.name, phone.model, ":".join(phone.mac[i : i + 2] for i in range(0, 12, 2)).upper(), phone.line]
    cells += [port.switch, port.interface] if port else ["", ""]
    cells += [{None: "", True: "yes", False: "no"}[port.pc], port.emergency_location or ""] if port else ["", ""]
    return [*cells, " ".join(":".join(filter(None, (key.kind, key.of or key.dial))) for key in phone.keys)]


def table(rows: list[list[str]], mark: str, ending: str, quoting: int) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=mark, lineterminator=ending, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


@settings(max_examples=60, deadline=None)
@given(
    phones=st.lists(PHONES, max_size=6),
    mark=st.sampled_from(",;\t"),
    ending=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig"]),
    capitals=st.booleans(),
)
def test_what_is_written_is_read(
    phones: list[Phone],
    mark: str,
    ending: str,
    quoting: int,
    encoding: str,
    capitals: bool,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    header = [name.replace("_", " ").title() if capitals else name for name in PHONE_COLUMNS]
    file = tmp_path_factory.mktemp("table") / "phones.csv"
    file.write_bytes(table([header, *map(row, phones)], mark, ending, quoting).encode(encoding))
    read = phones_from_csv(file)
    assert [phone.model_dump() for phone in read] == [phone.model_dump() for phone in phones]
    assert [str(phone.origin) for phone in read] == [f"{file}:{line}" for line in range(2, 2 + len(phones))]


ROWS = st.lists(st.lists(st.text(max_size=6), max_size=5), max_size=5)


@settings(max_examples=100, deadline=None)
@given(text=st.text(max_size=200) | ROWS.map(lambda r: table([list(PHONE_COLUMNS), *r], ",", "\n", csv.QUOTE_MINIMAL)))
def test_no_table_makes_it_raise(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("table") / "phones.csv"
    file.write_text(text, encoding="utf-8", newline="")
    with collecting_refusals() as refusals:
        made = phones_from_csv(file)
    assert len([phone for phone in made if phone.hollow]) <= len(refusals.items)


def test_every_wrong_row_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "desks.csv").write_text(
        "name,model,mac,line\n"
        "# the lobby\n"
        "\n"
        "one,yealink-t54w,00:15:65:00:00:01,ana\n"
        "two,yealink-t54x,001565000002,ana\n"
        "three,yealink-t54w,1565000003,ana\n"
        "four,yealink-t54w,001565000004,ana,surplus\n"
        ",yealink-t54w,001565000005,ana\n"
    )
    (tmp_path / "center.py").write_text(
        "from ccstack.model.bulk import phones_from_csv\nphones_from_csv('desks.csv')\n"
    )
    with pytest.raises(LoadError) as caught:
        load(tmp_path / "center.py")
    told = [f"{Path(p.where.file).name}:{p.where.line} {p.path}" for p in caught.value.problems if p.where]
    assert sorted(told)[1:] == [
        "desks.csv:5 phones.two.model",
        "desks.csv:6 phones.three.mac",
        "desks.csv:7 phones.four",
        "desks.csv:8 phones.?.name",
    ]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "the table is empty"),
        ("name,modell,mac,line\n", "there is no column `modell`; did you mean `model`?"),
        ("name,model,mac\n", "the table needs a column `line`"),
        ("name,model,mac,line,line\n", "the column `line` is there twice"),
        ('name,model,mac,line\n"a"b,c,d,e\n', "the table cannot be read from here on"),
    ],
)
def test_a_wrong_table_is_refused(text: str, rule: str, tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_text(text)
    with pytest.raises(ValidationError) as caught:
        phones_from_csv(tmp_path / "phones.csv")
    assert rule in str(caught.value)


def test_a_table_that_is_not_utf_8_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "phones.csv").write_bytes("name\nJürgen".encode("latin-1"))
    with pytest.raises(ValidationError, match="CSV UTF-8"):
        phones_from_csv(tmp_path / "phones.csv")
    with pytest.raises(ValidationError, match="counts from the folder of the file that names it"):
        phones_from_csv(tmp_path / "phone.csv")


def test_stations_come_from_a_table_too(tmp_path: Path) -> None:
    (tmp_path / "rooms.csv").write_text("name;extension;site;label;hot_desk\nlobby;0105;hq;Lobby, left;no\n")
    (lobby,) = stations_from_csv(tmp_path / "rooms.csv")
    assert (lobby.name, lobby.extension, lobby.label, lobby.hot_desk) == ("lobby", "0105", "Lobby, left", False)


def test_patterns() -> None:
    assert spread("1001..1003, 1010") == ("1001", "1002", "1003", "1010")
    assert spread("room-08..11") == ("room-08", "room-09", "room-10", "room-11")
    assert [f"{p.switch} {p.interface}" for p in ports("sw3 Gi1/0/1..2; sw4 ge-0/0/7, ge-0/0/9")] == [
        "sw3 Gi1/0/1", "sw3 Gi1/0/2", "sw4 ge-0/0/7", "sw4 ge-0/0/9",
    ]  # fmt: skip
    made = stations("1001..1200", name="desk-{}", label="Desk {}", site="hq", hot_desk=True)
    assert len(made) == 200
    assert (made[199].name, made[199].extension, made[199].label) == ("desk-1200", "1200", "Desk 1200")


def test_phones_by_pattern() -> None:
    macs = "00:15:65:00:00:01\n00:15:65:00:00:02\n"
    made = phones("desk-1001..1002", model="yealink-t54w", macs=macs, on="sw3 Gi1/0/1..2", name="{}-phone")
    assert [(p.name, p.line, p.mac, p.port.interface) for p in made if p.port] == [
        ("desk-1001-phone", "desk-1001", "001565000001", "Gi1/0/1"),
        ("desk-1002-phone", "desk-1002", "001565000002", "Gi1/0/2"),
    ]


@pytest.mark.parametrize("pattern", ["9..1", "1..20000", "a..b", "1..2..3"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is no range|runs backwards"):
        spread(pattern)


def test_lines_macs_and_ports_must_be_as_many() -> None:
    with pytest.raises(ValidationError, match="there are 2 lines and 1 in `macs`"):
        phones("a-1..2", model="yealink-t54w", macs="001565000001")
    with pytest.raises(ValidationError, match="there are 1 lines and 2 in `on`"):
        phones("a-1", model="yealink-t54w", macs="001565000001", on="sw1 Gi1/0/1..2")
