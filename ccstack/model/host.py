"""A host: a machine that runs a role, and how it is reached."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from .base import Label, Model, Name, SiteRef
from .secret import EnvSecret, FileSecret

Port = Annotated[int, Field(ge=1, le=65_535)]
"""A TCP or UDP port."""


class PortRange(Model):
    """A range of UDP ports for media, both ends included."""

    first: Annotated[int, Field(ge=1024, le=65_535)]
    """First port; even, because RTP takes the even port of each pair (RFC 3550 section 11)."""
    last: Annotated[int, Field(ge=1024, le=65_535)]
    """Last port."""

    @property
    def calls(self) -> int:
        """How many media streams fit: each takes an RTP and an RTCP port."""
        return max(0, (self.last - self.first + 1) // 2)


class Pbx(Model):
    """The role of an Asterisk PBX: home of some queues, standby of others."""

    role: Literal["pbx"] = "pbx"
    sip_port: Port = 5080
    """Where it listens for the SBCs and the other PBXs (UDP and TCP)."""
    rtp_ports: PortRange = PortRange(first=10_000, last=19_999)
    """Media ports of Asterisk."""


class Sbc(Model):
    """The role of a session border controller: Kamailio and rtpengine; the phones register here."""

    role: Literal["sbc"] = "sbc"
    sip_port: Port = 5060
    """Where it listens for phones and carriers (UDP and TCP)."""
    tls_port: Port = 5061
    """Where it listens for SIP over TLS."""
    rtp_ports: PortRange = PortRange(first=30_000, last=39_999)
    """Media ports of rtpengine."""
    advertised_address: IPv4Address | None = None
    """The public address that a 1:1 NAT in front of it translates; without it the host's own."""
    peers: tuple[IPv4Address, ...] = ()
    """Further sources (monitoring, a second NAT address) whose OPTIONS are answered."""


class Dhcp(Model):
    """The role of a DHCP server: addresses for the phones, and where they find their configuration."""

    role: Literal["dhcp"] = "dhcp"
    server: Literal["kea", "dnsmasq"] = "kea"
    """The program."""
    sites: tuple[SiteRef, ...] = ()
    """The sites whose voice networks it serves, its own first; without any, its own. Two servers for a site share it:
    addresses by port are the same at both, the others are divided. The site's router relays to every one of them."""


class Provisioning(Model):
    """The role of a provisioning server: phones fetch their configuration from it over HTTPS."""

    role: Literal["provisioning"] = "provisioning"
    https_port: Port = 443
    """Where it listens."""
    tftp: bool = False
    """Also answers TFTP, for phones that know nothing else at first: they learn the address of the HTTPS server there,
    and never a secret."""
    vendors_ca: Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")] | None = None
    """PEM file (path from the blueprint's folder) with the phone vendors' CAs: a phone that shows a certificate of one
    of them with its own MAC in it needs no password."""


Role = Annotated[Pbx | Sbc | Dhcp | Provisioning, Field(discriminator="role")]


class Access(Model):
    """How the host is reached for deployment. Host keys are always checked."""

    address: IPv4Address | None = None
    """Address for ssh; without it the host's own."""
    port: Port = 22
    """Port of sshd."""
    user: Annotated[str, StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,31}$")] = "root"
    """Who logs in; anyone but root needs sudo without a password."""
    key: Annotated[EnvSecret | FileSecret, Field(discriminator="source")] | None = None
    """Private key for ssh; without it ssh's own agent and default keys are used."""
    password: Annotated[EnvSecret | FileSecret, Field(discriminator="source")] | None = None
    """Password for ssh, where keys are not possible."""
    jump: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._@:-]+$")] | None = None
    """A jump host, as `user@host:port`."""
    host_key: Annotated[str, StringConstraints(pattern=r"^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$")] | None = None
    """The host's public key, as in known_hosts; without it the operator's own known_hosts must have it."""


class Host(Model):
    """A machine with one or more roles."""

    collection: ClassVar[str] = "hosts"

    name: Name
    """Name of the host; also its host name."""
    label: Label | None = None
    """What people call it."""
    site: SiteRef
    """The site it stands in."""
    address: IPv4Address
    """Its address in the site's servers network."""
    roles: Annotated[tuple[Role, ...], Field(min_length=1)]
    """What it runs."""
    access: Access = Access()
    """How it is reached."""
    install: Literal["packages", "present"] = "packages"
    """`packages`: bootstrap installs the distribution's packages; `present`: they are there, bootstrap only checks."""

    @property
    def pbx(self) -> Pbx | None:
        """The PBX role, if the host has it."""
        return next((r for r in self.roles if isinstance(r, Pbx)), None)

    @property
    def sbc(self) -> Sbc | None:
        """The SBC role, if the host has it."""
        return next((r for r in self.roles if isinstance(r, Sbc)), None)

    @property
    def dhcp(self) -> Dhcp | None:
        """The DHCP role, if the host has it."""
        return next((r for r in self.roles if isinstance(r, Dhcp)), None)

    @property
    def provisioning(self) -> Provisioning | None:
        """The provisioning role, if the host has it."""
        return next((r for r in self.roles if isinstance(r, Provisioning)), None)
