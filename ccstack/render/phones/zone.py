"""A time zone as a phone must be told it: offset from UTC, and the rule by which its clocks change in summer.

Phones know no tz database, or one of their own age, so each is given the rule itself. It is read off the tz database
by looking at 28 years, after which every calendar has come round once: so it holds for any year, and for any clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_YEARS = range(2030, 2058)
_STEP = timedelta(days=7)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Change:
    """A day of the year on which clocks change."""

    month: int
    week: int
    """Which of the month's such weekdays, from 1; 5 means the last one."""
    weekday: int
    """1 is Monday, 7 is Sunday (ISO 8601)."""
    minutes: int
    """Minutes after midnight by the clock that is valid until then; 1440 is the end of the day."""

    @property
    def hour(self) -> int:
        """The hour, for phones that know none after 23."""
        return min(self.minutes // 60, 23)

    @property
    def time(self) -> str:
        """`hh:mm:ss`, for phones that know no 24:00."""
        return f"{self.minutes // 60:02}:{self.minutes % 60:02}:00" if self.minutes < 1440 else "23:59:59"


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone."""

    offset: int
    """Standard time's distance from UTC in minutes; east is positive."""
    saving: int = 0
    """Minutes that clocks are put forward in summer."""
    start: Change | None = None
    """When they are put forward; None where they never are."""
    end: Change | None = None


@dataclass(frozen=True, slots=True)
class _Turn:
    """One change of clocks in one year."""

    wall: datetime
    """By the clock that is valid until then."""
    before: int
    after: int


@cache
def zone_rule(name: str) -> Zone:
    """The rule of the zone `name` of the tz database.

    Where clocks follow no rule that recurs with the calendar (in Morocco and Gaza they follow Ramadan), phones get the
    offset that holds for most of the year. A rule that is none of "the n-th" or "the last" weekday of a month (in
    Israel: the Friday before the last Sunday) becomes the nearest that is.
    """
    info = ZoneInfo(name)
    turns = tuple(turn for year in _YEARS for turn in _turns(info, year))
    starts = [turn for turn in turns if turn.after > turn.before]
    ends = [turn for turn in turns if turn.after < turn.before]
    once_a_year = all([turn.wall.year for turn in some] == list(_YEARS) for some in (starts, ends))
    start, end = (_rule(starts), _rule(ends)) if once_a_year else (None, None)
    if start is None or end is None:
        return Zone(_usual(info))
    return Zone(starts[0].before, starts[0].after - starts[0].before, start, end)


def _offset(info: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(info).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def _usual(info: ZoneInfo) -> int:
    first = datetime(_YEARS[0], 1, 1, tzinfo=UTC)
    return Counter(_offset(info, first + n * _STEP) for n in range(52)).most_common(1)[0][0]


def _turns(info: ZoneInfo, year: int) -> list[_Turn]:
    found: list[_Turn] = []
    at, last = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    while at < last:
        to = min(at + _STEP, last)
        before, after = _offset(info, at), _offset(info, to)
        if before != after:
            wall = _when(info, at, to) + before * _MINUTE
            found.append(_Turn(wall, before, after))
        at = to
    return found


def _when(info: ZoneInfo, at: datetime, to: datetime) -> datetime:
    """The first minute after `at` and not after `to` that has the offset of `to`."""
    after = _offset(info, to)
    while to - at > _MINUTE:
        middle = at + (to - at) // 2 // _MINUTE * _MINUTE
        at, to = (at, middle) if _offset(info, middle) == after else (middle, to)
    return to


def _rule(turns: list[_Turn]) -> Change | None:
    walls = [turn.wall for turn in turns]
    minutes = walls[0].hour * 60 + walls[0].minute
    exact = _exact(walls, minutes)
    if exact is None and minutes == 0:
        exact = _exact([wall - timedelta(days=1) for wall in walls], 1440)
    return exact or _nearest(walls, minutes)


def _exact(days: list[datetime], minutes: int) -> Change | None:
    month, weekday = days[0].month, days[0].isoweekday()
    if any((day.month, day.isoweekday()) != (month, weekday) for day in days):
        return None
    weeks = {(day.day + 6) // 7 for day in days}
    if len(weeks) == 1:
        return Change(month, weeks.pop(), weekday, minutes)
    is_last = all(day.day + 7 > monthrange(day.year, day.month)[1] for day in days)
    return Change(month, 5, weekday, minutes) if is_last else None


def _nearest(days: list[datetime], minutes: int) -> Change | None:
    weekdays = {day.isoweekday() for day in days}
    if len(weekdays) > 1:
        return None
    middle = sorted((day.month, day.day) for day in days)[len(days) // 2]
    return Change(middle[0], 5 if middle[1] > 24 else (middle[1] + 6) // 7, weekdays.pop(), minutes)
