"""Names of code points, as switches print those that have one (RFC 2474, RFC 2597, RFC 3246)."""

from __future__ import annotations

NAMES = {
    0: "default",
    46: "ef",
    **{8 * selector: f"cs{selector}" for selector in range(1, 8)},
    **{8 * row + 2 * drop: f"af{row}{drop}" for row in range(1, 5) for drop in range(1, 4)},
}
"""Those with a name."""


def name(dscp: int) -> str:
    """`ef` for 46; a number where there is no name."""
    return NAMES.get(dscp, str(dscp))


def bits(dscp: int) -> str:
    """`101110` for 46."""
    return f"{dscp:06b}"
