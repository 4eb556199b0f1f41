"""A plan goes into a file and comes back the same, and says when it fits no more."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ccstack.drivers.base import Unknown
from ccstack.plan.saved import SCHEMA, PlanFileError, as_json, from_text, still_fits, to_text

from .hosts import SHOP, after_deploy, edited, example, planned, untouched, world

SHOP_WORLD = world(example(SHOP))
BOX = after_deploy(SHOP_WORLD, SHOP_WORLD)["box"]
PLANS = {
    "empty": planned(SHOP_WORLD, {"box": BOX}),
    "first": planned(SHOP_WORLD, untouched(SHOP_WORLD)),
    "drift": planned(SHOP_WORLD, {"box": edited(BOX, "/etc/asterisk/queues.conf", "\n")}),
    "unknown": planned(SHOP_WORLD, {"box": Unknown("box", "no route")}),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_what_is_saved_comes_back(plan: object) -> None:
    assert from_text(to_text(plan), "plan.json") == plan  # type: ignore[arg-type]


def test_json_says_what_programs_ask_first() -> None:
    data = as_json(PLANS["drift"])
    assert (data["schema"], data["empty"], data["risk"]) == (SCHEMA, False, "reload")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "plan.json: this is not JSON"),
        ("[]", "plan.json: `schema` is None, this program reads 'ccstack.plan/1'; make the plan again"),
        ('{"schema": "ccstack.plan/9"}', "`schema` is 'ccstack.plan/9'"),
        ('{"schema": "ccstack.plan/1"}', "center: Field required; a saved plan is not to be edited: make it again"),
    ],
)
def test_what_is_no_plan_is_refused(text: str, words: str) -> None:
    with pytest.raises(PlanFileError) as refusal:
        from_text(text, "plan.json")
    assert words in str(refusal.value)


def test_a_plan_with_a_word_that_does_not_exist_is_refused() -> None:
    data = json.loads(to_text(PLANS["drift"]))
    data["targets"][0]["changes"][0]["risk"] = "harmless"
    with pytest.raises(PlanFileError, match=r"targets\.0\.changes\.0\.risk"):
        from_text(json.dumps(data), "plan.json")


def test_a_plan_fits_what_it_was_made_from_and_nothing_else() -> None:
    plan = PLANS["drift"]
    assert still_fits(plan, plan.blueprint, {"box": BOX.state}) == ()
    assert still_fits(plan, "another", {"box": BOX.state}) == ("the blueprint is not the one that was planned",)
    assert still_fits(plan, plan.blueprint, {"box": "moved"}) == ("box: it is not what it was when the plan was made",)
    (unseen,) = still_fits(plan, plan.blueprint, {"box": None})
    assert unseen.startswith("box: it cannot be observed")
    assert still_fits(PLANS["unknown"], plan.blueprint, {}) == (
        "box: it was unknown when the plan was made (no route)",
    )
    assert len(still_fits(replace(plan, blueprint="x"), "y", {})) == 2
