"""The sounds that a PBX plays: prompts in every language of the center, and music."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.design.builtin import NUMBER_KEY
from ccstack.design.prompts import prompt_paths
from ccstack.model.prompt import Prompt
from ccstack.render.state import Artifact, MusicAudio, PromptAudio, Source

from .names import MUSIC, SOUNDS, sound_language


def artifacts(design: Design) -> tuple[Artifact, ...]:
    """Every sound: the same on every PBX, and in every language, so that no caller hears silence."""
    written = prompt_paths(design.index)
    found = [
        _sound(key, language, written.get(key, "center"))
        for key, prompt in sorted(design.prompts.items())
        for language in design.center.languages
        if _sounds_in(key, prompt, language)
    ]
    return (*found, *_music(design))


def _sounds_in(key: str, prompt: Prompt, language: str) -> bool:
    """Words of numbers are put together by each language's own grammar: another language's would be wrong."""
    return not key.startswith(NUMBER_KEY) or language in prompt.text


def _sound(key: str, language: str, path: str) -> Artifact:
    name = f"digits/{key.removeprefix(NUMBER_KEY)}" if key.startswith(NUMBER_KEY) else f"cc/{key}"
    file = f"{SOUNDS}/{sound_language(language)}/{name}.wav"
    return Artifact(file, PromptAudio(key, language), Source(path, "prompt"), group="asterisk")


def _music(design: Design) -> list[Artifact]:
    found = [
        Artifact(
            f"{MUSIC}/{music.name}/{n:03}.wav",
            MusicAudio(music.name, file),
            Source(f"music.{music.name}", "music"),
            "asterisk-music",
        )
        for music in design.index["music"].values()
        for n, file in enumerate(music.files, start=1)
    ]
    if "default" not in design.index["music"]:
        found.append(
            Artifact(f"{MUSIC}/default/001.wav", MusicAudio("default", ""), Source("center", "music"), "asterisk-music")
        )
    return found
