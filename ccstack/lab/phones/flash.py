"""What a phone still knows after it lost power: its last configuration, and its last lease. Bound to the box, not to
the desk: a phone that is swapped begins empty."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, Self

from .dhcp import Lease


@dataclass(frozen=True, slots=True)
class Kept:
    """The contents of a phone's flash."""

    files: tuple[bytes, ...] = ()
    """The configuration files that it read last."""
    url: str = ""
    """Where the first of them came from."""
    lease: Lease | None = None
    vlan: int = 0
    """The VLAN that the lease is for; 0 for untagged."""


@dataclass(frozen=True, slots=True)
class Flash:
    """The flash of the phone with this MAC address, as a file that only root can read."""

    path: Path

    @classmethod
    def of(cls, folder: Path, mac: str) -> Self:
        """The flash of a box, in the lab's folder for them."""
        return cls(folder / f"{mac}.json")

    def read(self) -> Kept:
        """What is kept; nothing for a new box, or when the power went while it was written."""
        try:
            found = json.loads(self.path.read_text())
            return Kept(tuple(map(b64decode, found["files"])), found["url"], _lease(found["lease"]), found["vlan"])
        except (FileNotFoundError, ValueError, KeyError):
            return Kept()

    def keep(self, **changes: Any) -> None:
        """Change some of it, whole or not at all (mode 0600: SIP passwords are in it)."""
        kept = replace(self.read(), **changes)
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = self.path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            json.dump(_plain(kept), stream)
        draft.rename(self.path)


def _plain(kept: Kept) -> dict[str, Any]:
    files = [b64encode(data).decode() for data in kept.files]
    return {"files": files, "url": kept.url, "lease": _plain_lease(kept.lease), "vlan": kept.vlan}


def _plain_lease(lease: Lease | None) -> dict[str, Any] | None:
    if lease is None:
        return None
    return {
        "address": str(lease.address),
        "prefix": lease.prefix,
        "router": str(lease.router) if lease.router else None,
        "server": str(lease.server),
        "seconds": lease.seconds,
        "since": lease.since,
        "options": {str(code): value.hex() for code, value in lease.options.items()},
    }


def _lease(plain: dict[str, Any] | None) -> Lease | None:
    if plain is None:
        return None
    return Lease(
        address=IPv4Address(plain["address"]),
        prefix=plain["prefix"],
        router=IPv4Address(plain["router"]) if plain["router"] else None,
        server=IPv4Address(plain["server"]),
        seconds=plain["seconds"],
        since=plain["since"],
        options={int(code): bytes.fromhex(value) for code, value in plain["options"].items()},
    )
