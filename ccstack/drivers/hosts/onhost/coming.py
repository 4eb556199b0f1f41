"""A release on its way in: read, and written to a folder of its own."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from . import disk, held
from .difference import Difference
from .layout import AUDIO, Layout
from .manifest import Entry, Manifest
from .place import hash_of, ids

EXTRAS = ("center.json", "plan.json")
"""What an archive has besides the files: kept with the release."""


@dataclass(frozen=True)
class Coming:
    """A release on its way in."""

    manifest: Manifest
    packed: zipfile.ZipFile
    names: frozenset[str]
    difference: Difference
    record: Mapping[str, Any]


def named(manifest: Manifest, name: str) -> Manifest:
    """The same release under another name."""
    return replace(manifest, release=name)


def write_half(layout: Layout, coming: Coming) -> tuple[str, str]:
    """Write the whole release into a folder of its own, onto the disk; its name, and what is wrong with it.

    The folder has the name with a dot before it: half a release, which whoever comes next clears.
    """
    name = _free_name(layout, coming.manifest.release)
    half = layout.half(name)
    disk.clear(half)
    disk.folders(f"{half}/tree", held.ENTERED)
    for entry in coming.manifest.files:
        problem = _stage_file(layout, coming, entry, f"{half}/tree{entry.path}")
        if problem:
            disk.clear(half)
            return name, problem
    manifest = {**json.loads(coming.packed.read("manifest.json")), "release": name}
    disk.write(f"{half}/manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    for extra in EXTRAS:
        if extra in coming.names:
            disk.write(f"{half}/{extra}", coming.packed.read(extra))
    disk.sync(disk.tree(half))
    return name, ""


def _free_name(layout: Layout, wanted: str) -> str:
    name, number = wanted, 1
    while os.path.lexists(layout.release(name)):
        number += 1
        name = f"{wanted}-{number}"
    return name


def _stage_file(layout: Layout, coming: Coming, entry: Entry, path: str) -> str:
    """Write one file; what is wrong with it."""
    disk.folders(os.path.dirname(path), held.ENTERED)
    there = layout.at(entry.path)
    if entry.path.endswith(AUDIO) and _is_shared(layout, coming, entry, path):
        return ""
    content = _content(coming, entry, there)
    if content is None or hash_of(content) != entry.sha256:
        return f"{entry.path}: the release does not carry what its manifest promises; send it again"
    try:
        disk.write(path, content, entry.mode, ids(entry.owner, entry.group))
    except LookupError as why:
        return f"{entry.path}: {why.args[0]}"
    if entry not in coming.difference.changed and os.path.isfile(there):
        # Processes that look at times must not take it for a change.
        about = os.stat(there)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    return ""


def _is_shared(layout: Layout, coming: Coming, entry: Entry, path: str) -> bool:
    """Have the file as another name of the one in place, if that is the very same; whether that was done."""
    before = coming.record.get("release")
    original = layout.staged(str(before), entry.path)
    right = entry not in coming.difference.changed and entry not in coming.difference.unplaced
    if not before or not right or not os.path.isfile(original) or not stat.S_ISREG(os.lstat(original).st_mode):
        return False
    try:
        os.link(original, path)
    except OSError:
        # Another file system, or as many names as one file can have.
        return False
    return True


def _content(coming: Coming, entry: Entry, there: str) -> bytes | None:
    # The controller leaves out what it has seen on the host, large audio above all.
    if f"tree{entry.path}" in coming.names:
        return coming.packed.read(f"tree{entry.path}")
    try:
        with open(there, "rb") as file:
            return file.read()
    except OSError:
        return None
