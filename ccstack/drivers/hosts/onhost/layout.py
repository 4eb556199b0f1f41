"""Where ccstack keeps its things on a host, and which paths are links into the release in place: docs/activator.md.

Everything here is imported by a look at a host, which shall cost little: paths are strings.
"""

from __future__ import annotations

HOME = "/var/lib/ccstack"
"""Everything that ccstack keeps: the engines' users may pass through, not list."""

TRYING = "tryout-"
"""What the folders of try-outs, which are in there while they go on, begin with."""

COPIES: tuple[tuple[str, str], ...] = (
    ("/etc/systemd/", "systemd reads its units before /var is mounted"),
    ("/etc/tmpfiles.d/", "systemd-tmpfiles reads them before /var is mounted"),
    ("/etc/nftables.conf", "the packet filter is loaded before /var may be mounted, and must not depend on it"),
    ("/etc/hosts", "read by everything from the first moment of a boot on"),
    ("/etc/hostname", "read by systemd before /var is mounted"),
    ("/etc/kea/", "AppArmor confines Kea to its own directory"),
    ("/etc/chrony/", "AppArmor confines chronyd to its own directory"),
    ("/etc/logrotate.d/", "logrotate runs with a file system of its own making, and refuses what it finds strange"),
    ("/etc/default/", "environments of units: read by systemd, maybe before /var is mounted"),
)
"""Paths (folders end with `/`) that are copies and no links, each with its reason."""

AUDIO = (".wav", ".ulaw", ".alaw", ".gsm", ".g722", ".sln", ".sln16")
"""Files that releases share on the disk while they are the same: large, and edited by nobody in place."""


def is_copy(path: str) -> bool:
    """Whether `path` is put as a file of its own."""
    return any(path.startswith(one) if one.endswith("/") else path == one for one, _reason in COPIES)


class Layout:
    """The host's file system, or for tests one below `root`."""

    def __init__(self, root: str = "") -> None:
        self.root = root.rstrip("/")
        self.home = self.at(HOME)
        self.state = f"{self.home}/state.json"
        self.pending = f"{self.home}/pending.json"
        self.current = f"{self.home}/current"
        self.releases = f"{self.home}/releases"
        self.programs = f"{self.home}/activator"
        self.program = f"{self.home}/program"
        self.taken = self.at("/run/ccstack/taken.json")
        self.overrides = self.at("/etc/ccstack/overrides")

    def at(self, path: str) -> str:
        """The file that is `path` on the host."""
        return self.root + path

    def release(self, name: str) -> str:
        """One release's folder."""
        return f"{self.releases}/{name}"

    def half(self, name: str) -> str:
        """The folder of what is not a release yet: staged, or on its way."""
        return self.release(f".{name}")

    def target(self, path: str) -> str:
        """What ccstack's link at `path` leads to."""
        return f"{self.current}/tree{path}"

    def staged(self, name: str, path: str) -> str:
        """The file that a release has for `path`."""
        return f"{self.releases}/{name}/tree{path}"
