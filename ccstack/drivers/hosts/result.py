"""What became of a host."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.drivers.base import Receipt


@dataclass(frozen=True, slots=True)
class HostResult(Receipt):
    """What became of one host. `seconds` is the whole time that it took."""

    bootstrapped: bool = False
    """Whether packages, users or directories were brought up to date."""
    changed_files: tuple[str, ...] = ()
    """Managed files that were written or removed."""
    applied: tuple[str, ...] = ()
    """Apply classes that processes were told to follow."""
    restarted: tuple[str, ...] = ()
    """Units whose main process is another one now."""
    release: str | None = None
    """The release that the host runs now."""
