"""Connections that are kept between commands: whose they are, and what becomes of one that leads nowhere any more."""

from __future__ import annotations

import os
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ccstack.drivers.hosts import Session, connections, remote
from ccstack.drivers.hosts.connections import kept_folder
from ccstack.drivers.hosts.line import Line
from ccstack.drivers.hosts.remote import Asking
from ccstack.model.host import Host
from ccstack.model.secret import from_env
from ccstack.secrets import Vault

from .test_hosts import ENVIRONMENT, KEY, center, effective, host

SSH = """#!/bin/sh
case "$*" in
  *ControlPath=none*) echo new >> "{seen}" ;;
  *) echo of before >> "{seen}"; {of_before} ;;
esac
echo "ccstack 1"
read -r length
read -r request
echo "$request" >> "{asked}"
echo '{{"ok": true}}'
"""

GONE = {
    "whose host has started again": "echo 'Broken pipe' >&2; exit 255",
    "whose host is silent": "exec sleep 60",
}


@pytest.fixture
def kept() -> Iterator[Path]:
    """The user's folder for sockets; by a short path, as in memory."""
    with tempfile.TemporaryDirectory(prefix="cc-") as where:
        folder = kept_folder(Path(where))
        assert folder
        yield folder


def session(folder: Path, kept: Path, *hosts: Host, **environment: str) -> Session:
    folder.mkdir(mode=0o700)
    made = center(*hosts)
    return Session(
        folder, hosts, Vault.open(made, base=Path(), environment=ENVIRONMENT | environment), share=True, kept=kept
    )


@pytest.fixture
def long_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccstack.drivers.hosts.session.LONGEST_FOLDER", 1000)


# --- Whose they are ---


def test_the_folder_is_for_its_owner_only_and_the_same_each_time(tmp_path: Path) -> None:
    folder = kept_folder(tmp_path)
    assert folder == tmp_path / f"ccstack-{os.getuid()}"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert kept_folder(tmp_path) == folder


@pytest.mark.parametrize("mode", [0o750, 0o701, 0o777])
def test_a_folder_that_others_may_enter_is_not_used(tmp_path: Path, mode: int) -> None:
    (tmp_path / f"ccstack-{os.getuid()}").mkdir()
    (tmp_path / f"ccstack-{os.getuid()}").chmod(mode)
    assert kept_folder(tmp_path) is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    folder = tmp_path / "ccstack-0"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    assert kept_folder(tmp_path) is None


def test_a_link_or_a_file_in_its_place_is_not_used(tmp_path: Path) -> None:
    elsewhere, place = tmp_path / "elsewhere", tmp_path / f"ccstack-{os.getuid()}"
    elsewhere.mkdir(mode=0o700)
    place.symlink_to(elsewhere)
    assert kept_folder(tmp_path) is None
    place.unlink()
    place.touch(mode=0o600)
    assert kept_folder(tmp_path) is None


def test_where_there_can_be_no_folder_there_is_none(tmp_path: Path) -> None:
    assert kept_folder(tmp_path / "nowhere") is None


def test_an_old_connection_is_not_found_any_more_and_none_is_touched_by_looking(kept: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(kept / "young"))
        line.listen()
        line.setblocking(False)
        (kept / "old").touch()
        os.utime(kept / "old", (0, time.time() - connections.LONGEST_SECONDS - 1))
        assert kept_folder(kept.parent) == kept
        assert [path.name for path in kept.iterdir()] == ["young"]
        with pytest.raises(BlockingIOError):
            line.accept()


def test_a_socket_that_nobody_listens_at_is_no_connection(kept: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(kept / "one"))
        assert not connections.is_open(kept / "one")
        line.listen()
        assert connections.is_open(kept / "one")
    assert not connections.is_open(kept / "one")
    assert not connections.is_open(kept / "none")


# --- What makes a connection what it is ---


