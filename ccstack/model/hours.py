"""Opening hours, holidays, and the branch that a call takes by them."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Destination, HoursRef, Label, Model, Name, SiteRef
from .site import TimeZone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: Any) -> Any:
    """`mon-fri` and `sat` and `mon,wed` as tuples of weekdays."""
    if not isinstance(value, str):
        return value
    days: list[str] = []
    for part in value.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        if first in WEEKDAYS and last in WEEKDAYS:
            start, end = WEEKDAYS.index(first), WEEKDAYS.index(last)
            days += [WEEKDAYS[i % 7] for i in range(start, end + 1 if end >= start else end + 8)]
        else:
            days.append(part)
    return tuple(days)


def _no_number(kind: Literal["time_type", "date_type"]) -> BeforeValidator:
    """Refuses 9 as a time and 20261224 as a day: pydantic takes them for seconds since midnight and since 1970."""

    def refused(value: Any) -> Any:
        if isinstance(value, int | float):
            raise PydanticCustomError(kind, "must not be a number")
        return value

    return BeforeValidator(refused)


Clock = Annotated[time, _no_number("time_type")]
"""A time of day, such as `09:00`."""
Day = Annotated[date, _no_number("date_type")]
"""A day, such as `2026-12-24`."""


class Period(Model):
    """A span of the day on some weekdays. `end` is not part of it; 00:00 as end means midnight."""

    days: Annotated[tuple[Weekday, ...], BeforeValidator(_days), Field(min_length=1)]
    """Weekdays, as `mon-fri`, `sat`, or a list."""
    start: Clock
    """First minute, in the hours' zone."""
    end: Clock
    """The minute at which it is over; 00:00 means the end of the day."""

    @model_validator(mode="after")
    def _goes_forward(self) -> Period:
        for t in (self.start, self.end):
            if t.second or t.microsecond or t.tzinfo:
                raise ValueError("times are whole minutes without a zone; the zone belongs to the hours")
        if self.end != time(0) and self.end <= self.start:
            raise ValueError(
                f"the end, {self.end:%H:%M}, must be later than the start, {self.start:%H:%M}; write a span over "
                "midnight as two periods, the first until 00:00 and the second from 00:00 on the days after"
            )
        return self


class PublicHolidays(Model):
    """The public holidays of a country or a part of it, from the `holidays` library."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    """ISO 3166-1 alpha-2 country code."""
    subdivision: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 -]{1,40}$")] | None = None
    """State or province, in the library's code for it, such as `NY`."""
    first_year: Annotated[int, Field(ge=2020, le=2100)] = 2026
    """First year that is rendered. It is written here, not read from a clock, so that renders repeat."""
    years: Annotated[int, Field(ge=1, le=20)] = 5
    """How many years are rendered."""

    @model_validator(mode="after")
    def _known(self) -> PublicHolidays:
        import holidays as holiday_library  # it takes a while, and most blueprints of one site name no country

        known = holiday_library.list_supported_countries()
        if self.country not in known:
            raise ValueError(
                f"no public holidays are known for country {self.country!r}; list days of your own instead"
            )
        parts = known[self.country]
        if self.subdivision is not None and self.subdivision not in parts:
            raise ValueError(f"{self.country} has no subdivision {self.subdivision!r}; known: {', '.join(parts)}")
        return self


class Holiday(Model):
    """A day of one's own on which the hours differ."""

    day: Day
    """The day."""
    label: Label = "holiday"
    """What it is called."""
    start: Clock | None = None
    """Open from, where the day is only shortened; without it closed all day."""
    end: Clock | None = None
    """Open until."""

    @model_validator(mode="after")
    def _both_or_none(self) -> Holiday:
        if (self.start is None) != (self.end is None):
            raise ValueError("give both `start` and `end`, or neither for a day that is closed")
        if self.start is not None and self.end is not None and self.end <= self.start and self.end != time(0):
            raise ValueError("the end must be later than the start")
        return self


class Hours(Model):
    """When something is open, in one time zone. Wall-clock times: they hold through changes of DST."""

    collection: ClassVar[str] = "hours"

    name: Name
    """Name of the hours."""
    site: SiteRef | None = None
    """The site whose time zone counts."""
    time_zone: TimeZone | None = None
    """A zone of its own; wins over the site's. One of the two is needed."""
    periods: tuple[Period, ...] = ()
    """When it is open in a normal week."""
    public_holidays: PublicHolidays | None = None
    """Public holidays, closed all day."""
    holidays: tuple[Holiday, ...] = ()
    """Days of one's own; they win over public holidays and over the week."""

    @model_validator(mode="after")
    def _has_a_zone(self) -> Hours:
        if self.site is None and self.time_zone is None:
            raise ValueError("hours need a `site` or a `time_zone`: without a zone, 09:00 has no meaning")
        return self


class TimeCondition(Model):
    """Sends a call one way in open hours and another way outside them."""

    collection: ClassVar[str] = "time_conditions"

    name: Name
    """Name of the time condition."""
    hours: HoursRef
    """The hours that decide."""
    open: Destination
    """Where calls go in open hours."""
    closed: Destination
    """Where calls go outside them."""
    holiday: Destination | None = None
    """Where calls go on a holiday; without it as when closed."""
