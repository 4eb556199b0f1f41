"""Releases on a host in a folder: switched by one rename; whatever interrupts that, one of them is there in full."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ccstack.drivers.hosts.onhost import activate, disk, kept

from .fake import FakeHost, Files, no_try_out

UNITS = ("asterisk.service", "kamailio.service")

A: Files = {
    "/etc/asterisk/queues.conf": (b"sales", "asterisk-queues"),
    "/etc/asterisk/modules.conf": (b"modules", "asterisk-restart"),
    "/etc/asterisk/gone.conf": (b"goes", "asterisk-features"),
    "/etc/systemd/system/gone.service": (b"goes too", "systemd"),
    "/etc/kamailio/data/did": (b"1", "kamailio-htable"),
    "/etc/hosts": (b"a", "none"),
    "/usr/share/sounds/hello.wav": (bytes(100_000), "none"),
}
B: Files = {
    "/etc/asterisk/queues.conf": (b"support", "asterisk-queues"),
    "/etc/asterisk/modules.conf": (b"more modules", "asterisk-restart"),
    "/etc/asterisk/new.conf": (b"comes", "asterisk-features"),
    "/etc/systemd/system/new.service": (b"comes too", "systemd"),
    "/etc/kamailio/data/did": (b"2", "kamailio-htable"),
    "/etc/hosts": (b"b", "none"),
    "/usr/share/sounds/hello.wav": (bytes(100_000), "none"),
}
LIGHT: Files = {**A, "/etc/asterisk/queues.conf": (b"support", "asterisk-queues")}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    no_try_out(monkeypatch)
    return FakeHost(tmp_path)


def contents(files: Files) -> dict[str, bytes]:
    return {path: content for path, (content, _apply) in files.items()}


def read_by(files: Files, unit: str) -> dict[str, bytes]:
    word = unit.split(".")[0]
    return {path: content for path, (content, apply) in files.items() if apply.startswith(word)}


def assert_has(host: FakeHost, files: Files, name: str | None) -> None:
    """The host has a release in full: files, record, and what every process read."""
    assert host.in_place == name
    assert host.files() == contents(files)
    assert not os.path.exists(host.layout.pending)
    for unit in UNITS if name else ():
        assert host.read_by(unit) == read_by(files, unit)


# --- From one to the other ---


def test_a_release_comes_and_the_next_one_replaces_it(host: FakeHost) -> None:
    first = host.release("a", A, UNITS)
    assert (first.failed, first.changed, first.files) == (False, True, sorted(A)), first
    assert_has(host, A, "a")
    second = host.release("b", B, UNITS)
    assert not second.failed, second
    assert_has(host, B, "b")
    assert second.files == sorted((A.keys() | B.keys()) - {"/usr/share/sounds/hello.wav"})
    assert second.restarted == ["asterisk.service"]
    assert second.applied == ["systemd", "asterisk-restart", "asterisk-features", "asterisk-queues", "kamailio-htable"]


def test_the_second_time_nothing_is_done(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    processes = dict(host.engines.processes)
    again = host.release("a2", A, UNITS)
    assert (again.changed, again.failed, again.release) == (False, False, "a")
    assert processes == host.engines.processes
    assert os.listdir(host.layout.releases) == ["a"]


def test_a_center_that_changed_without_its_files_is_noted(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.release("b", A, UNITS)
    record = disk.read_json(host.layout.state)
    assert (record["release"], record["blueprint"]) == ("a", "b")
    assert disk.read_json(f"{host.layout.current}/center.json") == {"name": "b"}


def test_paths_are_links_but_for_those_that_are_read_too_early(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    links = {path for path in A if os.path.islink(host.layout.at(path))}
    assert set(A) - links == {"/etc/hosts", "/etc/systemd/system/gone.service"}


def test_audio_is_shared_between_releases_and_text_is_not(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.release("b", LIGHT, UNITS)
    for path, shared in (("/usr/share/sounds/hello.wav", True), ("/etc/asterisk/modules.conf", False)):
        assert os.path.samefile(host.layout.staged("a", path), host.layout.staged("b", path)) is shared


def test_what_the_host_has_need_not_be_sent(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    assert not host.release("b", LIGHT, UNITS, omit=set(A) - {"/etc/asterisk/queues.conf"}).failed
    assert_has(host, LIGHT, "b")
    missing = host.release("c", A, UNITS, omit=["/etc/asterisk/queues.conf"])
    assert "does not carry what its manifest promises" in missing.messages[0]
    assert_has(host, LIGHT, "b")


def test_a_changed_file_is_younger_by_a_second_in_both_directions(host: FakeHost) -> None:
    path = host.layout.at("/etc/kamailio/data/did")
    host.release("a", A, UNITS)
    times = [int(os.stat(path).st_mtime)]
    host.release("b", B, UNITS)
    times.append(int(os.stat(path).st_mtime))
    host.rollback()
    times.append(int(os.stat(path).st_mtime))
    assert times[0] < times[1] < times[2]


def test_an_unchanged_file_keeps_its_time(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    before = os.stat(host.layout.at("/etc/asterisk/modules.conf")).st_mtime_ns
    host.release("b", LIGHT, UNITS)
    assert os.stat(host.layout.at("/etc/asterisk/modules.conf")).st_mtime_ns == before


# --- Drift ---


def test_a_replaced_link_is_mended_and_nobody_is_told_to_follow(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    path = Path(host.layout.at("/etc/asterisk/modules.conf"))
    path.unlink()
    path.write_bytes(b"modules")
    mended = host.release("b", A, UNITS)
    assert (mended.files, mended.applied, mended.restarted) == (["/etc/asterisk/modules.conf"], [], [])
    assert_has(host, A, "b")


def test_an_edited_file_is_mended_and_that_is_no_step_to_go_back_from(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.release("b", LIGHT, UNITS)
    Path(host.layout.at("/etc/asterisk/queues.conf")).write_bytes(b"by hand")
    mended = host.release("c", LIGHT, UNITS)
    assert (mended.files, mended.applied) == (["/etc/asterisk/queues.conf"], ["asterisk-queues"])
    assert_has(host, LIGHT, "c")
    assert sorted(os.listdir(host.layout.releases)) == ["a", "c"]
    assert host.rollback().release == "a"
    assert_has(host, A, "a")


def test_a_process_that_missed_a_change_takes_it_over(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    taken = disk.read_json(host.layout.taken)
    taken["asterisk.service"]["classes"]["asterisk-queues"] = "another"
    disk.put_json(host.layout.taken, taken)
    settled = host.release("b", A, UNITS)
    assert settled.applied == ["asterisk-queues"]
    assert not host.release("c", A, UNITS).changed


# --- Files of others ---


def test_files_of_others_are_refused_adopted_or_backed_up(host: FakeHost) -> None:
    path = Path(host.layout.at("/etc/asterisk/queues.conf"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    refused = host.release("a", A, UNITS)
    assert refused.failed
    assert refused.messages[0].startswith("/etc/asterisk/queues.conf: somebody else's file")
    assert host.files() == {"/etc/asterisk/queues.conf": b"mine"}
    host.release("b", A, UNITS, on_foreign="backup")
    kept = Path(host.layout.at("/var/backups/ccstack/b/etc/asterisk/queues.conf"))
    assert kept.read_bytes() == b"mine"
    assert Path(f"{host.layout.release('b')}/before/etc/asterisk/queues.conf").read_bytes() == b"mine"


# --- What fails ---


def test_what_processes_refuse_is_undone(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.engines.refuses = lambda held: "no support" if b"support" in held.values() else ""
    failed = host.release("b", B, UNITS)
    assert (failed.failed, failed.restored, failed.messages) == (True, True, ["no support"])
    assert_has(host, A, "a")
    assert os.listdir(host.layout.releases) == ["a"]


def test_a_neighbour_that_is_reached_no_more_undoes_a_release(host: FakeHost) -> None:
    a = {**A, "/etc/kamailio/dispatcher.list": (b"near", "kamailio-dispatcher")}
    host.release("a", a, UNITS)
    host.engines.cuts = b"far"
    failed = host.release("b", {**a, "/etc/kamailio/dispatcher.list": (b"far", "kamailio-dispatcher")}, UNITS)
    assert failed.messages == ["kamailio.service to a neighbour: answered before this release, and does not any more"]
    assert_has(host, a, "a")


def test_a_neighbour_that_answers_late_is_pinged_again_and_undoes_nothing(host: FakeHost) -> None:
    a = {**A, "/etc/kamailio/dispatcher.list": (b"near", "kamailio-dispatcher")}
    host.release("a", a, UNITS)
    host.engines.cuts, host.engines.unanswered = b"slow", 2
    assert not host.release("b", {**a, "/etc/kamailio/dispatcher.list": (b"slow", "kamailio-dispatcher")}, UNITS).failed
    assert host.engines.pings == 3


def test_a_first_release_that_fails_leaves_nothing(host: FakeHost) -> None:
    host.engines.refuses = lambda _held: "never"
    assert host.release("a", A, UNITS).restored
    assert_has(host, {}, None)
    assert host.engines.processes == {}
    assert host.engines.enabled == set()


def test_a_process_that_was_not_restarted_is_not_restarted_on_the_way_back(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.release("a", A, UNITS)
    processes = dict(host.engines.processes)
    monkeypatch.setattr(host.engines, "bring_up", _cut_off)
    with pytest.raises(KilledError):
        host.release("b", B, UNITS)
    assert host.recover()["did"] == "reverted"
    assert processes == host.engines.processes
    assert_has(host, A, "a")


def _cut_off(_units: object) -> None:
    raise KilledError


# --- Back ---


def test_back_and_forth(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.release("b", B, UNITS)
    back = host.rollback()
    assert (back.failed, back.release) == (False, "a"), back
    assert_has(host, A, "a")
    assert host.rollback("b").release == "b"
    assert_has(host, B, "b")


def test_where_there_is_nothing_to_go_back_to(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    assert "there is no release before this one" in host.rollback().messages[0]
    assert host.rollback("x").messages == ["there is no release x; kept are: a"]


def test_a_kept_release_that_was_edited_is_not_gone_back_to(host: FakeHost) -> None:
    host.release("a", A, UNITS)
    host.release("b", LIGHT, UNITS)
    Path(host.layout.staged("a", "/etc/asterisk/queues.conf")).write_bytes(b"by hand")
    refused = host.rollback()
    assert refused.messages == ["release a is not what it was: /etc/asterisk/queues.conf changed since"]
    assert_has(host, LIGHT, "b")


def test_the_last_few_stay(host: FakeHost) -> None:
    for number in range(kept.KEPT + 3):
        assert not host.release(f"r{number}", {"/etc/a": (b"%d" % number, "none")}).failed
    assert sorted(os.listdir(host.layout.releases)) == [f"r{n}" for n in range(3, kept.KEPT + 3)]


# --- Interruptions ---

STEPS = ("open", "fsync", "rename", "symlink", "link", "unlink", "mkdir", "rmdir", "utime", "fchmod")


class KilledError(BaseException):
    """Nothing of the program runs after this, no `finally` either."""


class Knife:
    """Kills at the n-th thing that is done to the disk: what comes after it finds a dead program."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.done = -1, 0
        no_try_out(monkeypatch)
        for name in STEPS:
            monkeypatch.setattr(disk.os, name, self._cut(getattr(disk.os, name)))

    def _cut(self, step: Any) -> Any:
        def cut(*args: Any, **options: Any) -> Any:
            if self.left == 0:
                raise KilledError
            self.left -= 1
            self.done += 1
            return step(*args, **options)

        return cut

    def steps(self, run: Any) -> int:
        """How many steps `run` takes."""
        self.left, self.done = -1, 0
        run()
        return self.done


