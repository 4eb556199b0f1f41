"""The number plan: what digits mean."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.design.dialing import Dialed, NumberPlan, build_number_plan
from ccstack.design.index import build_index
from ccstack.model import Agent, ContactCenter, EmergencyCalling, PauseReason, Voicemail


def plan(**changes: object) -> NumberPlan:
    fields: dict[str, object] = {
        "name": "c",
        "agents": [Agent(name="ana", extension="2001", site="hq")],
        "voicemails": [Voicemail(name="box", extension="911", greeting={"en": "x"})],
        "pause_reasons": [PauseReason(code="1", name="lunch")],
    }
    return build_number_plan(build_index(ContactCenter.model_validate(fields | changes)))


@pytest.mark.parametrize(
    ("digits", "kind", "target", "argument"),
    [
        ("2001", "extension", "agents.ana", ""),
        ("911", "emergency", "911", ""),
        ("9911", "emergency", "911", ""),
        ("*45", "feature", "login", ""),
        ("*47", "feature", "pause", ""),
        ("*471", "feature", "pause", "1"),
        ("*472", "feature", "pause", "2"),
        ("*461", "unknown", "*461", ""),
        ("*522001", "feature", "intercom", "2001"),
        ("*52911", "unknown", "*52911", ""),
        ("92125550199", "outside", "+12125550199", ""),
        ("912125550199", "outside", "+12125550199", ""),
        ("9011442079460000", "outside", "+442079460000", ""),
        ("+442079460000", "outside", "+442079460000", ""),
        ("2125550199", "unknown", "2125550199", ""),
        ("9", "unknown", "9", ""),
        ("", "unknown", "", ""),
        ("+", "unknown", "+", ""),
        ("+12x", "unknown", "+12x", ""),
    ],
)
def test_digits(digits: str, kind: str, target: str, argument: str) -> None:
    read = plan().read(digits)
    assert (read.kind, read.target, read.argument) == (kind, target, argument)


@given(st.sampled_from(["US", "GB", "DE", "FR", "JP", "AU"]), st.sampled_from(["", "9", "0"]), st.data())
def test_numbers_as_dialed_in_their_country(country: str, prefix: str, data: st.DataObject) -> None:
    example = phonenumbers.example_number_for_type(country, phonenumbers.PhoneNumberType.FIXED_LINE)
    tail = data.draw(st.integers(0, 99))
    number = phonenumbers.PhoneNumber(
        country_code=example.country_code, national_number=example.national_number // 100 * 100 + tail
    )
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    abroad = phonenumbers.format_out_of_country_calling_number(number, "US" if country != "US" else "GB")
    there = plan(country=country, outside_prefix=prefix)
    assert there.to_e164(prefix + "".join(filter(str.isdigit, national))) == e164
    elsewhere = plan(country="US" if country != "US" else "GB", outside_prefix=prefix)
    assert elsewhere.to_e164(prefix + "".join(filter(str.isdigit, abroad))) == e164


@given(st.text("0123456789*#+", max_size=16))
def test_reading_never_fails_and_emergency_always_wins(digits: str) -> None:
    made = plan(emergency=EmergencyCalling(numbers=["911", "112"]))
    read = made.read(digits)
    assert (read.kind == "emergency") == (digits in {"911", "112", "9911", "9112"})
    assert read.kind != "outside" or read.target.startswith("+")


def test_a_carriers_test_number_is_read_with_and_without_the_outside_prefix() -> None:
    carrier = {
        "name": "carrier",
        "gateways": [{"address": "192.0.2.1"}],
        "max_channels": 1,
        "emergency_test_number": "933",
    }
    made = plan(trunks=[carrier | {"caller_id": {"number": "+12125550100"}}])
    assert made.read("933") == made.read("9933") == Dialed("emergency-test", "933")
