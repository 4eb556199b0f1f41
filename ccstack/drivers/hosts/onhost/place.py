"""Files on disk: what stands at a path, seen through ccstack's own link, and whether that is right."""

from __future__ import annotations

import grp
import os
import pwd
import stat

from .layout import Layout, is_copy

try:
    # Python's own: OpenSSL's takes longer to load than all that a look at a host hashes.
    from _sha2 import sha256  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    # Before Python 3.12.
    from hashlib import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_LARGE = 1 << 12
"""Bytes. What is larger is not read again while inode, ctime and size are those that its hash was noted with."""


_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
"""Every byte as RFC 2104 pads it, for inside and outside."""


def hash_of(content: bytes, key: bytes = b"") -> str:
    """SHA-256 of `content` in hex; with a key, what `keyed` makes of it."""
    plain: str = sha256(content).hexdigest()
    return keyed(plain, key) if key else plain


def keyed(digest: str, key: bytes) -> str:
    """An HMAC (RFC 2104) with SHA-256 of a SHA-256: nobody without the key can guess a short secret from it."""
    block = (sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = sha256(block.translate(_INNER) + digest.encode()).digest()
    outer: str = sha256(block.translate(_OUTER) + inner).hexdigest()
    return outer


class Standing:
    """What stands at a path. `sha256` is empty for what is no regular file."""

    __slots__ = ("group", "mode", "owner", "placed", "sha256")

    def __init__(self, sha256: str, owner: str, group: str, mode: int, placed: bool) -> None:
        self.sha256, self.owner, self.group, self.mode = sha256, owner, group, mode
        self.placed = placed

    @property
    def about(self) -> list[Any]:
        """All of it, fit for JSON."""
        return [self.sha256, self.owner, self.group, self.mode, self.placed]

    def has(self, wanted: dict[str, Any]) -> bool:
        """Whether content, owner and mode are those of an entry of a manifest (as JSON has it)."""
        about = (self.sha256, self.owner, self.group, self.mode)
        return about == (wanted["sha256"], wanted["owner"], wanted["group"], int(wanted["mode"], 8))


def standing(layout: Layout, path: str, noted: dict[str, list[Any]] | None = None) -> Standing | None:
    """What stands at `path` on the host, looked at through ccstack's link; None when nothing does.

    `noted` has hashes of large files as `note` made them.
    """
    there = layout.at(path)
    try:
        about = os.lstat(there)
        placed = stat.S_ISREG(about.st_mode) if is_copy(path) else is_ours(layout, path)
        if stat.S_ISLNK(about.st_mode) and placed:
            about = os.stat(there)
    except (FileNotFoundError, NotADirectoryError):
        return None
    digest = _digest(there, about, (noted or {}).get(path)) if stat.S_ISREG(about.st_mode) else ""
    return Standing(digest, _user(about.st_uid), _group(about.st_gid), stat.S_IMODE(about.st_mode), placed)


def is_ours(layout: Layout, path: str) -> bool:
    """Whether ccstack's own link stands at `path`."""
    try:
        return os.readlink(layout.at(path)) == layout.target(path)
    except OSError:
        return False


def _digest(path: str, about: os.stat_result, noted: list[Any] | None) -> str:
    if noted and noted[:3] == [about.st_ino, about.st_ctime_ns, about.st_size]:
        return str(noted[3])
    with open(path, "rb") as file:
        return hash_of(file.read())


def note(layout: Layout, digests: dict[str, str]) -> dict[str, list[Any]]:
    """For `standing`: the large ones of these files, whose hashes are known to be right now."""
    seen = {path: os.stat(layout.at(path)) for path in digests}
    return {
        path: [about.st_ino, about.st_ctime_ns, about.st_size, digests[path]]
        for path, about in seen.items()
        if about.st_size > _LARGE
    }


_users: dict[int, str] = {}
_groups: dict[int, str] = {}


def _user(number: int) -> str:
    if number not in _users:
        try:
            _users[number] = pwd.getpwuid(number).pw_name
        except KeyError:
            _users[number] = str(number)
    return _users[number]


def _group(number: int) -> str:
    if number not in _groups:
        try:
            _groups[number] = grp.getgrgid(number).gr_name
        except KeyError:
            _groups[number] = str(number)
    return _groups[number]


def ids(owner: str, group: str) -> tuple[int, int]:
    """The numbers of a user and a group. One that is not there is a `LookupError` that says so."""
    return _uid(owner), _gid(group)


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
