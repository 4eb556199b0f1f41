"""Files that somebody else made at paths that ccstack wants: found before anything is overwritten.

Not foreign is what nobody would miss: a file as its Debian package ships it (dpkg's and ucf's checksums), a file
that is already right, and an /etc/hosts that names nothing which the new one leaves out.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from .layout import Layout
from .manifest import Entry
from .place import standing

_CONFFILE = re.compile(r"^ (/\S+) ([0-9a-f]{32})\b", re.MULTILINE)


def foreign(layout: Layout, entries: tuple[Entry, ...], managed: frozenset[str], hosts: str) -> tuple[str, ...]:
    """The paths of `entries` where something foreign stands. `hosts` is the /etc/hosts that is to come."""
    shipped = _shipped(layout)
    unknown = (entry for entry in entries if entry.path not in managed)
    return tuple(entry.path for entry in unknown if _is_foreign(layout, entry, shipped, hosts))


def _is_foreign(layout: Layout, entry: Entry, shipped: dict[str, str], hosts: str) -> bool:
    path = layout.at(entry.path)
    there = standing(path)
    if there is None or there.digest == entry.sha256:
        return False
    if not there.digest:
        return True
    content = path.read_bytes()
    if entry.path == "/etc/hosts":
        return bool(_names_in(content.decode(errors="replace")) - _names_in(hosts))
    # dpkg knows its files by MD5; it is compared with, not relied on.
    return content.strip() != b"" and shipped.get(entry.path) != hashlib.md5(content).hexdigest()  # noqa: S324


def _names_in(hosts: str) -> set[tuple[str, str]]:
    pairs = set()
    for line in hosts.splitlines():
        address, *names = line.split("#", 1)[0].split() or [""]
        if address and not address.startswith("127.") and ":" not in address:
            pairs |= {(address, name) for name in names}
    return pairs


def _shipped(layout: Layout) -> dict[str, str]:
    sums: dict[str, str] = {}
    for sums_file in layout.at("/var/lib/dpkg/info").glob("*.md5sums"):
        sums.update(_sums(sums_file))
    sums.update(_sums(layout.at("/var/lib/ucf/hashfile")))
    status = layout.at("/var/lib/dpkg/status")
    if status.is_file():
        sums.update(_CONFFILE.findall(status.read_text(errors="replace")))
    return sums


def _sums(path: Path) -> dict[str, str]:
    # Only configuration can be foreign and shipped at once; reading 200 packages' documentation would be slow.
    if not path.is_file():
        return {}
    pairs = (line.split(None, 1) for line in path.read_text(errors="replace").splitlines())
    return {"/" + name.strip().lstrip("/"): digest for digest, name in pairs}
