"""A switch: what phones are plugged into, and how it is reached."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from .base import Label, Model, Name, SiteRef
from .host import Port
from .phone import Interface
from .secret import EnvSecret, FileSecret

Platform = Literal["cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos"]
"""The operating system of a switch."""

InterfaceRange = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z][A-Za-z-]{0,29} ?[0-9]+(/[0-9]+){0,3}|[0-9]+/[0-9]+/[0-9]+)(-[0-9]{1,3})?$"),
]
"""One interface, or several that differ in the last number: `GigabitEthernet1/0/1-40`, `1/1/1-24`, `ge-0/0/0-23`."""


class SwitchAccess(Model):
    """How the switch is reached: ssh. Host keys are always checked."""

    port: Port = 22
    """Port of its sshd."""
    user: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}$")] = "admin"
    """Who logs in; needs the right to configure."""
    password: Annotated[EnvSecret | FileSecret, Field(discriminator="source")] | None = None
    """Password for ssh."""
    key: Annotated[EnvSecret | FileSecret, Field(discriminator="source")] | None = None
    """Private key for ssh, where the switch knows its public half."""
    enable: Annotated[EnvSecret | FileSecret, Field(discriminator="source")] | None = None
    """Enable secret, where logging in does not give the right to configure."""
    jump: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@:-]+$")] | None = None
    """A jump host, as `user@host:port`."""
    host_key: Annotated[str, StringConstraints(pattern=r"^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$")] | None = None
    """The switch's public key, as in known_hosts; without it the operator's own known_hosts must have it."""


class Switch(Model):
    """An access switch. ccstack owns the phone ports, the uplinks' VLANs and what they need; the rest stays its own."""

    collection: ClassVar[str] = "switches"

    name: Name
    """Name of the switch."""
    label: Label | None = None
    """What people call it."""
    site: SiteRef
    """The site it stands in; the site's voice and data networks with a VLAN are the VLANs of its phone ports."""
    platform: Platform
    """Its operating system."""
    address: IPv4Address
    """Its management address."""
    access: SwitchAccess = SwitchAccess()
    """How it is reached."""
    phone_ports: tuple[InterfaceRange, ...] = ()
    """Interfaces for phones, with or without a PC behind them. All are set up alike: a phone works in any of them."""
    uplinks: tuple[Interface, ...] = ()
    """Interfaces towards the site's router or other switches; they carry every VLAN of the phone ports."""
    poe_budget_watts: Annotated[float, Field(ge=0, le=10_000)] = 370.0
    """What the switch can feed to all its ports together, in watts (IEEE 802.3af/at/bt)."""
    phone_addresses: IPv4Network | None = None
    """A part of the site's voice network, an address for each phone port in order: the DHCP servers give a phone the
    address of the port it is plugged into (RFC 3046), so that an emergency call shows where it comes from.
    Without it phones have any free address, and the location that their line names."""
    emergency_location: Name | None = None
    """Name of an emergency location of the site: where its phone ports are, unless a port says otherwise."""
