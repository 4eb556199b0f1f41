"""Digits dialed for the outside: the dialplan reads them as the number plan does."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from ccstack.design import design
from ccstack.render.asterisk.lengths import LENGTHS, VERSION
from ccstack.render.asterisk.outside import lengths_by_the_library
from ccstack.render.render import render
from tests.render.asterisk.centers import rich
from tests.render.asterisk.reading import Context, dialplan

COUNTRIES = ("US", "DE", "GB", "FR", "ES", "IT", "MX", "IN", "JP", "CH")


def contexts_of(country: str = "US", prefix: str = "9") -> dict[str, Context]:
    state = render(design(rich(country=country, outside_prefix=prefix)))
    file = next(f for f in state.hosts[0].files if f.path.endswith("extensions.conf"))
    return dialplan(line.text for line in file.lines)


def number_of(contexts: dict[str, Context], digits: str) -> str | None:
    """The E.164 number that the context `outside` makes of `digits`."""
    found = contexts["outside"].match(digits)
    if found is None or contexts["outside"].extens[found] == ["Hangup(1)"]:
        return None
    target = contexts["outside"].extens[found][0].removeprefix("Goto(cc-outside,").removesuffix(",1)")
    before, _, kept = target.partition("${EXTEN")
    return before + digits[int(kept.removeprefix(":").removesuffix("}") or 0) :]


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_ways_that_people_write_numbers_mean_the_same(country: str) -> None:
    contexts, plan = contexts_of(country), design(rich(country=country, outside_prefix="9")).plan
    for region in COUNTRIES:
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.FIXED_LINE)
        ways = [
            phonenumbers.format_number(number, PhoneNumberFormat.E164),
            "9" + _digits(phonenumbers.format_out_of_country_calling_number(number, country)),
        ]
        if region == country:
            ways.append("9" + _digits(phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)))
        for dialed in ways:
            assert number_of(contexts, dialed) == plan.to_e164(dialed) == ways[0], dialed


@pytest.mark.skipif(phonenumbers.__version__ != VERSION, reason="another version of the library is asked itself")
def test_the_table_of_lengths_is_what_its_version_of_the_library_says() -> None:
    assert lengths_by_the_library() == LENGTHS, "run tools/lengths.py"


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


US_CONTEXTS, US_PLAN = contexts_of(), design(rich()).plan


@st.composite
def abroad(draw: st.DrawFn) -> str:
    """A number of some country after the access code; its last digits are anything."""
    region = draw(st.sampled_from(sorted(phonenumbers.SUPPORTED_REGIONS)))
    number = phonenumbers.example_number(region)
    assert number is not None
    whole = phonenumbers.format_number(number, PhoneNumberFormat.E164)[1:-3]
    return f"9011{whole}{draw(st.integers(0, 999)):03}"


INSIDE = st.from_regex(r"\A9(1?[2-9][0-9]{9}|[2-9][0-9]{6})\Z")
WITH_PLUS = st.from_regex(r"\A\+[1-9][0-9]{3,17}\Z")


@given(INSIDE | WITH_PLUS | abroad())
def test_a_number_that_can_be_dialed_is_read_as_the_number_plan_reads_it(digits: str) -> None:
    assert number_of(US_CONTEXTS, digits) == US_PLAN.to_e164(digits)


@given(st.from_regex(r"\A\+(1[2-9][0-9]{9}|44[0-9]{10}|33[0-9]{9}|1900[0-9]{7})\Z"))
def test_rights_and_routes_take_the_longest_prefix(number: str) -> None:
    known = design(rich())
    verdict = US_CONTEXTS["rights-staff"].match(number)
    assert verdict is not None
    allowed = US_CONTEXTS["rights-staff"].extens[verdict] == ["Return(yes)"]
    assert allowed == known.outbound.rights["staff"].allows(number)
    route = US_CONTEXTS["routes"].match(number)
    assert route is not None
    assert US_CONTEXTS["routes"].extens[route][0] == f"Set(_CC_TRUNKS={','.join(known.outbound.trunks_for(number))})"
