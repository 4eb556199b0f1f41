"""The sounds that a PBX plays: prompts in every language of the center, and music."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.design.builtin import NUMBER_KEY
from ccstack.design.prompts import prompt_paths
from ccstack.model.prompt import Prompt
from ccstack.render.state import Artifact, MusicAudio, PromptAudio, Source

from .names import MUSIC, SOUNDS, sound_language


def artifacts(design: Design) -> tuple[Artifact, ...]:
    """Every sound: the same on every PBX. A language that a prompt does not have gets the nearest one it has."""
    written = prompt_paths(design.index)
    found = [
        _sound(design, key, prompt, language, written.get(key, "center"))
        for key, prompt in sorted(design.prompts.items())
        for language in design.center.languages
        if _sounds_in(key, prompt, language)
    ]
    return (*found, *_music(design))


def _sounds_in(key: str, prompt: Prompt, language: str) -> bool:
    """Words of numbers are put together by each language's own grammar: another language's would be wrong."""
    return not key.startswith(NUMBER_KEY) or language.partition("-")[0] in prompt.text


def _sound(design: Design, key: str, prompt: Prompt, language: str, path: str) -> Artifact:
    name = f"digits/{key.removeprefix(NUMBER_KEY)}" if key.startswith(NUMBER_KEY) else f"cc/{key}"
    file = f"{SOUNDS}/{sound_language(language)}/{name}.wav"
    return Artifact(file, PromptAudio(key, _spoken(design, prompt, language)), Source(path, "prompt"), group="asterisk")


def _spoken(design: Design, prompt: Prompt, language: str) -> str:
    """The prompt's language that comes nearest: the same, the same without region, the center's order, any."""
    known = {**prompt.text, **prompt.file}
    wanted = (language, language.partition("-")[0], *design.center.languages, "en", *known)
    return next(each for each in wanted if each in known)


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
