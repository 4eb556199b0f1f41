"""Options of these tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def refresh() -> bool:
    """Whether the expected plans are written anew (`REFRESH=1 pytest tests/plan`)."""
    return bool(os.environ.get("REFRESH"))
