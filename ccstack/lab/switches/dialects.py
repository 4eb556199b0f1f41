"""Which dialect each platform speaks."""

from __future__ import annotations

from functools import cache

from .aoscx import Aoscx
from .cisco import Ios, IosXe
from .engine import Dialect, Platform
from .eos import Eos
from .junos import Junos

_DIALECTS: dict[Platform, type[Dialect]] = {
    "cisco-ios": Ios,
    "cisco-ios-xe": IosXe,
    "arista-eos": Eos,
    "aruba-aoscx": Aoscx,
    "juniper-junos": Junos,
}


@cache
def dialect_of(platform: Platform) -> Dialect:
    """The dialect of a platform."""
    return _DIALECTS[platform]()
