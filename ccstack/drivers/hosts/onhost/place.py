"""Files on disk: what stands there, whether it is right, and putting another one there in one step."""

from __future__ import annotations

import grp
import hashlib
import hmac
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from .manifest import Entry


@dataclass(frozen=True)
class Standing:
    """What stands at a path: a hash of its bytes, and whose it is. `digest` is empty for what is no regular file."""

    digest: str
    owner: str
    group: str
    mode: int


def standing(path: Path, key: bytes = b"") -> Standing | None:
    """What stands at `path`, hashed (with `key`, if there is one); None when nothing does."""
    try:
        about = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    digest = hash_of(path.read_bytes(), key) if stat.S_ISREG(about.st_mode) else ""
    return Standing(digest, _user(about.st_uid), _group(about.st_gid), stat.S_IMODE(about.st_mode))


def hash_of(content: bytes, key: bytes = b"") -> str:
    """SHA-256 of `content` in hex; keyed (HMAC) when there is a key, so that a short secret cannot be guessed."""
    return hmac.new(key, content, hashlib.sha256).hexdigest() if key else hashlib.sha256(content).hexdigest()


def is_right(path: Path, entry: Entry) -> bool:
    """Whether `path` is just what `entry` wants."""
    return standing(path) == Standing(entry.sha256, entry.owner, entry.group, entry.mode)


def put(content: bytes, path: Path, entry: Entry) -> None:
    """Put a file at `path` in one step: whoever reads it meanwhile sees the old or the new one, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".ccstack-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            own(Path(name), entry)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def own(path: Path, entry: Entry) -> None:
    """Give `path` the owner and mode of `entry`. A user or group that is not there is a `LookupError` that says so."""
    os.chown(path, _uid(entry.owner), _gid(entry.group))
    path.chmod(entry.mode)


def keep(path: Path, copy: Path) -> None:
    """Copy what stands at `path` to `copy`, owner and mode too; nothing when nothing stands there."""
    if not path.is_symlink() and not path.exists():
        return
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(path, copy, follow_symlinks=False)
    about = path.lstat()
    os.chown(copy, about.st_uid, about.st_gid, follow_symlinks=False)


def bring_back(copy: Path, path: Path) -> None:
    """Undo: what `keep` copied stands at `path` again, or nothing when nothing stood there."""
    if not copy.is_symlink() and not copy.exists():
        path.unlink(missing_ok=True)
        return
    beside = path.with_name(f".ccstack-back-{path.name}")
    beside.unlink(missing_ok=True)
    keep(copy, beside)
    os.replace(beside, path)


def sync_directories(paths: set[Path]) -> None:
    """Make the renames in these directories survive a loss of power."""
    for path in paths:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _uid(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        raise LookupError(f"there is no user {name} on this host; run bootstrap") from None


def _gid(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        raise LookupError(f"there is no group {name} on this host; run bootstrap") from None
