"""Every prompt of the center under one key, wherever it was written."""

from __future__ import annotations

from typing import Any

from ccstack.model.base import Model
from ccstack.model.prompt import Prompt

from .builtin import builtin_prompts
from .index import Index, path_of

SAID_IN: dict[str, tuple[str, ...]] = {
    "announcements": ("prompt",),
    "menus": ("prompt", "invalid"),
    "queues": ("greeting", "comfort"),
    "recordings": ("notice", "refused"),
    "voicemails": ("greeting",),
}
"""The fields that hold a prompt, by collection. Their prompts have the key `<kind>-<name>-<field>`."""


def build_prompts(index: Index) -> dict[str, Prompt]:
    """All prompts by key: the built-in ones, the named ones by their name, those written in place by `prompt_key`."""
    prompts: dict[str, Prompt] = builtin_prompts(index) | index["prompts"]
    for collection, fields in SAID_IN.items():
        for item in index[collection].values():
            for field in fields:
                value = getattr(item, field)
                if isinstance(value, Prompt):
                    prompts[in_place_key(item, field)] = value
    return prompts


def in_place_key(item: Model, field: str) -> str:
    """The key of a prompt that is written in `field` of `item`, such as `menu-main-prompt`."""
    return f"{kind_of(item)}-{item.name}-{field}"  # type: ignore[attr-defined]


def prompt_key(item: Model, field: str) -> str | None:
    """The key of the prompt in `field` of `item`, whether it is named or written in place; None without one."""
    value: Any = getattr(item, field)
    if value is None:
        return None
    return value if isinstance(value, str) else in_place_key(item, field)


def kind_of(item: Model) -> str:
    """The singular of an object's collection, as it stands in names of contexts and prompts: `time-condition`."""
    return type(item).collection.removesuffix("s").replace("_", "-")


def prompt_paths(index: Index) -> dict[str, str]:
    """The path of the object that wrote each prompt; built-in ones are left out."""
    written = {name: f"prompts.{name}" for name in index["prompts"]}
    for collection, fields in SAID_IN.items():
        for item in index[collection].values():
            written |= {in_place_key(item, f): path_of(item) for f in fields if isinstance(getattr(item, f), Prompt)}
    return written
