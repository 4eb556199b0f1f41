"""What the fields of a model mean: the text that stands below each, read from the source when somebody asks.

pydantic can read it while a class is made (`use_attribute_docstrings`), but then every verb waits for it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from inspect import cleandoc
from itertools import pairwise
from pathlib import Path
from typing import Any

from .base import Model


@cache
def meanings(model: type[Model]) -> dict[str, str]:
    """The text below each field of `model`, by the field's name; a field that was taken over has its first owner's."""
    found: dict[str, str] = {}
    for owner in reversed(model.__mro__):
        if issubclass(owner, Model):
            found |= _texts_of(owner.__module__).get(owner.__name__, {})
    return {name: found[name] for name in model.model_fields if name in found}


@cache
def _texts_of(module: str) -> dict[str, dict[str, str]]:
    """The texts of a module's classes. A module whose source is not there has none."""
    source = getattr(sys.modules.get(module), "__file__", None)
    if not source or not Path(source).is_file():
        return {}
    nodes = ast.parse(Path(source).read_text(encoding="utf-8")).body
    return {node.name: dict(_texts_in(node)) for node in nodes if isinstance(node, ast.ClassDef)}


def _texts_in(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(node.body):
        match field, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, cleandoc(text)


def describe(schema: dict[str, Any]) -> None:
    """Write the meanings into the JSON Schema of a model, as pydantic would."""
    models = {model.__name__: model for model in _models(Model) if model.__module__.startswith(__package__)}
    for part in (schema, *schema["$defs"].values()):
        properties = part.get("properties", {})
        for field, text in meanings(models[part["title"]]).items():
            properties[field] = dict(sorted({**properties[field], "description": text}.items()))


def _models(model: type[Model]) -> Iterator[type[Model]]:
    for each in model.__subclasses__():
        yield each
        yield from _models(each)
