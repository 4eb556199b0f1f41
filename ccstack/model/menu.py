"""A menu: callers choose with keys (IVR, auto attendant)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints

from .base import Destination, Extension, Label, Language, Model, Name
from .prompt import Say

Key = Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
"""One key of the phone."""


class Option(Model):
    """What a key does."""

    to: Destination
    """Where the call goes."""
    language: Language | None = None
    """The language that the caller hears from here on."""
    label: Label | None = None
    """What the option is called in pictures and traces."""


def _option(value: Any) -> Any:
    return {"to": value} if isinstance(value, str) else value


class Collect(Model):
    """Asks for digits, such as a customer number, and keeps them with the call."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
    """Name under which the digits are kept; agents' phones and the CDR get them."""
    digits: Annotated[int, Field(ge=1, le=20)]
    """How many digits at most; `#` ends earlier."""
    to: Destination
    """Where the call goes with the digits."""


class Menu(Model):
    """Plays a prompt and waits for a key. Wrong keys and silence are counted apart and each has its way out."""

    collection: ClassVar[str] = "menus"

    name: Name
    """Name of the menu."""
    label: Label | None = None
    """What people call it."""
    extension: Extension | None = None
    """Dialed from inside to reach it."""
    prompt: Say
    """What is said."""
    options: dict[Key, Annotated[Option, BeforeValidator(_option)]] = {}
    """Keys and where they lead, such as `{"1": "sales"}`; an `Option` in place of the name says more."""
    collect: Collect | None = None
    """Instead of keys: ask for digits."""
    direct_dial: bool = False
    """Callers may dial an extension."""
    timeout: Annotated[int, Field(ge=1, le=60)] = 5
    """Seconds of silence after the prompt that count as one timeout."""
    max_timeouts: Annotated[int, Field(ge=1, le=9)] = 2
    """So many timeouts and the call takes `on_timeout`."""
    on_timeout: Destination | None = None
    """Where a silent caller goes; without it the call ends."""
    invalid: Say | None = None
    """Said after a wrong key; without it only the prompt is repeated."""
    max_invalid: Annotated[int, Field(ge=1, le=9)] = 3
    """So many wrong keys and the call takes `on_invalid`."""
    on_invalid: Destination | None = None
    """Where a caller with only wrong keys goes; without it the call ends."""
