"""The lock of a center on this host: two deployments cannot meet here. A file, so that it outlives connections."""

from __future__ import annotations

import fcntl
import os
import time

from . import disk
from .layout import Layout

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

ENTERED = 0o711
"""Folders that the engines' users pass through, and cannot list."""


def alone(layout: Layout, name: str, wait: bool = True) -> IO[str]:
    """Hold a lock of the host (`with alone(...)`) while something is done: it ends with the process, however that ends.

    `BlockingIOError` when another process holds it and it is not to be waited for.
    """
    disk.folders(layout.releases)
    for folder in (layout.home, layout.releases):
        os.chmod(folder, ENTERED)
    file = open(f"{layout.home}/{name}", "w", encoding="utf-8")  # noqa: SIM115 - the caller's `with` closes it
    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file


def now() -> str:
    """The time, UTC, as ISO 8601 has it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def holder(layout: Layout) -> dict[str, str] | None:
    """Who holds the lock: owner, since, token; None when nobody does."""
    return disk.read_json(_path(layout)) or None


def lock(layout: Layout, do: str, owner: str, token: str) -> dict[str, Any]:
    """`take`, `free` or `break` the lock; see docs/activator.md for the answer."""
    had = holder(layout)
    is_mine = had is None or had["token"] == token
    if do == "break" or (do == "take" and is_mine):
        since = had["since"] if had and is_mine else now()
        disk.put_json(_path(layout), {"owner": owner, "since": since, "token": token})
    elif do == "free" and had and is_mine:
        disk.remove(_path(layout))
        disk.sync({layout.home})
    return {"ok": do == "break" or is_mine, "held": holder(layout), "had": had}


def refusal(layout: Layout, token: str) -> str:
    """Why somebody with `token` may change nothing here; empty when they may."""
    held = holder(layout)
    if held is None or held["token"] == token:
        return ""
    return f"{held['owner']} holds the lock of this host since {held['since']}; wait, or break it: --break-lock"


def _path(layout: Layout) -> str:
    return os.path.join(layout.home, "center.lock")
