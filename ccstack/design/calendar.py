"""Hours worked out: which minutes are open, which days are holidays, in the hours' own zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from ccstack.model.hours import WEEKDAYS, Hours

from .index import Index

State = Literal["open", "closed", "holiday"]


@dataclass(frozen=True, slots=True)
class Span:
    """Open from `start` to `end`, in minutes since midnight of the wall clock; `end` is not part of it."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A dated exception. Without spans it is a holiday, closed all day."""

    day: date
    label: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """One `Hours`, ready to be asked and rendered."""

    name: str
    zone: str
    week: tuple[tuple[Span, ...], ...]
    """Spans for Monday to Sunday."""
    special: tuple[SpecialDay, ...]
    """Holidays and other dated exceptions, by day."""

    def at(self, instant: datetime) -> State:
        """Whether the hours are open at `instant` (an aware datetime), by the wall clock of their zone."""
        local = instant.astimezone(ZoneInfo(self.zone))
        minute = local.hour * 60 + local.minute
        for special in self.special:
            if special.day == local.date():
                return "open" if _within(special.spans, minute) else "closed" if special.spans else "holiday"
        return "open" if _within(self.week[local.weekday()], minute) else "closed"


def _within(spans: tuple[Span, ...], minute: int) -> bool:
    return any(span.start <= minute < span.end for span in spans)


def build_calendars(index: Index) -> dict[str, Calendar]:
    """A calendar for each of the center's hours."""
    return {name: _calendar(hours, index) for name, hours in index["hours"].items()}


def _calendar(hours: Hours, index: Index) -> Calendar:
    site = index["sites"].get(hours.site) if hours.site else None
    zone = hours.time_zone or (site.time_zone if site else "UTC")
    week = tuple(
        tuple(
            sorted(
                (Span(_minutes(p.start), _end(p.end)) for p in hours.periods if day in p.days), key=lambda s: s.start
            )
        )
        for day in WEEKDAYS
    )
    return Calendar(hours.name, zone, week, _special_days(hours))


def _special_days(hours: Hours) -> tuple[SpecialDay, ...]:
    days: dict[date, SpecialDay] = {}
    if public := hours.public_holidays:
        years = range(public.first_year, public.first_year + public.years)
        import holidays as holiday_library  # see ccstack.model.hours

        listed = holiday_library.country_holidays(public.country, subdiv=public.subdivision, years=years)
        days = {day: SpecialDay(day, str(label), ()) for day, label in listed.items() if day.year in years}
    for own in hours.holidays:
        spans = (Span(_minutes(own.start), _end(own.end)),) if own.start is not None and own.end is not None else ()
        days[own.day] = SpecialDay(own.day, own.label, spans)
    return tuple(days[day] for day in sorted(days))


def _minutes(t: time) -> int:
    return t.hour * 60 + t.minute


def _end(t: time) -> int:
    return _minutes(t) or 24 * 60
