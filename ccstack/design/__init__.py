"""Facts about a center that take more than one object to know, each worked out once.

`design` never fails on a center that breaks a rule: names that lead nowhere are left out here, and reported there.
"""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.model.center import ContactCenter
from ccstack.model.prompt import Prompt

from .budget import Budget, build_budget
from .calendar import Calendar, build_calendars
from .callgraph import CallGraph, build_call_graph
from .dialing import NumberPlan, build_number_plan
from .emergency import Emergency, build_emergency
from .homes import Homes, build_homes
from .index import Index, build_index
from .membership import Membership, build_memberships
from .outbound import Outbound, build_outbound
from .prompts import build_prompts
from .wiring import Wiring, build_wiring


@dataclass(frozen=True, slots=True)
class Design:
    """A center, worked out."""

    center: ContactCenter
    index: Index
    plan: NumberPlan
    homes: Homes
    memberships: dict[str, Membership]
    calendars: dict[str, Calendar]
    graph: CallGraph
    outbound: Outbound
    emergency: Emergency
    prompts: dict[str, Prompt]
    budget: Budget
    wiring: Wiring


def design(center: ContactCenter) -> Design:
    """Work out everything about `center` that spans objects."""
    index = build_index(center)
    homes = build_homes(index)
    return Design(
        center=center,
        index=index,
        plan=build_number_plan(index),
        homes=homes,
        memberships=build_memberships(index),
        calendars=build_calendars(index),
        graph=build_call_graph(index),
        outbound=build_outbound(index),
        emergency=build_emergency(index),
        prompts=build_prompts(index),
        budget=build_budget(index),
        wiring=build_wiring(index, homes),
    )


__all__ = ["Design", "design"]
