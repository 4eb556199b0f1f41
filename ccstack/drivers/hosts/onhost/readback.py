"""What the processes say they have, compared with what they should have.

Several reloads report success on nothing (a dispatcher file with a bad line gives none at all), so nobody's word but
this is taken. The same reading serves in the try-out and on the running host.
"""

from __future__ import annotations

import os
import re

from .ask import UnreadableError, asterisk, every, kamailio
from .place import hash_of
from .shell import run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Reader = Callable[["Wanted"], list[str]]

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
    return tuple(differences(wanted, units))


def differences(wanted: Wanted, units: Iterable[str]) -> dict[str, str]:
    """The problems, each with the apply class that mends it; `""` where a process could not be asked."""
    found: dict[str, str] = {}
    for unit, readers in READERS.items():
        if unit in units:
            for apply, read in readers:
                found.update(_tried(apply, read, wanted))
    return found


def _tried(apply: str, read: Reader, wanted: Wanted) -> dict[str, str]:
    try:
        return dict.fromkeys(read(wanted), apply)
    except UnreadableError as why:
        return {str(why): ""}


# --- Asterisk ---


def _modules(wanted: Wanted) -> list[str]:
    missing = set(missing_modules(wanted.names("modules")))
    return _listed("Asterisk module rendered, but not loaded", missing - unloadable())


def _at_a_restart(wanted: Wanted) -> list[str]:
    late = unloadable()
    missing = late and late.intersection(missing_modules(wanted.names("modules")))
    return _listed("Asterisk module that was loaded in vain, and needs a restart", set(missing))


UNLOADABLE = "/run/ccstack/unloadable"
"""Modules, one a line, that the Asterisk that runs refused to load again."""


def unloadable() -> frozenset[str]:
    """Modules that only a restart of Asterisk can bring back."""
    try:
        with open(UNLOADABLE, encoding="utf-8") as file:
            return frozenset(file.read().split())
    except FileNotFoundError:
        return frozenset()


def missing_modules(names: Iterable[str]) -> list[str]:
    """Those of these modules that Asterisk does not run, in this order, without `.so`."""
    wanted = [name.removesuffix(".so") for name in names]
    if not wanted:
        return []
    lines = asterisk("module show").splitlines()
    there = {line.split()[0].removesuffix(".so") for line in lines if re.search(r"(?<!Not )\bRunning\b", line)}
    return [name for name in wanted if name not in there]


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
    tried: Mapping[str, str] = wanted.measured.get("dialplan", {}) if _is_beside("extensions.conf", wanted) else {}
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


# What has no list of names in an expectation is compared with what the Asterisk on trial said.

TRIAL_LOGS = ("ccstack-tryout.log", "ccstack-steps.log")
"""Logs that only an Asterisk on trial has."""

_ON_TRIAL = tuple(name.removesuffix(".log") for name in TRIAL_LOGS)
"""Asterisk cuts long names off."""

_MARKS: dict[str, tuple[str, str, str]] = {
    "log channels": ("logger.conf", "logger show channels", r"^/.*$"),
    "music classes": ("musiconhold.conf", "moh show classes", r"^(?:Class|\s+\w+): .*$"),
    "voicemail boxes": ("voicemail.conf", "voicemail show users", r"^(\S+ +\S+ .*?) +\d+ *$"),
    "PJSIP identify rows": ("pjsip.conf", "pjsip show identifies", r"^ *(?:Identify|Match|Header|SRV).*$"),
}
"""What is asked, by what it is about: the file that brings it, the command, and the lines that count, without state."""


def marks() -> dict[str, str]:
    """A hash of each answer. A command that Asterisk has not, because its module is not wanted, is answered alike."""
    return {what: _mark(command, counts) for what, (_file, command, counts) in _MARKS.items()}


def _mark(command: str, counts: str) -> str:
    lines: list[str] = re.findall(counts, _COLOUR.sub("", asterisk(command)), re.MULTILINE)
    own = sorted(" ".join(line.split()) for line in lines if not any(log in line for log in _ON_TRIAL))
    return hash_of("\n".join(own).encode())[:16]


def _as_tried(what: str) -> Reader:
    """Reads one of the marks."""
    file, command, counts = _MARKS[what]

    def read(wanted: Wanted) -> list[str]:
        tried = wanted.measured.get("marks", {}).get(what)
        if tried is None or not _is_beside(file, wanted) or _mark(command, counts) == tried:
            return []
        return [f"Asterisk's {what} are not as they were tried"]

    return read


