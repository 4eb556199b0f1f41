"""Where ccstack keeps its things on a host.

    /var/lib/ccstack/
      state.json                 what was deployed last: release, blueprint, who is managed, keyed fingerprints
      fingerprint.key            the key of those fingerprints; never leaves the host
      bootstrap                  the hash of the bootstrap that this host last had
      lock                       held while a release is put in place
      current -> releases/<id>   the release whose files are in place
      releases/<id>/
        manifest.json            paths, owners, modes, hashes, apply classes, expectation
        tree/<path>              every file of the release, whole, so that it can be put in place again
        before/<path>            what stood at a path just before this release changed it

A release is complete in its own directory, so going back to one is putting its tree in place again.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """The host's file system, or for tests one below `root`."""

    root: Path = Path("/")

    def at(self, path: str) -> Path:
        """The file that is `path` on the host."""
        return self.root / path.lstrip("/")

    @property
    def home(self) -> Path:
        """Everything that ccstack keeps; for root only."""
        return self.at("/var/lib/ccstack")

    @property
    def state(self) -> Path:
        """The record of the last deployment."""
        return self.home / "state.json"

    @property
    def current(self) -> Path:
        """A link to the release that is in place."""
        return self.home / "current"

    @property
    def releases(self) -> Path:
        """All releases that are kept."""
        return self.home / "releases"

    def release(self, name: str) -> Path:
        """One release."""
        return self.releases / name
