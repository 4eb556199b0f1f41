"""A year minute by minute: when hours are open, as bits of one large number.

Bit `i` stands for the `i`-th slot after the year's first minute in UTC. A slot is the longest time within which nothing
in the center changes: a quarter of an hour where all hours begin and end on quarters, down to a minute. Whole years are
combined with `&` and `|`, so that "a minute in which" needs no loop over minutes and no sampling: changes of DST and
holidays are in the bits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import gcd
from zoneinfo import ZoneInfo

from ccstack.design.calendar import Calendar, Span, SpecialDay

DAY = 24 * 60
_MINUTE = timedelta(minutes=1)
_WEEKS = 55
"""Enough for a year and the days on both sides that other zones see of it."""


@dataclass(frozen=True, slots=True)
class Year:
    """A year in UTC, in slots of some minutes."""

    year: int
    slot: int
    """Minutes in a slot."""
    slots: int
    """How many there are."""
    all: int
    """Every slot."""

    @staticmethod
    def of(year: int, slot: int = 1) -> Year:
        """The year `year` in slots of `slot` minutes."""
        slots = _minutes_of(year) // slot
        return Year(year, slot, slots, (1 << slots) - 1)

    def at(self, slot: int) -> datetime:
        """The instant at which a slot begins."""
        return _start(self.year) + slot * self.slot * _MINUTE


@dataclass(frozen=True, slots=True)
class States:
    """When hours are open, and when it is a holiday; otherwise they are closed."""

    open: int
    holiday: int


def coarsest_slot(calendars: Iterable[Calendar], years: Iterable[int]) -> int:
    """The longest slot, in minutes, within which none of the calendars changes in any of the years."""
    calendars, numbers = list(calendars), list(years)
    edges = {edge for c in calendars for span in _all_spans(c) for edge in (span.start, span.end)}
    for zone in {c.zone for c in calendars}:
        edges |= {edge for year in numbers for start, _, offset in stretches(zone, year) for edge in (start, offset)}
    return gcd(60, *edges)


def _all_spans(calendar: Calendar) -> Iterator[Span]:
    for spans_of_day in (*calendar.week, *(s.spans for s in calendar.special)):
        yield from spans_of_day


def states(calendar: Calendar, year: Year) -> States:
    """What `calendar.at` says of every minute of `year`."""
    monday, day = _monday(year.year).toordinal(), DAY // year.slot
    dated = shortened = holidays = 0
    for special in _special_days(calendar, year.year):
        start = (special.day.toordinal() - monday) * day
        whole = ((1 << day) - 1) << start
        dated |= whole
        if special.spans:
            shortened |= _bits(special.spans, start, year.slot)
        else:
            holidays |= whole
    opened = _every_week(calendar, year.slot) & ~dated | shortened
    return States(_in_utc(opened, calendar.zone, year), _in_utc(holidays, calendar.zone, year))


def _special_days(calendar: Calendar, year: int) -> Iterator[SpecialDay]:
    """Those of the year, and of the days beside it that another zone's year still sees."""
    first, last = date(year - 1, 12, 31), date(year + 1, 1, 1)
    days = calendar.special
    yield from days[bisect_left(days, first, key=_day) : bisect_right(days, last, key=_day)]


def _day(special: SpecialDay) -> date:
    return special.day


def _every_week(calendar: Calendar, slot: int) -> int:
    """The calendar's week on the wall clock, again and again."""
    day = DAY // slot
    week = 0
    for weekday, spans_of_day in enumerate(calendar.week):
        week |= _bits(spans_of_day, weekday * day, slot)
    length = 7 * day
    while length < _WEEKS * 7 * day:
        week |= week << length
        length *= 2
    return week


def _bits(day: tuple[Span, ...], start: int, slot: int) -> int:
    bits = 0
    for span in day:
        bits |= ((1 << ((span.end - span.start) // slot)) - 1) << (start + span.start // slot)
    return bits


def _in_utc(wall: int, zone: str, year: Year) -> int:
    """Slots of a wall clock as slots of the year: stretch by stretch of the same offset from UTC."""
    before = (date(year.year, 1, 1) - _monday(year.year)).days * DAY
    result = 0
    for start, end, offset in stretches(zone, year.year):
        shift, length = (before + start + offset) // year.slot, (end - start) // year.slot
        result |= ((wall >> shift) & ((1 << length) - 1)) << (start // year.slot)
    return result


def _monday(year: int) -> date:
    """A Monday before the year, by any wall clock."""
    before = date(year, 1, 1) - timedelta(days=2)
    return before - timedelta(days=before.weekday())


@lru_cache(maxsize=512)
def stretches(zone: str, year: int) -> tuple[tuple[int, int, int], ...]:
    """The year in stretches of one offset from UTC: first minute, the minute after the last, and offset in minutes."""
    info, total = ZoneInfo(zone), _minutes_of(year)
    starts, offset = [0], _offset(info, year, 0)
    for day in range(0, total, DAY):
        last = min(day + DAY, total - 1)
        if _offset(info, year, last) != offset:
            starts.append(_first_change(info, year, day, last, offset))
            offset = _offset(info, year, starts[-1])
    ends = [*starts[1:], total]
    return tuple((s, e, _offset(info, year, s)) for s, e in zip(starts, ends, strict=True))


def _start(year: int) -> datetime:
    return datetime(year, 1, 1, tzinfo=UTC)


def _minutes_of(year: int) -> int:
    return (_start(year + 1) - _start(year)) // _MINUTE


def _offset(info: ZoneInfo, year: int, minute: int) -> int:
    return ((_start(year) + minute * _MINUTE).astimezone(info).utcoffset() or timedelta()) // _MINUTE


def _first_change(info: ZoneInfo, year: int, low: int, high: int, offset: int) -> int:
    """The first minute after `low` with another offset, by halving."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, year, middle) == offset else (low, middle)
    return high


def first_span(mask: int) -> tuple[int, int]:
    """The first run of set bits: its first slot, and the slot after its last."""
    start = (mask & -mask).bit_length() - 1
    rest = mask >> start
    return start, start + (~rest & (rest + 1)).bit_length() - 1


def spans(mask: int) -> int:
    """How many runs of set bits there are."""
    return (mask & ~(mask << 1)).bit_count()
