"""Tone signatures: every ending of a call plays two frequencies of its own, and is recognised at the other end.

The grid keeps 25 Hz away from DTMF (ITU-T Q.23), call-progress and special information tones (ITU-T E.180, North
American precise tones), and fax and test tones, and its frequencies are 40 Hz apart, so that a 200 ms window tells
neighbours apart after G.711. Speech is not taken for a signature: two narrow peaks must hold nearly all of the energy
of several windows in a row.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

RATE = 8000
WINDOW = 1600
HOP = 800
DTMF = (697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0)
PROGRESS = (350.0, 400.0, 425.0, 440.0, 450.0, 480.0, 620.0, 913.8, 950.0, 985.2, 1000.0, 1004.0, 1100.0, 1370.6,
            1400.0, 1428.5, 1776.7, 1800.0, 2100.0, 2225.0, 2600.0)  # fmt: skip
# Tones that a switch plays by itself: recognised, so that a caller who hears ringback or busy can say so.
KNOWN_PAIRS = ((350, 440), (440, 480), (480, 620))
KNOWN_SINGLES = (400, 425, 450, 1000, 1004, 1400)
_CLEAR = 25
_STEP = 40
_TOLERANCE = 12
_LEVEL = 0.2
_QUIET = 10 ** (-50 / 20)
_PURITY = 0.85
_BALANCE = 0.1
_WINDOWS_NEEDED = 3


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


@lru_cache(maxsize=512)
def one_second(tone: Tone) -> Samples:
    """One second of a tone, from -1 to 1, that repeats without a seam: its frequencies are whole numbers of Hz."""
    time = np.arange(RATE) / RATE
    total: Samples = np.zeros(RATE)
    for frequency in tone.frequencies:
        total = total + _LEVEL * np.sin(2 * np.pi * frequency * time)
    return total


_HANN = np.hanning(WINDOW)
_HZ = RATE / WINDOW


@dataclass(frozen=True)
class _Spectrum:
    """Energy by frequency of one window, as shares of the whole; `loud` is false for silence."""

    shares: Samples
    loud: bool

    def peak(self) -> tuple[float, float]:
        """The strongest frequency in Hz (between bins) and the share of the energy around it."""
        top = int(np.argmax(self.shares))
        start, end = max(0, top - 3), top + 4
        around = self.shares[start:end]
        share = float(around.sum())
        return float((around * np.arange(start, start + len(around))).sum() / max(share, 1e-12)) * _HZ, share

    def without(self, frequency: float) -> "_Spectrum":
        """The same with the peak at `frequency` taken out."""
        shares, centre = self.shares.copy(), round(frequency / _HZ)
        shares[max(0, centre - 4) : centre + 5] = 0.0
        return _Spectrum(shares, self.loud)

    def share_at(self, frequency: float) -> float:
        """The share of the energy within the tolerance of `frequency`."""
        centre = round(frequency / _HZ)
        return float(self.shares[max(0, centre - 2) : centre + 3].sum())


def _spectrum(window: Samples) -> _Spectrum:
    centred = window - window.mean()
    if float(np.sqrt(np.mean(centred**2))) < _QUIET:
        return _Spectrum(np.zeros(WINDOW // 2 + 1), loud=False)
    energy = np.abs(np.fft.rfft(centred * _HANN)) ** 2
    return _Spectrum(energy / energy.sum(), loud=True)


def classify(window: Samples) -> str | None:
    """What one window of `WINDOW` samples (-1 to 1) holds: a tone's text, `unknown`, or None for silence."""
    spectrum = _spectrum(window)
    if not spectrum.loud:
        return None
    first, first_share = spectrum.peak()
    if first_share > 1 - _BALANCE / 2:
        return _single(first) or "unknown"
    second, second_share = spectrum.without(first).peak()
    if first_share + second_share < _PURITY or second_share < _BALANCE:
        return "unknown"
    return _pair(min(first, second), max(first, second)) or "unknown"


def _single(frequency: float) -> str | None:
    nearest = _SINGLES.get(round(frequency))
    return None if nearest is None else str(nearest)


def _pair(low: float, high: float) -> str | None:
    found = _PARTS.get(round(low)), _PARTS.get(round(high))
    return _PAIRS.get(found)


def _near(frequencies: Iterable[int]) -> dict[int, int]:
    """Every whole Hz within the tolerance of a frequency, and which one that is: the nearest."""
    known = sorted(set(frequencies))
    around = {hz for frequency in known for hz in range(frequency - _TOLERANCE, frequency + _TOLERANCE + 1)}
    return {hz: min(known, key=lambda candidate: abs(candidate - hz)) for hz in around}


_SINGLES = _near([*KNOWN_SINGLES, *LOW, *HIGH])
_PARTS = _near([*LOW, *HIGH, *(frequency for pair in KNOWN_PAIRS for frequency in pair)])
_PAIRS: dict[tuple[int | None, int | None], str] = {
    **{(tone.low, tone.high): str(tone) for tone in SIGNATURES},
    **{pair: f"{pair[0]}+{pair[1]}" for pair in KNOWN_PAIRS},
}


@dataclass
class Span:
    """A tone heard from `start` to `end`, seconds from the first sample."""

    tone: str
    start: float
    end: float


class Recogniser:
    """Hears tones in a stream of samples. A tone counts once it has held for 0.4 s; `spans` lists them in order."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self._rest: Samples = np.zeros(0)
        self._position = 0
        self._candidate: str | None = None
        self._since = 0
        self._windows = 0
        self._open: Span | None = None

    def feed(self, samples: Samples) -> None:
        """More samples, -1 to 1, at 8000 a second."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= WINDOW:
            self._window(classify(self._rest[:WINDOW]))
            self._rest = self._rest[HOP:]
            self._position += HOP

    def _window(self, found: str | None) -> None:
        if found != self._candidate:
            self._candidate, self._since, self._windows, self._open = found, self._position, 0, None
        self._windows += 1
        if found in (None, "unknown") or self._windows < _WINDOWS_NEEDED:
            return
        end = (self._position + WINDOW) / RATE
        if self._open is None:
            self._open = Span(str(found), self._since / RATE, end)
            self.spans.append(self._open)
        self._open.end = end


def recognise(samples: Samples) -> list[Span]:
    """The tones in a recording of one side, in order."""
    recogniser = Recogniser()
    recogniser.feed(samples)
    return recogniser.spans


def present(samples: Samples, tone: Tone) -> float:
    """Seconds in which `tone` sounds, alone or mixed with one or two others (a recording of both sides of a call)."""
    starts = range(0, len(samples) - WINDOW + 1, HOP)
    hits = sum(_holds(_spectrum(samples[start : start + WINDOW]), tone) for start in starts)
    return hits * HOP / RATE


def _holds(spectrum: _Spectrum, tone: Tone) -> bool:
    needed = 0.05 if tone.high is not None else 0.1
    return spectrum.loud and all(spectrum.share_at(frequency) >= needed for frequency in tone.frequencies)
