"""Prompts and music: what callers hear."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from .base import Language, Model, Name, PromptName

SpokenText = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
"""What is said, in any script."""


class Prompt(Model):
    """Something said, as text (made audio by the center's speech engine) or as audio files, per language."""

    collection: ClassVar[str] = "prompts"

    name: Name | None = None
    """Name of the prompt; not needed where it is written in place."""
    text: dict[Language, SpokenText] = {}
    """What is said, by language."""
    file: dict[Language, Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x1f]+$")]] = {}
    """Audio files by language, relative to the blueprint; they win over text. WAV, any rate, mono or stereo."""

    @model_validator(mode="after")
    def _says_something(self) -> Prompt:
        if not self.text and not self.file:
            raise ValueError("a prompt needs `text` or `file` in at least one language")
        return self


def _prompt_in_place(value: Any) -> Any:
    if isinstance(value, dict) and value and not set(value) & {"name", "text", "file"}:
        return {"text": value}
    return value


Say = Annotated[PromptName | Prompt, BeforeValidator(_prompt_in_place)]
"""A prompt: the name of one, or written in place as `{"en": "Welcome", "es": "Bienvenido"}` or `Prompt(...)`."""


class Music(Model):
    """Music on hold: what waits sound like."""

    collection: ClassVar[str] = "music"

    name: Name
    """Name of the music class."""
    files: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00-\x1f]+$")], ...],
        Field(min_length=1),
    ]
    """Audio files, relative to the blueprint, played in order."""
