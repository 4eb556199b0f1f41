"""A center that breaks no rule: what anything beyond checking begins with."""

from __future__ import annotations

from collections.abc import Sequence

from ccstack.design import Design, design
from ccstack.model import ContactCenter

from .check import check
from .formats import write
from .rule import Finding


class RulesBrokenError(Exception):
    """A rule finds an error in the center; the text has all of them, as `validate` prints them."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(write(self.findings, "text").removesuffix("\n"))


def sound_design(center: ContactCenter) -> Design:
    """The design of a center. Raises `RulesBrokenError` if a rule finds an error; warnings stop nothing."""
    made = design(center)
    if errors := [finding for finding in check(made) if finding.severity == "error"]:
        raise RulesBrokenError(errors)
    return made
