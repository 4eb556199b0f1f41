"""Connections to hosts that stay open for a while after a command, for the next one: most of what a look at many hosts
takes is shaking hands with them. OpenSSH keeps them (ControlPersist, ssh_config(5)), as it does for Ansible."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path

KEPT_SECONDS = 60
"""How long a connection stays open when nobody uses it."""

LONGEST_SECONDS = 3600
"""How long one is found, however often it is used: whoever may not log in any more is shut out by then."""

_PROBE_SECONDS = 1.0
_NETWORK = Path("/proc/self/ns/net")


def kept_folder(where: Path) -> Path | None:
    """This user's folder in `where` for the sockets of connections that are kept; old ones are not found any more.

    None where there can be none that is nobody else's: whoever can write into it is let in to the hosts.
    """
    folder = where / f"ccstack-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        about = folder.lstat()
    except OSError:
        return None
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != os.getuid() or about.st_mode & 0o077:
        return None
    _clear_old(folder)
    return folder


def _clear_old(folder: Path) -> None:
    """By age alone: to connect to one would be to use it, and keep it open."""
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            if time.time() - path.lstat().st_mtime > LONGEST_SECONDS:
                path.unlink()


def is_open(path: Path) -> bool:
    """Whether a process keeps a connection at this socket."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(_PROBE_SECONDS)
        try:
            line.connect(str(path))
        except OSError:
            return False
    return True


def socket_name(*about: str) -> str:
    """A name for the connection that all of `about` makes what it is: another key, pin or address has another one.

    So has another network: two may have the same addresses.
    """
    network = ""
    with suppress(OSError):
        network = os.readlink(_NETWORK)
    return hashlib.sha256("\0".join((network, *about)).encode()).hexdigest()[:32]
