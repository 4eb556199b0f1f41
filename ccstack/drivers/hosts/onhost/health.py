"""Whether units and processes are as a release wants them."""

from __future__ import annotations

import os
import time

from . import disk
from .engines import Host
from .layout import Layout
from .manifest import Manifest
from .wanted import Wanted

CHECK_SECONDS = 20.0
"""How long the processes may take after a change until they say the right things."""
POLL_SECONDS = 0.2
"""How often processes are asked meanwhile."""


def wrong(host: Host, manifest: Manifest) -> tuple[str, ...]:
    """What is not right with units and processes, after the time that they may take."""
    deadline = time.monotonic() + CHECK_SECONDS
    while True:
        found = _wrong_now(host, manifest)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(POLL_SECONDS)


def _wrong_now(host: Host, manifest: Manifest) -> tuple[str, ...]:
    states = host.engines.states(manifest.units)
    down = tuple(f"unit {name} is {s.active}, {s.enabled}" for name, s in states.items() if not s.is_up)
    return down or tuple(host.engines.wrong(wanted_of(host.layout, manifest), manifest.units))


def wanted_of(layout: Layout, manifest: Manifest) -> Wanted:
    """What the processes of a release must say."""
    measured = disk.read_json(f"{layout.release(manifest.release)}/measured.json")
    there = (entry for entry in manifest.files if os.path.isfile(layout.at(entry.path)))
    return Wanted(manifest.expect, {layout.at(e.path): e.apply for e in there}, measured)
