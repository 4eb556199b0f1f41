"""A verb that is asked again and again over one ssh command: a program of ours stands for ssh, then for the host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ccstack.drivers.hosts import HostDriver, Session, open_session, remote
from ccstack.drivers.hosts.bundle import activator, activator_id
from ccstack.drivers.hosts.line import Line
from ccstack.drivers.hosts.remote import LOADER

from .test_hosts import center, host, opened

HERE = center(host("box"))

SSH = """#!/bin/sh
echo begun >> "$SEEN"
echo "Welcome to this machine"
echo "ccstack 0"
read -r length
head -c "$length" > /dev/null
while read -r request; do
  case "$(cat "$SAYS")" in
    mute) exec sleep 60 ;;
    gone) echo "Connection refused" >&2; exit 255 ;;
    broken) echo '{"error": "ValueError: no"}'; exit 2 ;;
    *) echo '{"reached": {"Asterisk to sbc": true}}' ;;
  esac
  [ "$(cat "$SAYS")" != once ] || exit 0
done
echo ended >> "$SEEN"
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    (tmp_path / "says").write_text("")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("SAYS", str(tmp_path / "says"))
    return tmp_path / "seen"


@pytest.fixture
def session() -> Iterator[Session]:
    with open_session(HERE.hosts, opened(HERE)) as made:
        yield made


@pytest.fixture
def line(session: Session) -> Line:
    return Line(session, HERE.hosts[0], "neighbours")


ANSWER = {"reached": {"Asterisk to sbc": True}}


def test_it_is_asked_as_often_as_one_likes_over_one_connection(seen: Path, line: Line) -> None:
    assert [line.answer({}).answer for _ in range(3)] == [ANSWER] * 3
    assert seen.read_text().splitlines() == ["begun"]


def test_one_that_ended_meanwhile_is_made_anew(seen: Path, line: Line) -> None:
    seen.with_name("says").write_text("once")
    assert [line.answer({}).answer for _ in range(3)] == [ANSWER] * 3
    assert seen.read_text().splitlines() == ["begun"] * 3


def test_a_host_that_is_gone_says_so_and_is_asked_again_when_it_is_back(seen: Path, line: Line) -> None:
    assert line.answer({}).answer == ANSWER
    seen.with_name("says").write_text("gone")
    reply = line.answer({})
    assert (reply.answer, reply.was_reached) == (None, False)
    assert "no sshd listens there" in reply.why
    seen.with_name("says").write_text("")
    assert line.answer({}).answer == ANSWER


def test_a_verb_that_cannot_be_done_says_why(seen: Path, line: Line) -> None:
    seen.with_name("says").write_text("broken")
    assert line.answer({}).why == "`neighbours` cannot be done there: ValueError: no"


def test_a_host_that_says_nothing_is_not_waited_for_longer(
    seen: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert line.answer({}).answer == ANSWER
    seen.with_name("says").write_text("mute")
    monkeypatch.setattr(remote, "SECONDS", {"neighbours": 0.2})
    assert line.answer({}).why == "no answer to `neighbours` within 0.2 s"
    assert seen.exists()


def test_the_driver_asks_whom_a_host_reaches_over_one_connection_that_ends_with_the_session(seen: Path) -> None:
    with open_session(HERE.hosts, opened(HERE)) as session:
        made = HostDriver(session, opened(HERE), center="shop", blueprint="", center_json="{}")
        for _ in range(2):
            assert list(made.neighbours(["box"])["box"]) == ["Asterisk to sbc"]  # type: ignore[arg-type]
        loading = made._lines["box"]._loading
    assert loading
    assert loading.ssh.returncode is not None
    assert seen.read_text().splitlines() == ["begun"]


def test_the_host_answers_each_line_until_no_more_comes() -> None:
    program = activator()
    stdin = f"{len(program)}\n".encode() + program + b"{}\n{}\n"
    command = [sys.executable, "-I", "-S", "-c", LOADER, "neighbours", activator_id()]
    ran = subprocess.run(command, input=stdin, capture_output=True, check=True)
    answers = [line for line in ran.stdout.splitlines() if line.startswith(b"{")]
    assert [sorted(json.loads(line)) for line in answers] == [["reached"], ["reached"]]