@pytest.mark.usefixtures("long_paths")
def test_only_who_would_connect_alike_finds_the_connection(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def path(name: str, *hosts: Host, **environment: str) -> str:
        return effective(session(tmp_path / name, kept, *hosts, **environment).ssh_config, "pbx")["controlpath"]

    keyed = host("pbx", key=from_env("SSH_KEY"))
    same = path("a", keyed)
    assert same.startswith(f"{kept}/")
    assert path("b", keyed) == same
    others = [
        path("c", keyed, SSH_KEY="another key"),
        path("d", host("pbx", key=from_env("SSH_KEY"), host_key=KEY)),
        path("e", host("pbx", key=from_env("SSH_KEY"), user="admin")),
        path("f", host("pbx", key=from_env("SSH_KEY"), port=2222)),
        path("g", host("pbx", key=from_env("SSH_KEY"), jump="ops@jump")),
        path("h", host("pbx", key=from_env("SSH_KEY"), jump="ops@jump"), host("jump")),
        path("i", host("pbx", key=from_env("SSH_KEY"), jump="ops@jump"), host("jump", user="admin")),
        path("j", host("pbx")),
    ]
    monkeypatch.setenv("SSH_AUTH_SOCK", "/tmp/another-agent")
    assert path("k", keyed) == same
    others.append(path("l", host("pbx")))
    monkeypatch.setattr(connections, "_NETWORK", tmp_path / "another")
    (tmp_path / "another").symlink_to("net:[4026531840000]")
    others.append(path("m", keyed))
    assert len({same, *others}) == 11


@pytest.mark.usefixtures("long_paths")
def test_where_it_takes_a_password_nothing_is_left_open(tmp_path: Path, kept: Path) -> None:
    made = session(tmp_path / "own", kept, host("pbx", password=from_env("SSH_PASSWORD")))
    assert effective(made.ssh_config, "pbx")["controlpath"].startswith(f"{tmp_path}/own/s/")


def test_a_variable_with_a_secret_is_not_handed_to_what_outlives_the_command(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSH_KEY", "CCSTACK_MASTER_KEY", "SOMETHING_ELSE"):
        monkeypatch.setenv(name, "canary")
    one = host("pbx", key=from_env("SSH_KEY"))
    made = session(tmp_path / "own", kept, one)
    given = made.environment(one)
    assert given.keys() & {"SSH_KEY", "CCSTACK_MASTER_KEY", "SOMETHING_ELSE", "PATH"} == {"SOMETHING_ELSE", "PATH"}
    assert made.variables == {"SSH_KEY", "CCSTACK_MASTER_KEY"}


# --- One that leads nowhere ---


@pytest.fixture(params=GONE)
def of_before(
    request: pytest.FixtureRequest, tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Session]:
    """A session that finds a connection open, over which nothing comes."""
    program = SSH.format(seen=tmp_path / "seen", asked=tmp_path / "asked", of_before=GONE[request.param])
    (tmp_path / "ssh").write_text(program)
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(remote, "CONNECT_SECONDS", 5)
    made = session(tmp_path / "own", kept, host("pbx"))
    with open_at(made):
        yield made


@contextmanager
def open_at(made: Session) -> Iterator[None]:
    """Somebody keeps a connection to the host."""
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(made._sockets["pbx"]))
        line.listen()
        assert made.is_open(made.hosts[0])
        yield


@pytest.mark.parametrize("kind", [Asking, Line])
def test_the_host_is_asked_once_over_a_new_connection(
    of_before: Session, tmp_path: Path, kind: type[Asking] | type[Line]
) -> None:
    began = time.monotonic()
    asking = kind(of_before, of_before.hosts[0], "history")
    assert asking.answer({"last": 1}).answer == {"ok": True}
    asking.end()
    assert time.monotonic() - began < 30
    assert len((tmp_path / "asked").read_text().splitlines()) == 1
    assert (tmp_path / "seen").read_text().splitlines() == ["of before", "new"]


def test_a_host_that_refuses_is_not_asked_twice(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second wrong log-in may lock the operator out."""
    (tmp_path / "ssh").write_text(f"#!/bin/sh\necho begun >> {tmp_path}/seen\necho Permission denied >&2\nexit 255\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    made = session(tmp_path / "own", kept, host("pbx"))
    assert "does not let root in" in Asking(made, made.hosts[0], "history").answer({}).why
    assert (tmp_path / "seen").read_text().split() == ["begun"]


def test_a_host_that_answers_and_has_no_python_is_not_asked_twice(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ssh").write_text(f"#!/bin/sh\necho begun >> {tmp_path}/seen\necho python3: not found >&2\nexit 127\n")
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    made = session(tmp_path / "own", kept, host("pbx"))
    with open_at(made):
        assert Asking(made, made.hosts[0], "history").answer({}).is_bare
    assert (tmp_path / "seen").read_text().split() == ["begun"]
