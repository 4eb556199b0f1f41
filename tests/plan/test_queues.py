"""A queue's strategy that takes a restart."""

from __future__ import annotations

import pytest

from ccstack.plan.queues import put_in_order


def _conf(**strategies: str) -> list[str]:
    return [
        "[general]",
        *(line for name, how in strategies.items() for line in (f"[{name}](queue)", f"strategy = {how}")),
    ]


@pytest.mark.parametrize(
    ("old", "new", "restarts"),
    [
        (_conf(desk="leastrecent"), _conf(desk="linear"), True),
        (_conf(desk="ringall", new="linear"), _conf(desk="rrordered", new="linear"), True),
        (_conf(desk="linear"), _conf(desk="rrordered"), False),
        (_conf(desk="linear"), _conf(desk="ringall"), False),
        (_conf(desk="ringall"), _conf(desk="ringall", new="linear"), False),
    ],
)
def test_only_a_queue_that_is_put_in_order_takes_one(old: list[str], new: list[str], restarts: bool) -> None:
    assert put_in_order(old, new) is restarts
