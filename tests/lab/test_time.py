"""Opening hours by the time hook, and that nobody outside the host can touch its clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ccstack.calls.protocol import PlaceCall

from .stage import Stage

pytestmark = pytest.mark.lab

NYC = "+12125550100"
TO_THE_ADDRESS = ("1", "4", "2")
"""Where the center is open, these keys lead to an announcement that hangs up; elsewhere nobody hears them."""
NEW_YORK = ZoneInfo("America/New_York")


def test_open_hours_reach_the_menu(acme: Stage) -> None:
    placed = acme.at_time(NYC, datetime(2026, 11, 24, 10, 0, tzinfo=NEW_YORK), TO_THE_ADDRESS)
    assert placed.prompts[0].key == "menu-language-prompt"
    assert str(placed.ending) == "announcement:store-address"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (datetime(2026, 11, 24, 22, 0, tzinfo=NEW_YORK), "closed"),
        (datetime(2026, 11, 26, 11, 0, tzinfo=NEW_YORK), "holiday"),  # Thanksgiving
        (datetime(2027, 1, 8, 11, 0, tzinfo=NEW_YORK), "holiday"),  # a day of Acme's own
        (datetime(2026, 12, 24, 14, 0, tzinfo=NEW_YORK), "closed"),  # shortened: open until 13:00
    ],
)
def test_closed_hours_and_holidays_reach_voicemail(acme: Stage, when: datetime, said: str) -> None:
    placed = acme.at_time(NYC, when)
    assert [p.key for p in placed.prompts] == [f"announcement-{said}-prompt", "voicemail-after-hours-greeting"]
    assert str(placed.ending) == "voicemail:after-hours"


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        (datetime(2027, 3, 13, 16, 59, tzinfo=NEW_YORK), True),  # Saturday before the clocks go forward
        (datetime(2027, 3, 15, 7, 59, tzinfo=NEW_YORK), False),  # Monday after, by the new offset
        (datetime(2027, 3, 15, 8, 0, tzinfo=NEW_YORK), True),
        (datetime(2027, 11, 8, 12, 59, tzinfo=UTC), False),  # Monday after they go back: 07:59 in New York
        (datetime(2027, 11, 8, 13, 0, tzinfo=UTC), True),
    ],
)
def test_hours_are_wall_clock_hours_through_changes_of_dst(acme: Stage, when: datetime, is_open: bool) -> None:
    first = acme.at_time(NYC, when, TO_THE_ADDRESS).prompts[0].key
    assert (first == "menu-language-prompt") is is_open


def test_no_header_and_no_digit_of_a_caller_moves_the_clock(acme: Stage) -> None:
    """What a call from outside hears is what the clock on the wall says, whatever it carries."""
    holiday = int(datetime(2026, 11, 26, 11, 0, tzinfo=NEW_YORK).timestamp())
    plain = _first_prompt(acme, NYC, {})
    for headers in (
        {"X-CC-Clock": str(holiday), "X-CC-Time": str(holiday), "TESTTIME": "2026/11/26 11:00:00"},
        {"X-CC-Route": "clock", "X-CC-Endpoint": "ana", "X-CC-Language": "es"},
    ):
        assert _first_prompt(acme, NYC, headers) == plain
    for number in (f"{holiday}*{NYC[1:]}", f"clock*{NYC[1:]}"):
        call = acme.people.carrier("atlantic").call(acme.people.order_in(number, "+16465550142"))
        assert not call.wait("ended").answered
        inside = acme.dial("ana", number)
        assert not inside.wait("ended").answered


def _first_prompt(stage: Stage, did: str, headers: dict[str, str]) -> str:
    order: PlaceCall = stage.people.order_in(did, "+16465550142").model_copy(update={"headers": headers})
    call = stage.people.carrier("atlantic").call(order)
    call.wait("answered")
    call.wait_packets(150)
    heard = call.hangup().media.heard
    assert heard, "nothing recognised"
    return heard[0].tone
