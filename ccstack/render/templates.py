"""Templates only print what they are given: an unknown name is an error, and no decision is made there."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .state import Line, Source

if TYPE_CHECKING:
    import jinja2


def templates_folder() -> Path:
    """`templates/`: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_data" / "templates"
    return installed if installed.is_dir() else package.parent / "templates"


@cache
def _environment() -> jinja2.Environment:
    import jinja2  # not above: who only wants to know what a host's state is need not wait for it

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_folder()),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=False,
        autoescape=False,  # noqa: S701 - no HTML here; each syntax's writer quotes its values
    )


def template_lines(name: str, path: str, **values: object) -> tuple[Line, ...]:
    """The lines of template `name` with `values`, all from the object at `path`."""
    text = _environment().get_template(name).render(values)
    source = Source(path, f"templates/{name}")
    return tuple(Line(line, source) for line in text.splitlines())
