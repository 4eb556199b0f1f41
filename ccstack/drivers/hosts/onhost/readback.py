"""What the processes say they have, compared with what they should have.

Several reloads report success on nothing (a dispatcher file with a bad line gives none at all), so nobody's word but
this is taken. The same reading serves in the try-out and on the running host.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from .manifest import Expected
from .shell import Ran, run

_SHOWN = 8
"""How many names a message lists before it says how many more there are."""


class UnreadableError(Exception):
    """A process could not be asked; the text says how that was tried."""


def problems(expect: Expected, units: Iterable[str]) -> tuple[str, ...]:
    """Every difference between `expect` and what the processes of `units` say; empty when all is there."""
    found: list[str] = []
    for unit, readers in READERS.items():
        if unit in units:
            for read in readers:
                found += _tried(read, expect)
    return tuple(found)


def _tried(read: Callable[[Expected], list[str]], expect: Expected) -> list[str]:
    try:
        return read(expect)
    except UnreadableError as why:
        return [str(why)]


def _ask(*command: str) -> str:
    ran: Ran = run(*command)
    if not ran.ok or "Unable to connect" in ran.output:
        raise UnreadableError(f"cannot read back: {ran}")
    return ran.output


# --- Asterisk ---


def _endpoints(expect: Expected) -> list[str]:
    if not expect.endpoints:
        return []
    output = _ask("asterisk", "-rx", "pjsip show endpoints")
    there = re.findall(r"^ Endpoint:  ([^\s/<]+)", output, re.MULTILINE)
    return _missing("PJSIP endpoint", expect.endpoints, there) + _surplus("PJSIP endpoint", expect.endpoints, there)


def _queues(expect: Expected) -> list[str]:
    if not expect.queues:
        return []
    there = re.findall(r"^(\S+)\s+has \d+ calls? ", _ask("asterisk", "-rx", "queue show"), re.MULTILINE)
    return _missing("queue", expect.queues, there) + _surplus("queue", expect.queues, there)


def _contexts(expect: Expected) -> list[str]:
    if not expect.contexts:
        return []
    there = re.findall(r"^\[ Context '([^']+)'", _ask("asterisk", "-rx", "dialplan show"), re.MULTILINE)
    return _missing("dialplan context", expect.contexts, there)


def _modules(expect: Expected) -> list[str]:
    if not expect.modules:
        return []
    lines = _ask("asterisk", "-rx", "module show").splitlines()
    there = [line.split()[0].removesuffix(".so") for line in lines if re.search(r"(?<!Not )\bRunning\b", line)]
    return _missing("Asterisk module", [name.removesuffix(".so") for name in expect.modules], there)


# --- Kamailio ---


def _dispatcher(expect: Expected) -> list[str]:
    if not expect.dispatcher:
        return []
    there: list[str] = []
    number = ""
    for key, value in re.findall(r"\b(ID|URI): (\S+)", _ask("kamcmd", "dispatcher.list")):
        if key == "ID":
            number = value
        else:
            there.append(f"{number} {value}")
    wanted = [f"{number} {uri}" for number, uri in expect.dispatcher]
    return _missing("dispatcher destination", wanted, there) + _surplus("dispatcher destination", wanted, there)


def _htables(expect: Expected) -> list[str]:
    if not expect.htables:
        return []
    output = _ask("kamcmd", "htable.stats")
    there = {name: int(rows) for name, rows in re.findall(r"name: (\S+)[^{}]*?\ball: (\d+)", output)}
    return [
        f"Kamailio htable {name}: {rows} rows were rendered, the process has {there.get(name, 'no such table')}"
        for name, rows in sorted(expect.htables.items())
        if there.get(name) != rows
    ]


def _addresses(expect: Expected) -> list[str]:
    if not expect.addresses:
        return []
    there: list[str] = []
    group = ""
    dumps = _ask("kamcmd", "permissions.addressDump") + _ask("kamcmd", "permissions.subnetDump")
    for key, value in re.findall(r"\b(group|ip|mask): ?(\S+)", dumps):
        if key == "group":
            group = value
        elif key == "ip":
            there.append(f"{group} {value}")
        elif value != "32":
            there[-1] += f"/{value}"
    wanted = [f"{number} {address.removesuffix('/32')}" for number, address in expect.addresses]
    return _missing("permitted address", wanted, there) + _surplus("permitted address", wanted, there)


READERS: dict[str, tuple[Callable[[Expected], list[str]], ...]] = {
    "asterisk.service": (_modules, _endpoints, _queues, _contexts),
    "kamailio.service": (_dispatcher, _htables, _addresses),
}
"""What each unit is asked."""


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
