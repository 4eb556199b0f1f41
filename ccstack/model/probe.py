"""A probe: where live checks start from."""

from __future__ import annotations

from typing import ClassVar

from .base import E164, Extension, Model, Name, RightsRef, SiteRef, TrunkRef
from .secret import DerivedSecret, Secret


class Probe(Model):
    """A test endpoint that registers at the SBCs of its site, or calls in through a named trunk."""

    collection: ClassVar[str] = "probes"

    name: Name
    """Name of the probe; also its SIP user name."""
    site: SiteRef
    """The site it stands in."""
    extension: Extension
    """Its extension."""
    via: TrunkRef | None = None
    """Calls in through this trunk, as a caller from outside; without it, from inside like a phone."""
    caller: E164 | None = None
    """The number it calls from when it calls in through a trunk."""
    rights: RightsRef | None = None
    """What it may dial from inside."""
    password: Secret = DerivedSecret()
    """SIP password."""
