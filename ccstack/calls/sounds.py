"""What a stream plays: silence, a tone, or a WAV file, as G.711 frames ready to send."""

import wave
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccstack.calls.g711 import SILENCE, Law, Linear, encode
from ccstack.calls.rtp import CLOCK, FRAME
from ccstack.calls.tones import Tone, one_second


class SoundError(ValueError):
    """A sound that cannot be played; the text says which and what is asked of it."""


def frames(sound: str, law: Law) -> Iterator[bytes]:
    """Endless 20 ms frames of `silence`, `tone:722+1542` or `wav:/path`. Raises `SoundError`."""
    if sound == "silence":
        return repeat(SILENCE[law] * FRAME)
    return cycle(_loop(sound, law))


def check(sound: str) -> None:
    """Raises `SoundError` for a sound that `frames` would refuse."""
    frames(sound, "PCMU")


@lru_cache(maxsize=256)
def _loop(sound: str, law: Law) -> tuple[bytes, ...]:
    kind, _, rest = sound.partition(":")
    try:
        samples = one_second(Tone.parse(rest)) if kind == "tone" else read_wav(Path(rest))
    except ValueError as error:
        raise SoundError(f"sound {sound!r}: {error}") from None
    data = encode(law, samples)
    data += SILENCE[law] * (-len(data) % FRAME)
    return tuple(data[start : start + FRAME] for start in range(0, len(data), FRAME))


def read_wav(path: Path) -> NDArray[np.float64]:
    """A WAV file's samples from -1 to 1. Raises `SoundError` unless it is 8 kHz, mono, 16 bit and not empty."""
    try:
        with wave.open(str(path), "rb") as file:
            shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            data = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        raise SoundError(f"{path}: cannot be read as WAV: {error}") from None
    if shape != (CLOCK, 1, 2) or not data:
        raise SoundError(f"{path}: must be 8000 Hz, mono, 16 bit and not empty; it has {shape}, {len(data)} bytes")
    return np.frombuffer(data, dtype="<i2") / 32768.0


def write_wav(path: Path, samples: Linear) -> None:
    """Write 16-bit samples as an 8 kHz mono WAV file. Raises `OSError`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(CLOCK)
        file.writeframes(samples.astype("<i2").tobytes())