@pytest.fixture
def knife(monkeypatch: pytest.MonkeyPatch) -> Iterator[Knife]:
    with monkeypatch.context() as patch:
        yield Knife(patch)


def _killed(knife: Knife, at: int, run: Any) -> None:
    knife.left = at
    with pytest.raises(KilledError):
        run()
    knife.left = -1


def _how_many(knife: Knife, tmp_path: Path, before: Files | None) -> int:
    host = FakeHost(tmp_path / "count")
    if before:
        host.release("a", before, UNITS)
    return knife.steps(lambda: host.release("b", B, UNITS))


@pytest.mark.parametrize("after", ["unit", "boot"])
@pytest.mark.parametrize("before", [None, A], ids=["bare", "a"])
def test_killed_at_any_step_one_release_is_there_in_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knife: Knife, before: Files | None, after: str
) -> None:
    total = _how_many(knife, tmp_path, before)
    ends = set()
    for at in range(0, total, 1 if after == "unit" else 3):
        host = FakeHost(tmp_path / str(at))
        if before:
            host.release("a", before, UNITS)
        _killed(knife, at, lambda host=host: host.release("b", B, UNITS))  # type: ignore[misc]
        host.recover() if after == "unit" else host.boot()
        assert_has(host, B if host.in_place == "b" else before or {}, host.in_place)
        ends.add(host.in_place)
        assert not host.release("c", B, UNITS).failed
        assert_has(host, B, host.in_place)
        assert not [name for name in os.listdir(host.layout.releases) if name.startswith(".")]
    assert ends == {"a" if before else None, "b"}
    assert total > 50


