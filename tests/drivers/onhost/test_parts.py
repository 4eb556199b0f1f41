"""What runs on the host, as far as it needs no host: files, foreign files, manifests, logs, apply classes."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from ccstack.drivers.hosts.bundle import activator
from ccstack.drivers.hosts.onhost import apply as applying
from ccstack.drivers.hosts.onhost import ask_asterisk, disk
from ccstack.drivers.hosts.onhost.foreign import foreign
from ccstack.drivers.hosts.onhost.layout import COPIES, Layout
from ccstack.drivers.hosts.onhost.logs import TOLERATED, complaints
from ccstack.drivers.hosts.onhost.manifest import ManifestError, read
from ccstack.drivers.hosts.onhost.place import hash_of, ids, keyed, note, standing
from ccstack.render.state import ApplyClass

from .fake import GROUP, OWNER, entry_of


def lay(root: Path, path: str, content: bytes) -> None:
    target = root / path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)


# --- Files in place ---


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A host whose release in place has /etc/x/y (a link) and /etc/hosts (a copy)."""
    found = Layout(str(tmp_path))
    for path in ("/etc/x/y", "/etc/hosts"):
        lay(tmp_path, f"/var/lib/ccstack/releases/a/tree{path}", b"new")
    disk.link(found.current, "releases/a")
    disk.link(found.at("/etc/x/y"), found.target("/etc/x/y"))
    disk.bring(found.at("/etc/hosts"), found.staged("a", "/etc/hosts"))
    return found


@pytest.mark.parametrize("path", ["/etc/x/y", "/etc/hosts"])
def test_what_ccstack_put_there_is_seen_through_its_link(layout: Layout, path: str) -> None:
    there = standing(layout, path)
    assert there
    assert there.has(entry_of(path, b"new", 0o644))
    assert there.placed


@pytest.mark.parametrize("change", ["content", "mode", "gone", "link", "replaced"])
def test_what_is_not_right_is_seen(layout: Layout, tmp_path: Path, change: str) -> None:
    path = tmp_path / "etc/x/y"
    if change == "content":
        path.write_bytes(b"old")
    elif change == "mode":
        path.chmod(0o600)
    else:
        path.unlink()
    if change == "link":
        (tmp_path / "z").write_bytes(b"new")
        path.symlink_to("/z")
    if change == "replaced":
        lay(tmp_path, "/etc/x/y", b"new")
    there = standing(layout, "/etc/x/y")
    assert not (there and there.placed and there.has(entry_of("/etc/x/y", b"new", 0o644)))
    assert (there is None) == (change == "gone")


def test_a_link_into_nothing_is_nothing(layout: Layout) -> None:
    disk.link(layout.at("/etc/x/later"), layout.target("/etc/x/later"))
    assert standing(layout, "/etc/x/later") is None


def test_a_large_file_is_read_again_only_when_it_was_touched(layout: Layout, tmp_path: Path) -> None:
    disk.put(layout.staged("a", "/etc/x/y"), bytes(1 << 17))
    noted = {path: [*about[:3], "noted"] for path, about in note(layout, {"/etc/x/y": "x", "/etc/hosts": "x"}).items()}
    assert list(noted) == ["/etc/x/y"]
    assert (there := standing(layout, "/etc/x/y", noted))
    assert there.sha256 == "noted"
    (tmp_path / "etc/x/y").chmod(0o600)
    assert (there := standing(layout, "/etc/x/y", noted))
    assert there.sha256 == hash_of(bytes(1 << 17))


def test_a_user_that_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="no user nobody-has-this-name on this host; run bootstrap"):
        ids("nobody-has-this-name", GROUP)


def test_a_file_is_put_whole_or_not_at_all(tmp_path: Path) -> None:
    disk.put(str(tmp_path / "x/y"), b"new", 0o640, ids(OWNER, GROUP))
    assert [file.name for file in (tmp_path / "x").iterdir()] == ["y"]
    assert (tmp_path / "x/y").stat().st_mode & 0o777 == 0o640


def test_what_a_kill_left_beside_a_file_is_no_hindrance(tmp_path: Path) -> None:
    lay(tmp_path, "/x/.ccstack-y", b"half")
    disk.link(str(tmp_path / "x/y"), "z")
    assert [file.name for file in (tmp_path / "x").iterdir()] == ["y"]


def test_a_keyed_hash_says_nothing_without_the_key() -> None:
    assert hash_of(b"1234", b"key") == keyed(hash_of(b"1234"), b"key") != hash_of(b"1234", b"other")


