"""The calendar against the plain words of docs/call-semantics.md, across days on which the clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.design import design
from ccstack.model import ContactCenter, Holiday, Hours, Period, PublicHolidays
from ccstack.model.hours import WEEKDAYS

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu")
CHANGES = {
    "America/New_York": [datetime(2027, 3, 14, 7), datetime(2027, 11, 7, 6)],
    "Europe/Berlin": [datetime(2027, 3, 28, 1), datetime(2027, 10, 31, 1)],
    "Australia/Lord_Howe": [datetime(2027, 4, 3, 15), datetime(2027, 10, 2, 15, 30)],
    "America/Santiago": [datetime(2027, 4, 4, 3), datetime(2027, 9, 5, 4)],
    "Asia/Kathmandu": [datetime(2027, 1, 1)],
}
US = holidays.country_holidays("US", years=[2027])


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(st.integers(0, 1438))
    end = draw(st.integers(start + 1, 1440))
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True))
    return Period(days=tuple(days), start=_time(start), end=_time(end))


@st.composite
def all_hours(draw: st.DrawFn) -> Hours:
    zone = draw(st.sampled_from(ZONES))
    near = [c.date() + timedelta(days=d) for c in CHANGES[zone] for d in (-1, 0, 1)] + [date(2027, 7, 5)]
    own = [
        Holiday(day=day, start="01:15", end="03:30") if draw(st.booleans()) else Holiday(day=day)
        for day in draw(st.lists(st.sampled_from(near), max_size=2, unique=True))
    ]
    public = draw(st.none() | st.just(PublicHolidays(country="US", first_year=2027, years=1)))
    return Hours(
        name="h", time_zone=zone, periods=draw(st.lists(periods(), max_size=4)), public_holidays=public, holidays=own
    )


def plainly(hours: Hours, instant: datetime) -> str:
    """What the page says, word by word: a day of one's own, then public holidays, then the week."""
    local = instant.astimezone(ZoneInfo(hours.time_zone or "UTC"))
    now = local.strftime("%H:%M")
    for own in hours.holidays:
        if own.day == local.date():
            if own.start is None:
                return "holiday"
            return "open" if _in(now, own.start, own.end) else "closed"
    if hours.public_holidays and local.date() in US:
        return "holiday"
    today = WEEKDAYS[local.weekday()]
    return "open" if any(today in p.days and _in(now, p.start, p.end) for p in hours.periods) else "closed"


def _in(now: str, start: time, end: time | None) -> bool:
    last = f"{end:%H:%M}" if end and end != time(0) else "24:00"
    return f"{start:%H:%M}" <= now < last


@settings(max_examples=80, deadline=None)
@given(all_hours(), st.data())
def test_calendar_says_what_the_page_says(hours: Hours, data: st.DataObject) -> None:
    calendar = design(ContactCenter(name="c", hours=[hours])).calendars["h"]
    around = [c.replace(tzinfo=UTC) for c in CHANGES[calendar.zone]] + [datetime(2027, 7, 5, 4, tzinfo=UTC)]
    start = data.draw(st.sampled_from(around)) + timedelta(minutes=data.draw(st.integers(-2000, 2000)))
    for minute in range(240):
        instant = start + timedelta(minutes=minute)
        assert calendar.at(instant) == plainly(hours, instant), instant


def test_the_repeated_hour_is_open_twice_and_the_skipped_one_never() -> None:
    night = Hours(name="h", time_zone="America/New_York", periods=[Period(days="sun", start="01:30", end="02:30")])
    calendar = design(ContactCenter(name="c", hours=[night])).calendars["h"]

    def minutes_open(day: date) -> int:
        start = datetime.combine(day, time(0), UTC)
        return sum(calendar.at(start + timedelta(minutes=m)) == "open" for m in range(36 * 60))

    assert minutes_open(date(2027, 11, 7)) == 60 + 30
    assert minutes_open(date(2027, 3, 14)) == 30
    assert minutes_open(date(2027, 3, 21)) == 60
