"""The assembly: every engine's parts, host by host."""

from __future__ import annotations

from ccstack.design import Design

from . import asterisk, kamailio, rtpengine, system
from .part import assemble
from .state import DesiredState

ENGINES = (asterisk, kamailio, rtpengine, system)
"""Modules with `parts(design)`. Their order has no meaning: files are sorted by path."""


def render(design: Design) -> DesiredState:
    """Everything that the design wants of every host, in the blueprint's order of hosts.

    Pure: the same design gives the same state. Raises `RenderError` for a value that a syntax cannot carry.
    """
    parts = [engine.parts(design) for engine in ENGINES]
    hosts = tuple(assemble(name, (p[name] for p in parts if name in p)) for name in design.index["hosts"])
    return DesiredState(design.center.name, hosts)
