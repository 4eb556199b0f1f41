"""Which contents each process took over last: kept where a boot clears it, with the process that it is about.

A process that started by itself is judged by the clock: it has what was there when it started.
"""

from __future__ import annotations

import os
import time

from .disk import folders, put_json, read_json
from .layout import AUDIO, Layout
from .place import hash_of, is_ours
from .units import RESTARTS, UnitState, unit_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_CLOCKS_APART = 0.05
"""Seconds. A process's start is known in ticks of 10 ms, a file's change in the kernel's own."""


def digests(files: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Apply class to a hash of all contents that belong to it."""
    parts: dict[str, list[str]] = {}
    for path in sorted(files):
        apply, digest = files[path]
        if unit_of(apply):
            parts.setdefault(apply, []).append(f"{path} {digest}")
    return {apply: hash_of("\n".join(lines).encode()) for apply, lines in parts.items()}


def note(layout: Layout, states: Mapping[str, UnitState], files: Mapping[str, tuple[str, str]]) -> None:
    """Write down that the processes have taken over these contents, all of them, now."""
    classes = digests(files)
    taken = {
        unit: {
            "process": state.process,
            "at": time.time(),
            "classes": {apply: digest for apply, digest in classes.items() if unit_of(apply) == unit},
        }
        for unit, state in states.items()
        if state.pid
    }
    folders(os.path.dirname(layout.taken), 0o700)
    put_json(layout.taken, taken)


def stale(
    layout: Layout,
    states: Mapping[str, UnitState],
    files: Mapping[str, tuple[str, str]],
    drifted: Iterable[str] = (),
) -> dict[str, list[str]]:
    """Unit to the apply classes that its process has not taken over. Classes of `drifted` paths are left out: they
    are taken over when the files are mended."""
    left_out = {files[path][0] for path in drifted if path in files}
    taken, now = read_json(layout.taken), digests(files)
    changed = _changed(layout, files)
    found: dict[str, list[str]] = {}
    for unit, state in states.items():
        classes = [apply for apply in now if unit_of(apply) == unit and apply not in left_out]
        record = taken.get(unit, {})
        if state.pid and record.get("process") == state.process:
            had, at = record["classes"], record["at"]
            late = [a for a in classes if had.get(a) != now[a] or (a not in RESTARTS and changed[a] > at)]
        else:
            late = [a for a in classes if state.pid and changed[a] > state.started + _CLOCKS_APART]
        if late:
            found[unit] = sorted(late)
    return found


def _changed(layout: Layout, files: Mapping[str, tuple[str, str]]) -> dict[str, float]:
    """When something last changed in the files of each apply class, in seconds since 1970."""
    changed: dict[str, float] = {}
    for path, (apply, _digest) in files.items():
        changed[apply] = max(changed.get(apply, 0.0), _touched(layout, path))
    return changed


def _touched(layout: Layout, path: str) -> float:
    there = layout.at(path)
    try:
        link, file = os.lstat(there), os.stat(there)
        switched = os.lstat(layout.current).st_mtime if is_ours(layout, path) else 0.0
    except OSError:
        return 0.0
    # Audio is shared between releases: its inode changes whenever one of them comes or goes.
    return max(switched, link.st_ctime, file.st_mtime if path.endswith(AUDIO) else file.st_ctime)
