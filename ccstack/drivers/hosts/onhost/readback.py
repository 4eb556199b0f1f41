"""What the processes say they have, compared with what they should have.

Several reloads report success on nothing (a dispatcher file with a bad line gives none at all), so nobody's word but
this is taken. The same reading serves in the try-out and on the running host.
"""

from __future__ import annotations

import re

from .ask import UnreadableError, asterisk, every, kamailio
from .place import hash_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

_SHOWN = 8
"""How many names a message lists before it says how many more there are."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class Wanted:
    """What shall be: `expect` as a manifest has it, the files that processes loaded, by path with their apply class,
    and what the try-out measured."""

    def __init__(self, expect: Mapping[str, Any], files: Mapping[str, str], measured: dict[str, Any]) -> None:
        self.expect, self.files, self.measured = expect, files, measured

    def names(self, kind: str) -> list[Any]:
        """One list of names in the expectation; empty when it has none."""
        return list(self.expect.get(kind, ()))


def problems(wanted: Wanted, units: Iterable[str]) -> tuple[str, ...]:
    """Every difference between what is wanted and what the processes of `units` say; empty when all is there."""
    found: list[str] = []
    for unit, readers in READERS.items():
        if unit in units:
            for read in readers:
                found += _tried(read, wanted)
    return tuple(found)


def _tried(read: Callable[[Wanted], list[str]], wanted: Wanted) -> list[str]:
    try:
        return read(wanted)
    except UnreadableError as why:
        return [str(why)]


# --- Asterisk ---


def _modules(wanted: Wanted) -> list[str]:
    names = [name.removesuffix(".so") for name in wanted.names("modules")]
    if not names:
        return []
    lines = asterisk("module show").splitlines()
    there = [line.split()[0].removesuffix(".so") for line in lines if re.search(r"(?<!Not )\bRunning\b", line)]
    return _missing("Asterisk module", names, there)


def _endpoints(wanted: Wanted) -> list[str]:
    names = wanted.names("endpoints")
    if not names:
        return []
    there = re.findall(r"^ Endpoint:  ([^\s/<]+)", asterisk("pjsip show endpoints"), re.MULTILINE)
    return _missing("PJSIP endpoint", names, there) + _surplus("PJSIP endpoint", names, there)


_QUEUE = re.compile(r"^(\S+)\s+has \d+ calls? \(max (\w+)\) in '(\w+)' strategy .*?, W:(\d+), .* within (\d+)s", re.M)


def _queues(wanted: Wanted) -> list[str]:
    names = wanted.names("queues")
    if not names:
        return []
    said = _QUEUE.findall(_COLOUR.sub("", asterisk("queue show")))
    there = {name: _of_queue(longest, strategy, weight, level) for name, longest, strategy, weight, level in said}
    found = _missing("queue", names, there) + _surplus("queue", names, there)
    for path, apply in wanted.files.items():
        if apply == "asterisk-queues" and path.endswith("/queues.conf"):
            found += [f"queue {name}: {one}" for name in names for one in _unlike(path, name, there)]
    return found


def _of_queue(longest: str, strategy: str, weight: str, level: str) -> dict[str, str]:
    maximum = "0" if longest == "unlimited" else longest
    return {"maxlen": maximum, "strategy": strategy, "weight": weight, "servicelevel": level}


def _unlike(path: str, name: str, there: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Where a queue in the process is not as the file has it, as far as `queue show` tells."""
    says = settings_in(path).get(name, {})
    has = there.get(name, {})
    return [
        f"{key} is {has[key]} in the process, {says[key]} in {path}"
        for key in sorted(has.keys() & says.keys())
        if has[key] != says[key]
    ]


