"""What became of a release, as the controller reads it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What became of a release."""

    release: str
    staged: str = ""
    """What was staged and tried out, and waits to be released."""
    changed: bool = False
    failed: bool = False
    restored: bool = False
    files: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    restarted: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def fail(self, *messages: str) -> Outcome:
        """The same, failed, with the reasons."""
        self.failed = True
        self.messages += messages
        return self

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Note how long a step took."""
        start = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - start, 2)
