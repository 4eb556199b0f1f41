"""One look at a host: one ssh command that runs the activator from memory and leaves nothing behind."""

from __future__ import annotations

import json
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ccstack.drivers.base import Unknown
from ccstack.model.host import Host
from ccstack.secrets import BoundHost

from .bundle import Contents, activator, expectation_of, units_of
from .onhost.place import hash_of
from .onhost.units import UnitState
from .session import Session

OBSERVE_SECONDS = 60
"""How long a host may take to answer."""

_LOADER = (
    "import os,sys;"
    "r=sys.stdin.buffer;"
    "f=os.memfd_create('ccstack');"
    "n=int(r.readline());"
    "os.write(f,r.read(n));"
    "sys.path.insert(0,'/proc/self/fd/%d'%f);"
    "from onhost.main import main;"
    "sys.exit(main(['observe']))"
)


@dataclass(frozen=True, slots=True)
class Observed:
    """What stands on a host."""

    release: str | None
    blueprint: str | None
    bootstrap: str
    managed: frozenset[str]
    foreign: tuple[str, ...]
    differing: tuple[str, ...]
    """Managed paths whose content, owner or mode is not what is wanted."""
    leaving: tuple[str, ...]
    """Paths that an earlier release put there and that are wanted no more."""
    same_content: frozenset[str]
    """Wanted paths whose bytes the host has already."""
    units_down: tuple[str, ...]
    runtime: tuple[str, ...]
    """Differences between what the processes say and what they should."""

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to do on this host."""
        return bool(self.release) and not (self.differing or self.leaving or self.units_down or self.runtime)


def observe_host(session: Session, host: Host, bound: BoundHost, contents: Contents) -> Observed | Unknown:
    """Look at `host`. A host without Python has never been deployed to; everything differs there."""
    key = secrets.token_bytes(32)
    entries = list(contents.entries())
    request = {
        "files": entries,
        "units": units_of(bound),
        "expect": expectation_of(bound),
        "hosts": contents.hosts_file,
        "key": key.hex(),
    }
    program = activator()
    stdin = f"{len(program)}\n".encode() + program + json.dumps(request).encode()
    command = session.command(host, f"python3 -c {shlex.quote(_LOADER)}")
    try:
        ran = subprocess.run(
            command,
            input=stdin,
            capture_output=True,
            timeout=OBSERVE_SECONDS,
            check=False,
            env=session.environment(host),
        )
    except subprocess.TimeoutExpired:
        return Unknown(host.name, f"no answer within {OBSERVE_SECONDS} s")
    except FileNotFoundError:
        return Unknown(host.name, "there is no ssh on this machine; install it (apt install openssh-client)")
    errors = ran.stderr.decode(errors="replace").strip()
    if ran.returncode == 127:
        return _bare(entries)
    if ran.returncode != 0:
        return Unknown(host.name, errors[-1000:] or f"ssh ended with code {ran.returncode}")
    try:
        # A shell's start-up file may print something before the answer.
        answer = json.loads(ran.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        return Unknown(host.name, f"its answer cannot be read: {ran.stdout[-300:].decode(errors='replace')!r}")
    return _observed(answer, entries, contents, key)


def _bare(entries: list[dict[str, str]]) -> Observed:
    paths = tuple(entry["path"] for entry in entries)
    return Observed(None, None, "", frozenset(), (), paths, (), frozenset(), (), ())


def _observed(answer: Mapping[str, Any], entries: list[dict[str, str]], contents: Contents, key: bytes) -> Observed:
    wanted = {entry["path"]: entry for entry in entries}
    there = answer["files"]
    same = frozenset(path for path in wanted if _digest(there[path]) == hash_of(contents.files[path], key))
    right = frozenset(path for path in same if _owned(there[path]) == _owned(wanted[path]))
    managed = frozenset(answer["managed"])
    return Observed(
        release=answer["release"],
        blueprint=answer["blueprint"],
        bootstrap=answer["bootstrap"],
        managed=managed,
        foreign=tuple(answer["foreign"]),
        differing=tuple(sorted(wanted.keys() - right)),
        leaving=tuple(sorted(path for path in managed - wanted.keys() if there[path])),
        same_content=same,
        units_down=tuple(name for name, state in answer["units"].items() if not _is_up(state)),
        runtime=tuple(answer["runtime"]),
    )


def _digest(there: Mapping[str, Any] | None) -> str:
    return str(there["digest"]) if there else ""


def _owned(about: Mapping[str, Any]) -> tuple[str, str, int]:
    mode = about["mode"]
    return about["owner"], about["group"], int(mode, 8) if isinstance(mode, str) else mode


def _is_up(state: Mapping[str, Any]) -> bool:
    return UnitState(**state).is_up
