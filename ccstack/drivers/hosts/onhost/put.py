"""Files of a release at their places."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable

from . import disk
from .layout import Layout, is_copy
from .manifest import Entry
from .place import ids


def place(layout: Layout, name: str, entry: Entry) -> None:
    """Have ccstack's link, or its copy from release `name`, at the path of `entry`."""
    path = layout.at(entry.path)
    if not is_copy(entry.path):
        disk.link(path, layout.target(entry.path))
        return
    with open(layout.staged(name, entry.path), "rb") as file:
        disk.put(path, file.read(), entry.mode, ids(entry.owner, entry.group))


def freshen(pairs: Iterable[tuple[str, str]]) -> None:
    """Make each new file younger, by a whole second, than the one that it comes after.

    Kamailio's db_text reads a table again only when its file's time (in seconds) is later, on the way back too.
    """
    for new, old in pairs:
        if os.path.isfile(new) and os.path.isfile(old) and os.stat(new).st_nlink == 1:
            stamp = max(time.time(), int(os.stat(old).st_mtime) + 1)
            os.utime(new, (stamp, stamp))


def folder(layout: Layout, path: str) -> str:
    """The directory that holds the name `path`, or the nearest one that is there."""
    folder = os.path.dirname(layout.at(path))
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder
