"""The programs that make audio."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from functools import cache

from .problems import ArtifactError

_SECONDS = 120


def missing(programs: Iterable[str]) -> list[str]:
    """One message with all of `programs` that this machine has not; empty when it has them all."""
    absent = sorted(program for program in set(programs) if shutil.which(program) is None)
    if not absent:
        return []
    return [f"not on this machine: {', '.join(absent)}; they make the audio: install them (apt install espeak-ng sox)"]


def run(*command: str, text: str = "") -> str:
    """Run a program with `text` on its standard input; its output, or an `ArtifactError` with what it said."""
    try:
        done = subprocess.run(command, input=text.encode(), capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise ArtifactError(f"{command[0]} was not done after {_SECONDS} s") from None
    if done.returncode != 0:
        raise ArtifactError(f"{command[0]} failed: {done.stderr.decode(errors='replace').strip()[-500:]}")
    return done.stdout.decode(errors="replace")


@cache
def version(program: str) -> str:
    """The first line of what a program says about its version: part of what audio is made of."""
    return run(program, "--version").splitlines()[0].strip()
