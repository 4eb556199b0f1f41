"""A site: a place with phones or servers, and what it is called in an emergency."""

from __future__ import annotations

from difflib import get_close_matches
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from .base import E164, Label, Model, Name, QueueRef, TrunkRef


def _is_zone(zone: str) -> bool:
    # Without looking through all of the tz database: every site has a zone.
    try:
        ZoneInfo(zone)
    except (LookupError, OSError, ValueError):
        return False
    return zone.split("/")[0] not in _NOT_ZONES


_NOT_ZONES = ("posix", "right", "posixrules")
"""What `available_timezones` leaves out: the same zones once more, some of them with leap seconds."""


def _known_zone(zone: str) -> str:
    if not _is_zone(zone):
        names = {name.rpartition("/")[2].lower(): name for name in sorted(available_timezones(), reverse=True)}
        near = get_close_matches(zone.rpartition("/")[2].lower().replace(" ", "_"), names, n=1, cutoff=0.8)
        raise ValueError(
            "must be a time zone of the tz database, such as `America/New_York`"
            + (f"; did you mean `{names[near[0]]}`?" if near else "")
        )
    return zone


TimeZone = Annotated[str, AfterValidator(_known_zone)]
"""A name of the tz database, such as `America/New_York`."""


class CivicAddress(Model):
    """A street address that an ambulance can find (RFC 5139 names the fields)."""

    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] = "US"
    """ISO 3166-1 alpha-2 country code."""
    state: Label
    """State, province or region (A1)."""
    city: Label
    """City (A3)."""
    street: Label
    """Street name without the house number (RD)."""
    house_number: Label
    """House number (HNO)."""
    postal_code: Label
    """Postal code (PC)."""
    company: Label | None = None
    """Name of the organization at this address (NAM)."""


class EmergencyLocation(Model):
    """The dispatchable location inside a site: which part of it to go to (47 CFR 9.3)."""

    name: Name
    """Name of the location within its site, such as `floor-2`."""
    callback: E164
    """The number a dispatcher calls back; it reaches the person who called, without the menu (47 CFR 9.16)."""
    building: Label | None = None
    """Building (BLD)."""
    floor: Label | None = None
    """Floor (FLR)."""
    room: Label | None = None
    """Room or area (ROOM)."""


class Network(Model):
    """An IPv4 network of a site."""

    kind: Literal["voice", "data", "servers"]
    """What the network carries."""
    subnet: IPv4Network
    """The network in CIDR notation."""
    gateway: IPv4Address | None = None
    """The site's router in this network; without it the first address of the subnet."""
    vlan: Annotated[int, Field(ge=1, le=4094)] | None = None
    """VLAN id on the site's switches (IEEE 802.1Q)."""
    pool: IPv4Network | None = None
    """The part of a voice network from which DHCP gives addresses to phones that have none by their port."""


class Wan(Model):
    """The site's way to the other sites and to the carriers."""

    bandwidth_mbps: Annotated[float, Field(gt=0)] = 100.0
    """Bandwidth in Mbit/s in the weaker direction."""
    voice_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The part of the bandwidth that calls may fill."""


class Site(Model):
    """A place of the center."""

    collection: ClassVar[str] = "sites"

    name: Name
    """Name of the site."""
    label: Label | None = None
    """What people call it."""
    time_zone: TimeZone
    """The zone in which the site's opening hours are read."""
    address: CivicAddress
    """The street address of the site, sent with emergency calls."""
    emergency_locations: tuple[EmergencyLocation, ...] = ()
    """Dispatchable locations; the first one is used for devices that name none."""
    emergency_trunks: tuple[TrunkRef, ...] = ()
    """Emergency-capable trunks in this site's order; without it all of them in the center's order."""
    networks: tuple[Network, ...] = ()
    """The site's networks."""
    wan: Wan = Wan()
    """The site's link to the rest of the center."""
    secure_phones: bool = True
    """Desk phones register over TLS and encrypt media (SRTP, RFC 4568), and a model that cannot is refused. When false,
    each does what its model can."""
    standalone_queues: tuple[QueueRef, ...] | None = None
    """The queues that the site runs on its own while its WAN is cut; without it all of them.

    The others are treated as having no agent.
    """
