"""The assembly: every engine's parts, host by host; and every switch's configuration."""

from __future__ import annotations

from ccstack.design import Design

from . import asterisk, dhcp, kamailio, phones, provisioning, rtpengine, system, tftp
from .part import assemble
from .state import DesiredState
from .switches import switches

ENGINES = (asterisk, kamailio, rtpengine, dhcp, provisioning, phones, tftp, system)
"""Modules with `parts(design)`. Their order has no meaning: files are sorted by path."""


def render(design: Design) -> DesiredState:
    """Everything that the design wants of every host and switch, in the blueprint's order.

    Pure: the same design gives the same state. Raises `RenderError` for a value that a syntax cannot carry.
    """
    parts = [engine.parts(design) for engine in ENGINES]
    hosts = tuple(assemble(name, (p[name] for p in parts if name in p)) for name in design.index["hosts"])
    return DesiredState(design.center.name, hosts, switches(design))
