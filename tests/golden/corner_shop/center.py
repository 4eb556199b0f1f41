"""The smallest example: PBX and SBC on one host."""

from examples.corner_shop.center import center

__all__ = ["center"]
