"""A value that does not show itself: not in a traceback, not in a log, not in a pickle."""

from __future__ import annotations

import hmac
from typing import NoReturn

MASK = "<secret>"


class Sensitive:
    """A secret value. Everything that would print it prints a mask; only `reveal` and `reveal_bytes` unwrap it."""

    __slots__ = ("_value",)

    def __init__(self, value: str | bytes) -> None:
        self._value = value.encode() if isinstance(value, str) else value

    def reveal(self) -> str:
        """The value as text. Whoever calls this answers for where it goes."""
        return self._value.decode()

    def reveal_bytes(self) -> bytes:
        """The value as bytes. Whoever calls this answers for where it goes."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, _spec: str) -> str:
        return MASK

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensitive) and hmac.compare_digest(self._value, other._value)

    def __hash__(self) -> int:
        return hash((Sensitive, self._value))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled: it would leave the process in the clear")
