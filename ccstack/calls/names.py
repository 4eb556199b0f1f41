"""What those who take part in calls are called, wherever they are played."""

from __future__ import annotations

CALLER = "caller"
"""The name under which callers' tone is assigned."""


def carrier_place(trunk: str, number: int = 1) -> str:
    """A trunk's gateway, counted from 1 in the order of the blueprint; also the place where the lab plays it."""
    return f"carrier.{trunk}" if number == 1 else f"carrier.{trunk}.{number}"
