"""Speech engines: what makes audio of text. Name and version are part of what a prompt is made of."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

from ccstack.design import Design

from .audio import convert, write
from .problems import ArtifactError
from .tools import run, version


class SpeechEngine(Protocol):
    """Makes telephone audio (8 kHz, 16 bit, mono WAV) of what a prompt says."""

    programs: tuple[str, ...]
    """The programs that it needs on this machine."""

    def version(self) -> str:
        """Changes whenever the same text would sound different."""
        ...

    def recipe(self, key: str, text: str, language: str, /) -> str:
        """What the audio of this prompt depends on, besides name and version."""
        ...

    def speak(self, key: str, text: str, language: str, target: Path, /) -> None:
        """Write the audio of `text` to `target`. Raises `ArtifactError`."""
        ...


VOICES = {"en": "en-us", "es": "es-419", "fr": "fr-fr", "pt": "pt-br", "zh": "cmn", "no": "nb"}
"""eSpeak NG's voice for a language, where that is not the language's own name."""


class EspeakNg:
    """eSpeak NG: offline, small, many languages."""

    programs: tuple[str, ...] = ("espeak-ng", "sox")

    def __init__(self, _design: Design) -> None:
        pass

    def version(self) -> str:
        """Of the voice and of what resamples it."""
        return f"{version('espeak-ng')} / {version('sox')}"

    def recipe(self, _key: str, text: str, language: str) -> str:
        """The voice and the words: prompts that say the same are one file."""
        return f"{voice_of(language)}\n{text}"

    def speak(self, _key: str, text: str, language: str, target: Path) -> None:
        """Speak at 150 words a minute, a little slower than its own habit: telephones are narrow."""
        with tempfile.TemporaryDirectory() as folder:
            raw = Path(folder) / "raw.wav"
            # Double brackets would switch to phoneme mnemonics; nobody who writes a prompt means that.
            said = text.replace("[[", "[ [")
            run("espeak-ng", "-v", voice_of(language), "-s", "150", "--stdin", "-w", str(raw), text=said)
            if not raw.is_file() or raw.stat().st_size <= _EMPTY_WAV:
                raise ArtifactError(f"espeak-ng has nothing to say for {text!r} in {language}; write words")
            convert(raw, target)


_EMPTY_WAV = 44


def voice_of(language: str) -> str:
    """The voice for a language tag: its own with the region if there is one, else the language's."""
    known = _voices()
    base = language.split("-")[0]
    for voice in (language.lower(), VOICES.get(base, base), base):
        if voice in known:
            return voice
    raise ArtifactError(f"espeak-ng has no voice for language {language!r}; give audio files for it")


@cache
def _voices() -> frozenset[str]:
    rows = run("espeak-ng", "--voices").splitlines()[1:]
    return frozenset(row.split()[1].lower() for row in rows if len(row.split()) > 1)


class Tones:
    """Two tones for each prompt and language, which a test tells apart with certainty. Two seconds long."""

    programs: tuple[str, ...] = ()
    SECONDS = 2

    def __init__(self, design: Design) -> None:
        from ccstack.calls.signatures import prompt_tones

        try:
            self._tones = prompt_tones(design)
        except ValueError as why:
            raise ArtifactError(f"speech = 'tones': {why}; use 'espeak-ng' for a center this large") from None

    def version(self) -> str:
        """Of the way in which tones are made."""
        return "1"

    def recipe(self, key: str, _text: str, language: str) -> str:
        """The tones themselves."""
        return str(self._tones[key, language])

    def speak(self, key: str, _text: str, language: str, target: Path) -> None:
        """Sound the prompt's two tones."""
        from ccstack.calls.tones import one_second

        second = one_second(self._tones[key, language]).tolist()
        write(target, second * self.SECONDS)


ENGINES: dict[str, Callable[[Design], SpeechEngine]] = {"espeak-ng": EspeakNg, "tones": Tones}
"""Engines by the name that a center's `speech` has."""
