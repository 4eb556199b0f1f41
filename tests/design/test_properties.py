"""What holds for every center: nothing raises, adding moves nothing, and order matters only where it has meaning."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ccstack.design import Design, design
from ccstack.design.index import collections
from ccstack.load import load
from ccstack.model import ContactCenter
from ccstack.rules import check

from .centers import OBJECTS, centers

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@RELAXED
@given(centers())
def test_design_and_rules_take_every_center(center: ContactCenter) -> None:
    first = design(center)
    assert check(first) == check(design(center))


@pytest.fixture(scope="module", params=["acme_retail", "corner_shop"])
def example(request: pytest.FixtureRequest) -> ContactCenter:
    return load(EXAMPLES / request.param / "center.py")


def derived(made: Design) -> dict[str, dict[str, Any]]:
    """Everything that the design derives for an object, by object."""
    return {
        "extensions": made.plan.extensions,
        "site_pbxs": made.homes.site_pbxs,
        "site_sbcs": made.homes.site_sbcs,
        "queue_pbxs": made.homes.queue_pbxs,
        "penalties": {(q, m.agent): m.penalty for q, ms in made.memberships.items() for m in ms.members},
        "calendars": made.calendars,
        "edges": made.graph.edges,
        "paths": made.graph.paths,
        "entries": made.graph.entries,
        "rights": made.outbound.rights,
        "dispatch": made.emergency.dispatch,
        "emergency_trunks": made.emergency.trunks,
        "prompts": made.prompts,
        "streams": made.budget.pbx_streams | made.budget.sbc_streams,
        "wan": made.budget.site_wan_calls,
    }


FRESH = {"name": "newcomer", "extension": "777777", "number": "+12125550177"}


def newcomer(kind: str, data: st.DataObject) -> Any:
    """An object of this kind that clashes with nothing of the center."""
    item = data.draw(OBJECTS[kind])
    own = {k: v for k, v in FRESH.items() if k in type(item).model_fields and getattr(item, k) is not None}
    return item.model_copy(update=own)


@RELAXED
@given(st.sampled_from(sorted(OBJECTS)), st.data())
def test_adding_an_object_moves_no_other(example: ContactCenter, kind: str, data: st.DataObject) -> None:
    item = newcomer(kind, data)
    more = example.model_copy(update={kind: (*getattr(example, kind), item)})
    before, after = derived(design(example)), derived(design(more))
    for fact, values in before.items():
        for name, value in values.items():
            assert _kept(value, after[fact].get(name)), (fact, name)


def _kept(before: Any, after: Any) -> bool:
    """The same, or, for orders of hosts and trunks, the same with a newcomer among them."""
    if isinstance(before, tuple) and isinstance(after, tuple) and all(isinstance(v, str) for v in (*before, *after)):
        return tuple(v for v in after if v != FRESH["name"]) == before
    return bool(before == after)


@RELAXED
@given(st.integers())
def test_order_of_declaration_has_no_meaning_where_it_has_none(example: ContactCenter, seed: int) -> None:
    """Hosts and trunks are tried in the order in which they are written; all other collections are sets."""
    shuffled: dict[str, Any] = {}
    for name in set(collections()) - {"hosts", "trunks"}:
        items = list(getattr(example, name))
        random.Random(seed).shuffle(items)
        shuffled[name] = tuple(items)
    before, after = design(example), design(example.model_copy(update=shuffled))
    assert derived(before) == derived(after)
    assert before.outbound.routes == after.outbound.routes
    assert {(f.rule, f.path, f.message) for f in check(before) if f.severity == "error"} == {
        (f.rule, f.path, f.message) for f in check(after) if f.severity == "error"
    }
