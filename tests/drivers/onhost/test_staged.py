"""A release that lies on the host, tried out, and waits: nothing in use is changed, and nothing stale is activated."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ccstack.drivers.hosts.onhost import ask_asterisk, main, trial
from ccstack.drivers.hosts.onhost.shell import Ran

from .fake import FakeHost, Files, no_try_out
from .test_releases import UNITS, A, B, assert_has

TRY_OUT = trial.try_out
"""The real one."""


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    no_try_out(monkeypatch)
    made = FakeHost(tmp_path)
    assert not made.release("a", A, UNITS).failed
    return made


def halves(host: FakeHost) -> list[str]:
    return [name for name in os.listdir(host.layout.releases) if name.startswith(".")]


def test_what_is_staged_changes_nothing_and_is_released_without_being_sent_again(host: FakeHost) -> None:
    staged = host.stage("b", B, UNITS)
    assert (staged.staged, staged.changed, staged.failed) == ("b", False, False)
    assert_has(host, A, "a")
    assert not host.release_staged("b").failed
    assert_has(host, B, "b")
    assert halves(host) == []


def test_where_everything_is_right_nothing_is_staged(host: FakeHost) -> None:
    assert host.stage("b", A, UNITS).staged == ""
    assert halves(host) == []


def test_what_the_try_out_refuses_leaves_nothing(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "try_out", lambda *_args: (("it does not start",), {}))
    staged = host.stage("b", B, UNITS)
    assert (staged.failed, staged.staged) == (True, "")
    assert "it does not start" in staged.messages
    assert_has(host, A, "a")
    assert halves(host) == []


OTHER: Files = {**A, "/etc/asterisk/queues.conf": (b"service", "asterisk-queues")}


def test_a_host_that_is_not_what_it_was_is_left_alone(host: FakeHost) -> None:
    host.stage("b", B, UNITS)
    path = Path(host.layout.at("/etc/asterisk/queues.conf"))
    path.write_bytes(b"by hand")
    refused = host.release_staged("b")
    assert refused.messages == ["the host is not what b was tried out on any more; nothing was changed; deploy again"]
    assert path.read_bytes() == b"by hand"
    assert host.in_place == "a"
    assert halves(host) == []


def test_who_comes_in_between_takes_what_is_staged_away(host: FakeHost) -> None:
    host.stage("b", B, UNITS)
    assert not host.release("c", OTHER, UNITS).failed
    assert host.release_staged("b").messages == [
        "no release b is staged here any more; nothing was changed; deploy again"
    ]
    assert_has(host, OTHER, "c")


def test_a_rollback_in_between_too(host: FakeHost) -> None:
    host.release("c", OTHER, UNITS)
    host.stage("b", B, UNITS)
    host.rollback()
    assert host.release_staged("b").failed
    assert_has(host, A, "a")


def test_what_nobody_released_goes_with_the_lock_and_is_no_release_to_go_back_to(host: FakeHost) -> None:
    main._lock(host.layout, {"do": "take", "owner": "me", "token": "t"}, [])
    host.stage("b", B, UNITS, token="t")
    assert halves(host) == [".b"]
    assert host.rollback("b").failed
    main._lock(host.layout, {"do": "free", "owner": "me", "token": "t"}, [])
    assert halves(host) == []
    assert_has(host, A, "a")


def test_nobody_stages_or_releases_under_the_lock_of_another(host: FakeHost) -> None:
    host.stage("b", B, UNITS)
    main._lock(host.layout, {"do": "take", "owner": "ann", "token": "t"}, [])
    for refused in (host.stage("b", B, UNITS), host.release_staged("b")):
        assert "ann holds the lock" in refused.messages[0]
    assert_has(host, A, "a")


@pytest.mark.parametrize("beside", [{}, {"extensions.conf": "a"}])
def test_a_host_with_additions_of_its_own_calls_every_number(
    host: FakeHost, beside: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def run(*command: str, timeout: float = 60) -> Ran:
        asked.extend(command)
        return Ran(command, 0, '\n@{"wrong": [], "measured": {}}' if "inside" in command else "")

    monkeypatch.setattr(trial, "run", run)
    monkeypatch.setattr(ask_asterisk, "beside", lambda: beside)
    assert TRY_OUT(host.layout, "half", frozenset(), [["from-trunk", "+1"]]) == ((), {})
    assert json.loads(asked[-1])["doors"] == (None if beside else [["from-trunk", "+1"]])
