"""What is known of each phone model; the facts themselves, with their sources, are in `phone_models.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

PhoneVendor = Literal["yealink", "poly", "snom", "grandstream", "cisco"]
"""Whose phones they are; `cisco` means its Multiplatform (third-party call control) firmware."""

PhoneFormat = Literal["yealink-cfg", "poly-xml", "snom-xml", "grandstream-xml", "cisco-xml"]
"""How a phone's configuration file is written."""

CLASS_WATTS = (15.4, 4.0, 7.0, 15.4, 30.0, 45.0, 60.0, 75.0, 90.0)
"""What a switch sets aside for a device of each PoE class, at its own end, in watts (IEEE 802.3-2022 table 145-11)."""


@dataclass(frozen=True, slots=True)
class PhoneModel:
    """A phone model."""

    name: str
    """As a blueprint names it, such as `yealink-t54w`."""
    vendor: PhoneVendor
    label: str
    """As people call it."""
    lines: int
    """SIP accounts that it can register."""
    keys: int
    """Programmable keys without an expansion module, over all pages; the first of them is the line."""
    poe_class: int
    """IEEE 802.3 class, 0 to 8."""
    tls: bool
    """Whether it can do SIP over TLS."""
    srtp: bool
    """Whether it can do SRTP with keys in SDP (RFC 4568)."""
    format: PhoneFormat
    min_firmware: str
    """Oldest firmware branch that the rendered files are for."""
    source: str
    """Where these facts are from, and which of them are not confirmed."""

    @property
    def watts(self) -> float:
        """What a switch sets aside for it at most, in watts."""
        return CLASS_WATTS[self.poe_class]

    @property
    def secure(self) -> bool:
        """Whether it can do what `Site.secure_phones` demands."""
        return self.tls and self.srtp


def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


_FACTS = _read()

PHONE_MODELS: Mapping[str, PhoneModel] = MappingProxyType(
    {name: PhoneModel(name=name, **facts) for name, facts in _FACTS["models"].items()}
)
"""By name, vendor by vendor."""

OUIS: Mapping[str, PhoneVendor] = MappingProxyType(
    {oui: vendor for vendor, ouis in _FACTS["oui"].items() for oui in ouis}
)
"""First six hex digits of a MAC address to the vendor that they belong to; by no means all of them."""


def phone_model(name: str) -> PhoneModel | None:
    """The model called `name`, or None."""
    return PHONE_MODELS.get(name)


def nearest_phone_model(name: str) -> str | None:
    """The known model that was probably meant: `T54W`, `yealink t54w` and `yealink-t45w` mean `yealink-t54w`."""
    wanted = "-".join(name.lower().replace("_", "-").split())
    by_number = {known.partition("-")[2]: known for known in PHONE_MODELS}
    for number, known in by_number.items():
        if wanted.replace("sip-", "").replace("-", "").endswith(number):
            return known
    near = get_close_matches(wanted, [*PHONE_MODELS, *by_number], n=1, cutoff=0.75)
    return by_number.get(near[0], near[0]) if near else None
