"""Which dialect each platform speaks."""

from __future__ import annotations

from functools import cache

from .cisco import Ios, IosXe
from .engine import Dialect, Platform

_DIALECTS: dict[Platform, type[Dialect]] = {"cisco-ios": Ios, "cisco-ios-xe": IosXe}


@cache
def dialect_of(platform: Platform) -> Dialect:
    """The dialect of a platform."""
    return _DIALECTS[platform]()
