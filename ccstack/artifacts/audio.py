"""Audio as telephones have it: 8 kHz, 16 bit, mono WAV."""

from __future__ import annotations

import math
import wave
from array import array
from collections.abc import Iterable
from pathlib import Path

from .tools import run

RATE = 8_000
_PEAK = 32_767


def convert(source: Path, target: Path, *, normal: bool = True) -> None:
    """Turn any audio file that sox reads into telephone audio; `normal` brings its peak to -3 dB."""
    effects = ("norm", "-3") if normal else ()
    run("sox", "-D", str(source), "-r", str(RATE), "-b", "16", "-c", "1", str(target), *effects)


def write(target: Path, samples: Iterable[float]) -> None:
    """Write samples from -1 to 1 as telephone audio."""
    values = array("h", (int(max(-1.0, min(1.0, sample)) * _PEAK) for sample in samples))
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(values.tobytes())


_NOTES = (262.0, 330.0, 294.0, 330.0)
_NOTE_SECONDS = 1.5
_QUIET = 0.12


def comfort_tone() -> Iterable[float]:
    """Six seconds of soft single notes that loop without a seam: what a wait sounds like without music.

    The notes are lower than any signalling or test tone, and each fades in and out.
    """
    length = int(RATE * _NOTE_SECONDS)
    for note in _NOTES:
        for n in range(length):
            swell = math.sin(math.pi * n / length)
            yield _QUIET * swell * swell * math.sin(2 * math.pi * note * n / RATE)
