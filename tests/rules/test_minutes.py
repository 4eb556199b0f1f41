"""A year in bits says the same as the calendar asked minute by minute."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.design.calendar import Calendar, Span, SpecialDay
from ccstack.rules.minutes import Year, coarsest_slot, first_span, spans, states, stretches

ZONES = (
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",  # half an hour of DST
    "Asia/Kathmandu",  # a quarter of an hour off
    "Pacific/Kiritimati",  # fourteen hours ahead
    "Pacific/Pago_Pago",  # eleven hours behind
    "Africa/Casablanca",  # DST but for Ramadan
    "America/Santiago",  # changes at midnight
)

_minute = st.integers(0, 1440)
_spans = st.lists(st.tuples(_minute, _minute).filter(lambda p: p[0] < p[1]), max_size=3).map(
    lambda pairs: tuple(Span(a, b) for a, b in sorted(pairs))
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    days = draw(st.lists(st.dates(date(2026, 12, 28), date(2028, 1, 4)), max_size=5, unique=True))
    special = tuple(SpecialDay(d, "x", draw(_spans)) for d in sorted(days))
    week = tuple(draw(_spans) for _ in range(7))
    return Calendar("c", draw(st.sampled_from(ZONES)), week, special)


def at(calendar: Calendar, year: Year, slot: int) -> str:
    found = states(calendar, year)
    is_open, is_holiday = found.open >> slot & 1, found.holiday >> slot & 1
    assert not (is_open and is_holiday)
    return "open" if is_open else "holiday" if is_holiday else "closed"


@settings(max_examples=60, deadline=None)
@given(calendars(), st.data())
def test_bits_agree_with_the_calendar(calendar: Calendar, data: st.DataObject) -> None:
    year = Year.of(2027, coarsest_slot([calendar], [2027]))
    minutes = data.draw(st.lists(st.integers(0, year.slots * year.slot - 1), min_size=20, max_size=20))
    near_special = [_slot_of(s.day, calendar.zone, year) for s in calendar.special]
    for slot in [m // year.slot for m in minutes] + [s for s in near_special if 0 <= s < year.slots]:
        first = year.at(slot)
        for instant in (first, first + timedelta(minutes=year.slot - 1)):
            assert at(calendar, year, slot) == calendar.at(instant), instant


def _slot_of(day: date, zone: str, year: Year) -> int:
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return int((midnight - year.at(0)) / timedelta(minutes=year.slot))


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_every_change_of_the_clock(zone: str) -> None:
    """Brute force over two days around each change, with a week in which each minute class differs."""
    week = tuple((Span(0, 61), Span(90, 125), Span(150, 181), Span(700, 1439)) for _ in range(7))
    calendar = Calendar("c", zone, week, (SpecialDay(date(2027, 3, 14), "DST", (Span(100, 170),)),))
    year = Year.of(2027)
    found = states(calendar, year)
    for _, change, _ in stretches(zone, 2027)[:-1]:
        for minute in range(change - 1440, change + 1440):
            expected = calendar.at(year.at(minute)) == "open"
            assert bool(found.open >> minute & 1) == expected, year.at(minute)


def test_stretches_find_the_hour_of_the_change() -> None:
    new_york = stretches("America/New_York", 2027)
    assert [offset for _, _, offset in new_york] == [-300, -240, -300]
    year = Year.of(2027)
    assert year.at(new_york[1][0]) == datetime(2027, 3, 14, 7, 0, tzinfo=UTC)
    assert year.at(new_york[2][0]) == datetime(2027, 11, 7, 6, 0, tzinfo=UTC)


def test_slots_are_as_long_as_nothing_changes() -> None:
    quarters = Calendar("q", "America/New_York", ((Span(540, 1035),), *((),) * 6), ())
    minutes = Calendar("m", "America/New_York", ((Span(540, 1439),), *((),) * 6), ())
    assert coarsest_slot([], [2027]) == 60
    assert coarsest_slot([quarters], [2027]) == 15
    assert coarsest_slot([quarters, minutes], [2027]) == 1


@given(st.lists(st.booleans(), min_size=1, max_size=60).filter(any))
def test_runs_of_bits(bits: list[bool]) -> None:
    mask = sum(1 << i for i, bit in enumerate(bits) if bit)
    runs: list[list[int]] = []
    for i, bit in enumerate(bits):
        if bit and (not runs or runs[-1][1] != i):
            runs.append([i, i])
        if bit:
            runs[-1][1] = i + 1
    assert first_span(mask) == tuple(runs[0])
    assert spans(mask) == len(runs)
