"""What the Asterisk that runs, or the one on trial, has of what it should.

No regular expressions: loading them takes a sixth of a look.
"""

from __future__ import annotations

import os

from .ask import asterisk
from .place import hash_of
from .settings import settings_in
from .wanted import listed, missing, surplus

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeVar

    from .wanted import Reader, Wanted

    _Seen = TypeVar("_Seen")


def _said(command: str) -> list[str]:
    """The lines of an answer, without colours."""
    first, *coloured = asterisk(command).split("\x1b[")
    return (first + "".join(one.partition("m")[2] for one in coloured)).split("\n")


def _modules(wanted: Wanted) -> list[str]:
    missing = set(missing_modules(wanted.names("modules")))
    return listed("Asterisk module rendered, but not loaded", missing - unloadable())


def _at_a_restart(wanted: Wanted) -> list[str]:
    late = unloadable()
    missing = late and late.intersection(missing_modules(wanted.names("modules")))
    return listed("Asterisk module that was loaded in vain, and needs a restart", set(missing))


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
    running = (line.split() for line in _said("module show") if " Running " in line and " Not Running " not in line)
    there = {words[0].removesuffix(".so") for words in running}
    return [name for name in wanted if name not in there]


_ENDPOINT = " Endpoint:  "


def _endpoints(wanted: Wanted) -> list[str]:
    names = wanted.names("endpoints")
    if not names:
        return []
    rows = (line[len(_ENDPOINT) :].split()[0] for line in _said("pjsip list endpoints") if line.startswith(_ENDPOINT))
    there = [row.partition("/")[0] for row in rows if row[0] != "<"]
    return missing("PJSIP endpoint", names, there) + surplus("PJSIP endpoint", names, there)


def _queues(wanted: Wanted) -> list[str]:
    names = wanted.names("queues")
    if not names:
        return []
    # Members stand under their queue, indented.
    heads = (line for line in _said("queue show") if line[:1].strip() and " strategy " in line)
    there = {line.split()[0]: _of_queue(line) for line in heads}
    found = missing("queue", names, there) + surplus("queue", names, there)
    for path, apply in wanted.files.items():
        if apply == "asterisk-queues" and path.endswith("/queues.conf"):
            found += [f"queue {name}: {one}" for name in names for one in _unlike(path, name, there)]
    return found


def _of_queue(line: str) -> dict[str, str]:
    """`sales has 0 calls (max unlimited) in 'ringall' strategy (0s holdtime, ...), W:0, C:0, ... within 20s`."""
    longest = _between(line, "(max ", ")")
    return {
        "maxlen": "0" if longest == "unlimited" else longest,
        "strategy": _between(line, " in '", "'"),
        "weight": _between(line, ", W:", ","),
        "servicelevel": _between(line, " within ", "s"),
    }


def _between(text: str, before: str, after: str) -> str:
    return text.partition(before)[2].partition(after)[0]


