"""Running a command, always as a list, always with a deadline. Without `subprocess`, which takes long to load."""

from __future__ import annotations

import os
import select
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


class Ran:
    """What a command left: exit code, and both outputs as one text."""

    __slots__ = ("code", "command", "output")

    def __init__(self, command: tuple[str, ...], code: int, output: str) -> None:
        self.command, self.code, self.output = command, code, output

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.code == 0

    def __str__(self) -> str:
        return f"{' '.join(self.command)}: exit {self.code}: {self.output.strip()[-2000:]}"


def run(*command: str, timeout: float = 60.0) -> Ran:
    """Run `command`; a command that is not there, or not done after `timeout` seconds, is a failed one."""
    reading, writing = os.pipe()
    try:
        pid = _start(command, writing)
    except FileNotFoundError:
        os.close(reading)
        return Ran(command, 127, f"{command[0]} is not on this host")
    finally:
        os.close(writing)
    deadline = time.monotonic() + timeout
    output, is_over = _read(reading, deadline)
    os.close(reading)
    code = _ended(pid, deadline) if is_over else None
    text = output.decode(errors="replace")
    if code is None:
        from signal import SIGKILL  # with `enum`: a look does not wait for them

        os.kill(pid, SIGKILL)
        os.waitpid(pid, 0)
        return Ran(command, 124, f"not done after {timeout:.0f} s: {text}")
    return Ran(command, code, text)


def _start(command: tuple[str, ...], output: int) -> int:
    null = os.open(os.devnull, os.O_RDONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    try:
        return os.posix_spawnp(command[0], list(command), os.environ, file_actions=actions)
    finally:
        os.close(null)


def _read(handle: int, deadline: float) -> tuple[bytes, bool]:
    """All that is written, and whether it came to an end before the deadline."""
    poll, parts = select.poll(), list[bytes]()
    poll.register(handle, select.POLLIN)
    while poll.poll(max(0.0, deadline - time.monotonic()) * 1000):
        part = os.read(handle, 1 << 16)
        if not part:
            return b"".join(parts), True
        parts.append(part)
    return b"".join(parts), False


def _ended(pid: int, deadline: float) -> int | None:
    while True:
        # A daemon that it left behind may have closed the output long before the command itself is over.
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            return None
        time.sleep(0.001)


def first_failure(ran: Sequence[Ran]) -> str:
    """The first command of `ran` that failed, in words; empty when none did."""
    return next((str(one) for one in ran if not one.ok), "")
