"""What a deployment of a center needs: its design, what shall be on its hosts, secrets, audio and certificates."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ccstack.model import ContactCenter

if TYPE_CHECKING:
    from ccstack.design import Design
    from ccstack.drivers.hosts import Built
    from ccstack.render.state import DesiredState
    from ccstack.secrets import BoundState, Vault

Told = Callable[[int, int], None]
"""Who is told how much of the audio is made: how many files, of how many."""


@dataclass(frozen=True)
class Ready:
    """A center that can be put on its hosts: secrets are filled in, audio and certificates are made."""

    design: Design
    state: DesiredState
    vault: Vault
    built: Built
    bound: BoundState

    @property
    def center(self) -> ContactCenter:
        """The center that it is about."""
        return self.design.center

    def line_password(self, name: str) -> str:
        """The SIP password of an agent or a station, for who plays its softphone."""
        collection = "agents" if name in self.design.index["agents"] else "stations"
        return self.vault.value(f"{collection}.{name}.password").reveal()

    def provisioning_password(self, phone: str) -> str:
        """The password with which a phone fetches its configuration, for who keys it in."""
        return self.vault.value(f"phones.{phone}.provisioning").reveal()

    @property
    def ca_file(self) -> str | None:
        """The CA certificate (PEM) that the SBCs' certificates are signed by."""
        from ccstack.render.state import Certificate

        made = (str(f) for r, f in self.built.items() if isinstance(r, Certificate) and r.part == "ca")
        return next(made, None)


def ready(
    center: ContactCenter, base: Path, vault: Vault | None = None, told: Told = lambda _done, _wanted: None
) -> Ready:
    """All that a deployment of `center` needs. Files that it names are taken from `base`, secrets from `vault`, which
    is by default one over the process's environment.

    Raises `RulesBrokenError`; `RenderError` where a value cannot be written safely; `SecretProblems` and
    `ArtifactProblems` with everything that cannot be had.
    """
    from ccstack.artifacts import build  # not above: ssh may connect to hosts while these are read
    from ccstack.render.render import render
    from ccstack.rules.sound import sound_design
    from ccstack.secrets import bind

    design = sound_design(center)
    state = render(design)
    vault = vault or unopened(center, base)
    vault.require_all()
    built = build(state, design, base=base, told=told)
    return Ready(design, state, vault, built, bind(state, vault))


def unopened(center: ContactCenter, base: Path) -> Vault:
    """The vault of a center, from which nothing was taken yet."""
    from ccstack.secrets import Vault

    return Vault(center, base, os.environ)
