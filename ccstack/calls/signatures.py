"""Which tone pair stands for whom: prompts (where a center's speech is `tones`), agents, carriers and callers."""

from __future__ import annotations

from collections.abc import Iterable

from ccstack.design import Design

from .tones import Tone, assign


def prompt_tones(design: Design) -> dict[tuple[str, str], Tone]:
    """A tone pair for each prompt key and language. Raises `ValueError` when there are too many for telling apart."""
    default = design.center.languages[0]
    names = {
        (key, language): key if language == default else f"{key}.{language}"
        for key, prompt in design.prompts.items()
        for language in design.center.languages
        if language in prompt.text
    }
    tones = assign(names.values())
    return {each: tones[name] for each, name in names.items()}


def people_tones(design: Design, others: Iterable[str]) -> dict[str, Tone]:
    """A tone pair for each agent and for `others`, none of which is a prompt's."""
    spoken = prompt_tones(design).values() if design.center.speech == "tones" else ()
    return assign([*design.index["agents"], *others], avoid=spoken)
