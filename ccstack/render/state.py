"""The desired state: what shall be on each host, with secrets still as named slots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from typing import Literal

from ccstack.model.switch import Platform

_OPEN, _CLOSE = "\ue000", "\ue001"
_SLOT = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")

ApplyClass = Literal[
    "asterisk-dialplan",
    "asterisk-queues",
    "asterisk-pjsip",
    "asterisk-voicemail",
    "asterisk-music",
    "asterisk-logger",
    "asterisk-cdr",
    "asterisk-features",
    "asterisk-rtp",
    "asterisk-modules",
    "asterisk-restart",
    "kamailio-dispatcher",
    "kamailio-permissions",
    "kamailio-htable",
    "kamailio-uac",
    "kamailio-tls",
    "kamailio-restart",
    "rtpengine-restart",
    "kea-reload",
    "dnsmasq-restart",
    "nginx-reload",
    "phones",
    "nftables",
    "chrony",
    "hostname",
    "journald",
    "systemd",
    "none",
]
"""How a running process takes over a changed file. `none`: the file is read when it is needed. `phones`: phones fetch
it when an SBC tells them to (NOTIFY check-sync) or when they start. `asterisk-modules` is no file's: modules that
somebody unloaded are loaded again."""


@dataclass(frozen=True, slots=True)
class Source:
    """Why a line is there: the object it came from (`queues.sales`, or `center`) and the rule that printed it."""

    path: str
    rule: str


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a secret in rendered text.

    `path` names the field that holds the `Secret` (`agents.ana.password`); `form` says what of it is wanted: the
    value itself, the value as XML writes it, the digest HA1 = H(user:realm:value) of RFC 8760, or the salted hash of a
    password file (`ssha`, RFC 2307). `previous` means the epoch before.
    """

    path: str
    form: Literal["plain", "xml", "ha1-md5", "ha1-sha256", "ssha"] = "plain"
    user: str = ""
    realm: str = ""
    previous: bool = False

    def __str__(self) -> str:
        fields = (self.path, self.form, self.user, self.realm, "previous" if self.previous else "")
        return f"{_OPEN}{'|'.join(fields)}{_CLOSE}"


@cache
def _slot(fields: str) -> Slot:
    """The slot whose marks hold these fields: every PBX has the same ones."""
    path, form, user, realm, previous = fields.split("|")
    return Slot(path, form, user, realm, bool(previous))  # type: ignore[arg-type]


def slots_in(text: str) -> Iterator[Slot]:
    """Every slot in `text`, in order."""
    return map(_slot, _SLOT.findall(text))


def fill(text: str, values: Mapping[Slot, str]) -> str:
    """`text` with its slots filled. A slot without a value is a `KeyError`: nothing is deployed half-bound."""
    return _SLOT.sub(lambda m: values[_slot(m[1])], text)


def masked(text: str) -> str:
    """`text` as people may see it: each slot as the name of its secret."""
    return _SLOT.sub(lambda m: f"<secret {m[1].split('|')[0]}>", text)


def has_slot_marks(text: str) -> bool:
    """Whether `text` holds the marks that slots are made of; values from a blueprint never may."""
    return _OPEN in text or _CLOSE in text


@dataclass(frozen=True, slots=True)
class Line:
    """One rendered line, without its newline, and why it is there."""

    text: str
    source: Source


@dataclass(frozen=True, slots=True)
class File:
    """A text file that ccstack owns on a host."""

    path: str
    """Absolute path on the host."""
    lines: tuple[Line, ...]
    apply: ApplyClass
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644

    @property
    def text(self) -> str:
        """The whole file, slots unfilled, with a newline at the end."""
        return "\n".join([*[line.text for line in self.lines], ""])

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The secrets that the file needs, each once."""
        return tuple(dict.fromkeys(slots_in(self.text)))


@dataclass(frozen=True, slots=True)
class PromptAudio:
    """A prompt in one language, to be made by the artifacts room."""

    key: str
    """The prompt's key in `Design.prompts`."""
    language: str