def test_killed_while_what_was_staged_is_released_one_release_is_there_in_full(tmp_path: Path, knife: Knife) -> None:
    count = FakeHost(tmp_path / "count")
    count.release("a", A, UNITS)
    staging = knife.steps(lambda: count.stage("b", B, UNITS))
    total = staging + knife.steps(lambda: count.release_staged("b"))
    ends = set()
    for at in range(0, total, 2):
        host = FakeHost(tmp_path / str(at))
        host.release("a", A, UNITS)
        if at < staging:
            _killed(knife, at, lambda host=host: host.stage("b", B, UNITS))  # type: ignore[misc]
        else:
            host.stage("b", B, UNITS)
            _killed(knife, at - staging, lambda host=host: host.release_staged("b"))  # type: ignore[misc]
        host.recover()
        assert_has(host, B if host.in_place == "b" else A, host.in_place)
        ends.add(host.in_place)
        assert not host.release("c", B, UNITS).failed
        assert_has(host, B, host.in_place)
        assert not [name for name in os.listdir(host.layout.releases) if name.startswith(".")]
    assert ends == {"a", "b"}


def test_a_recovery_that_is_killed_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, knife: Knife) -> None:
    for at in range(200):
        host = FakeHost(tmp_path / str(at))
        host.release("a", A, UNITS)
        host.engines.refuses = lambda held: "no support" if b"support" in held.values() else ""
        with monkeypatch.context() as patch:
            patch.setattr(activate, "undo", _cut_off_with_more)
            with pytest.raises(KilledError):
                host.release("b", B, UNITS)
        assert os.path.exists(host.layout.pending)
        knife.left = at
        try:
            host.recover()
        except KilledError:
            knife.left = -1
            host.recover()
        else:
            assert at > 10
            assert_has(host, A, "a")
            return
        assert_has(host, A, "a")
    pytest.fail("the recovery has no end")


