"""Everything that is changed on the host's disk goes through here, in steps that a loss of power cannot halve.

A name appears by rename, after what it names is on the disk. Its directory is synced by whoever needs that.
"""

from __future__ import annotations

import os
import stat

from .wire import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_BESIDE = ".ccstack-"
"""What the name of a file begins with until it has its own."""


def write(path: str, content: bytes, mode: int = 0o600, ids: tuple[int, int] | None = None) -> None:
    """A file at `path`, on the disk (its name is not); whoever looks may see half of it: for what is nobody's yet."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        _write_all(handle, content)
        if ids:
            os.fchown(handle, *ids)
        os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_all(handle: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]


def put(path: str, content: bytes, mode: int = 0o600, ids: tuple[int, int] | None = None) -> None:
    """A file at `path` in one step: whoever reads it meanwhile sees the old or the new one, whole."""
    _have(path, lambda new: write(new, content, mode, ids))


def put_json(path: str, data: Any, mode: int = 0o600) -> None:
    """`data` as a file at `path` in one step, and its name is on the disk."""
    from json import dumps  # a look at a host writes nothing, and does not wait for it

    put(path, dumps(data, indent=1, sort_keys=True).encode(), mode)
    sync({os.path.dirname(path)})


def link(path: str, target: str) -> None:
    """A symbolic link at `path` in one step."""
    _have(path, lambda new: os.symlink(target, new))


def bring(path: str, original: str) -> None:
    """A copy of `original` (a file or a link) at `path` in one step, with owner, mode and times."""
    _have(path, lambda new: copy(original, new))


def _have(path: str, make: Callable[[str], None]) -> None:
    folders(os.path.dirname(path))
    remove(beside(path))
    make(beside(path))
    os.rename(beside(path), path)


def beside(path: str) -> str:
    """What the file at `path` is called before it has its name; a kill may leave it behind."""
    folder, name = os.path.split(path)
    return f"{folder}/{_BESIDE}{name}"


def copy(original: str, path: str) -> None:
    """A copy of a file or a link, with owner, mode and times, on the disk."""
    folders(os.path.dirname(path))
    about = os.lstat(original)
    if stat.S_ISLNK(about.st_mode):
        os.symlink(os.readlink(original), path)
        return
    with open(original, "rb") as file:
        write(path, file.read(), stat.S_IMODE(about.st_mode), (about.st_uid, about.st_gid))
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def remove(path: str) -> None:
    """No file at `path`."""
    if os.path.lexists(path):
        os.unlink(path)


def folders(path: str, mode: int = 0o755) -> None:
    """The folder `path` and those above it."""
    if not os.path.isdir(path):
        folders(os.path.dirname(path), mode)
        os.mkdir(path, mode)
        sync({os.path.dirname(path)})


def sync(paths: Iterable[str]) -> None:
    """Make the names in these directories survive a loss of power."""
    for path in sorted(set(paths)):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def clear(path: str) -> None:
    """No folder at `path`, whatever was in it."""
    for here, below, files in os.walk(path, topdown=False):
        for name in files:
            os.unlink(f"{here}/{name}")
        for name in below:
            one = f"{here}/{name}"
            if os.path.islink(one):
                os.unlink(one)
            else:
                os.rmdir(one)
    if os.path.isdir(path):
        os.rmdir(path)


def tree(path: str) -> Iterator[str]:
    """`path` and every folder below it."""
    for here, _below, _files in os.walk(path):
        yield here


def read_json(path: str) -> dict[str, Any]:
    """The object in the file at `path`; empty when there is none."""
    try:
        with open(path, encoding="utf-8") as file:
            return dict(loads(file.read()))
    except FileNotFoundError:
        return {}
