"""Opening hours: no minute of a year may lead nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from ccstack.design import Design
from ccstack.design.calendar import Span
from ccstack.design.index import path_of
from ccstack.model import Period, Queue
from ccstack.model.hours import WEEKDAYS

from .minutes import DAY, Year, first_span, spans, stretches
from .rights import MISTAKEN_COUNTRIES
from .rule import Hit, rule
from .staffing import Survey, leads_somewhere, promised, survey, years


def moment(instant: datetime, zone: str) -> str:
    """An instant as people read it, on the wall clock of `zone`."""
    return f"{instant.astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"


def _when(mask: int, year: Year, zone: str) -> str:
    """The first span of `mask`, and how many there are."""
    if mask == year.all:
        return "at every minute"
    start, end = first_span(mask)
    more = spans(mask) - 1
    rest = f", and {more:,} times more in {year.year}" if more else ""
    return f"from {moment(year.at(start), zone)} to {moment(year.at(end), zone)} ({zone}){rest}"


def _zone_of(design: Design, names: tuple[str, ...]) -> str:
    """The zone in which times are told: that of the first hours on the way, else of the first site, else UTC."""
    for name in names:
        condition = design.index["time_conditions"].get(name)
        if condition and condition.hours in design.calendars:
            return design.calendars[condition.hours].zone
    return next((s.time_zone for s in design.center.sites), "UTC")


@rule(
    "CC601",
    "number-leads-nowhere",
    "error",
    wrong="There is a minute of the year in which a number leads nowhere.",
    reason="Callers are hung up on without having reached anybody or anything: no agent, no mailbox, no announcement.",
    remedy="Give what ends there a way on: `closed` or `holiday` of the time condition, `when_no_agents` or `overflow` "
    "of the queue, `on_timeout` of the menu, `then` of the ring group, or a mailbox for the agent.",
    sources=("docs/call-semantics.md, time and destinations",),
)
def number_leads_nowhere(design: Design) -> Iterator[Hit]:
    """Every minute of every declared year is looked at, changes of DST and holidays included."""
    told: set[str] = set()
    for year in years(design):
        good = leads_somewhere(design, survey(design, year))
        for number, entry in design.graph.entries.items():
            bad = year.all & ~good[entry]
            if bad and number not in told:
                told.add(number)
                when = _when(bad, year, _zone_of(design, design.graph.reachable(entry)))
                item = design.index["numbers"][number]
                yield Hit(path_of(item), item, f"a call to {number} leads nowhere {when}")


@rule(
    "CC602",
    "queue-unstaffed",
    "error",
    wrong="Calls reach a queue while none of its agents works.",
    reason="Callers who come then are sent away or wait for nobody, though the center says that it is open.",
    remedy="Match the agents' hours and the hours of the time condition before the queue, or let somebody with the "
    "skill work then.",
    sources=("docs/call-semantics.md, queue",),
)
def queue_unstaffed(design: Design) -> Iterator[Hit]:
    """Overflow from another queue is no promise of service and does not count as open."""
    told: set[str] = set()
    for year in years(design):
        found = survey(design, year)
        calls = promised(design, found)
        for name, queue in design.index["queues"].items():
            bad = _unstaffed(queue, calls.get(name, 0), found)
            if bad and name not in told:
                told.add(name)
                when = _when(bad, year, _zone_of(design, tuple(design.index["time_conditions"])))
                yield Hit(path_of(queue), queue, f"calls come, but {_nobody(queue)} works {when}")


def _unstaffed(queue: Queue, calls: int, found: Survey) -> int:
    """The minutes in which calls come and nobody works. Queues without agents have a rule of their own.

    A queue that is never closed by hours, but says where callers go while nobody works, is closed by that.
    """
    if queue.name not in found.at_work or ((queue.when_no_agents or queue.overflow) and calls == found.year.all):
        return 0
    return calls & ~found.at_work[queue.name]


def _nobody(queue: Queue) -> str:
    skills = " and ".join(f"`{s.skill}`" for s in queue.skills)
    return f"nobody with {skills}" if skills else "nobody"


@rule(
    "CC603",
    "hours-never-open",
    "warning",
    wrong="Hours are never open.",
    reason="Whoever works by them never works; the `open` branch of a time condition is never taken.",
    remedy="Add periods, or delete the hours.",
)
def hours_never_open(design: Design) -> Iterator[Hit]:
    """No period and no special opening."""
    for name, calendar in design.calendars.items():
        if not any(calendar.week) and not any(s.spans for s in calendar.special):
            yield Hit(f"hours.{name}", design.index["hours"][name], "there is no minute in which they are open")


@rule(
    "CC604",
    "hours-always-open",
    "warning",
    wrong="A time condition decides by hours that are always open.",
    reason="Its `closed` branch is never taken: probably a day or an end is missing.",
    remedy="Correct the hours, or send calls straight to what is `open`.",
)
def hours_always_open(design: Design) -> Iterator[Hit]:
    """For agents such hours are fine."""
    for name, condition in design.index["time_conditions"].items():
        calendar = design.calendars.get(condition.hours)
        if calendar and not calendar.special and all(_full(day) for day in calendar.week):
            yield Hit(f"time_conditions.{name}.hours", condition, f"`{condition.hours}` is open at every minute")


def _full(day: tuple[Span, ...]) -> bool:
    end = 0
    for span in day:
        if span.start > end:
            return False
        end = max(end, span.end)
    return end == DAY


@rule(
    "CC605",
    "overlapping-periods",
    "warning",
    wrong="Two periods of the same hours overlap on a weekday.",
    reason="One of them is not what was meant; the hours are open in both.",
    remedy="Correct the times, or write one period.",
)
def overlapping_periods(design: Design) -> Iterator[Hit]:
    """On the first weekday on which they do."""
    for name, hours in design.index["hours"].items():
        for position, later in enumerate(hours.periods):
            for earlier in hours.periods[:position]:
                if both := [d for d in WEEKDAYS if d in later.days and d in earlier.days]:
                    first, second = _minutes(earlier), _minutes(later)
                    if first[0] < second[1] and second[0] < first[1]:
                        message = f"{_clock(later)} overlaps {_clock(earlier)} on {both[0]}"
                        yield Hit(f"hours.{name}.periods.{position}", later, message)


def _minutes(period: Period) -> tuple[int, int]:
    end = period.end.hour * 60 + period.end.minute
    return period.start.hour * 60 + period.start.minute, end or DAY


def _clock(period: Period) -> str:
    return f"{period.start:%H:%M}-{period.end:%H:%M}"


@rule(
    "CC606",
    "period-in-clock-gap",
    "warning",
    wrong="A period lies within the hour that is skipped when daylight saving time begins.",
    reason="On that day it does not exist: the hours are not open then, though the week says so.",
    remedy="Choose times outside the skipped hour, or accept it knowingly by making the period longer.",
    sources=("tz database",),
)
def period_in_clock_gap(design: Design) -> Iterator[Hit]:
    """Whole periods only: one that merely begins in the gap opens when the gap ends."""
    year = years(design)[0]
    for name, hours in design.index["hours"].items():
        for gap_start, gap_end in _gaps(design.calendars[name].zone, year):
            for position, period in enumerate(hours.periods):
                start, end = (gap_start.replace(hour=0, minute=0) + timedelta(minutes=m) for m in _minutes(period))
                if WEEKDAYS[gap_start.weekday()] in period.days and gap_start <= start and end <= gap_end:
                    message = f"{_clock(period)} does not exist on {gap_start:%a %Y-%m-%d}"
                    yield Hit(f"hours.{name}.periods.{position}", period, message)


def _gaps(zone: str, year: Year) -> Iterator[tuple[datetime, datetime]]:
    """The skipped spans of the wall clock."""
    parts = stretches(zone, year.year)
    for (_, end, before), (_, _, after) in pairwise(parts):
        if after > before:
            wall = datetime(year.year, 1, 1) + timedelta(minutes=end)
            yield wall + timedelta(minutes=before), wall + timedelta(minutes=after)


@rule(
    "CC607",
    "holiday-twice",
    "error",
    wrong="Hours name the same day twice among their own holidays.",
    reason="Only the last of them counts.",
    remedy="Keep one.",
)
def holiday_twice(design: Design) -> Iterator[Hit]:
    """A day of one's own that is also a public holiday is fine: it wins."""
    for name, hours in design.index["hours"].items():
        seen: dict[date, str] = {}
        for holiday in hours.holidays:
            if holiday.day in seen:
                yield Hit(f"hours.{name}.holidays", holiday, f"{holiday.day} is already {seen[holiday.day]!r}")
            seen.setdefault(holiday.day, holiday.label)


