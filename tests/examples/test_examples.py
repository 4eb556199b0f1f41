"""The examples are what they say, and stay so small."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import ccstack
from ccstack.design import design
from ccstack.load import load
from ccstack.model import ContactCenter
from ccstack.rules import check

ROOT = Path(ccstack.__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*/center.py"))


@pytest.fixture(scope="module")
def acme() -> ContactCenter:
    return load(ROOT / "examples/acme_retail/center.py")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_no_rule_objects(path: Path) -> None:
    assert check(design(load(path))) == ()


def test_acme_is_the_center_of_the_docs(acme: ContactCenter) -> None:
    assert [site.name for site in acme.sites] == ["nyc", "den"]
    assert len({site.time_zone for site in acme.sites}) == 2
    assert len(acme.trunks) == 2
    assert len({(g.strip, g.prefix) for trunk in acme.trunks for g in trunk.gateways}) == 3
    assert len(acme.agents) == 24
    assert sum(agent.remote for agent in acme.agents) == 6
    assert len(acme.queues) == 6
    assert acme.languages == ("en", "es")


def test_each_pbx_is_standby_of_the_other(acme: ContactCenter) -> None:
    assert {(q.home, q.standby) for q in acme.queues} == {("nyc-pbx", "den-pbx"), ("den-pbx", "nyc-pbx")}


def test_numbers_are_those_reserved_for_examples(acme: ContactCenter) -> None:
    for number in acme.numbers:
        assert number.number[5:10] == "55501", number.number


def test_the_corner_shop_is_small() -> None:
    lines = (ROOT / "examples/corner_shop/center.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 45


def test_the_large_center_has_the_declared_size() -> None:
    from blueprints.enterprise import enterprise

    once, twice = enterprise(1), enterprise(2)
    sizes = [(len(c.sites), len(c.agents), len(c.queues)) for c in (once, twice)]
    assert sizes == [(12, 1500, 150), (24, 3000, 300)]
    for collection in ("agents", "queues", "menus", "hours", "voicemails"):
        items = getattr(once, collection)
        assert len({item.model_dump_json(exclude={"name", "extension"}) for item in items}) == len(items), collection


def test_the_large_center_breaks_no_rule() -> None:
    from blueprints.enterprise import enterprise

    assert [f for f in check(design(enterprise(1))) if f.severity == "error"] == []


def test_adding_moves_nothing(acme: ContactCenter) -> None:
    """What the design derives for an object does not depend on the others, nor on their order."""
    before = design(acme)
    shuffled = list(acme.agents)
    random.Random(7).shuffle(shuffled)
    extra = acme.agents[0].model_copy(update={"name": "aaron", "extension": "5199"})
    after = design(acme.model_copy(update={"agents": (extra, *shuffled)}))
    assert {k: v for k, v in after.plan.extensions.items() if k != "5199"} == before.plan.extensions
    assert after.homes == before.homes
    assert {a: d for a, d in after.emergency.dispatch.items() if a != "aaron"} == before.emergency.dispatch
