"""Recognise known prompts in what a caller heard: a matched filter over the recorded audio.

It works for any voice, because what is looked for is the very audio that was deployed, not speech in general.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ccstack.calls.wav import RATE, Samples

SNIPPET = int(1.2 * RATE)
"""How much of a prompt, from its first sound on, is looked for. Shorter prompts are taken whole."""

THRESHOLD = 0.6
"""Normalised correlation from which a prompt counts as heard. G.711 leaves more than 0.95, another prompt under 0.4."""

_SILENCE = 0.005


@dataclass(frozen=True, slots=True)
class HeardPrompt:
    """A prompt that was recognised."""

    key: str
    at: float
    """Seconds from the beginning of the recording."""
    score: float
    """Normalised correlation, at most 1."""


def recognise_prompts(recording: Samples, library: Mapping[str, Samples]) -> tuple[HeardPrompt, ...]:
    """Which prompts of `library` begin in `recording`, each at its first and best place, in order of time."""
    found = [heard for key, prompt in library.items() if (heard := _find(key, recording, prompt))]
    return tuple(sorted(found, key=lambda h: h.at))


def is_part_of(heard: Samples, loop: Samples) -> bool:
    """Whether what was heard is a piece of `loop`, which begins again at its end. Silence is a piece of nothing."""
    return len(loop) > 0 and _find("", np.concatenate((loop, loop)), heard) is not None


def _find(key: str, recording: Samples, prompt: Samples) -> HeardPrompt | None:
    needle = _snippet(prompt)
    if not len(needle) or len(recording) < len(needle):
        return None
    scores = _correlate(recording, needle)
    best = int(np.argmax(scores))
    if scores[best] < THRESHOLD:
        return None
    return HeardPrompt(key, best / RATE, float(scores[best]))


def _snippet(prompt: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(prompt) > _SILENCE)
    return prompt[loud[0] : loud[0] + SNIPPET] if len(loud) else prompt[:0]


def _correlate(recording: Samples, needle: Samples) -> NDArray[np.float64]:
    """Normalised cross-correlation of `needle` with each place of `recording`, by FFT."""
    size = 1 << (len(recording) + len(needle) - 1).bit_length()
    spectrum = np.fft.rfft(recording, size) * np.conj(np.fft.rfft(needle, size))
    places = len(recording) - len(needle) + 1
    raw = np.fft.irfft(spectrum, size)[:places]
    energy = np.concatenate(([0.0], np.cumsum(recording.astype(np.float64) ** 2)))
    local = energy[len(needle) :] - energy[: -len(needle)]
    quiet = float(np.sum(needle.astype(np.float64) ** 2)) * 1e-3
    norm = np.sqrt(np.maximum(local, quiet) * float(np.sum(needle.astype(np.float64) ** 2)))
    return np.asarray(raw / np.maximum(norm, 1e-12))
