"""Running a command on the host, always as a list, always with a deadline."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Ran:
    """What a command left: exit code, and both outputs as one text."""

    command: tuple[str, ...]
    code: int
    output: str

    @property
    def ok(self) -> bool:
        """Whether it exited with 0."""
        return self.code == 0

    def __str__(self) -> str:
        return f"{' '.join(self.command)}: exit {self.code}: {self.output.strip()[-2000:]}"


def run(*command: str, timeout: float = 60.0, stdin: bytes | None = None) -> Ran:
    """Run `command`; a command that is not there, or not done after `timeout` seconds, is a failed one."""
    try:
        done = subprocess.run(
            command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False
        )
    except FileNotFoundError:
        return Ran(tuple(command), 127, f"{command[0]} is not on this host")
    except subprocess.TimeoutExpired as late:
        return Ran(
            tuple(command), 124, f"not done after {timeout:.0f} s: {(late.output or b'').decode(errors='replace')}"
        )
    return Ran(tuple(command), done.returncode, done.stdout.decode(errors="replace"))


def first_failure(ran: Sequence[Ran]) -> str:
    """The first command of `ran` that failed, in words; empty when none did."""
    return next((str(one) for one in ran if not one.ok), "")