def settings_in(path: str) -> dict[str, dict[str, str]]:
    """The sections of a file in Asterisk's syntax, templates and additions worked in (main/config.c)."""
    sections: dict[str, dict[str, str]] = {}
    here: dict[str, str] = {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for raw in file:
            line = raw.split(";", 1)[0].strip()
            head = re.match(r"\[([^\]]+)\](?:\(([^)]*)\))?", line)
            if head:
                marks = [one for one in (head[2] or "").split(",") if one]
                here = sections.setdefault(head[1], {})
                for template in marks:
                    here.update(sections.get(template, {}))
            elif "=" in line:
                key, _, value = line.partition("=")
                here[key.strip()] = value.lstrip(">").strip()
    return sections


IN_ORDER = frozenset({"linear", "rrordered"})
"""Strategies by the order in which members came. Asterisk keeps the members of such a queue in a list, else in a hash,
and chooses when it first sees the queue (app_queue.c, init_queue): after a reload `queue show` has the new strategy,
and members ring in the order of the hash."""


def put_in_order(old: str, new: str) -> bool:
    """Whether some queue of the file `old` becomes one of these in the file `new`: Asterisk has to be restarted."""
    before, after = settings_in(old), settings_in(new)
    return any(
        after[name].get("strategy") in IN_ORDER and before[name].get("strategy") not in IN_ORDER
        for name in before.keys() & after.keys()
    )


_CONTEXT = re.compile(r"^\[ Context '([^']+)' created by '[^']*' \]\n((?:(?!\[ Context ).*\n)*)", re.MULTILINE)


def _contexts(wanted: Wanted) -> list[str]:
    names = wanted.names("contexts")
    if not names:
        return []
    there = dialplan(names)
    tried: Mapping[str, str] = wanted.measured.get("dialplan", {})
    other = {name for name in tried.keys() & there.keys() if tried[name] != there[name]}
    return _missing("dialplan context", names, there) + _listed("dialplan context that is not as it was tried", other)


def dialplan(names: Iterable[str]) -> dict[str, str]:
    """A hash of each of these contexts, as Asterisk has it."""
    wanted = frozenset(names)
    said = _COLOUR.sub("", asterisk("dialplan show"))
    # The last one ends with a line that counts them all.
    text = said.partition("\n-= ")[0]
    found = dict(_CONTEXT.findall(text + "\n"))
    return {name: hash_of(body.strip().encode())[:16] for name, body in found.items() if name in wanted}


# --- Kamailio ---


def _dispatcher(wanted: Wanted) -> list[str]:
    destinations = wanted.names("dispatcher")
    if not destinations:
        return []
    there = [f"{number} {uri}" for number, uri, _flags in destinations_of_kamailio()]
    names = [f"{number} {uri}" for number, uri in destinations]
    return _missing("dispatcher destination", names, there) + _surplus("dispatcher destination", names, there)


def destinations_of_kamailio() -> list[tuple[int, str, str]]:
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
        elif name in paths:
            found += _rows_unlike(name, paths[name])
    return found


def _rows_unlike(name: str, path: str) -> list[str]:
    """Keys whose values in the process are not those in the file on this host. The values go nowhere."""
    try:
        slots = every("slot", kamailio("htable.dump", name))
    except UnreadableError:
        # A table that is larger than the answer may be: the number of its rows has to do.
        return []
    has = {str(dict(row)["name"]): str(dict(row)["value"]) for slot in slots for row in slot}
    says = rows_in(path)
    differing = {key for key in has.keys() | says.keys() if has.get(key) != says.get(key)}
    return _listed(f"Kamailio htable {name}: rows that are not as {path} has them", differing)


def rows_in(path: str) -> dict[str, str]:
    """Keys and values of a db_text table that fills an htable (db_text module: `:` between columns, `\\` escapes)."""
    with open(path, encoding="utf-8") as file:
        header, *lines = file.read().splitlines() or [""]
    columns = [one.partition("(")[0] for one in header.split()]
    rows = (dict(zip(columns, _columns(line))) for line in lines if line)  # noqa: B905 - Python 3.9
    return {row["key_name"]: row["key_value"] for row in rows}


def _columns(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)((?:\\\\)*):", line)
    joined = [first + (parts[i + 1] if i + 1 < len(parts) else "") for i, first in enumerate(parts) if i % 2 == 0]
    return [re.sub(r"\\(.)", _unescaped, one) for one in joined]


def _unescaped(match: re.Match[str]) -> str:
    return {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(match[1], match[1])


def _addresses(wanted: Wanted) -> list[str]:
    addresses = wanted.names("addresses")
    if not addresses:
        return []
    there = [f"{number} {ip}" for number, ip, _mask in _permitted("permissions.addressDump")]
    there += [f"{number} {ip}/{mask}" for number, ip, mask in _permitted("permissions.subnetDump")]
    names = [f"{number} {address.removesuffix('/32')}" for number, address in addresses]
    return _missing("permitted address", names, there) + _surplus("permitted address", names, there)


def _permitted(method: str) -> list[tuple[int, str, int]]:
    found = []
    for one in kamailio(method):
        group = every("group", one)[0]
        for ip, mask in zip(every("ip", one), every("mask", one) or [32] * len(every("ip", one))):  # noqa: B905
            found.append((group, ip, mask))
    return found


READERS: dict[str, tuple[Callable[[Wanted], list[str]], ...]] = {
    "asterisk.service": (_modules, _endpoints, _queues, _contexts),
    "kamailio.service": (_dispatcher, _htables, _addresses),
}
"""What each unit is asked."""


# --- Who is reached ---


def reached(units: Iterable[str]) -> dict[str, bool]:
    """Neighbours that a process of `units` pings, and whether they answer it. One that is not pinged is left out."""
    found: dict[str, bool] = {}
    for unit, read in (("kamailio.service", _reached_by_kamailio), ("asterisk.service", _reached_by_asterisk)):
        try:
            found.update(read() if unit in units else {})
        except UnreadableError:
            continue
    return found


def _reached_by_kamailio() -> dict[str, bool]:
    return {f"Kamailio to {uri}": flags[0] == "A" for _number, uri, flags in destinations_of_kamailio() if "P" in flags}


_CONTACT = re.compile(r"^\s+Contact:\s+([^/\s]+)/\S+\s+\S+\s+(Avail|Unavail)\b", re.MULTILINE)


def _reached_by_asterisk() -> dict[str, bool]:
    said = _COLOUR.sub("", asterisk("pjsip show contacts"))
    return {f"Asterisk to {name}": status == "Avail" for name, status in _CONTACT.findall(said)}


# --- Calls ---


def channels() -> int:
    """How many channels Asterisk has up."""
    match = re.search(r"^(\d+) active channel", asterisk("core show channels count"), re.MULTILINE)
    return int(match[1]) if match else 0


def dialogs() -> int:
    """How many dialogs Kamailio has up; 0 when it does not follow any."""
    try:
        return int((every("all", kamailio("dlg.stats_active")) or [0])[0])
    except UnreadableError:
        kamailio("core.uptime")
        return 0


def _missing(what: str, wanted: Iterable[str], there: Iterable[str]) -> list[str]:
    return _listed(f"{what} rendered, but not loaded", set(wanted) - set(there))


def _surplus(what: str, wanted: Iterable[str], there: Iterable[str]) -> list[str]:
    return _listed(f"{what} loaded, but not rendered", set(there) - set(wanted))


def _listed(what: str, names: set[str]) -> list[str]:
    if not names:
        return []
    shown = ", ".join(sorted(names)[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return [f"{what}: {shown}{more}"]
