"""Recording: what is kept of a call, and what the caller is told before."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .base import Model, Name
from .prompt import Say


class Recording(Model):
    """A recording policy. The notice ends before the recording begins; who refuses is not recorded."""

    collection: ClassVar[str] = "recordings"

    name: Name
    """Name of the policy."""
    notice: Say | None = None
    """What callers hear before anything is recorded."""
    refuse_key: Annotated[str, Field(pattern=r"^[0-9*#]$")] | None = None
    """The key with which a caller refuses during the notice or the `refuse_seconds` after it."""
    refuse_seconds: Annotated[int, Field(ge=0, le=10)] = 2
    """How long after the notice a refusal is still heard."""
    refused: Say | None = None
    """What a caller who refused hears."""
    retention_days: Annotated[int, Field(ge=1, le=3_650)] = 90
    """After how many days recordings are deleted."""
    outbound: bool = False
    """Record calls that agents of the policy's queues make to the outside, too."""