def test_the_key_is_used_as_rfc_2104_says() -> None:
    import hmac

    for key in (b"key", bytes(100)):
        assert keyed("content", key) == hmac.new(key, b"content", "sha256").hexdigest()


def test_every_copy_has_its_reason() -> None:
    assert all(len(reason) > 10 for _path, reason in COPIES)


# --- Foreign files ---


def strangers(
    root: Path, *entries: dict[str, str], managed: frozenset[str] = frozenset(), hosts: str = ""
) -> tuple[str, ...]:
    layout = Layout(str(root))
    seen = {entry["path"]: standing(layout, entry["path"]) for entry in entries}
    return foreign(layout, {entry["path"]: entry for entry in entries}, seen, managed, hosts)


def entry(path: str, content: bytes) -> dict[str, str]:
    return entry_of(path, content, 0o640)


def test_somebody_elses_file_is_foreign(tmp_path: Path) -> None:
    lay(tmp_path, "/etc/asterisk/queues.conf", b"mine")
    wanted = entry("/etc/asterisk/queues.conf", b"ours")
    assert strangers(tmp_path, wanted) == ("/etc/asterisk/queues.conf",)
    assert strangers(tmp_path, wanted, managed=frozenset({wanted["path"]})) == ()


def test_a_file_that_is_already_right_or_missing_or_empty_is_not(tmp_path: Path) -> None:
    lay(tmp_path, "/etc/a", b"ours")
    lay(tmp_path, "/etc/empty", b"\n")
    assert strangers(tmp_path, entry("/etc/a", b"ours"), entry("/etc/b", b"ours"), entry("/etc/empty", b"ours")) == ()


