"""Facts about phone models: whole, sourced, and an unknown one is refused with the one that was meant."""

from __future__ import annotations

import typing

import pytest
from pydantic import ValidationError

from ccstack.model import Phone
from ccstack.model.phone_models import OUIS, PHONE_MODELS, PhoneFormat, PhoneVendor, nearest_phone_model

VENDORS = typing.get_args(PhoneVendor)


def test_every_vendor_has_at_least_five_models() -> None:
    assert len(PHONE_MODELS) >= 25
    for vendor in VENDORS:
        assert len([each for each in PHONE_MODELS.values() if each.vendor == vendor]) >= 5


@pytest.mark.parametrize("name", PHONE_MODELS)
def test_facts_are_whole(name: str) -> None:
    model = PHONE_MODELS[name]
    assert name == f"{model.vendor}-{name.partition('-')[2]}"
    assert model.vendor in VENDORS
    assert model.format in typing.get_args(PhoneFormat)
    assert 1 <= model.lines <= 16
    assert model.keys >= 1
    assert 0 < model.watts <= 30
    assert model.min_firmware
    assert len(model.source) > 30


def test_some_old_models_cannot_encrypt() -> None:
    assert [name for name, model in PHONE_MODELS.items() if not model.secure] == ["poly-ip501", "cisco-spa942"]


def test_ouis_are_of_known_vendors() -> None:
    assert set(OUIS.values()) == set(VENDORS)
    assert all(len(oui) == 6 and int(oui, 16) >= 0 for oui in OUIS)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("T54W", "yealink-t54w"),
        ("Yealink SIP-T54W", "yealink-t54w"),
        ("polycom-vvx-450", "poly-vvx450"),
        ("GRP2612", "grandstream-grp2612p"),
        ("d785", "snom-d785"),
        ("cisco-8842", "cisco-8841"),
        ("nokia-3310", None),
    ],
)
def test_the_nearest_model_is_named(given: str, meant: str | None) -> None:
    assert nearest_phone_model(given) == meant


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"did you mean `yealink-t54w`\?"):
        Phone(name="desk", model="yealink-t54x", mac="00:15:65:00:00:01", line="ana")
