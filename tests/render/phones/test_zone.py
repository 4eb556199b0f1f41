"""The rule that a phone is given says what the tz database says."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ccstack.render.phones.cisco import _change as cisco_change
from ccstack.render.phones.grandstream import posix
from ccstack.render.phones.snom import _change as snom_change
from ccstack.render.phones.zone import Change, Zone, zone_rule

ZONES = (
    "America/New_York",
    "America/St_Johns",
    "America/Santiago",
    "America/Phoenix",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Europe/Lisbon",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "UTC",
)


def _moment(change: Change, year: int) -> datetime:
    """The wall clock's reading when it is changed, by counting days."""
    days = [datetime(year, change.month, day) for day in range(1, monthrange(year, change.month)[1] + 1)]
    fitting = [day for day in days if day.isoweekday() == change.weekday]
    return fitting[-1 if change.week == 5 else change.week - 1] + timedelta(minutes=change.minutes)


def _offset(zone: Zone, at: datetime) -> int:
    """Minutes east of UTC at a moment of UTC, by the rule."""
    if zone.start is None or zone.end is None:
        return zone.offset
    start = _moment(zone.start, at.year) - timedelta(minutes=zone.offset)
    end = _moment(zone.end, at.year) - timedelta(minutes=zone.offset + zone.saving)
    summer = start <= at < end if start < end else not end <= at < start
    return zone.offset + zone.saving * summer


@pytest.mark.parametrize("name", ZONES)
def test_the_rule_gives_the_zones_own_time(name: str) -> None:
    rule, info = zone_rule(name), ZoneInfo(name)
    for hour in range(24 * 365):
        at = datetime(2033, 1, 1) + timedelta(hours=hour)
        wanted = at.replace(tzinfo=UTC).astimezone(info).utcoffset()
        assert wanted == timedelta(minutes=_offset(rule, at)), at


def test_clocks_that_follow_the_moon_have_no_rule() -> None:
    assert zone_rule("Africa/Casablanca") == Zone(60)


def test_a_rule_that_no_phone_knows_becomes_the_nearest() -> None:
    start = zone_rule("Asia/Jerusalem").start
    assert start == Change(month=3, week=5, weekday=5, minutes=120)  # in truth: the Friday before the last Sunday


def test_each_vendors_notation() -> None:
    berlin, santiago = zone_rule("Europe/Berlin"), zone_rule("America/Santiago")
    assert posix(berlin) == "STD-1DST-2,M3.5.0/2,M10.5.0/3"
    assert posix(zone_rule("Asia/Kolkata")) == "STD-5:30"
    assert posix(santiago) == "STD+4DST+3,M9.1.6/24,M4.1.6/24"
    assert berlin.start is not None
    assert santiago.start is not None
    assert cisco_change(berlin.start) == "3/-1/7/02:00:00"
    assert cisco_change(santiago.start) == "9/1/6/23:59:59"
    assert snom_change(berlin.start) == "03.05.07 02:00:00"
