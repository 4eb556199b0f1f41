"""Rules over a whole center: what would not work, and how to mend it.

`check(design)` finds; `formats.write(findings, format)` prints. A rule is one small function in a file of its theme,
and stands in the literal list of `registry.py`.
"""

from .check import check
from .registry import RULES
from .rule import Finding, Rule, Severity

__all__ = ["RULES", "Finding", "Rule", "Severity", "check"]
