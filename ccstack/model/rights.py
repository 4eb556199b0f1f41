"""Calling rights: what a phone may dial (class of service)."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from .base import Model, Name

Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2 country code."""


class CallingRights(Model):
    """A class of service. Extensions and emergency numbers are always allowed."""

    collection: ClassVar[str] = "calling_rights"

    name: Name
    """Name of the class."""
    national: bool = True
    """Numbers of the center's own country."""
    countries: tuple[Country, ...] = ()
    """Further countries; everything else abroad is refused (toll fraud starts there)."""
    premium: bool = False
    """Premium-rate and shared-cost numbers (phonenumbers library's number types)."""
    allow: tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{1,15}$")], ...] = ()
    """E.164 prefixes that are allowed whatever the rest says."""
    deny: tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{1,15}$")], ...] = ()
    """E.164 prefixes that are refused whatever the rest says."""
    max_calls_per_day: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Calls to the outside that one phone may make a day."""
    max_minutes_per_day: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Minutes to the outside that one phone may talk a day."""
    own_caller_id: Literal["agent", "trunk"] = "agent"
    """Whether called parties see the agent's own number or the trunk's."""
