"""Files that somebody else made at paths that ccstack wants: found before anything is overwritten.

Not foreign is what nobody would miss: a file as its Debian package ships it (dpkg's and ucf's checksums), a file
that is already right, and an /etc/hosts that names nothing which the new one leaves out.
"""

from __future__ import annotations

import os

from .layout import Layout
from .place import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def foreign(
    layout: Layout,
    wanted: Mapping[str, Mapping[str, Any]],
    seen: Mapping[str, Standing | None],
    managed: frozenset[str],
    hosts: str,
) -> tuple[str, ...]:
    """The paths of `wanted` (entries of a manifest) where something foreign stands, by what was `seen` there.

    `hosts` is the /etc/hosts that is to come.
    """
    unknown = {path: seen[path] for path in wanted if path not in managed}
    odd = {p: there for p, there in unknown.items() if there and there.sha256 != wanted[p]["sha256"]}
    shipped = _shipped(layout) if odd else {}
    return tuple(path for path, there in odd.items() if _is_foreign(layout, path, there, shipped, hosts))


def _is_foreign(layout: Layout, path: str, there: Standing, shipped: Mapping[str, str], hosts: str) -> bool:
    if not there.sha256:
        return True
    with open(layout.at(path), "rb") as file:
        content = file.read()
    if path == "/etc/hosts":
        return bool(_names_in(content.decode(errors="replace")) - _names_in(hosts))
    # dpkg knows its files by MD5; it is compared with, not relied on.
    return content.strip() != b"" and shipped.get(path) != _md5(content)


def _md5(content: bytes) -> str:
    from hashlib import md5

    return md5(content).hexdigest()  # noqa: S324


def _names_in(hosts: str) -> set[tuple[str, str]]:
    pairs = set()
    for line in hosts.splitlines():
        address, *names = line.split("#", 1)[0].split() or [""]
        if address and not address.startswith("127.") and ":" not in address:
            pairs |= {(address, name) for name in names}
    return pairs


def _shipped(layout: Layout) -> dict[str, str]:
    from re import MULTILINE, findall  # only where a file is not as wanted

    sums: dict[str, str] = {}
    folder = layout.at("/var/lib/dpkg/info")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        if name.endswith(".md5sums"):
            sums.update(_sums(f"{folder}/{name}"))
    sums.update(_sums(layout.at("/var/lib/ucf/hashfile")))
    sums.update(findall(r"^ (/\S+) ([0-9a-f]{32})\b", _read(layout.at("/var/lib/dpkg/status")), MULTILINE))
    return sums


def _sums(path: str) -> dict[str, str]:
    pairs = (line.split(None, 1) for line in _read(path).splitlines())
    return {"/" + name.strip().lstrip("/"): digest for digest, name in pairs}


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""
