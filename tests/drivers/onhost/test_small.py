"""The smaller parts on the host: stale processes, a site's own additions, the lock, the log, tables, sockets, doors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ccstack.drivers.hosts.onhost import ask, ask_host, ask_kamailio, doors, history, program, settings, taken
from ccstack.drivers.hosts.onhost.held import lock, refusal
from ccstack.drivers.hosts.onhost.layout import Layout
from ccstack.drivers.hosts.onhost.observe import packages
from ccstack.drivers.hosts.onhost.overrides import overrides
from ccstack.drivers.hosts.onhost.shell import run
from ccstack.drivers.hosts.onhost.units import UnitState


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(str(tmp_path))


def lay(layout: Layout, path: str, text: str) -> Path:
    target = Path(layout.at(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    return target


# --- What processes have ---

QUEUES, MODULES = "/etc/asterisk/queues.conf", "/etc/asterisk/modules.conf"
FILES = {QUEUES: ("asterisk-queues", "1"), MODULES: ("asterisk-restart", "2"), "/etc/hosts": ("none", "3")}


def state(pid: int, started: float) -> dict[str, UnitState]:
    return {"asterisk.service": UnitState("active", "enabled", pid, started, pid)}


def test_a_process_has_what_it_took_over(layout: Layout) -> None:
    for path in FILES:
        lay(layout, path, "x")
    taken.note(layout, state(7, 0.0), FILES)
    assert taken.stale(layout, state(7, 0.0), FILES) == {}
    changed = {**FILES, QUEUES: ("asterisk-queues", "other")}
    assert taken.stale(layout, state(7, 0.0), changed) == {"asterisk.service": ["asterisk-queues"]}
    assert taken.stale(layout, state(7, 0.0), changed, [QUEUES]) == {}


def test_a_file_that_was_touched_since_may_have_been_read(layout: Layout) -> None:
    for path in FILES:
        lay(layout, path, "x")
    taken.note(layout, state(7, 0.0), FILES)
    _wait_for_the_clock(layout)
    lay(layout, QUEUES, "x")
    # A restart for nothing would drop calls: only what a reload mends is suspected.
    lay(layout, MODULES, "x")
    assert taken.stale(layout, state(7, 0.0), FILES) == {"asterisk.service": ["asterisk-queues"]}


def _wait_for_the_clock(layout: Layout) -> None:
    """Until a file that is written now is younger than those before."""
    first = lay(layout, "/first", "x").stat().st_ctime_ns
    while lay(layout, "/second", "x").stat().st_ctime_ns == first:
        pass


def test_a_process_that_started_by_itself_has_what_was_there(layout: Layout) -> None:
    for path in FILES:
        lay(layout, path, "x")
    changed = os.stat(layout.at(QUEUES)).st_ctime
    assert taken.stale(layout, state(8, changed + 1), FILES) == {}
    before = taken.stale(layout, state(8, changed - 1), FILES)
    assert before == {"asterisk.service": ["asterisk-queues", "asterisk-restart"]}
    assert taken.stale(layout, state(0, 0.0), FILES) == {}


# --- A site's own additions ---

OURS = "[general]\nautofill = yes\n[queue](!)\nretry = 2\n[sales](queue)\nstrategy = linear\n"


@pytest.mark.parametrize(
    ("theirs", "problem"),
    [
        ("[sales](+)\nweight = 3\n", ""),
        ("[extra]\nstrategy = linear\n", ""),
        ("[sales](+)\nstrategy = ringall\n", "sets what ccstack sets in /etc/asterisk/queues.conf: [sales] strategy"),
        ("[sales]\nweight = 3\n", "sets what ccstack sets in /etc/asterisk/queues.conf: [sales]"),
        ("weight = 3\n", "begins without a section: its settings would belong to the last one of ccstack's"),
    ],
)
def test_an_addition_that_sets_what_ccstack_sets_is_a_conflict(layout: Layout, theirs: str, problem: str) -> None:
    lay(layout, QUEUES, OURS)
    lay(layout, "/etc/ccstack/overrides/asterisk/queues.conf", theirs)
    assert overrides(layout, [QUEUES]) == {"/etc/ccstack/overrides/asterisk/queues.conf": problem}


def test_an_extension_that_is_there_twice_is_a_conflict(layout: Layout) -> None:
    path = "/etc/asterisk/extensions.conf"
    lay(layout, path, "[from-trunk]\nexten => _+X.,1,Hangup(1)\n same => n,NoOp()\n")
    lay(layout, "/etc/ccstack/overrides/asterisk/extensions.conf", "[from-trunk](+)\nexten => _+X.,1,Answer()\n")
    (problem,) = overrides(layout, [path]).values()
    assert problem == f"sets what ccstack sets in {path}: [from-trunk] exten _+X."


def test_an_addition_that_nothing_includes_is_told(layout: Layout) -> None:
    lay(layout, "/etc/ccstack/overrides/kamailio/kamailio.cfg", "x")
    (problem,) = overrides(layout, ["/etc/kamailio/kamailio.cfg"]).values()
    assert problem.startswith("nothing includes it")


# --- The lock and the log ---


def test_the_lock_is_held_by_one(layout: Layout) -> None:
    os.makedirs(layout.home)
    assert lock(layout, "take", "ana", "1")["ok"]
    assert lock(layout, "take", "ana", "1")["ok"]
    refused = lock(layout, "take", "ben", "2")
    assert (refused["ok"], refused["held"]["owner"]) == (False, "ana")
    assert refusal(layout, "1") == ""
    assert refusal(layout, "2").startswith("ana holds the lock of this host since 20")
    assert not lock(layout, "free", "ben", "2")["ok"]
    broken = lock(layout, "break", "ben", "2")
    assert (broken["had"]["owner"], broken["held"]["owner"]) == ("ana", "ben")
    assert lock(layout, "free", "ben", "2") == {"ok": True, "held": None, "had": broken["held"]}


def test_a_log_that_was_changed_is_seen(tmp_path: Path) -> None:
    path = str(tmp_path / "log")
    for number in range(3):
        _digest, lines = history.append(path, {"number": number, "who": "ä"})
    assert lines == 3
    kept = history.whole_lines(path)
    assert history.broken(kept) is None
    assert history.broken([kept[0], kept[1].replace('"number":1', '"number":7'), kept[2]]) == 3
    assert history.broken([kept[0], kept[2]]) == 2


def test_half_a_line_is_none(tmp_path: Path) -> None:
    path = tmp_path / "log"
    history.append(str(path), {"number": 1})
    path.write_text(path.read_text() + '{"number": 2')
    history.append(str(path), {"number": 3})
    kept = history.whole_lines(str(path))
    assert [json.loads(line)["number"] for line in kept] == [1, 3]
    assert history.broken(kept) is None


# --- Files that processes read ---


def test_rows_are_read_as_db_text_has_them(tmp_path: Path) -> None:
    header = "key_name(string) key_type(int) value_type(int) key_value(string) expires(int)\n"
    (tmp_path / "did").write_text(header + "a:0:0:1;2:0\nurl:0:0:sip\\:x\\:5060\\\\:0\n")
    assert ask_kamailio.rows_in(str(tmp_path / "did")) == {"a": "1;2", "url": "sip:x:5060\\"}


def test_settings_are_read_as_asterisk_does(tmp_path: Path) -> None:
    (tmp_path / "queues.conf").write_text(OURS + '[sales](+)\nweight => 3 ; more\n#tryinclude "x"\n')
    assert settings.settings_in(str(tmp_path / "queues.conf"))["sales"] == {
        "retry": "2",
        "strategy": "linear",
        "weight": "3",
    }


def test_versions_of_packages_are_dpkgs(layout: Layout) -> None:
    installed = "Package: {}\nStatus: install ok installed\nArchitecture: all\nVersion: 1:2-3\n\n"
    gone = "Package: gone\nStatus: deinstall ok config-files\nVersion: 4\n\n"
    text = installed.format("first") + gone + installed.format("last")
    lay(layout, "/var/lib/dpkg/status", text)
    assert packages(layout, ["first", "gone", "last", "never"]) == {"first": "1:2-3", "last": "1:2-3"}


# --- Processes ---


def test_a_command_is_run_with_a_deadline() -> None:
    assert (run("sh", "-c", "echo out; echo err >&2; exit 3").code, run("true").ok) == (3, True)
    assert run("sh", "-c", "echo out; echo err >&2").output == "out\nerr\n"
    assert run("no-such-program-here").code == 127
    late = run("sh", "-c", "echo begun; sleep 60", timeout=3)
    assert (late.code, "begun" in late.output) == (124, True)


TABLE = (
    b"\x03eentry\x00\x10rUsize\x00\x10\x01Uslot\x00\x03"
    + b"\x03Uname\x00asales\x00evalue\x00Ayes\x00Utype\x00Astr\x00\x83\x83\x83"
)


def test_answers_of_kamailio_are_read() -> None:
    values, end = ask._values(TABLE, 0)
    assert end == len(TABLE)
    assert values == [[("entry", 114), ("size", 1), ("slot", [[("name", "sales"), ("value", "yes"), ("type", "str")]])]]
    assert ask.every("slot", values) == [[[("name", "sales"), ("value", "yes"), ("type", "str")]]]
    assert ask.every("value", values) == ["yes"]


@pytest.mark.parametrize("value", ["", "x", "seven77", "x" * 300, 0, 1, 255, 70_000])
def test_what_is_asked_of_kamailio_is_packed_as_it_answers(value: str | int) -> None:
    assert ask._values(ask._packed(value), 0)[0] == [value]


def test_a_process_that_does_not_run_cannot_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask, "ASTERISK", str(tmp_path / "nobody"))
    with pytest.raises(ask.UnreadableError, match="cannot ask asterisk: core show version: No such file"):
        ask.asterisk("core show version")


# --- Doors ---

STEPS = "\n".join(
    f'VERBOSE[9] pbx.c: Executing [{where}] {app}("Local/{door}@from-trunk-0000000a;2", "{data}") in new stack'
    for where, app, door, data in [
        ("+1@from-trunk:1", "Goto", "+1", "menu,s,1"),
        ("s@menu:1", "Answer", "+1", ""),
        ("+2@from-trunk:1", "Hangup", "+2", "1"),
        ("+3@from-trunk:1", "Gosub", "+3", "cc-route,s,1(queue,x,)"),
    ]
)


def test_a_number_that_comes_to_nothing_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "steps").write_text(STEPS)
    monkeypatch.setattr(doors, "asterisk", lambda _command: "")
    monkeypatch.setattr(doors, "DOOR_SECONDS", 0.01)
    found, untried = doors.closed([("from-trunk", f"+{number}") for number in range(1, 5)], tmp_path / "steps")
    assert untried == 0
    assert [one.partition(" leads nowhere")[0] for one in found] == ["+2 in from-trunk", "+4 in from-trunk"]
    assert [one.rpartition(" ")[2] for one in found] == ["Hangup", "none"]


def test_a_slow_call_is_waited_for_as_long_as_it_is_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, asked = tmp_path / "steps", list[str]()

    def asterisk(command: str) -> str:
        asked.append(command)
        if asked.count("core show channels count") == 3:
            log.write_text(STEPS)
        return "2 active channels\n" if command.startswith("core show") else ""

    monkeypatch.setattr(doors, "asterisk", asterisk)
    monkeypatch.setattr(doors, "LOG_SECONDS", 0)
    assert doors.closed([("from-trunk", "+1")], log) == ([], 0)


def test_calls_that_are_over_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "asterisk", lambda _command: "0 active channels\n")
    monkeypatch.setattr(doors, "LOG_SECONDS", 0)
    monkeypatch.setattr(doors, "DOOR_SECONDS", 3600)
    found, _untried = doors.closed([("from-trunk", "+9")], tmp_path / "steps")
    assert len(found) == 1


def test_numbers_that_there_was_no_time_for_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DOORS_SECONDS", 0)
    assert doors.closed([("from-trunk", "+1"), ("from-trunk", "+2")], tmp_path / "steps") == ([], 2)


# --- The program ---


def test_the_program_has_a_name_by_its_content() -> None:
    modules = program.own_modules()
    assert "main.py" in modules
    assert program.identity(modules) == program.identity(dict(reversed(modules.items())))
    assert program.identity(modules) != program.identity({**modules, "main.py": b""})


def test_the_program_lies_compiled_on_the_host(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "run", lambda *_command: None)
    program.install(layout)
    folder = Path(layout.program).resolve()
    assert folder.name == program.identity(program.own_modules())
    assert list((folder / "onhost" / "__pycache__").glob("main.*.pyc"))
    assert Path(layout.at("/etc/systemd/system/ccstack-recover.service")).is_file()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    program.install(layout)
    assert before == {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


@pytest.mark.parametrize(("flags", "is_state"), [("dynamic,timeout", True), ("interval", False)])
def test_what_rules_put_into_a_set_is_no_part_of_a_table(flags: str, is_state: bool) -> None:
    empty = f"table inet t {{\n\tset s {{\n\t\tsize 9\n\t\tflags {flags}\n\t}}\n}}\n"
    full = empty.replace("size 9", "size 9\t# count 2").replace(
        "\t}\n}", "\t\telements = { 192.0.2.1 timeout 1m expires 3s,\n\t\t\t     192.0.2.2 }\n\t}\n}"
    )
    assert (ask_host._without_state(full) == empty) is is_state
