"""A verb of the activator, begun before its request is known: no host is needed, a program of ours stands for ssh."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ccstack.drivers.hosts import HostDriver, HostTarget, Session, open_session, remote, targets_of
from ccstack.drivers.hosts.bundle import activator
from ccstack.drivers.hosts.remote import Asking
from ccstack.drivers.hosts.seen import bare, is_current, needs_bootstrap
from ccstack.plan.actual import HostActual, SeenFile, SeenUnit

from .test_hosts import bound, center, host, opened

HERE = center(host("box"))

SSH = """#!/bin/sh
echo begun >> "$SEEN"
printf 'a shell that greets; ccstack %s\n' "$HAS"
read -r length || { echo nothing >> "$SEEN"; exit 1; }
head -c "$length" | wc -c >> "$SENT"
read -r request
echo "$request" >> "$SEEN"
echo '{"lines": ["one"], "ok": true}'
"""


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "ssh").write_text(SSH)
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("SENT", str(tmp_path / "sent"))
    monkeypatch.setenv("HAS", "1")
    return tmp_path / "seen"


@pytest.fixture
def session() -> Iterator[Session]:
    with open_session(HERE.hosts, opened(HERE)) as made:
        yield made


def driver(session: Session) -> HostDriver:
    return HostDriver(session, opened(HERE), center="shop", blueprint="", center_json="{}")


def test_a_verb_that_is_begun_is_asked_on_the_same_connection(seen: Path, session: Session) -> None:
    asking = Asking(session, HERE.hosts[0], "history")
    answer = asking.answer({"last": 1}).answer
    assert answer == {"lines": ["one"], "ok": True}
    assert seen.read_text().splitlines() == ["begun", '{"last": 1, "archive": 0}']


@pytest.mark.parametrize(("has", "sent"), [("0", len(activator())), ("1", 0)])
def test_a_host_is_sent_the_activator_when_it_has_it_not(
    has: str, sent: int, seen: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HAS", has)
    assert Asking(session, HERE.hosts[0], "history").answer({}).answer
    assert int((seen.parent / "sent").read_text()) == sent


def test_a_connection_that_ends_without_a_word_is_told(seen: Path, session: Session) -> None:
    (seen.parent / "ssh").write_text("#!/bin/sh\necho nobody is let in >&2\nexit 255\n")
    reply = Asking(session, HERE.hosts[0], "history").answer({})
    assert (reply.answer, reply.was_reached) == (None, False)
    assert "nobody is let in" in reply.why


def test_a_host_that_says_nothing_is_waited_for_no_longer_than_the_verb_may_take(
    seen: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "SECONDS", {"history": 0.2})
    (seen.parent / "ssh").write_text("#!/bin/sh\nexec sleep 60\n")
    reply = Asking(session, HERE.hosts[0], "history").answer({})
    assert (reply.answer, reply.why) == (None, "no answer to `history` within 0.2 s")


def test_what_is_begun_and_not_asked_does_nothing_and_is_gone(seen: Path, session: Session) -> None:
    asking = Asking(session, HERE.hosts[0], "release")
    asking.end()
    asking.end()
    assert "{" not in (seen.read_text() if seen.exists() else "")


def test_the_driver_takes_the_connection_that_is_under_way_once(seen: Path, session: Session) -> None:
    made = driver(session)
    with made.under_way("history", ["box"]):
        assert made.history(["box"]) == {"box": ("one",)}
        assert seen.read_text().count("begun") == 1
        assert made.history(["box"]) == {"box": ("one",)}
    assert seen.read_text().count("begun") == 2


def test_an_error_meanwhile_ends_what_is_under_way(seen: Path, session: Session) -> None:
    with pytest.raises(RuntimeError), driver(session).under_way("observe", ["box"]):
        raise RuntimeError
    assert "{" not in (seen.read_text() if seen.exists() else "")


# --- What a look leads to ---


def current(install: str = "packages") -> tuple[HostTarget, HostActual]:
    where = center(host("box").model_copy(update={"install": install}))
    with open_session(where.hosts, opened(where)) as session:
        (target,) = targets_of(session, bound(where), {})
    looked = bare(target, b"k" * 32)
    return target, replace(looked, bootstrap=looked.wanted_bootstrap, packages={"asterisk": "1"})


def test_a_package_that_was_removed_is_installed_again() -> None:
    target, looked = current()
    assert not needs_bootstrap(target, looked)
    gone = replace(looked, packages={})
    assert needs_bootstrap(target, gone)
    assert not is_current(target, gone)


def test_programs_that_came_without_packages_are_no_business_of_bootstrap() -> None:
    target, looked = current("present")
    assert not needs_bootstrap(target, replace(looked, packages={}))


def test_a_drain_that_was_left_is_undone_where_nothing_else_is_to_do(seen: Path, session: Session) -> None:
    target, looked = current("present")
    files = {e["path"]: SeenFile(looked.wanted[e["path"]], "root", "root", 0o644) for e in target.contents.entries}
    units = {name: SeenUnit("active", "enabled", 1) for name in looked.units}
    drained = replace(looked, release="r", files=files, units=units, drained=(1,))
    assert is_current(target, drained)
    made = driver(session)
    made._seen["box"] = drained
    result = made.apply([target])["box"]
    assert (result.status, result.bootstrapped, result.changed_files) == ("changed", False, ())
    assert seen.read_text().splitlines() == ["begun", '{"sets": [], "archive": 0}']
