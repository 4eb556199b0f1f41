"""One look at the host: what stands at the managed paths, how the units are, what the processes say. Writes nothing.

Twenty hosts are looked at together for every plan, so this loads little and starts one process.
"""

from __future__ import annotations

import os

from . import ask_asterisk, ask_kamailio, disk, foreign, held, overrides, readback, taken
from .ask import UnreadableError, asterisk, kamailio
from .kept import read_record, releases
from .layout import Layout
from .place import Standing, keyed, standing
from .units import UnitState, unit_states
from .wanted import Wanted
from .wire import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_LONGEST_TEXT = 1 << 20
"""Bytes. A larger file's text is not shown."""


def observe(layout: Layout, request: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a request of the controller; docs/activator.md has both."""
    record = read_record(layout)
    wanted = {entry["path"]: entry for entry in request["files"]}
    files: dict[str, Any] = record.get("files", {})
    released = {path: (about["apply"], about.get("sha256", "")) for path, about in files.items()}
    noted = disk.read_json(f"{layout.home}/seen.json")
    seen = {path: standing(layout, path, noted) for path in sorted(wanted.keys() | files.keys())}
    states = unit_states(tuple(request["units"]))
    running = [name for name, state in states.items() if state.pid]
    answer = {
        "release": record.get("release"),
        "blueprint": record.get("blueprint"),
        "bootstrap": _text(f"{layout.home}/bootstrap") or "",
        "managed": sorted(files),
        "foreign": list(foreign.foreign(layout, wanted, seen, frozenset(files), request["hosts"])),
        "units": {name: _unit(state) for name, state in states.items()},
        "packages": packages(layout, request.get("packages", ())),
        "runtime": list(readback.problems(wanted_of(layout, request["expect"], wanted), [*running, readback.HOST])),
        "stale": taken.stale(layout, states, released, [p for p in released if _is_edited(seen[p], released[p][1])]),
        "overrides": overrides.overrides(layout, files),
        "pending": disk.read_json(layout.pending).get("release"),
    }
    key = bytes.fromhex(request["key"])
    return answer | {
        "state": _state(layout, answer, seen),
        "files": {
            path: there and _file(layout, path, there, key, released, wanted if request.get("texts") else {})
            for path, there in seen.items()
        },
        "center": _center(layout, request, record.get("blueprint")),
        "lock": held.holder(layout),
        "releases": releases(layout),
        "drained": drained(running),
        "facts": _facts(states),
    }


def _center(layout: Layout, request: Mapping[str, Any], blueprint: str | None) -> str | None:
    """The center in place, for who asks for it and has not the same."""
    if not request.get("center") or (blueprint and blueprint == request.get("known")):
        return None
    return _text(f"{layout.current}/center.json")


def wanted_of(layout: Layout, expect: Mapping[str, Any], files: Mapping[str, Any]) -> Wanted:
    """What processes are compared with, on the running host."""
    measured = disk.read_json(f"{layout.current}/measured.json")
    applies = {layout.at(path): str(entry["apply"]) for path, entry in files.items() if standing_is_file(layout, path)}
    return Wanted(expect, applies, measured)


def standing_is_file(layout: Layout, path: str) -> bool:
    """Whether there is something to read at `path`."""
    return os.path.isfile(layout.at(path))


def packages(layout: Layout, names: Any) -> dict[str, str]:
    """The versions of those Debian packages of `names` that are installed (dpkg's status file)."""
    if not names:
        return {}
    text = b"\n%s\n\n" % _bytes(layout.at("/var/lib/dpkg/status"))
    found: dict[str, str] = {}
    for name in names:
        start = text.find(f"\nPackage: {name}\n".encode())
        # Only the block is decoded: the file has megabytes.
        block = text[start : text.find(b"\n\n", start)].decode(errors="replace") if start >= 0 else ""
        if "\nStatus: install ok installed" in block:
            found[name] = block.partition("\nVersion: ")[2].partition("\n")[0]
    return found


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def drained(units: Any) -> list[int]:
    """The dispatcher sets that get no new calls, by Kamailio's own word (docs/architecture.md)."""
    if "kamailio.service" not in units:
        return []
    try:
        return sorted(map(int, ask_kamailio.rows_of("drained")))
    except UnreadableError:
        # Scripts of earlier versions have no such table.
        return []


def _is_edited(there: Standing | None, released: str) -> bool:
    return there is None or not there.placed or there.sha256 != released


def _file(
    layout: Layout,
    path: str,
    there: Standing,
    key: bytes,
    released: Mapping[str, tuple[str, str]],
    texts_of: Mapping[str, Any],
) -> dict[str, Any]:
    was = released[path][1] if path in released else ""
    wants_text = path in texts_of and there.sha256 and there.sha256 != texts_of[path]["sha256"]
    return {
        "digest": keyed(there.sha256, key) if there.sha256 else "",
        "owner": there.owner,
        "group": there.group,
        "mode": there.mode,
        "placed": there.placed,
        "as_released": there.sha256 == was if was else None,
        "text": _short_text(layout.at(path)) if wants_text else None,
    }


def _short_text(path: str) -> str | None:
    if os.path.getsize(path) > _LONGEST_TEXT:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except UnicodeDecodeError:
        return None


def _unit(state: UnitState) -> dict[str, Any]:
    return {"active": state.active, "enabled": state.enabled, "pid": state.pid, "started": state.started}


def _state(layout: Layout, answer: Mapping[str, Any], seen: Mapping[str, Standing | None]) -> str:
    """An HMAC over what was seen: with a key of the host's own, because short secrets are among it."""
    files = {path: there and there.about for path, there in seen.items()}
    units = {name: [state["active"], state["enabled"]] for name, state in answer["units"].items()}
    text = dumps([{**answer, "units": units}, files], sort_keys=True)
    secret = _text(f"{layout.home}/fingerprint.key") or _text(layout.at("/etc/machine-id")) or ""
    return keyed(text, secret.encode())


def _facts(states: Mapping[str, UnitState]) -> dict[str, str]:
    facts: dict[str, str] = {}
    for name, ask in (("asterisk", _asterisk_facts), ("kamailio", _kamailio_facts)):
        state = states.get(f"{name}.service")
        if state and state.pid:
            try:
                facts.update(ask())
            except UnreadableError as why:
                facts[name] = str(why)
    return facts


def _asterisk_facts() -> dict[str, str]:
    version = asterisk("core show version").split(" built ")[0].strip()
    return {"asterisk": version, "asterisk.channels": str(ask_asterisk.channels())}


def _kamailio_facts() -> dict[str, str]:
    version = " ".join(str(one) for one in kamailio("core.version")).strip()
    return {"kamailio": version, "kamailio.dialogs": str(ask_kamailio.dialogs())}


def _text(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None
