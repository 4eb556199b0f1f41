"""What a phone understands of its configuration file, whatever its vendor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Transport = Literal["udp", "tcp", "tls"]
Srtp = Literal["off", "optional", "required"]


class FormatError(Exception):
    """A file that a phone of the vendor would not take; the text says why."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a line registers."""

    host: str
    port: int
    transport: Transport

    @property
    def uri(self) -> str:
        """As a SIP URI."""
        return f"sip:{self.host}:{self.port}" + ("" if self.transport == "udp" else f";transport={self.transport}")


@dataclass(frozen=True, slots=True)
class Account:
    """A line of the phone."""

    user: str
    domain: str
    servers: tuple[Server, ...]
    """In order of preference."""
    auth_user: str = ""
    password: str = ""
    display: str = ""
    label: str = ""
    srtp: Srtp = "off"
    expires_s: int = 3600


@dataclass(frozen=True, slots=True)
class Key:
    """A programmable key. `kind` is the vendor's own word or number."""

    number: int
    kind: str
    value: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class PhoneConfig:
    """All that the lab's phones do something with, and what they made nothing of."""

    accounts: tuple[Account, ...] = ()
    keys: tuple[Key, ...] = ()
    vlan: int | None = None
    """The VLAN of its own settings, for a switch that tells none."""
    vlan_priority: int = 0
    media_dscp: int = 0
    signalling_dscp: int = 0
    time_zone: str = ""
    """As the vendor writes it."""
    time_server: str = ""
    trust: tuple[str, ...] = ()
    """URLs of certificates to be trusted, or the certificates themselves (PEM)."""
    url: str = ""
    """Where it shall ask for its configuration from now on."""
    user: str = ""
    password: str = ""
    """Credentials for that."""
    more_files: tuple[str, ...] = ()
    """Files that the file says are part of the configuration, by name, later ones first (Poly)."""
    ignored: tuple[str, ...] = ()
    """Parameters that phones of this vendor do not know, by name."""


def joined(config: PhoneConfig) -> PhoneConfig:
    """The configuration with lines of the same user and domain as one, which has the servers of all of them.

    Vendors whose lines have a single server give the second one as a second line.
    """
    accounts: dict[tuple[str, str], Account] = {}
    for account in config.accounts:
        before = accounts.get((account.user, account.domain))
        both = account if before is None else replace(before, servers=_distinct(before.servers + account.servers))
        accounts[account.user, account.domain] = both
    return replace(config, accounts=tuple(accounts.values()))


def _distinct(servers: tuple[Server, ...]) -> tuple[Server, ...]:
    return tuple(dict.fromkeys(servers))


def number(text: str | None, least: int, most: int) -> int | None:
    """A number within bounds; None for anything else, which a phone leaves as it was."""
    if text is None or not text.strip().isdecimal():
        return None
    found = int(text)
    return found if least <= found <= most else None


def host_port(text: str, transport: Transport) -> tuple[str, int] | None:
    """`host[:port]`, with the transport's own port where there is none (RFC 3261 section 19.1.2)."""
    host, _, port = text.strip().partition(":")
    default = 5061 if transport == "tls" else 5060
    found = number(port, 1, 65_535) if port else default
    return (host, found) if host and found else None
