"""What the phones' process and those who handle the phones say to each other, and what the lab keeps of its phones."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_serializer

SCHEMA = "ccstack.lab-phones/1"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Staged(_Value):
    """A box as it leaves the staging bench: what is printed on it, and what somebody keyed in."""

    name: str
    """Name of the phone in the blueprint."""
    vendor: str
    model: str
    watts: float
    """What it draws at most."""
    mac: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]
    password: SecretStr
    """With which it fetches its configuration; its user name is its MAC."""
    ca: str
    """The CA certificate that it believes (PEM)."""
    factory: Path | None = None
    """PEM file with the certificate that its maker put in, and the key."""
    sound: str = "silence"
    """What it plays to whoever calls: `tone:722+1542`."""

    @field_serializer("password")
    def _in_the_clear(self, password: SecretStr) -> str:
        """For the lab's own file (mode 0600) alone."""
        return password.get_secret_value()


class Place(_Value):
    """Where a phone is plugged in."""

    switch: str
    interface: str
    """As the switch prints it."""

    def __str__(self) -> str:
        return f"{self.switch} {self.interface}"


class Step(StrEnum):
    """How far a phone has come."""

    OFF = "off"
    LINK = "link"
    VLAN = "vlan"
    ADDRESS = "address"
    FILE = "file"
    REGISTERING = "registering"
    REGISTERED = "registered"


class PhoneStatus(_Value):
    """A phone, seen from inside."""

    name: str
    model: str
    mac: str
    place: Place | None = None
    step: Step = Step.OFF
    why: str = ""
    """Why it is not further."""
    vlan: int | None = None
    """On which VLAN it speaks; 0 for untagged, None before it knows."""
    address: str | None = None
    file: str | None = None
    """The file that it read last, and where it had it from: `001565aabbcc.cfg from 10.1.0.5`, or `from flash`."""
    keys: tuple[str, ...] = ()
    """What stands beside its keys."""
    waits: bool = False
    """Whether it has fetched another configuration, and takes that up when its call is over."""
    registered: tuple[str, ...] = ()
    """The servers at which it is registered."""
    wanted: int = 0
    """How many servers its file names."""
    seconds: float | None = None
    """From power to the first registration at every server, or until now."""
    ignored: tuple[str, ...] = ()
    """Parameters of its file that it does not know."""

    @property
    def up(self) -> bool:
        """Whether it is registered at every server that its file names."""
        return self.step is Step.REGISTERED


class PhonesReport(_Value):
    """All phones of a lab."""

    schema_: str = SCHEMA
    lab: str
    phones: tuple[PhoneStatus, ...]

    def to_json(self) -> str:
        """As JSON, with its `schema`."""
        return self.model_dump_json(indent=2).replace('"schema_":', '"schema":', 1)

    def to_text(self) -> str:
        """As a table."""
        return table([_HEAD, *map(_row, self.phones)])


_HEAD = ("phone", "model", "port", "VLAN", "address", "file", "registered at", "seconds")


def _row(phone: PhoneStatus) -> tuple[str, ...]:
    at = ", ".join(phone.registered)
    stopped = "" if phone.up else f"{f'{at}; ' if at else ''}stopped at {phone.step}: {phone.why or 'still on its way'}"
    vlan = "" if phone.vlan is None else str(phone.vlan or "untagged")
    seconds = "" if phone.seconds is None else f"{phone.seconds:.1f}"
    port = str(phone.place) if phone.place else "-"
    file = f"{phone.file or ''}{' (a new one after the call)' if phone.waits else ''}"
    return (phone.name, phone.model, port, vlan, phone.address or "", file, stopped or at, seconds)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows with their columns below each other."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "".join(f"{line.rstrip()}\n" for line in lines)