@dataclass(frozen=True, slots=True)
class MusicAudio:
    """One file of a music class, or the built-in comfort tone when `file` is empty."""

    name: str
    file: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TLS certificate (`part="cert"`), its private key, or the center's CA certificate."""

    host: str
    part: Literal["cert", "key", "ca"]


@dataclass(frozen=True, slots=True)
class TrustedCas:
    """Certificates of others' CAs, from a PEM file that the blueprint names (relative to its folder)."""

    file: str
    path: str
    """The field that names it."""


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that is made rather than printed."""

    path: str
    request: PromptAudio | MusicAudio | Certificate | TrustedCas
    source: Source
    apply: ApplyClass = "none"
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644


@dataclass(frozen=True, slots=True)
class Unit:
    """A systemd unit that shall be enabled and running."""

    name: str


def lot(host: str, number: str) -> bytes:
    """Where hosts share numbers out, those with the least lots have one (rendezvous hashing).

    By the names alone: another number, or another host, moves none but those that it gets.
    """
    return sha256(f"{host} {number}".encode()).digest()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a process must say it has once it runs these files; the try-out and the check after compare with it."""

    endpoints: tuple[str, ...] = ()
    """PJSIP endpoints."""
    queues: tuple[str, ...] = ()
    """Queues."""
    contexts: tuple[str, ...] = ()
    """Dialplan contexts."""
    modules: tuple[str, ...] = ()
    """Asterisk modules, as in modules.conf."""
    dispatcher: tuple[tuple[int, str], ...] = ()
    """Kamailio dispatcher: set id and URI of every destination."""
    htables: Mapping[str, int] = field(default_factory=dict)
    """Kamailio htables and how many rows each has after loading (only those that are data, not state)."""
    addresses: tuple[tuple[int, str], ...] = ()
    """Kamailio permissions: group and address."""
    doors: tuple[tuple[str, str, str], ...] = ()
    """The center's own numbers that a try-out calls: the dialplan context where calls come in, the number, its home.

    A home is the host where such calls come to their end, and says that the dialplan behind the number is the same on
    every host with this door, but for the ways to other hosts: of those that try out together two call it. Without
    a home (`""`) every host does.
    """
    https: tuple[tuple[str, str], ...] = ()
    """Where nginx listens (`address:port`), and the path of the certificate that it shows there."""


@dataclass(frozen=True, slots=True)
class HostState:
    """Everything that ccstack wants of one host."""

    name: str
    packages: tuple[str, ...]
    """Debian package names for the install method `packages`."""
    units: tuple[Unit, ...]
    files: tuple[File, ...]
    artifacts: tuple[Artifact, ...]
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a switch's configuration that ccstack owns, wholly or in part. What is outside is never touched.

    `header` is the line that opens it, as the platform prints it (`interface GigabitEthernet1/0/7`); empty for the top
    level; on Junos the words of a hierarchy (`interfaces ge-0/0/7`). One that ends in `*` stands for all that begin so.
    """

    header: str
    leaves: tuple[str, ...] = ()
    """The first words of the lines in it that are ccstack's (`switchport voice vlan`); others in it are kept. Without
    any, all of it is."""
    shared: tuple[str, ...] = ()
    """The first words of lines that list VLANs, and of which only ccstack's own VLANs are its own."""
    leaving: bool = False
    """It was ccstack's, and is wanted no more: what is left of it goes."""


@dataclass(frozen=True, slots=True)
class SwitchState:
    """What ccstack wants of one switch: lines of its own configuration language, as its running configuration shows
    them (parents before children, children indented by one blank; Junos: `set` lines)."""

    name: str
    platform: Platform
    lines: tuple[Line, ...]
    owned: tuple[Section, ...]

    @property
    def text(self) -> str:
        """All lines, with a newline at the end."""
        return "".join(f"{line.text}\n" for line in self.lines)

    @property
    def file(self) -> File:
        """The lines as the file that shows them, `<name>.cfg`: it stands nowhere on the switch."""
        return File(f"{self.name}.cfg", self.lines, "none")


@dataclass(frozen=True, slots=True)
class DesiredState:
    """Everything that ccstack wants, host by host and switch by switch in the blueprint's order."""

    center: str
    hosts: tuple[HostState, ...]
    switches: tuple[SwitchState, ...] = ()
