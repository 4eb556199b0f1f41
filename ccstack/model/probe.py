"""A probe: where live checks start from."""

from __future__ import annotations

from ipaddress import IPv4Address
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
    address: IPv4Address | None = None
    """Where it registers from when that is outside its site's networks; the SBCs then answer this source."""
    via: TrunkRef | None = None
    """The trunk that its calls to the center's own numbers count as coming in by.

    The SBC treats them as that trunk's in every way; only the carrier itself is left out. What else the probe dials is
    treated as dialed inside, like a phone.
    """
    caller: E164 | None = None
    """The caller's number of such calls."""
    rights: RightsRef | None = None
    """What it may dial from inside."""
    password: Secret = DerivedSecret()
    """SIP password."""
