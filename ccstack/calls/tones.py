"""Tone signatures: every ending of a call plays two frequencies of its own, and is recognised at the other end.

A 200 ms window tells neighbours on the grid (`tone.py`) apart after G.711. Speech is not taken for a signature: two
narrow peaks must hold nearly all of the energy of several windows in a row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .tone import HIGH, LOW, SIGNATURES, Tone

Samples = NDArray[np.float64]

RATE = 8000
WINDOW = 1600
HOP = 800
# Tones that a switch plays by itself: recognised, so that a caller who hears ringback or busy can say so.
KNOWN_PAIRS = ((350, 440), (440, 480), (480, 620))
KNOWN_SINGLES = (400, 425, 450, 1000, 1004, 1400)
_TOLERANCE = 12
_LEVEL = 0.2
_QUIET = 10 ** (-50 / 20)
_PURITY = 0.85
_BALANCE = 0.1
_WINDOWS_NEEDED = 3
_BRIDGED = RATE * 8 // 10
"""Lost audio up to this long does not end a tone. A center's own pauses are longer: a menu waits for at least 1 s."""

_DISTURBED = 2
"""So many windows in a row do not end a tone that is neither heard in them nor silent: where a busy switch has left out
a frame or come late with one, the two tones are out of phase, and the windows across that place show no clear peaks.
"""


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
        self._disturbed = 0

    def feed(self, samples: Samples) -> None:
        """More samples, -1 to 1, at 8000 a second."""
        self._rest = np.concatenate([self._rest, samples])
        while len(self._rest) >= WINDOW:
            self._window(classify(self._rest[:WINDOW]))
            self._rest = self._rest[HOP:]
            self._position += HOP

    def miss(self, samples: int) -> None:
        """So many samples did not come. A tone that sounds before and after a short loss is one; silence that was
        sent is no loss, and ends it.
        """
        self._position += len(self._rest) + samples
        self._rest = np.zeros(0)
        if samples > _BRIDGED:
            self._begin(None)

    def _begin(self, found: str | None) -> None:
        self._candidate, self._since, self._windows, self._open = found, self._position, 0, None
        self._disturbed = 0

    def _window(self, found: str | None) -> None:
        if found == "unknown" and self._open is not None and self._disturbed < _DISTURBED:
            self._disturbed += 1
            return
        if found != self._candidate:
            self._begin(found)
        self._disturbed = 0
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
