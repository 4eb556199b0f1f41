"""A release seen in its place, by one process tree only.

Inside a mount namespace of its own, each directory that holds managed files is covered by a directory that has the
release's files, and links to everything else that was there. State directories (calls, voicemail, databases) are
covered by empty ones. Nothing outside the namespace sees any of it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import stat
from pathlib import Path

from .manifest import Entry, Manifest

SCRATCH_STATE = (
    "/var/lib/asterisk",
    "/var/spool/asterisk",
    "/var/log/asterisk",
    "/var/lib/kamailio",
    "/var/lib/kea",
    "/var/log/kea",
    "/var/lib/nginx",
    "/var/log/nginx",
)
"""Where running processes keep state: the try-out gets the same directories, empty."""

RUN_DIRECTORIES = {"asterisk": "asterisk", "kamailio": "kamailio", "rtpengine": "rtpengine", "kea": "_kea"}
"""Directories that the try-out finds in an otherwise empty /run, and whose they are."""

_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def cover(manifest: Manifest, tree: Path, scratch: Path, leaving: frozenset[str]) -> None:
    """Cover the host's directories with the release in `tree`; paths in `leaving` are gone. In a namespace only."""
    _mount(None, "/", _MS_REC | _MS_PRIVATE)
    real = scratch / "real"
    real.mkdir(parents=True)
    _mount("/", str(real), _MS_BIND | _MS_REC)
    for state in SCRATCH_STATE:
        _cover_state(Path(state), scratch)
    _cover_run(scratch)
    for top in _tops(manifest, leaving):
        shadow = scratch / "shadow" / str(top).lstrip("/")
        _fill(top, shadow, manifest, tree, real, leaving)
        _mount(str(shadow), str(top), _MS_BIND)


def _mount(source: str | None, target: str, flags: int) -> None:
    code = _libc.mount(source and source.encode(), target.encode(), None, flags, None)
    if code != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"cannot cover {target} for the try-out: {os.strerror(number)}")


def _cover_state(directory: Path, scratch: Path) -> None:
    if directory.is_dir():
        empty = scratch / "state" / str(directory).lstrip("/")
        _copy_directories(directory, empty)
        _mount(str(empty), str(directory), _MS_BIND)


def _cover_run(scratch: Path) -> None:
    # The processes on trial must neither find the sockets of the running ones nor leave theirs.
    for name, owner in RUN_DIRECTORIES.items():
        directory = scratch / "run" / name
        directory.mkdir(parents=True)
        with contextlib.suppress(LookupError):
            shutil.chown(directory, owner, owner)
        # Kea refuses one that others may look into.
        directory.chmod(0o750)
    _mount(str(scratch / "run"), "/run", _MS_BIND)


def _copy_directories(source: Path, target: Path) -> None:
    """The directories below `source`, with their owners and modes, and none of the files."""
    for here, directories, _files in os.walk(source):
        copy = target / Path(here).relative_to(source)
        copy.mkdir(parents=True, exist_ok=True)
        about = os.stat(here)
        os.chown(copy, about.st_uid, about.st_gid)
        copy.chmod(stat.S_IMODE(about.st_mode))
        directories[:] = [name for name in directories if not (Path(here) / name).is_symlink()]


def _tops(manifest: Manifest, leaving: frozenset[str]) -> list[Path]:
    """The existing directories to cover: the deepest ones that hold a managed path, without those inside another."""
    deepest = {_existing(Path(path).parent) for path in manifest.paths | leaving}
    inside = {one for one in deepest if any(other in one.parents for other in deepest)}
    return sorted(deepest - inside - {Path("/")})


def _existing(directory: Path) -> Path:
    while not directory.is_dir():
        directory = directory.parent
    return directory.resolve()


def _fill(top: Path, shadow: Path, manifest: Manifest, tree: Path, real: Path, leaving: frozenset[str]) -> None:
    """Make `shadow` what `top` will be: the release's files below it, and links to all else."""
    entries = [entry for entry in manifest.files if _below(entry.path, top)]
    directories = {top, *(parent for entry in entries for parent in _parents(entry, top))}
    for directory in sorted(directories):
        _mirror(directory, shadow / directory.relative_to(top), real, directories, manifest.paths | leaving)
    for entry in entries:
        (shadow / _real(entry).relative_to(top)).symlink_to(tree / entry.path.lstrip("/"))


def _real(entry: Entry) -> Path:
    path = Path(entry.path)
    existing = path.parent
    while not existing.is_dir():
        existing = existing.parent
    return existing.resolve() / path.relative_to(existing)


def _below(path: str, top: Path) -> bool:
    existing = _existing(Path(path).parent)
    return existing == top or top in existing.parents


def _parents(entry: Entry, top: Path) -> list[Path]:
    return [parent for parent in _real(entry).parents if top in parent.parents]


def _mirror(directory: Path, copy: Path, real: Path, covered: set[Path], managed: frozenset[str]) -> None:
    copy.mkdir(parents=True, exist_ok=True)
    if not directory.is_dir():
        return
    about = directory.stat()
    os.chown(copy, about.st_uid, about.st_gid)
    copy.chmod(stat.S_IMODE(about.st_mode))
    for name in os.listdir(directory):
        path = directory / name
        if path not in covered and str(path) not in managed:
            (copy / name).symlink_to(real / str(path).lstrip("/"))
