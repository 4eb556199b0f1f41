"""A year minute by minute: when hours are open, as bits of one large number.

Bit `i` stands for minute `i` after the year's first minute in UTC. Whole years are combined with `&` and `|`, so that
"a minute in which" needs no loop over minutes and no sampling: changes of DST and holidays are in the bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ccstack.design.calendar import Calendar, Span

DAY = 24 * 60
WEEK = 7 * DAY
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Year:
    """The minutes of a year in UTC."""

    year: int

    @property
    def start(self) -> datetime:
        """The first minute."""
        return datetime(self.year, 1, 1, tzinfo=UTC)

    @property
    def minutes(self) -> int:
        """How many there are."""
        return (datetime(self.year + 1, 1, 1, tzinfo=UTC) - self.start) // _MINUTE

    @property
    def all(self) -> int:
        """Every minute."""
        return (1 << self.minutes) - 1

    def at(self, minute: int) -> datetime:
        """The instant of a bit."""
        return self.start + minute * _MINUTE


@dataclass(frozen=True, slots=True)
class States:
    """When hours are open, and when it is a holiday; otherwise they are closed."""

    open: int
    holiday: int


def states(calendar: Calendar, year: Year) -> States:
    """What `calendar.at` says of every minute of `year`."""
    wall = _Wall(year)
    week = _repeated(sum(_bits(span, day * DAY) for day, spans in enumerate(calendar.week) for span in spans), wall)
    opened, holidays = week, 0
    for special in calendar.special:
        start = wall.minute(datetime.combine(special.day, time()))
        if 0 <= start < wall.minutes:
            whole = ((1 << DAY) - 1) << start
            opened = opened & ~whole
            for span in special.spans:
                opened |= _bits(span, start)
            holidays |= 0 if special.spans else whole
    return States(wall.in_utc(opened, calendar.zone), wall.in_utc(holidays, calendar.zone))


class _Wall:
    """The minutes of a wall clock, from the Monday before the year to the days after it."""

    def __init__(self, year: Year) -> None:
        self.year = year
        before = year.start.replace(tzinfo=None) - timedelta(days=2)
        self.monday = before - timedelta(days=before.weekday())
        self.weeks = 55
        self.minutes = self.weeks * WEEK

    def minute(self, local: datetime) -> int:
        return (local - self.monday) // _MINUTE

    def in_utc(self, mask: int, zone: str) -> int:
        """The wall clock's minutes as minutes of the year: stretch by stretch of the same offset from UTC."""
        result = 0
        for start, end, offset in stretches(zone, self.year):
            shift = self.minute(self.year.start.replace(tzinfo=None)) + start + offset
            result |= ((mask >> shift) & ((1 << (end - start)) - 1)) << start
        return result


def _bits(span: Span, start: int) -> int:
    return ((1 << (span.end - span.start)) - 1) << (start + span.start) if span.end > span.start else 0


def _repeated(week: int, wall: _Wall) -> int:
    return int.from_bytes(week.to_bytes(WEEK // 8, "little") * wall.weeks, "little")


@lru_cache(maxsize=256)
def stretches(zone: str, year: Year) -> tuple[tuple[int, int, int], ...]:
    """The year in stretches of one offset from UTC: first minute, the minute after the last, and offset in minutes."""
    info = ZoneInfo(zone)
    starts, offset = [0], _offset(info, year, 0)
    for day in range(0, year.minutes, DAY):
        last = min(day + DAY, year.minutes - 1)
        if _offset(info, year, last) != offset:
            starts.append(_first_change(info, year, day, last, offset))
            offset = _offset(info, year, starts[-1])
    ends = [*starts[1:], year.minutes]
    return tuple((s, e, _offset(info, year, s)) for s, e in zip(starts, ends, strict=True))


def _offset(info: ZoneInfo, year: Year, minute: int) -> int:
    return (year.at(minute).astimezone(info).utcoffset() or timedelta()) // _MINUTE


def _first_change(info: ZoneInfo, year: Year, low: int, high: int, offset: int) -> int:
    """The first minute after `low` with another offset, by halving."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(info, year, middle) == offset else (low, middle)
    return high


def first_span(mask: int) -> tuple[int, int]:
    """The first run of set bits: its first minute, and the minute after its last."""
    start = (mask & -mask).bit_length() - 1
    rest = mask >> start
    return start, start + (~rest & (rest + 1)).bit_length() - 1


def spans(mask: int) -> int:
    """How many runs of set bits there are."""
    return (mask & ~(mask << 1)).bit_count()
