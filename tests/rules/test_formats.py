"""Findings as text, JSON, SARIF and JUnit."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from ccstack.design import design
from ccstack.model import Origin
from ccstack.rules import RULES, Finding, check
from ccstack.rules.formats import FORMATS, write

from .centers import center

ERROR = Finding("CC101", "unknown-name", "error", "queues.sales.home", Origin("center.py", 7), "no `x`", "Mend it.")
INFO = Finding(
    "CC108", "unused", "info", "hours.day", Origin("a b/center.json", None, "/hours/0"), "nothing", "Use it."
)
HOSTILE = Finding("CC102", "duplicate-name", "error", "a<&\"'", None, "日本 ]]> & <b> \u2028", "—")


def test_text_groups_by_severity_and_points_at_the_line() -> None:
    assert write([ERROR, INFO]) == (
        "Errors\n"
        "  center.py:7: queues.sales.home: no `x` [CC101 unknown-name]\n"
        "      Mend it.\n\n"
        "Hints\n"
        "  a b/center.json#/hours/0: hours.day: nothing [CC108 unused]\n"
        "      Use it.\n\n"
        f"1 error, 1 hint; {len(RULES)} rules checked.\n"
    )


def test_text_of_nothing() -> None:
    assert write([]) == f"Nothing is wrong; {len(RULES)} rules checked.\n"


def test_json_has_a_schema_and_every_field() -> None:
    document = json.loads(write([ERROR, INFO], "json"))
    assert document["schema"] == "ccstack.findings/1"
    assert document["summary"] == {"error": 1, "warning": 0, "info": 1}
    assert document["findings"][0] == {
        "rule": "CC101",
        "name": "unknown-name",
        "severity": "error",
        "path": "queues.sales.home",
        "file": "center.py",
        "line": 7,
        "pointer": None,
        "message": "no `x`",
        "remedy": "Mend it.",
    }


def test_sarif_names_every_rule_and_points_at_the_line() -> None:
    run = json.loads(write([ERROR, INFO, HOSTILE], "sarif"))["runs"][0]
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == [r.id for r in RULES]
    first, second, third = run["results"]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "CC101"
    place = first["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "center.py"}, "region": {"startLine": 7}}
    assert second["level"] == "note"
    assert second["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/center.json"
    assert "physicalLocation" not in third["locations"][0]


def test_junit_fails_only_on_errors() -> None:
    suite = ElementTree.fromstring(write([ERROR, INFO, HOSTILE], "junit"))[0]
    assert (suite.get("tests"), suite.get("failures")) == (str(len(RULES)), "2")
    cases = {(case.get("name") or "").split()[0]: case for case in suite}
    assert cases["CC101"].find("failure") is not None
    assert cases["CC108"].find("failure") is None
    assert "nothing" in (cases["CC108"].findtext("system-out") or "")
    assert "日本 ]]> & <b>" in (cases["CC102"].findtext("failure") or "")


@pytest.mark.parametrize("format_", FORMATS)
def test_every_format_takes_real_findings_and_repeats(format_: str) -> None:
    findings = check(design(center(agents=[])))
    assert findings
    assert write(findings, format_) == write(findings, format_)  # type: ignore[arg-type]
    assert write(findings, format_).endswith("\n")  # type: ignore[arg-type]
