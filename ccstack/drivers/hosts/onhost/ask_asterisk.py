"""What the Asterisk that runs, or the one on trial, has of what it should."""

from __future__ import annotations

import os
import re

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

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


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
    lines = asterisk("module show").splitlines()
    there = {line.split()[0].removesuffix(".so") for line in lines if re.search(r"(?<!Not )\bRunning\b", line)}
    return [name for name in wanted if name not in there]


def _endpoints(wanted: Wanted) -> list[str]:
    names = wanted.names("endpoints")
    if not names:
        return []
    there = re.findall(r"^ Endpoint:  ([^\s/<]+)", asterisk("pjsip show endpoints"), re.MULTILINE)
    return missing("PJSIP endpoint", names, there) + surplus("PJSIP endpoint", names, there)


_QUEUE = re.compile(r"^(\S+)\s+has \d+ calls? \(max (\w+)\) in '(\w+)' strategy .*?, W:(\d+), .* within (\d+)s", re.M)


def _queues(wanted: Wanted) -> list[str]:
    names = wanted.names("queues")
    if not names:
        return []
    said = _QUEUE.findall(_COLOUR.sub("", asterisk("queue show")))
    there = {name: _of_queue(longest, strategy, weight, level) for name, longest, strategy, weight, level in said}
    found = missing("queue", names, there) + surplus("queue", names, there)
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


_CONTEXT = re.compile(r"^\[ Context '([^']+)' created by '[^']*' \]\n((?:(?!\[ Context ).*\n)*)", re.MULTILINE)


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


_CONTACT = re.compile(r"^\s+Contact:\s+([^/\s]+)/\S+\s+\S+\s+(Avail|Unavail)\b", re.MULTILINE)


def reached() -> dict[str, bool]:
    """Neighbours that Asterisk pings, and whether they answer it."""
    said = _COLOUR.sub("", asterisk("pjsip show contacts"))
    return {f"Asterisk to {name}": status == "Avail" for name, status in _CONTACT.findall(said)}


def channels() -> int:
    """How many channels Asterisk has up."""
    match = re.search(r"^(\d+) active channel", asterisk("core show channels count"), re.MULTILINE)
    return int(match[1]) if match else 0


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
