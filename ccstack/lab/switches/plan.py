"""What the process that plays a lab's switches is told: written by the lab, mode 0600, since it holds passwords."""

from __future__ import annotations

import os
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from .engine import Platform


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlanLogin(_Value):
    """Who may log in."""

    user: str
    password: str | None = None
    key: str | None = None


class PlanSwitch(_Value):
    """One switch. `space` is the namespace of its management, `core` the number of its site."""

    name: str
    platform: Platform
    core: int
    interfaces: tuple[str, ...]
    uplinks: tuple[str, ...]
    space: Path
    address: IPv4Address
    port: int
    logins: tuple[PlanLogin, ...]
    enable: str | None
    host_key: Path


class PlanNetwork(_Value):
    """A network of a site that has a VLAN: its cable to the switches, and where its router relays DHCP to."""

    core: int
    vlan: int
    cable: str
    router: Path
    bridge: str
    router_port: str
    gateway: IPv4Address
    subnet: IPv4Network
    servers: tuple[IPv4Address, ...]


class SwitchesPlan(_Value):
    """All of it. `space` is the namespace of the data planes, `saved` where startup configurations are kept."""

    space: Path
    saved: Path
    switches: tuple[PlanSwitch, ...]
    networks: tuple[PlanNetwork, ...]


def plan_file(folder: Path) -> Path:
    """Where the plan is."""
    return folder / "plan.json"


def commands_socket(folder: Path) -> Path:
    """Where the process listens for commands."""
    return folder / "commands.sock"


def write_plan(folder: Path, plan: SwitchesPlan) -> bool:
    """Write the plan, whole or not at all; whether it is another one than before."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path, text = plan_file(folder), plan.model_dump_json(indent=1)
    if path.exists() and path.read_text() == text:
        return False
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text)
    draft.rename(path)
    return True