OVERRIDES = "/etc/ccstack/overrides/asterisk"


def beside() -> dict[str, str]:
    """A site's own additions to Asterisk's files, each with a hash: with other ones, other things are right."""
    try:
        names = os.listdir(OVERRIDES)
    except FileNotFoundError:
        return {}
    found: dict[str, str] = {}
    for name in names:
        with open(f"{OVERRIDES}/{name}", "rb") as file:
            found[name] = hash_of(file.read())
    return found


def _is_beside(file: str, wanted: Wanted) -> bool:
    return bool(beside().get(file) == wanted.measured.get("beside", {}).get(file))


# --- Kamailio ---


def _dispatcher(wanted: Wanted) -> list[str]:
    destinations = wanted.names("dispatcher")
    if not destinations:
        return []
    seen = destinations_of_kamailio()
    there = [f"{number} {uri}" for number, uri, _flags in seen]
    names = [f"{number} {uri}" for number, uri in destinations]
    # Only an admin's word makes a D: one that does not answer is I or T, and comes back by itself (dispatcher.c).
    off = {f"{number} {uri}" for number, uri, flags in seen if flags[:1] == "D"}
    return [
        *_missing("dispatcher destination", names, there),
        *_surplus("dispatcher destination", names, there),
        *_listed("dispatcher destination disabled by hand", off),
        *_pings(),
    ]


def _pings() -> list[str]:
    return ["the dispatcher's pings are switched off"] if 0 in every("OldPingState", _pinging()) else []


def _pinging() -> list[Any]:
    return kamailio("dispatcher.ping_active")


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
    return _missing("registration", tried, has) + _surplus("registration", tried, has) if tried and has else []


# --- The host itself ---


def tables(names: Iterable[str] | None = None) -> dict[str, str]:
    """A hash of each packet filter table (`inet ccstack`) that there is: of those in `names`, or of all.

    Counters, and what rules themselves put into sets, are not in it.
    """
    there = _TABLE.findall(run("nft", "list", "tables").output) if names is None else names
    said = {name: run("nft", "-s", "list", "table", *name.split()) for name in there}
    return {name: hash_of(_without_state(ran.output).encode())[:16] for name, ran in said.items() if ran.ok}


_TABLE = re.compile(r"^table (\S+ \S+)$", re.MULTILINE)
_SET = re.compile(r"^\t(?:set|map) .*\n(?:\t\t.*\n)*?\t}", re.MULTILINE)

_ELEMENTS = re.compile(r"^\t\telements = {[^}]*}\n|[ \t]+# count \d+$", re.MULTILINE)
"""What a set holds, and how much that is."""


def _without_state(table: str) -> str:
    return _SET.sub(lambda one: _ELEMENTS.sub("", one[0]) if "dynamic" in one[0] else one[0], table)


def _filter(wanted: Wanted) -> list[str]:
    tried: Mapping[str, str] = wanted.measured.get("nftables", {})
    has = tables(tried) if tried else {}
    other = {name for name in has if has[name] != tried[name]}
    return [
        *_missing("nftables table", tried, has),
        *_listed("nftables table that is not as it was tried", other),
    ]


def _hostname(wanted: Wanted) -> list[str]:
    path = next((path for path, apply in wanted.files.items() if apply == "hostname"), "")
    if not path:
        return []
    with open(path, encoding="utf-8") as file:
        name = file.read().strip()
    return [f"the hostname is {os.uname().nodename}, {name} in {path}"] if os.uname().nodename != name else []


HOST = "host"
"""What is asked of no unit, and on trial of nobody: the kernel."""

READERS: dict[str, tuple[tuple[str, Reader], ...]] = {
    "asterisk.service": (
        ("asterisk-modules", _modules),
        ("asterisk-restart", _at_a_restart),
        ("asterisk-pjsip", _endpoints),
        ("asterisk-queues", _queues),
        ("asterisk-dialplan", _contexts),
        ("asterisk-logger", _as_tried("log channels")),
        ("asterisk-music", _as_tried("music classes")),
        ("asterisk-voicemail", _as_tried("voicemail boxes")),
        ("asterisk-pjsip", _as_tried("PJSIP identify rows")),
    ),
    "kamailio.service": (
        ("kamailio-dispatcher", _dispatcher),
        ("kamailio-htable", _htables),
        ("kamailio-permissions", _addresses),
        ("kamailio-uac", _registrations),
    ),
    HOST: (("nftables", _filter), ("hostname", _hostname)),
}
"""What each unit is asked, and the apply class that mends what is wrong with the answer."""


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