def test_a_link_is_foreign(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/a").symlink_to("b")
    assert strangers(tmp_path, entry("/etc/a", b"ours")) == ("/etc/a",)


@pytest.mark.parametrize("source", ["conffile", "md5sums", "ucf"])
def test_a_file_as_its_package_ships_it_is_not_foreign(tmp_path: Path, source: str) -> None:
    lay(tmp_path, "/etc/a.conf", b"shipped")
    md5 = hashlib.md5(b"shipped").hexdigest()
    if source == "conffile":
        lay(tmp_path, "/var/lib/dpkg/status", f"Package: a\nConffiles:\n /etc/a.conf {md5}\nStatus: x\n".encode())
    elif source == "md5sums":
        lay(tmp_path, "/var/lib/dpkg/info/a.md5sums", f"{md5}  etc/a.conf\n".encode())
    else:
        lay(tmp_path, "/var/lib/ucf/hashfile", f"{md5}  /etc/a.conf\n".encode())
    assert strangers(tmp_path, entry("/etc/a.conf", b"ours")) == ()
    lay(tmp_path, "/etc/a.conf", b"edited by hand")
    assert strangers(tmp_path, entry("/etc/a.conf", b"ours")) == ("/etc/a.conf",)


@pytest.mark.parametrize(
    ("there", "is_foreign"),
    [
        ("127.0.0.1 localhost\n127.0.1.1 pbx\n::1 ip6-localhost\n", False),
        ("127.0.0.1 localhost\n10.1.0.2 pbx # us\n", False),
        ("10.9.9.9 billing\n", True),
    ],
)
def test_a_hosts_file_is_foreign_when_a_name_would_be_lost(tmp_path: Path, there: str, is_foreign: bool) -> None:
    lay(tmp_path, "/etc/hosts", there.encode())
    found = strangers(tmp_path, entry("/etc/hosts", b"x"), hosts="127.0.0.1 localhost\n10.1.0.2 pbx\n")
    assert bool(found) == is_foreign


# --- Logs ---


@pytest.mark.parametrize(
    ("engine", "line"),
    [
        (
            "asterisk",
            "[Nov 21 21:24:50] WARNING[5] pbx_config.c: Invalid priority/label '' at line 3 of extensions.conf",
        ),
        ("asterisk", "[Nov 21 21:24:50] ERROR[5][C-00000001] loader.c: Error loading module 'x.so'"),
        ("kamailio", " 0(62) CRITICAL: <core> [core/cfg.y:4132]: yyerror_at(): parse error in config file"),
        ("kamailio", " 0(62) ERROR: dispatcher [dispatch.c:100]: ds_load_list(): bad line"),
        ("rtpengine", "ERR: [core] Fatal error: no interfaces"),
    ],
)
def test_complaints_are_heard(engine: str, line: str) -> None:
    assert complaints(f"fine\n{line}\n{line}\n", engine) == (line.strip(),)


@pytest.mark.parametrize(
    ("engine", "line"),
    [
        ("asterisk", "[Nov 21 21:24:50] NOTICE[5] cdr.c: CDR simple logging enabled."),
        ("asterisk", "a context named ERROR-prompt is no error"),
        ("kamailio", " 0(62) INFO: <core> [main.c:1]: no ERROR here"),
        (
            "asterisk",
            "[2026-11-22 06:09:45.500] WARNING[56][C-00000001] taskprocessor.c: Taskprocessor "
            "'stasis/m:manager:core-0000000c' queue reached 3000 scheduled tasks (high water mark: 3000).",
        ),
        (
            "asterisk",
            "[2026-11-22 06:09:45.500] WARNING[56][C-00000001] channel.c: Exceptionally long voice queue length "
            "queuing to Local/1@from-trunk-00000001;2",
        ),
        (
            "asterisk",
            "[2026-11-22 06:09:45.500] ERROR[56] res_pjsip.c: Error 120032 'Broken pipe' sending OPTIONS request to "
            "endpoint nyc-sbc",
        ),
        (
            "kamailio",
            "62(70) WARNING: dmq [notification_peer.c:630]: default_resp_callback_f(): timeout: previous fail_count=0 "
            "fail_threshold_not_active=3 fail_threshold_disabled=5 host=10.2.10.21 port=5062",
        ),
        (
            "kamailio",
            " 9(44) ERROR: dmq [notification_peer.c:671]: notification_resp_callback_f(): not deleting notification "
            "peer [sip:10.2.10.21:5062]",
        ),
        (
            "kamailio",
            "24(59) ERROR: <core> [core/tcp_main.c:4835]: handle_tcpconn_ev(): connect 10.2.10.11:5080 failed",
        ),
        (
            "kamailio",
            " 7(40) ERROR: <core> [core/tcp_main.c:3247]: tcpconn_1st_send(): 10.71.10.11:5080: connect & send for "
            "0x7f6dbcf1e9e0 (sock 12) failed: Connection refused (111)",
        ),
        (
            "kamailio",
            " 7(40) ERROR: tm [uac.c:768]: send_prepared_request_impl(): Attempt to send to precreated request failed",
        ),
    ],
)
def test_what_is_no_complaint_is_not(engine: str, line: str) -> None:
    assert complaints(line, engine) == ()


def test_whatever_is_tolerated_has_a_reason() -> None:
    assert all(len(reason) > 10 for _pattern, reason in TOLERATED)


# --- Apply classes ---


def test_every_apply_class_has_its_command() -> None:
    assert set(applying.CLASSES) | {"none"} == set(get_args(ApplyClass))


def test_a_restart_makes_the_reloads_of_its_process_needless() -> None:
    kept = applying._without_needless(
        frozenset({"asterisk-restart", "asterisk-queues", "kamailio-htable"}), frozenset()
    )
    assert kept == {"asterisk-restart", "kamailio-htable"}


def test_what_has_just_been_started_needs_nothing() -> None:
    fresh = frozenset({"asterisk.service"})
    assert applying._without_needless(frozenset({"asterisk-restart", "asterisk-queues"}), fresh) == frozenset()


# --- The program ---


def test_a_manifest_of_another_version_is_refused() -> None:
    with pytest.raises(ManifestError, match="is of schema 'x', this program reads"):
        read(json.dumps({"schema": "x"}))


def test_the_program_is_one_file_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    program = tmp_path / "activate.pyz"
    program.write_bytes(activator())
    assert activator() == program.read_bytes()
    ran = subprocess.run([sys.executable, str(program), "nonsense"], capture_output=True, text=True, check=False)
    assert json.loads(ran.stdout)["error"].startswith("'nonsense' is none of observe, stage, release")


def test_the_program_imports_nothing_but_the_standard_library() -> None:
    names = {name.split(".")[0] for name in _imports(Path(applying.__file__).parent)}
    # `_sha2` is there from Python 3.12 on, and not missed before.
    assert names <= {*sys.stdlib_module_names, "_sha2"}


def _imports(folder: Path) -> set[str]:
    import ast

    found: set[str] = set()
    for file in folder.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                found.add(str(node.module))
    return found


def test_an_answer_with_holes_is_asked_again() -> None:
    answers = iter([["a is missing", "b is missing"], ["a is missing"], ["a is missing"]])
    assert ask_asterisk.settled(lambda: next(answers)) == ["a is missing"]
    gone = iter([["a is missing"], [], []])
    assert ask_asterisk.settled(lambda: next(gone)) == []
    fine = iter([list[str]()])
    assert ask_asterisk.settled(lambda: next(fine)) == []
