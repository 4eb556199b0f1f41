"""Who calls which of the center's own numbers, when several hosts try a release out together."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ccstack.drivers.hosts.shares import CALLERS, Door, shares

NAMES = [f"pbx-{number}" for number in range(1, 11)]
HOMES = st.sampled_from(["", "elsewhere", *NAMES])


def doors_of(homes: list[str]) -> list[Door]:
    return [("from-trunk", f"+1312555{number:04}", home) for number, home in enumerate(homes)]


def callers(found: dict[str, list[tuple[str, str]]], door: Door) -> list[str]:
    return [host for host, its in found.items() if door[:2] in its]


@given(st.lists(HOMES, max_size=40), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_every_number_is_called_at_its_home_and_at_one_more(homes: list[str], hosts: list[str]) -> None:
    doors = doors_of(homes)
    found = shares(dict.fromkeys(hosts, doors))
    for door in doors:
        called = callers(found, door)
        if door[2]:
            assert len(called) == min(CALLERS, len(hosts))
            assert door[2] in called or door[2] not in hosts
        else:
            assert called == hosts


def test_who_calls_does_not_hang_on_the_order_of_the_hosts() -> None:
    chance = random.Random(7)
    doors = doors_of([chance.choice(NAMES) for _ in range(50)])
    one, other = shares(dict.fromkeys(NAMES, doors)), shares(dict.fromkeys(reversed(NAMES), doors))
    assert one == other
    assert max(map(len, one.values())) < 25


def test_a_number_that_only_some_hosts_have_is_called_there() -> None:
    mine, theirs = doors_of(["pbx-1", "pbx-1"])
    found = shares({"pbx-1": [mine, theirs], "pbx-2": [mine, theirs], "pbx-3": [theirs], "sbc-1": []})
    assert callers(found, mine) == ["pbx-1", "pbx-2"]
    assert "pbx-1" in callers(found, theirs)
    assert found["sbc-1"] == []


def test_one_whose_home_is_another_one_has_another_dialplan() -> None:
    """Of one name and two homes, as hosts of two centers would have them, both are called on all that have them."""
    found = shares({"pbx-1": [("from-trunk", "+1", "pbx-1")], "pbx-2": [("from-trunk", "+1", "pbx-2")]})
    assert found == {"pbx-1": [("from-trunk", "+1")], "pbx-2": [("from-trunk", "+1")]}
