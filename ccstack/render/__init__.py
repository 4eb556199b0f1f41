"""A `Design` becomes a `DesiredState`: per host, the files that shall be there, line by line with their origin."""

from .render import render
from .text import RenderError

__all__ = ["RenderError", "render"]
