"""All rules over one design."""

from __future__ import annotations

from ccstack.design import Design

from .registry import RULES
from .rule import SEVERITIES, Finding, Hit, Rule


def check(design: Design) -> tuple[Finding, ...]:
    """Every finding of every rule: errors first, then by file and line, then by path."""
    found = {_finding(rule, hit) for rule in RULES for hit in rule.find(design)}
    return tuple(sorted(found, key=_order))


def _finding(rule: Rule, hit: Hit) -> Finding:
    return Finding(rule.id, rule.name, rule.severity, hit.path, hit.at.origin, hit.message, hit.remedy or rule.remedy)


def _order(finding: Finding) -> tuple[int, str, int, str, str, str, str]:
    where = finding.origin
    place = (where.file, where.line or 0, where.pointer or "") if where else ("", 0, "")
    return (SEVERITIES.index(finding.severity), *place, finding.path, finding.rule, finding.message)
