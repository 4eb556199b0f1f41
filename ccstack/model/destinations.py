"""The plain places that a call can be sent to: voicemail, announcement, ring group, external number."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .base import AgentRef, Destination, Email, Extension, Label, Model, Name, Seconds
from .number import PublicNumber
from .prompt import Say
from .secret import DerivedSecret, Secret


class Voicemail(Model):
    """A mailbox."""

    collection: ClassVar[str] = "voicemails"

    name: Name
    """Name of the mailbox."""
    label: Label | None = None
    """What people call it."""
    extension: Extension
    """The mailbox number, dialed to hear it and from inside to leave a message."""
    greeting: Say
    """What callers hear before the tone."""
    max_seconds: Seconds = 180
    """Longest message."""
    max_messages: Annotated[int, Field(ge=1, le=9_999)] = 100
    """How many messages it holds."""
    retention_days: Annotated[int, Field(ge=1, le=3_650)] = 30
    """After how many days messages are deleted."""
    email: Email | None = None
    """Who is told of new messages."""
    pin: Secret = DerivedSecret()
    """The first PIN; its owner may change it, and a deployment keeps the change."""


class Announcement(Model):
    """Says something, then goes on or hangs up."""

    collection: ClassVar[str] = "announcements"

    name: Name
    """Name of the announcement."""
    prompt: Say
    """What is said."""
    then: Destination | None = None
    """Where the call goes next; without it, it ends."""
    extension: Extension | None = None
    """Dialed from inside to reach it."""


class Ring(Model):
    """Rings some phones at once (a ring group)."""

    collection: ClassVar[str] = "rings"

    name: Name
    """Name of the ring group."""
    agents: Annotated[tuple[AgentRef, ...], Field(min_length=1)]
    """Whose phones ring."""
    seconds: Seconds = 20
    """For how long."""
    then: Destination | None = None
    """Where the call goes when nobody answers; without it, it ends as busy."""
    extension: Extension | None = None
    """Dialed from inside to reach it."""


class External(Model):
    """Transfers the call to a public number by the outbound routes."""

    collection: ClassVar[str] = "externals"

    name: Name
    """Name of the external destination."""
    number: PublicNumber
    """Where the call goes."""
    then: Destination | None = None
    """Where the call goes when that number cannot be reached; without it, it ends as it ended there."""
    extension: Extension | None = None
    """Dialed from inside to reach it."""