@rule(
    "CC608",
    "holidays-end-apart",
    "warning",
    wrong="Hours have public holidays for fewer years than other hours of the center.",
    reason="After their last year they are open on holidays while the rest of the center is closed.",
    remedy="Give all hours the same `first_year` and `years`.",
)
def holidays_end_apart(design: Design) -> Iterator[Hit]:
    """No clock is read here, so only differences within a center can be told."""
    ends = {n: h.public_holidays.first_year + h.public_holidays.years - 1 for n, h in _with_public(design)}
    for name, hours in _with_public(design):
        if ends[name] < max(ends.values()):
            message = f"public holidays until {ends[name]}; other hours have them until {max(ends.values())}"
            yield Hit(f"hours.{name}.public_holidays", hours, message)


def _with_public(design: Design) -> list[tuple[str, Any]]:
    return [(n, h) for n, h in design.index["hours"].items() if h.public_holidays]


@rule(
    "CC609",
    "holiday-never",
    "warning",
    wrong="A time condition has a way for holidays, but its hours have none.",
    reason="That way is never taken; on holidays calls go the open way.",
    remedy="Give the hours `public_holidays` or `holidays`.",
)
def holiday_never(design: Design) -> Iterator[Hit]:
    """A day that is only shortened is no holiday."""
    for name, condition in design.index["time_conditions"].items():
        calendar = design.calendars.get(condition.hours)
        if condition.holiday and calendar and all(s.spans for s in calendar.special):
            yield Hit(f"time_conditions.{name}.holiday", condition, f"`{condition.hours}` has no holidays")


