"""WAV files as telephony has them: 8 kHz, 16 bit, mono."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 8_000
"""Samples a second; everything is narrow-band telephony."""


class WavError(ValueError):
    """A file that is no WAV, or not of the one kind that telephony has."""


def read_wav(path: Path) -> Samples:
    """Samples from -1 to 1; none in a recording that heard nothing. Raises `WavError`."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), 8 * file.getsampwidth(), file.getnchannels())
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise WavError(f"{path}: cannot be read as WAV: {error}") from None
    if shape != (RATE, 16, 1):
        raise WavError(
            f"{path}: must be 8000 Hz, 16 bit, mono; it has {shape[0]} Hz, {shape[1]} bit, {shape[2]} channels"
        )
    return (np.frombuffer(data, dtype="<i2") / np.float32(32768)).astype(np.float32)


def write_wav(path: Path, samples: NDArray[np.integer]) -> None:
    """Write 16-bit samples. Raises `OSError`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.astype("<i2").tobytes())
