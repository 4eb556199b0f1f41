"""Which tone pairs there are, and which one stands for whom.

The grid keeps 25 Hz away from DTMF (ITU-T Q.23), call-progress and special information tones (ITU-T E.180, North
American precise tones), and fax and test tones, and its frequencies are 40 Hz apart. Needs no numpy: a deploy that
knows which tones a prompt has need not wait for it.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

DTMF = (697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0)
PROGRESS = (350.0, 400.0, 425.0, 440.0, 450.0, 480.0, 620.0, 913.8, 950.0, 985.2, 1000.0, 1004.0, 1100.0, 1370.6,
            1400.0, 1428.5, 1776.7, 1800.0, 2100.0, 2225.0, 2600.0)  # fmt: skip
_CLEAR = 25
_STEP = 40


@dataclass(frozen=True, order=True)
class Tone:
    """One or two frequencies in Hz; `str` gives `722+1542` or `1004`."""

    low: int
    high: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `722+1542` or `1004`. Raises `ValueError` for frequencies that G.711 cannot carry."""
        low, _, high = text.partition("+")
        tone = cls(int(low), int(high) if high else None)
        if not all(100 <= frequency <= 3700 for frequency in tone.frequencies):
            raise ValueError(f"tone {text!r}: frequencies must be from 100 to 3700 Hz")
        return tone

    def __str__(self) -> str:
        return str(self.low) if self.high is None else f"{self.low}+{self.high}"

    @property
    def frequencies(self) -> tuple[int, ...]:
        """Its one or two frequencies."""
        return (self.low,) if self.high is None else (self.low, self.high)


def _grid(first: int, last: int) -> Iterator[int]:
    frequency = first
    while frequency <= last:
        near = [taken for taken in (*DTMF, *PROGRESS) if abs(taken - frequency) < _CLEAR]
        if near:
            frequency = int(max(near)) + _CLEAR + 1
            continue
        yield frequency
        frequency += _STEP


LOW = tuple(_grid(510, 1180))
HIGH = tuple(_grid(1240, 3000))


def _harmonic(low: int, high: int) -> bool:
    """Whether the upper tone could be taken for an overtone of the lower: voices have those."""
    return any(abs(high - factor * low) < _CLEAR for factor in (2, 3, 4, 5))


SIGNATURES = tuple(Tone(low, high) for high in HIGH for low in LOW if not _harmonic(low, high))


def assign(names: Iterable[str], avoid: Iterable[Tone] = ()) -> dict[str, Tone]:
    """A signature of its own for every name, the same for the same set of names.

    A name's place is drawn from its hash, and the next free one is taken when it is occupied: so another name more
    in the set leaves nearly all others as they were. None gets a signature of `avoid`. Raises `ValueError` for more
    names than there are signatures.
    """
    wanted, others = sorted(set(names)), set(avoid)
    free = [signature for signature in SIGNATURES if signature not in others]
    if len(wanted) > len(free):
        raise ValueError(f"{len(wanted)} names, but there are only {len(free)} tone signatures")
    taken: dict[int, str] = {}
    for name in wanted:
        at = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) % len(free)
        while at in taken:
            at = (at + 1) % len(free)
        taken[at] = name
    return {name: free[at] for at, name in sorted(taken.items(), key=lambda pair: pair[1])}