@rule(
    "CC610",
    "last-minute-closed",
    "warning",
    wrong="A period ends at 23:59.",
    reason="The end is not part of a period, so the hours are closed for the last minute of the day.",
    remedy="Write 00:00 as the end: it means midnight.",
)
def last_minute_closed(design: Design) -> Iterator[Hit]:
    """Of the week, and of days of one's own."""
    for name, hours in design.index["hours"].items():
        for field in ("periods", "holidays"):
            for position, span in enumerate(getattr(hours, field)):
                if span.end == time(23, 59):
                    yield Hit(f"hours.{name}.{field}.{position}.end", span, "it is closed from 23:59 to midnight")


@rule(
    "CC611",
    "holidays-of-another-country",
    "info",
    wrong="The hours of a site have the public holidays of another country.",
    reason="Usually a copy that was not changed: the site works on its own holidays, and rests on foreign ones.",
    remedy="Use the site's country, unless its callers are abroad.",
)
def holidays_of_another_country(design: Design) -> Iterator[Hit]:
    """Only for hours that name a site."""
    for name, hours in _with_public(design):
        site = design.index["sites"].get(hours.site)
        country = MISTAKEN_COUNTRIES.get(hours.public_holidays.country, hours.public_holidays.country)
        if site and country != site.address.country:
            message = f"holidays of {hours.public_holidays.country} at `{site.name}` in {site.address.country}"
            yield Hit(f"hours.{name}.public_holidays", hours, message)


@rule(
    "CC612",
    "condition-decides-nothing",
    "warning",
    wrong="A time condition sends calls the same way whether it is open or closed.",
    reason="The hours have no effect; one of the ways was probably meant to be another.",
    remedy="Correct one of the ways, or send calls there directly.",
)
def condition_decides_nothing(design: Design) -> Iterator[Hit]:
    """With a way of its own for holidays it does decide something."""
    for name, condition in design.index["time_conditions"].items():
        if condition.open == condition.closed and condition.holiday in (None, condition.open):
            yield Hit(f"time_conditions.{name}", condition, f"both ways lead to `{condition.open}`")


_PLACES = {"EST": "America/New_York", "MST": "America/Denver", "HST": "Pacific/Honolulu"}


@rule(
    "CC613",
    "zone-without-place",
    "warning",
    wrong="A time zone is an abbreviation or an offset, not a place.",
    reason="It has no daylight saving time, so in summer everything may be an hour off; and `Etc/GMT+5` is west of "
    "Greenwich.",
    remedy="Write the zone of a place, such as `America/New_York`.",
    sources=("tz database, files northamerica and etcetera",),
)
def zone_without_place(design: Design) -> Iterator[Hit]:
    """`UTC` says what it is."""
    for item in (*design.index["sites"].values(), *design.index["hours"].values()):
        zone = item.time_zone or ""
        if zone in _PLACES or zone.startswith("Etc/GMT"):
            remedy = f"For instance `{_PLACES[zone]}`." if zone in _PLACES else ""
            yield Hit(f"{path_of(item)}.time_zone", item, f"`{zone}` is not the zone of a place", remedy)
