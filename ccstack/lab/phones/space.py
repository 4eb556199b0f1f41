"""Sockets inside another network namespace, while everything else of the process stays where it is (setns(2))."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
"""linux/sched.h"""

_OWN = Path("/proc/thread-self/ns/net")
_libc = ctypes.CDLL(None, use_errno=True)


@contextmanager
def entered(space: Path) -> Iterator[None]:
    """This thread is in the namespace at `space` meanwhile; nothing in here may wait. OSError if it cannot be entered.

    A socket belongs for good to the namespace in which it was made.
    """
    home = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        with space.open() as there:
            _enter(there.fileno())
        try:
            yield
        finally:
            _enter(home)
    finally:
        os.close(home)


def _enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "cannot enter a network namespace")


def sockets_in(space: Path, dscp: int = 0) -> Callable[[socket.SocketKind], socket.socket]:
    """Makes IPv4 sockets in the namespace, whose packets are marked with a DSCP (RFC 2474: the upper six bits)."""

    def make(kind: socket.SocketKind) -> socket.socket:
        with entered(space):
            made = socket.socket(socket.AF_INET, kind)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, dscp << 2)
        return made

    return make
