"""Findings as text, JSON, SARIF 2.1.0 and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePath
from typing import Any, Literal, get_args
from urllib.parse import quote
from xml.etree import ElementTree

from ccstack import __version__

from .registry import RULES
from .rule import SEVERITIES, Finding, Rule, Severity, count

Format = Literal["text", "json", "sarif", "junit"]
FORMATS: tuple[Format, ...] = get_args(Format)

SCHEMA = "ccstack.findings/1"
"""What the `schema` field of the JSON says."""

_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVEL: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}
_PLURAL: dict[Severity, str] = {"error": "Errors", "warning": "Warnings", "info": "Hints"}


def write(
    findings: Sequence[Finding],
    format: Format = "text",  # noqa: A002 - as the option is called
    rules: Sequence[Rule] = RULES,
) -> str:
    """All findings in one of the formats, ending with a newline. `rules` are those that were checked."""
    return {"text": _text, "json": _json, "sarif": _sarif, "junit": _junit}[format](findings, rules)


def _text(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    blocks = []
    for severity in SEVERITIES:
        of_it = [f for f in findings if f.severity == severity]
        if of_it:
            blocks.append("\n".join([_PLURAL[severity], *map(_lines, of_it)]))
    return "\n\n".join([*blocks, summary(findings, rules)]) + "\n"


def _lines(finding: Finding) -> str:
    place = f"{finding.origin}: " if finding.origin else ""
    return f"  {place}{finding.path}: {finding.message} [{finding.rule} {finding.name}]\n      {finding.remedy}"


def summary(findings: Sequence[Finding], rules: Sequence[Rule] = RULES) -> str:
    """One line that says how it went."""
    counts = {s: sum(f.severity == s for f in findings) for s in SEVERITIES}
    nouns: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "hint"}
    told = [count(counts[severity], noun) for severity, noun in nouns.items() if counts[severity]]
    return f"{', '.join(told) or 'Nothing is wrong'}; {count(len(rules), 'rule')} checked."


def _json(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    document = {
        "schema": SCHEMA,
        "rules": len(rules),
        "summary": {s: sum(f.severity == s for f in findings) for s in SEVERITIES},
        "findings": [_as_json(f) for f in findings],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _as_json(finding: Finding) -> dict[str, Any]:
    origin = finding.origin
    return {
        "rule": finding.rule,
        "name": finding.name,
        "severity": finding.severity,
        "path": finding.path,
        "file": origin.file if origin else None,
        "line": origin.line if origin else None,
        "pointer": origin.pointer if origin else None,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _sarif(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    driver = {"name": "ccstack", "version": __version__, "rules": [_sarif_rule(r) for r in rules]}
    results = [_sarif_result(f, rules) for f in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    document = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(word.capitalize() for word in rule.name.split("-")),
        "shortDescription": {"text": rule.wrong},
        "fullDescription": {"text": f"{rule.wrong} {rule.reason}"},
        "help": {"text": rule.remedy},
        "defaultConfiguration": {"level": _SARIF_LEVEL[rule.severity]},
        "properties": {"sources": list(rule.sources)},
    }


def _sarif_result(finding: Finding, rules: Sequence[Rule]) -> dict[str, Any]:
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": finding.path}]}
    if finding.origin:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": _uri(finding.origin.file)},
            "region": {"startLine": finding.origin.line or 1},
        }
    return {
        "ruleId": finding.rule,
        "ruleIndex": next(i for i, r in enumerate(rules) if r.id == finding.rule),
        "level": _SARIF_LEVEL[finding.severity],
        "message": {"text": f"{finding.path}: {finding.message}. {finding.remedy}"},
        "locations": [location],
        # Not the line: a finding stays the same one while the file around it changes.
        "partialFingerprints": {"ccstack/v1": sha256(f"{finding.rule} {finding.path}".encode()).hexdigest()[:32]},
    }


def _uri(file: str) -> str:
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def _junit(findings: Sequence[Finding], rules: Sequence[Rule]) -> str:
    """A test case a rule: an error fails it; warnings and hints are its output, as they do not fail `validate`."""
    failed = len({f.rule for f in findings if f.severity == "error"})
    attributes = {"name": "ccstack validate", "tests": str(len(rules)), "failures": str(failed), "errors": "0"}
    suites = ElementTree.Element("testsuites", attributes)
    suite = ElementTree.SubElement(suites, "testsuite", attributes)
    for rule in rules:
        _junit_case(suite, rule, [f for f in findings if f.rule == rule.id])
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(suite: ElementTree.Element, rule: Rule, findings: Sequence[Finding]) -> None:
    case = ElementTree.SubElement(suite, "testcase", {"classname": "ccstack.rules", "name": f"{rule.id} {rule.name}"})
    if not findings:
        return
    if rule.severity == "error":
        child = ElementTree.SubElement(case, "failure", {"message": rule.wrong, "type": rule.severity})
    else:
        child = ElementTree.SubElement(case, "system-out")
    child.text = "\n".join(map(_lines, findings))
