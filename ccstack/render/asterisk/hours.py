"""Opening hours as dialplan: `hours-<name>` returns `open`, `closed` or `holiday` by the one clock of the library."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.design.calendar import Calendar, Span
from ccstack.render.state import Source

from .dialplan import Dialplan


def hours(plan: Dialplan, design: Design) -> None:
    """A context for each of the center's hours."""
    for calendar in design.calendars.values():
        _hours(plan, calendar)


def _hours(plan: Dialplan, calendar: Calendar) -> None:
    source = Source(f"hours.{calendar.name}", "hours")
    plan.context(f"hours-{calendar.name}", source)
    plan.steps(
        "s",
        [
            f"Gosub(cc-clock,s,1({calendar.zone}))",
            f"GotoIf($[${{DIALPLAN_EXISTS(hours-{calendar.name},${{CC_DAY}},1)}}]?${{CC_DAY}},1)",
            "Goto(${CC_WEEKDAY},1)",
        ],
        source,
    )
    for weekday, spans in enumerate(calendar.week, start=1):
        plan.exten(str(weekday), f"Return({_state(spans)})", source)
    for special in calendar.special:
        state = _state(special.spans) if special.spans else "holiday"
        plan.exten(f"{special.day:%Y%m%d}", f"Return({state})", Source(source.path, "holiday"))


def _state(spans: tuple[Span, ...]) -> str:
    """Open within the spans. An end is not part of its span."""
    if not spans:
        return "closed"
    within = " | ".join(f"(${{CC_MINUTE}} >= {s.start} & ${{CC_MINUTE}} < {s.end})" for s in spans)
    return f"${{IF($[{within}]?open:closed)}}"
