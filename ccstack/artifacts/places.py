"""Where artifacts are kept on the machine that deploys (XDG Base Directory Specification)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """What can be made again at any time: `CCSTACK_CACHE`, else below `XDG_CACHE_HOME`."""
    return _folder(environment, "CCSTACK_CACHE", "XDG_CACHE_HOME", ".cache")


def state_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """What must not be lost, such as a center's CA: `CCSTACK_STATE`, else below `XDG_STATE_HOME`."""
    return _folder(environment, "CCSTACK_STATE", "XDG_STATE_HOME", ".local/state")


def _folder(environment: Mapping[str, str], own: str, xdg: str, home: str) -> Path:
    if environment.get(own):
        return Path(environment[own])
    below = environment.get(xdg)
    return (Path(below) if below else Path.home() / home) / "ccstack"
