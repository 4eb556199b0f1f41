"""Bind: a desired state with its slots filled. The result lives in memory and goes to the driver only."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ccstack.render.state import (
    ApplyClass,
    Artifact,
    DesiredState,
    Expectation,
    File,
    HostState,
    Line,
    Slot,
    Unit,
    fill,
    slots_in,
)

from .sensitive import Sensitive
from .vault import SecretProblem, SecretProblems, Vault

_WRITABLE = re.compile(r"[A-Za-z0-9!%*+./@^_~?&-]+")
"""What stands for itself in every syntax that we write: no quote, comment sign, separator, variable or blank. XML alone
needs `&` written otherwise: the slots there say so."""


@dataclass(frozen=True, slots=True)
class BoundFile:
    """A file as it goes to the host."""

    path: str
    content: Sensitive
    apply: ApplyClass
    owner: str
    group: str
    mode: int
    lines: tuple[Line, ...]
    """As rendered, secrets still as slots: why each line is there."""


@dataclass(frozen=True, slots=True)
class BoundHost:
    """Everything of one host, secrets filled in; artifacts are still requests."""

    name: str
    packages: tuple[str, ...]
    units: tuple[Unit, ...]
    files: tuple[BoundFile, ...]
    artifacts: tuple[Artifact, ...]
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class BoundState:
    """Every host of a center, secrets filled in."""

    center: str
    hosts: tuple[BoundHost, ...]


def bind(state: DesiredState, vault: Vault) -> BoundState:
    """Fill every slot of `state`. Raises `SecretProblems` with all that are missing; never half-bound."""
    texts = [[file.text for file in host.files] for host in state.hosts]
    wanted = {slot: None for of_host in texts for text in of_host for slot in slots_in(text)}
    vault.require((slot.path, slot.previous) for slot in wanted)
    _refuse_unwritable(wanted, vault)
    _refuse_short(wanted, vault)
    values = {slot: _value(slot, vault) for slot in wanted}
    vault.remember(Sensitive(value) for value in values.values())
    hosts = zip(state.hosts, texts, strict=True)
    return BoundState(state.center, tuple(_bind_host(host, of_host, values) for host, of_host in hosts))


def _bind_host(host: HostState, texts: Iterable[str], values: dict[Slot, str]) -> BoundHost:
    files = tuple(_bind_files(host.files, texts, values))
    return BoundHost(host.name, host.packages, host.units, files, host.artifacts, host.expectation)


def _bind_files(files: Iterable[File], texts: Iterable[str], values: dict[Slot, str]) -> Iterator[BoundFile]:
    for file, text in zip(files, texts, strict=True):
        content = Sensitive(fill(text, values))
        yield BoundFile(file.path, content, file.apply, file.owner, file.group, file.mode, file.lines)


def _value(slot: Slot, vault: Vault) -> str:
    value = vault.value(slot.path, previous=slot.previous).reveal()
    if slot.form == "xml":
        return value.replace("&", "&amp;")
    if slot.form == "ssha":
        return ssha(slot.path, value)
    return value if slot.form == "plain" else ha1(slot, value)


def ha1(slot: Slot, value: str) -> str:
    """The digest HA1 = H(user:realm:value) in lower-case hex (RFC 7616 section 3.4.2, RFC 8760)."""
    text = f"{slot.user}:{slot.realm}:{value}".encode()
    # MD5 is what digest authentication of older phones is made of; nothing here relies on its strength.
    return hashlib.sha256(text).hexdigest() if slot.form == "ha1-sha256" else hashlib.md5(text).hexdigest()  # noqa: S324


def ssha(path: str, value: str) -> str:
    """A line's hash for a password file: `{SSHA}` and base64 of SHA-1(value + salt) + salt (RFC 2307 section 5.3).

    The salt comes from the path, so that the same blueprint gives the same bytes, and no two objects the same hash.
    One round of SHA-1 slows nobody down who has stolen the file, and need not: a derived password has 160 bits, which
    no number of guesses finds. What somebody else chose must be long for the same reason (see `_refuse_short`).
    """
    salt = hashlib.sha256(f"ccstack ssha {path}".encode()).digest()[:8]
    return "{SSHA}" + base64.b64encode(hashlib.sha1(value.encode() + salt).digest() + salt).decode()  # noqa: S324


LONG = 20
"""Characters of a password whose hash lies on a server. At random from letters and digits these are 119 bits."""


def _refuse_short(wanted: Iterable[Slot], vault: Vault) -> None:
    hashed = (slot for slot in wanted if slot.form == "ssha")
    short = [s.path for s in hashed if len(vault.value(s.path, previous=s.previous).reveal()) < LONG]
    if short:
        problem = f"the value has fewer than {LONG} characters, and its hash lies on a server that phones reach"
        remedy = "let it be derived (leave the field out), or make one with: openssl rand -hex 16"
        raise SecretProblems(SecretProblem(path, problem, remedy) for path in dict.fromkeys(short))


def _refuse_unwritable(wanted: Iterable[Slot], vault: Vault) -> None:
    # The renderers quote what the blueprint holds; a secret they never see must need no quoting. A digest never does.
    written = [slot for slot in wanted if slot.form in ("plain", "xml")]
    values = {slot.path: vault.value(slot.path, previous=slot.previous).reveal() for slot in written}
    wrong = [path for path, value in values.items() if not _WRITABLE.fullmatch(value)]
    if wrong:
        problem = "the value holds a character that cannot be written safely into every configuration syntax"
        remedy = "use letters, digits and ! % * + . / @ ^ _ ~ ? & - only"
        raise SecretProblems(SecretProblem(path, problem, remedy) for path in wrong)