def _unlike(path: str, name: str, there: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Where a queue in the process is not as the file has it, as far as `queue show` tells."""
    says = settings_in(path).get(name, {})
    has = there.get(name, {})
    return [
        f"{key} is {has[key]} in the process, {says[key]} in {path}"
        for key in sorted(has.keys() & says.keys())
        if has[key] != says[key]
    ]


def _contexts(wanted: Wanted) -> list[str]:
    names = wanted.names("contexts")
    if not names:
        return []
    there = dialplan(names)
    tried: Mapping[str, str] = wanted.measured.get("dialplan", {}) if _is_beside("extensions.conf", wanted) else {}
    other = {name for name in tried.keys() & there.keys() if tried[name] != there[name]}
    return missing("dialplan context", names, there) + listed("dialplan context that is not as it was tried", other)


def dialplan(names: Iterable[str]) -> dict[str, str]:
    """A hash of each of these contexts, as Asterisk has it."""
    wanted = frozenset(names)
    # The last one ends with a line that counts them all.
    text = "\n".join(_said("dialplan show")).partition("\n-= ")[0]
    # Each begins with a line of its own: [ Context 'sales' created by 'pbx_config' ]
    heads = (one.partition("\n") for one in f"\n{text}".split("\n[ Context '")[1:])
    found = {head.partition("'")[0]: body.strip() for head, _line, body in heads}
    return {name: hash_of(body.encode())[:16] for name, body in found.items() if name in wanted}


# What has no list of names in an expectation is compared with what the Asterisk on trial said.

TRIAL_LOGS = ("ccstack-tryout.log", "ccstack-steps.log")
"""Logs that only an Asterisk on trial has."""

_ON_TRIAL = tuple(name.removesuffix(".log") for name in TRIAL_LOGS)
"""Asterisk cuts long names off."""


def _log(line: str) -> str:
    return line if line[:1] == "/" and not any(log in line for log in _ON_TRIAL) else ""


def _music(line: str) -> str:
    return line if ": " in line and (line[0].isspace() or line.startswith("Class: ")) else ""


def _box(line: str) -> str:
    """Without the number of new messages."""
    row, _space, count = line.rstrip().rpartition(" ")
    return row if count.isdigit() and line[0] != " " else ""


def _identify(line: str) -> str:
    return line if line.lstrip().startswith(("Identify", "Match", "Header", "SRV")) else ""


_MARKS: dict[str, tuple[str, str, Callable[[str], str]]] = {
    "log channels": ("logger.conf", "logger show channels", _log),
    "music classes": ("musiconhold.conf", "moh show classes", _music),
    "voicemail boxes": ("voicemail.conf", "voicemail show users", _box),
    "PJSIP identify rows": ("pjsip.conf", "pjsip show identifies", _identify),
}
"""What is asked, by what it is about: the file that brings it, the command, and what counts of a line: no state."""


def marks() -> dict[str, str]:
    """A hash of each answer. A command that Asterisk has not, because its module is not wanted, is answered alike."""
    return {what: _mark(command, counts) for what, (_file, command, counts) in _MARKS.items()}


def _mark(command: str, counts: Callable[[str], str]) -> str:
    lines = filter(None, map(counts, _said(command)))
    return hash_of("\n".join(sorted(" ".join(line.split()) for line in lines)).encode())[:16]


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


_WAY = "Asterisk to "


def reached() -> dict[str, bool]:
    """Neighbours that Asterisk pings, and whether they answer: `Asterisk to <name>/<URI>`, as the console prints it."""
    rows = (line.split() for line in _said("pjsip show contacts"))
    # Contact:  <name>/<URI> <hash> <status> <milliseconds>
    pinged = (row for row in rows if row[:1] == ["Contact:"] and row[3:4] in (["Avail"], ["Unavail"]))
    return {_WAY + row[1]: row[3] == "Avail" for row in pinged}


def ping(ways: Iterable[str]) -> None:
    """Have Asterisk ping these of its neighbours now; whoever is silent is known a second later."""
    for way in ways:
        if way.startswith(_WAY):
            asterisk(f"pjsip qualify {way.removeprefix(_WAY).partition('/')[0]}")


def channels() -> int:
    """How many channels Asterisk has up."""
    counts = (line.split() for line in _said("core show channels count"))
    return next((int(words[0]) for words in counts if words[1:2] == ["active"] and words[2].startswith("channel")), 0)


LOOKS = 4
"""How often Asterisk is asked at most until it says the same twice."""


def settled(look: Callable[[], _Seen]) -> _Seen:
    """What a look at Asterisk finds, once two in a row agree, or at once when there is nothing.

    The console leaves out what its reader does not take within a tenth of a second (ast_carefulwrite, main/utils.c): on
    a busy host an answer may have holes.
    """
    found = look()
    for _ in range(LOOKS - 1):
        before, found = found, look() if found else found
        if found == before:
            break
    return found


def _settled(reader: Reader) -> Reader:
    return lambda wanted: settled(lambda: reader(wanted))


READERS: tuple[tuple[str, Reader], ...] = tuple(
    (apply, _settled(reader))
    for apply, reader in (
        ("asterisk-modules", _modules),
        ("asterisk-restart", _at_a_restart),
        ("asterisk-pjsip", _endpoints),
        ("asterisk-queues", _queues),
        ("asterisk-dialplan", _contexts),
        ("asterisk-logger", _as_tried("log channels")),
        ("asterisk-music", _as_tried("music classes")),
        ("asterisk-voicemail", _as_tried("voicemail boxes")),
        ("asterisk-pjsip", _as_tried("PJSIP identify rows")),
    )
)
"""Each with the apply class that mends what is wrong."""
