"""Readers of the vendors' configuration files, written from the vendors' documents."""

from __future__ import annotations

from collections.abc import Callable

from ccstack.lab.phones.config import FormatError, PhoneConfig, joined

from . import cisco, grandstream, poly, snom, yealink

READERS: dict[str, Callable[[str], PhoneConfig]] = {
    "yealink": yealink.read,
    "poly": poly.read,
    "snom": snom.read,
    "grandstream": grandstream.read,
    "cisco": cisco.read,
}
"""By vendor."""


def read(vendor: str, data: bytes) -> PhoneConfig:
    """What a phone of a vendor makes of a file. Raises `FormatError` for one that it would not take."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise FormatError("the file is not UTF-8") from None
    return joined(READERS[vendor](text))
