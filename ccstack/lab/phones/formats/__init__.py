"""Readers of the vendors' configuration files, written from the vendors' documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace

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


def read(vendor: str, files: Sequence[bytes]) -> PhoneConfig:
    """What a phone of a vendor makes of its file, and of those that it names. Raises `FormatError`.

    Of several files the first that has a value counts (Poly UC Software, "Master Configuration File").
    """
    try:
        first, *others = (READERS[vendor](data.decode()) for data in files)
    except UnicodeDecodeError:
        raise FormatError("the file is not UTF-8") from None
    for other in others:
        first = _filled(first, other)
    return joined(first)


def _filled(config: PhoneConfig, more: PhoneConfig) -> PhoneConfig:
    """What `config` leaves open, from `more`; what neither knows is told of both."""
    empty = PhoneConfig()
    names = {f.name for f in fields(config) if getattr(config, f.name) == getattr(empty, f.name)} - {"ignored"}
    return replace(config, **{n: getattr(more, n) for n in names}, ignored=config.ignored + more.ignored)
