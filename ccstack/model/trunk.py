"""A trunk: how calls come from and go to a carrier."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from .base import Label, Model, Name, TrunkRef
from .host import Port
from .number import PublicNumber
from .secret import Secret

Codec = Literal["ulaw", "alaw", "g722", "gsm"]
"""Audio codecs that both the PBX and the SBC carry (ulaw and alaw are G.711)."""

Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,15}$")]
"""One to fifteen digits."""


class Gateway(Model):
    """One signalling address of a carrier."""

    address: IPv4Address
    """Where the carrier listens and sends from."""
    port: Port = 5060
    """The carrier's SIP port."""
    transport: Literal["udp", "tcp", "tls"] = "udp"
    """SIP transport towards the carrier."""
    priority: Annotated[int, Field(ge=1, le=100)] = 1
    """Lower is tried first."""
    weight: Annotated[int, Field(ge=1, le=100)] = 50
    """Share of calls among gateways of the same priority."""
    strip: Annotated[int, Field(ge=0, le=20)] = 0
    """How many leading characters (the `+` counts) are removed from the dialed E.164 number for this gateway."""
    prefix: Annotated[str, StringConstraints(pattern=r"^[0-9*#+]{0,12}$")] = ""
    """What is put before it, after stripping."""


class IpAuth(Model):
    """The carrier knows us by our address."""

    kind: Literal["ip"] = "ip"


class RegisterAuth(Model):
    """We register at the carrier with a user name and password (RFC 3261 section 10)."""

    kind: Literal["register"] = "register"
    username: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._+-]{1,64}$")]
    """User name at the carrier."""
    password: Secret
    """Password at the carrier."""
    realm: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.-]{1,64}$")]
    """Digest realm that the carrier challenges with."""


class CallerIdRule(Model):
    """Which number a called party sees."""

    source: Literal["agent", "fixed"] = "agent"
    """`agent`: the agent's own number where it has one, else the fixed one; `fixed`: always the fixed one."""
    number: PublicNumber
    """The fixed number."""


class Trunk(Model):
    """A carrier's trunk. All SBCs may use it, and its limits count over all of them together."""

    collection: ClassVar[str] = "trunks"

    name: Name
    """Name of the trunk."""
    label: Label | None = None
    """What people call it."""
    gateways: Annotated[tuple[Gateway, ...], Field(min_length=1)]
    """The carrier's addresses."""
    auth: Annotated[IpAuth | RegisterAuth, Field(discriminator="kind")] = IpAuth()
    """How the carrier knows us."""
    codecs: Annotated[tuple[Codec, ...], Field(min_length=1)] = ("ulaw", "alaw")
    """Codecs in order of preference."""
    srtp: bool = False
    """Media is encrypted (SDES, RFC 4568); needs a TLS transport, which protects the keys."""
    max_channels: Annotated[int, Field(ge=1, le=100_000)]
    """Calls at a time that the carrier allows, over all SBCs."""
    max_cps: Annotated[int, Field(ge=1, le=10_000)] = 10
    """New calls a second that the carrier allows, over all SBCs."""
    caller_id: CallerIdRule
    """Caller id on outgoing calls."""
    failover_codes: tuple[Annotated[int, Field(ge=400, le=699)], ...] = (408, 480, 500, 502, 503, 504)
    """Final answers of a gateway after which the next one is tried; 477 (not reachable) and silence always are."""
    answer_timeout_ms: Annotated[int, Field(ge=500, le=10_000)] = 1_500
    """How long a gateway may give no provisional answer before the next one is tried, in milliseconds."""
    emergency: bool = False
    """The carrier routes emergency calls with our location."""
    emergency_test_number: Digits | None = None
    """A number on which the carrier tests emergency routing without a dispatcher, such as 933."""


class OutboundRoute(Model):
    """Which trunks carry which numbers; the longest matching prefix wins."""

    collection: ClassVar[str] = "outbound_routes"

    name: Name
    """Name of the route."""
    prefixes: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^\+[0-9]{0,14}$")], ...], Field(min_length=1)]
    """E.164 prefixes such as `+1` or `+4420`; `+` alone matches everything."""
    trunks: Annotated[tuple[TrunkRef, ...], Field(min_length=1)]
    """Trunks in the order in which they are tried."""
