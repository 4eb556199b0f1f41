"""A number: what the public dials, and where it leads."""

from __future__ import annotations

from typing import Annotated, ClassVar

import phonenumbers
from pydantic import AfterValidator, Field

from .base import E164, Destination, Label, Language, Model, TrunkRef


def _possible(number: str) -> str:
    try:
        parsed = phonenumbers.parse(number)
        possible = phonenumbers.is_possible_number(parsed)
    except phonenumbers.NumberParseException:  # no such country code
        possible = False
    if not possible:
        raise ValueError(f"{number} is not possible as a number of its country; check country code and length")
    abroad = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if abroad != number:
        raise ValueError(f"{number} has a prefix that is only dialed inside its country; write '{abroad}'")
    return number


PublicNumber = Annotated[E164, AfterValidator(_possible)]
"""An E.164 number whose length is possible in its country (phonenumbers library)."""


class Number(Model):
    """A DID: a public number of the center, delivered by a trunk."""

    collection: ClassVar[str] = "numbers"

    number: PublicNumber
    """The number in E.164."""
    to: Destination
    """Where its calls go first."""
    trunk: TrunkRef | None = None
    """The trunk that delivers it; without it any trunk may."""
    label: Label | None = None
    """What people call it."""
    language: Language | None = None
    """Language that its callers hear first; without it the center's first."""
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Priority in queues; higher goes first, whatever the time of arrival."""
    test: bool = False
    """Live checks may call this number."""

    @property
    def name(self) -> str:
        """The number itself: it is what others call the object by."""
        return self.number


class CallerList(Model):
    """A list of callers, such as the VIPs of a queue."""

    collection: ClassVar[str] = "caller_lists"

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    """Name of the list."""
    numbers: tuple[PublicNumber, ...] = ()
    """Callers in E.164."""
