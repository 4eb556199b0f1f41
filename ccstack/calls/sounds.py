"""What a stream plays: silence, a tone, or a WAV file, as G.711 frames ready to send."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ccstack.calls.g711 import SILENCE, Law, encode
from ccstack.calls.rtp import FRAME
from ccstack.calls.tone import Tone
from ccstack.calls.tones import one_second
from ccstack.calls.wav import WavError, read_wav


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
        samples = one_second(Tone.parse(rest)) if kind == "tone" else _not_empty(rest)
    except ValueError as error:
        raise SoundError(f"sound {sound!r}: {error}") from None
    data = encode(law, samples)
    data += SILENCE[law] * (-len(data) % FRAME)
    return tuple(data[start : start + FRAME] for start in range(0, len(data), FRAME))


def _not_empty(path: str) -> NDArray[np.float64]:
    samples = read_wav(Path(path))
    if not samples.size:
        raise WavError(f"{path}: has no sound in it")
    return samples.astype(np.float64)
