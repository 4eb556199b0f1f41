"""The program that docs/deploy.md shows to whoever deploys from Python."""

from __future__ import annotations

import re

from tests.plan.hosts import ROOT

BLUEPRINT = "examples/corner_shop/center.py"
"""What it deploys."""


def program() -> str:
    """As it stands on the page."""
    section = (ROOT / "docs/deploy.md").read_text(encoding="utf-8").split("\n## From Python\n")[1]
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found
    assert BLUEPRINT in found[1]
    return found[1]
