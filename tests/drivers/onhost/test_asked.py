"""What a look asks without starting a process: systemd over its socket, Asterisk's console; and JSON on the way."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.drivers.hosts.onhost import ask_asterisk, ask_systemd, units, wire
from ccstack.drivers.hosts.onhost.wanted import Wanted

# --- systemd ---


def message(kind: int, answers: int, signature: bytes, body: bytes) -> bytes:
    """A little-endian message of D-Bus with a sender, as systemd sends one."""
    fields = b"\x05\x01u\0" + answers.to_bytes(4, "little")
    fields += b"\x08\x01g\0" + bytes((len(signature),)) + signature + b"\0"
    head = b"l" + bytes((kind, 1, 1)) + b"".join(n.to_bytes(4, "little") for n in (len(body), 7, len(fields)))
    return (head + fields).ljust((16 + len(fields) + 7) // 8 * 8, b"\0") + body


def text(value: str) -> bytes:
    return b"\x01s\0\0" + len(value).to_bytes(4, "little") + value.encode() + b"\0"


SIGNAL = message(4, 0, b"s", b"\x05\0\0\0hello\0")


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bytes]]:
    """Answers one connection with what is in the list, in pieces; afterwards the list has what was asked."""
    path, said = str(tmp_path / "private"), list[bytes]()
    monkeypatch.setattr(ask_systemd, "SYSTEMD", path)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()

        def serve() -> None:
            line, _ = door.accept()
            with line:
                asked = line.recv(1 << 16)
                for part in said:
                    for at in range(0, len(part), 5):
                        line.sendall(part[at : at + 5])
                said[:] = [asked]

        server = threading.Thread(target=serve, daemon=True)
        server.start()
        yield said
        server.join(10)


def test_systemd_says_how_units_are(systemd: list[bytes]) -> None:
    systemd += [b"OK 1234\r\n", SIGNAL, message(2, 2, b"v", text("enabled")), message(2, 1, b"v", text("active"))]
    systemd += [SIGNAL, message(2, 3, b"v", b"\x01u\0\0\x09\0\0\0")]
    wanted = [("a-b@1.service", "Unit", "ActiveState"), ("a-b@1.service", "Unit", "UnitFileState")]
    assert ask_systemd.properties([*wanted, ("a-b@1.service", "Service", "MainPID")]) == ["active", "enabled", 9]


def test_a_unit_is_called_as_systemd_has_it() -> None:
    assert ask_systemd._escaped("1a-b@2.service") == "_31a_2db_402_2eservice"


@pytest.mark.parametrize(
    "said",
    [
        [b"REJECTED\r\n"],
        [b"OK 1\r\n"],
        [b"OK 1\r\n", message(3, 1, b"s", b"\x02\0\0\0no\0")],
        [b"OK 1\r\n", message(2, 1, b"v", b"\x01b\0\0\x01\0\0\0")],
        [b"OK 1\r\n", b"B" + message(2, 1, b"v", text("active"))[1:]],
    ],
)
def test_what_cannot_be_understood_is_no_state(systemd: list[bytes], said: list[bytes]) -> None:
    systemd += said
    with pytest.raises((ValueError, OSError)):
        ask_systemd.properties([("a.service", "Unit", "ActiveState")])


def test_without_the_socket_systemctl_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_systemd, "SYSTEMD", str(tmp_path / "none"))
    monkeypatch.setattr(units, "_shown", lambda names: dict.fromkeys(names, "asked"))
    assert units.unit_states(("a.service",)) == {"a.service": "asked"}


# --- JSON ---

DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(DATA)
def test_json_is_written_and_read_as_pythons(data: object) -> None:
    assert wire.dumps(data, sort_keys=True) == json.dumps(data, sort_keys=True)
    assert wire.loads(f" {json.dumps(data)}\n".encode()) == data


@pytest.mark.parametrize("bad", ["", "{", '{"a": 1} 2', "{'a': 1}", '"\n"', "[1,]"])
def test_what_is_no_json_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        wire.loads(bad)


# --- Asterisk ---

SAID = {
    "queue show": "sales        has 2 calls (max unlimited) in 'ringall' strategy (0s holdtime, 0s talktime), "
    "W:3, C:0, A:0, SL:0.0%, SL2:0.0% within 20s\n   Members: \n      a has a strategy (x)\x1b[0m\n   No Callers\n",
    "module show": "Module                         Description           Use Count  Status       Support Level\n"
    "app_queue.so                   True Call Queueing    0          Running      core\n"
    "app_dial.so                    Dialing               0          Not Running  core\n2 modules loaded\n",
    "pjsip list endpoints": "\n Endpoint:  <Endpoint/CID>  <State>\n====\n\n"
    " Endpoint:  ann/1001      Not in use    0 of inf\n Endpoint:  sbc-1     \x1b[1mUnavailable\x1b[0m   0 of inf\n",
    "dialplan show": "[ Context 'b' created by 'pbx_config' ]\n  's' => 1. NoOp()  [x]\n\n"
    "[ Context 'a' created by 'pbx_config' ]\n  \x1b[36m's'\x1b[0m => 1. Hangup()\n\n-= 2 extensions. =-\n",
    "core show channels count": "3 active channels\n1 active call\n",
    "pjsip show contacts": "  Contact:  <Aor/ContactUri...> <Hash> <Status> <RTT(ms)..>\n====\n\n"
    "  Contact:  sbc-1/sip:10.0.0.1:5060   d9b1 Avail  1.2\n  Contact:  sbc-2/sip:10.0.0.2  aa01 Unavail  nan\n"
    "  Contact:  ann/sip:10.0.0.9  aa02 NonQual  nan\n",
    "logger show channels": "Channel  Type\n/var/log/a.log  File  Enabled - NOTICE\n/var/log/ccstack-tryout.l  File\n",
    "moh show classes": "Class: default\n\tMode: files\n\tDirectory: /moh\n",
    "voicemail show users": "Context Mbox User Zone NewMsg\ndefault    8001  box 1   cc-utc     4\n1 voicemail user.\n",
    "pjsip show identifies": "\n Identify:  a/a\n     Match: 192.0.2.1/32\n",
}


@pytest.fixture
def console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_asterisk, "asterisk", SAID.__getitem__)


@pytest.mark.usefixtures("console")
def test_asterisks_tables_are_read() -> None:
    assert ask_asterisk._of_queue(SAID["queue show"]) == {
        "maxlen": "0",
        "strategy": "ringall",
        "weight": "3",
        "servicelevel": "20",
    }
    assert ask_asterisk.missing_modules(["app_queue.so", "app_dial.so"]) == ["app_dial"]
    assert ask_asterisk.channels() == 3
    assert ask_asterisk.reached() == {
        "Asterisk to sbc-1/sip:10.0.0.1:5060": True,
        "Asterisk to sbc-2/sip:10.0.0.2": False,
    }
    assert [ask_asterisk._endpoints(Wanted({"endpoints": names}, {}, {})) for names in (["ann", "sbc-1"], ["ann"])] == [
        [],
        ["PJSIP endpoint loaded, but not rendered: sbc-1"],
    ]
    assert ask_asterisk._queues(Wanted({"queues": ["sales"]}, {}, {})) == []


@pytest.mark.usefixtures("console")
def test_a_context_has_the_same_hash_wherever_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ask_asterisk.dialplan(["a", "b", "c"])
    monkeypatch.setitem(SAID, "dialplan show", SAID["dialplan show"].replace("NoOp", "Answer"))
    after = ask_asterisk.dialplan(["a", "b"])
    assert before.keys() == {"a", "b"}
    assert before["a"] == after["a"]
    assert before["b"] != after["b"]


@pytest.mark.usefixtures("console")
@pytest.mark.parametrize(
    ("what", "command", "old", "new"),
    [
        ("log channels", "logger show channels", "NOTICE", "ERROR"),
        ("music classes", "moh show classes", "files", "custom"),
        ("voicemail boxes", "voicemail show users", "8001", "8002"),
        ("PJSIP identify rows", "pjsip show identifies", "192.0.2.1", "192.0.2.2"),
    ],
)
def test_a_mark_tells_settings_and_no_state(
    monkeypatch: pytest.MonkeyPatch, what: str, command: str, old: str, new: str
) -> None:
    before = ask_asterisk.marks()
    state = SAID[command].replace("cc-utc     4", "cc-utc    17").replace("/var/log/ccstack-tryout.l  File\n", "")
    monkeypatch.setitem(SAID, command, state)
    assert ask_asterisk.marks() == before
    monkeypatch.setitem(SAID, command, state.replace(old, new))
    assert {name for name, mark in ask_asterisk.marks().items() if mark != before[name]} == {what}
