"""What a check found, and the ways to print it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["pass", "fail", "error", "not_run"]
"""`error`: it could not be checked. Only `pass` is a pass."""

SCHEMA = "ccstack.verify/1"


@dataclass(frozen=True, slots=True)
class Result:
    """One check on one target."""

    target: str
    """A host, or the probe that called."""
    check: str
    """What was checked, as a sentence."""
    status: Status
    detail: str = ""
    """What was seen; for anything but a pass, also what to look at."""
    seconds: float = 0.0


def tally(results: Iterable[Result]) -> dict[str, int]:
    """How many results there are of each status."""
    counts = {"pass": 0, "fail": 0, "error": 0, "not_run": 0}
    for result in results:
        counts[result.status] += 1
    return counts


def as_json(center: str, results: Iterable[Result]) -> dict[str, Any]:
    """The results as plain data with a schema version."""
    found = list(results)
    return {"schema": SCHEMA, "center": center, "tally": tally(found), "results": [asdict(r) for r in found]}


def as_junit(center: str, results: Iterable[Result]) -> str:
    """The results as JUnit XML, a suite a target."""
    root = ET.Element("testsuites", name=f"ccstack verify {center}")
    by_target: dict[str, list[Result]] = {}
    for result in results:
        by_target.setdefault(result.target, []).append(result)
    for target, found in by_target.items():
        root.append(_suite(target, found))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(target: str, results: list[Result]) -> ET.Element:
    counts = tally(results)
    suite = ET.Element(
        "testsuite",
        name=target,
        tests=str(len(results)),
        failures=str(counts["fail"]),
        errors=str(counts["error"]),
        skipped=str(counts["not_run"]),
        time=f"{sum(r.seconds for r in results):.3f}",
    )
    for result in results:
        case = ET.SubElement(suite, "testcase", classname=target, name=result.check, time=f"{result.seconds:.3f}")
        tag = {"fail": "failure", "error": "error", "not_run": "skipped"}.get(result.status)
        if tag:
            ET.SubElement(case, tag, message=_printable(result.detail))
        elif result.detail:
            ET.SubElement(case, "system-out").text = _printable(result.detail)
    return suite


def _printable(text: str) -> str:
    """XML 1.0 has no control characters but tab and newline (W3C, section 2.2)."""
    return "".join(c if c in "\t\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF) else "?" for c in text)
