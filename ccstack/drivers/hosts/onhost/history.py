"""A log that cannot be changed unseen: each line carries the SHA-256 of the one before."""

from __future__ import annotations

import json
import os

from .place import hash_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

FIRST = "0" * 64
"""What the first line carries."""


def append(path: str, entry: Mapping[str, Any]) -> tuple[str, int]:
    """Add a line to the log at `path`, on the disk; its SHA-256 and the number of lines now.

    Half a line that a loss of power left is not taken for one.
    """
    lines = whole_lines(path)
    before = hash_of(lines[-1].encode()) if lines else FIRST
    line = json.dumps({**entry, "prev": before}, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = sum(len(one.encode()) + 1 for one in lines)
        os.ftruncate(handle, end)
        os.pwrite(handle, line.encode() + b"\n", end)
        os.fsync(handle)
    finally:
        os.close(handle)
    return hash_of(line.encode()), len(lines) + 1


def whole_lines(path: str) -> list[str]:
    """The log's lines without their newlines; one that is not finished is left out."""
    try:
        with open(path, encoding="utf-8", newline="\n") as file:
            text = file.read()
    except FileNotFoundError:
        return []
    return text.split("\n")[:-1]


def broken(lines: Sequence[str]) -> int | None:
    """The number (from 1) of the first line that does not carry the hash of the one before; None when all do."""
    before = FIRST
    for number, line in enumerate(lines, 1):
        try:
            carried = json.loads(line).get("prev")
        except (ValueError, AttributeError):
            return number
        if carried != before:
            return number
        before = hash_of(line.encode())
    return None