def _cut_off_with_more(*_args: object) -> None:
    raise KilledError


def test_everything_that_is_renamed_was_on_the_disk_and_the_journal_comes_first(
    host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.release("a", A, UNITS)
    steps = _trace(monkeypatch)
    host.release("b", B, UNITS)
    journal = steps.index(("rename", host.layout.pending))
    assert steps[journal + 1 : journal + 3] == [("open", host.layout.home), ("fsync", host.layout.home)]
    outside = [n for n, (do, path) in enumerate(steps) if do == "rename" and not path.startswith(host.layout.home)]
    assert min(outside) > journal
    current = steps.index(("rename", host.layout.current))
    commit = steps.index(("rename", host.layout.state))
    assert journal < current < commit
    switched = {os.path.dirname(path) for do, path in steps[journal + 3 : commit] if do in ("rename", "unlink")}
    synced = {path for do, path in steps[current:commit] if do == "fsync"}
    assert {path for path in switched if os.path.isdir(path)} - {os.path.dirname(host.layout.taken)} <= synced
    assert ("fsync", host.layout.home) in steps[commit : steps.index(("unlink", host.layout.pending))]


def _trace(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is done to the disk, in order, each with the path that it is about."""
    steps: list[tuple[str, str]] = []

    def traced(name: str, step: Any) -> Any:
        def does(*args: Any, **options: Any) -> Any:
            path = (
                os.readlink(f"/proc/self/fd/{args[0]}") if name == "fsync" else args[1] if name == "rename" else args[0]
            )
            steps.append((name, str(path)))
            return step(*args, **options)

        return does

    for name in ("open", "fsync", "rename", "unlink"):
        monkeypatch.setattr(disk.os, name, traced(name, getattr(disk.os, name)))
    return steps


@pytest.mark.parametrize(
    ("before", "after", "restarts"),
    [("leastrecent", "linear", True), ("rrmemory", "rrordered", True), ("linear", "ringall", False)],
)
def test_a_queue_that_rings_in_order_from_now_on_takes_a_restart(
    host: FakeHost, before: str, after: str, restarts: bool
) -> None:
    files = {way: {**A, "/etc/asterisk/queues.conf": (_queue(way), "asterisk-queues")} for way in (before, after)}
    host.release("a", files[before], UNITS)
    changed = host.release("b", files[after], UNITS)
    assert (changed.restarted == ["asterisk.service"], "asterisk-restart" in changed.applied) == (restarts, restarts)


def _queue(strategy: str) -> bytes:
    return f"[queue](!)\nringinuse = no\n[desk](queue)\nstrategy = {strategy}\n".encode()


def test_what_a_try_out_that_was_cut_off_left_is_cleared(host: FakeHost) -> None:
    left = Path(host.layout.home) / "tryout-cut-off" / "shadow"
    left.mkdir(parents=True)
    (left / "file").write_text("left")
    host.release("a", A, UNITS)
    assert not left.parent.exists()
