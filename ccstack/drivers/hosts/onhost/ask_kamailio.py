"""What the Kamailio that runs, or the one on trial, has of what it should."""

from __future__ import annotations

from .ask import UnreadableError, every, kamailio
from .wanted import listed, missing, surplus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from .wanted import Reader, Wanted


def _dispatcher(wanted: Wanted) -> list[str]:
    rendered = wanted.names("dispatcher")
    if not rendered:
        return []
    seen = destinations()
    there = [f"{number} {uri}" for number, uri, _flags in seen]
    names = [f"{number} {uri}" for number, uri in rendered]
    # Only an admin's word makes a D: one that does not answer is I or T, and comes back by itself (dispatcher.c).
    off = {f"{number} {uri}" for number, uri, flags in seen if flags[:1] == "D"}
    return [
        *missing("dispatcher destination", names, there),
        *surplus("dispatcher destination", names, there),
        *listed("dispatcher destination disabled by hand", off),
        *_pings(),
    ]


def _pings() -> list[str]:
    return ["the dispatcher's pings are switched off"] if 0 in every("OldPingState", _pinging()) else []


def _pinging() -> list[Any]:
    return kamailio("dispatcher.ping_active")


def destinations() -> list[tuple[int, str, str]]:
    """Set, URI and flags (`AP`: active and pinged) of every dispatcher destination."""
    sets = every("SET", kamailio("dispatcher.list"))
    return [
        (every("ID", one)[0], uri, flags)
        for one in sets
        for uri, flags in zip(every("URI", one), every("FLAGS", one))  # noqa: B905 - Python 3.9
    ]


def _htables(wanted: Wanted) -> list[str]:
    counts: Mapping[str, int] = wanted.expect.get("htables", {})
    if not counts:
        return []
    there = {dict(one)["name"]: dict(one)["all"] for one in kamailio("htable.stats")}
    paths = {p.rpartition("/")[2]: p for p, apply in wanted.files.items() if apply == "kamailio-htable"}
    found: list[str] = []
    for name, rows in sorted(counts.items()):
        if there.get(name) != rows:
            has = there.get(name, "no such table")
            found.append(f"Kamailio htable {name}: {rows} rows were rendered, the process has {has}")
        elif rows and name in paths:
            found += _rows_unlike(name, paths[name])
    return found


def _rows_unlike(name: str, path: str) -> list[str]:
    """Keys whose values in the process are not those in the file on this host. The values go nowhere."""
    try:
        has = {key: str(value) for key, value in rows_of(name).items()}
    except UnreadableError:
        # A table that is larger than the answer may be: the number of its rows has to do.
        return []
    says = rows_in(path)
    differing = {key for key in has.keys() | says.keys() if has.get(key) != says.get(key)}
    return listed(f"Kamailio htable {name}: rows that are not as {path} has them", differing)


def rows_of(table: str) -> dict[str, Any]:
    """Keys and values that the process has in an htable."""
    entries = (dict(entry)["slot"] for entry in kamailio("htable.dump", table))
    fields = (dict(row) for rows in entries for row in rows)
    return {str(one["name"]): one["value"] for one in fields}


def rows_in(path: str) -> dict[str, str]:
    """Keys and values of a db_text table that fills an htable (db_text module: `:` between columns, `\\` escapes)."""
    with open(path, encoding="utf-8") as file:
        header, *lines = file.read().splitlines() or [""]
    columns = [one.partition("(")[0] for one in header.split()]
    rows = (dict(zip(columns, _columns(line))) for line in lines if line)  # noqa: B905 - Python 3.9
    return {row["key_name"]: row["key_value"] for row in rows}


def _columns(line: str) -> list[str]:
    plain, *escapes = line.split("\\")
    columns, pieces = plain.split(":"), iter(escapes)
    for piece in pieces:
        # What follows a backslash begins with the character that it escapes: nothing does after one that is itself.
        columns[-1] += _unescaped(piece[0]) if piece else "\\"
        first, *others = (piece[1:] if piece else next(pieces, "")).split(":")
        columns[-1] += first
        columns += others
    return columns


def _unescaped(escaped: str) -> str:
    return {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(escaped, escaped)


def _addresses(wanted: Wanted) -> list[str]:
    addresses = wanted.names("addresses")
    if not addresses:
        return []
    there = [f"{number} {ip}" for number, ip, _mask in _permitted("permissions.addressDump")]
    there += [f"{number} {ip}/{mask}" for number, ip, mask in _permitted("permissions.subnetDump")]
    names = [f"{number} {address.removesuffix('/32')}" for number, address in addresses]
    return missing("permitted address", names, there) + surplus("permitted address", names, there)


def _permitted(method: str) -> list[tuple[int, str, int]]:
    found = []
    for one in kamailio(method):
        group = every("group", one)[0]
        for ip, mask in zip(every("ip", one), every("mask", one) or [32] * len(every("ip", one))):  # noqa: B905
            found.append((group, ip, mask))
    return found


def registrations() -> list[str] | None:
    """The carriers where Kamailio registers, as it has them: `l_uuid`; None for a script without such."""
    try:
        rows = kamailio("uac.reg_dump")
    except UnreadableError:
        return None
    return sorted(str(name) for name in every("l_uuid", rows))


def _registrations(wanted: Wanted) -> list[str]:
    tried = wanted.measured.get("registrations")
    has = registrations() if tried is not None else None
    return missing("registration", tried, has) + surplus("registration", tried, has) if tried and has else []


def reached() -> dict[str, bool]:
    """Destinations that Kamailio pings, and whether they answer it."""
    return {f"Kamailio to {uri}": flags[0] == "A" for _number, uri, flags in destinations() if "P" in flags}


def dialogs() -> int:
    """How many dialogs Kamailio has up; 0 when it does not follow any."""
    try:
        return int((every("all", kamailio("dlg.stats_active")) or [0])[0])
    except UnreadableError:
        kamailio("core.uptime")
        return 0


READERS: tuple[tuple[str, Reader], ...] = (
    ("kamailio-dispatcher", _dispatcher),
    ("kamailio-htable", _htables),
    ("kamailio-permissions", _addresses),
    ("kamailio-uac", _registrations),
)
"""Each with the apply class that mends what is wrong."""
