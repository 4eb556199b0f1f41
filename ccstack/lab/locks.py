"""Lock files that go when they are no longer needed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def locked(path: Path) -> int:
    """The descriptor of a lock file that is ours. Who waited for one that was taken away asks for the next."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    while True:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        os.close(lock)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """One at a time, whoever names the same lock file; who ends takes it away."""
    lock = locked(path)
    try:
        yield
    finally:
        path.unlink()
        os.close(lock)
