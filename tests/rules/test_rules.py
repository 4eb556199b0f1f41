"""Every rule has the smallest center that breaks it, and a near miss; each breaks that rule and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ccstack.design import design
from ccstack.load import load
from ccstack.model import ContactCenter
from ccstack.rules import RULES, Finding, check

from . import cases_callers, cases_calls, cases_hosts, cases_names, cases_phones, cases_trunks
from .centers import Case, agent, center, plus, two_sites

CASES = [
    *cases_names.CASES,
    *cases_hosts.CASES,
    *cases_phones.CASES,
    *cases_trunks.CASES,
    *cases_callers.CASES,
    *cases_calls.CASES,
]


def found(given: ContactCenter) -> list[tuple[str, str, str]]:
    return [(f.rule, f.path, f.message) for f in check(design(given))]


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.rule)
def test_breaking_center_breaks_that_rule_alone(each: Case) -> None:
    told = found(each.breaks)
    assert {rule for rule, _, _ in told} == {each.rule, *each.with_it}, told
    assert (each.rule, each.path) in {(rule, path) for rule, path, _ in told}, told


@pytest.mark.parametrize("each", CASES, ids=lambda c: c.rule)
def test_near_miss_passes(each: Case) -> None:
    assert found(each.passes) == []


def test_an_extension_may_not_be_a_test_number_of_a_carrier_either() -> None:
    tested = plus({"outside_prefix": "8"}, agents=[agent("bob", "933")])
    assert [rule for rule, *_ in found(tested)] == ["CC202"]


def test_every_rule_has_a_case_and_the_other_way_round() -> None:
    assert [c.rule for c in CASES if c.rule.startswith("CC1")] == [r.id for r in RULES if r.id.startswith("CC1")]
    assert {c.rule for c in CASES} == {r.id for r in RULES}
    assert len(CASES) == len(RULES)


def test_the_base_breaks_nothing() -> None:
    assert found(center()) == []
    assert found(two_sites()) == []


def test_ids_and_names_are_unique_and_in_order() -> None:
    assert [r.id for r in RULES] == sorted({r.id for r in RULES})
    assert len({r.name for r in RULES}) == len(RULES)
    assert all(re.fullmatch(r"CC[1-9]\d\d", r.id) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", r.name) for r in RULES)


@pytest.mark.parametrize("each", RULES, ids=lambda r: r.id)
def test_every_rule_says_what_why_and_how(each: object) -> None:
    for text in (each.wrong, each.reason, each.remedy):  # type: ignore[attr-defined]
        assert text[0].isupper()
        assert text.endswith(".")


def test_findings_are_sorted_and_repeat() -> None:
    broken = center(queues=[], agents=[], numbers=[])
    once, again = check(design(broken)), check(design(broken))
    assert once == again
    ranks = [("error", "warning", "info").index(f.severity) for f in once]
    assert ranks == sorted(ranks)


def test_findings_are_the_same_for_the_json_of_a_center(tmp_path: Path) -> None:
    for each in CASES:
        (tmp_path / "center.json").write_text(json.dumps(each.breaks.model_dump(mode="json")))
        findings = check(design(load(tmp_path / "center.json")))
        assert without_places(findings) == without_places(check(design(each.breaks)))
        assert all(f.origin and f.origin.pointer is not None for f in findings)


def without_places(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """Findings without the lines that they name, which JSON has elsewhere."""
    return sorted((f.rule, f.path, re.sub(r" at \S+$", "", f.message)) for f in findings)
