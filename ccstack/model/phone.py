"""Phones: the boxes on desks, whose line they carry, what their keys do, and which switch port they are patched to."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints

from .base import AgentRef, Extension, Label, Model, Name, RefTo, RightsRef, SiteRef, SwitchRef, VoicemailRef
from .number import PublicNumber
from .phone_models import nearest_phone_model, phone_model
from .secret import DerivedSecret, Secret

LINES = ("agents", "stations")
"""The collections whose objects are lines that a phone can carry."""

LineRef = Annotated[Name, RefTo(LINES)]
"""The name of an agent or a station."""


def _plain_mac(value: str) -> str:
    """`00:15:65:AB:CD:EF`, `0015.65ab.cdef` and `00-15-65-ab-cd-ef` as `001565abcdef`."""
    mac = re.sub(r"[:.\- ]", "", value).lower()
    if not re.fullmatch(r"[0-9a-f]{12}", mac):
        raise ValueError("must be a MAC address: twelve hex digits, such as `00:15:65:ab:cd:ef`; it is on the label")
    if int(mac[1], 16) % 2:
        raise ValueError("must be the MAC address of one device, whose second digit is even; read the label again")
    return mac


Mac = Annotated[str, AfterValidator(_plain_mac)]
"""A unicast MAC address; kept as twelve lower-case hex digits, read with or without separators (IEEE 802)."""


def _known_model(name: str) -> str:
    if phone_model(name) is None:
        near = nearest_phone_model(name)
        raise ValueError(
            "must be a phone model that ccstack knows; "
            + (f"did you mean `{near}`? " if near else "")
            + "`ccstack show --phone-models` lists them"
        )
    return name


ModelName = Annotated[str, StringConstraints(max_length=60), AfterValidator(_known_model)]
"""A phone model, such as `yealink-t54w`."""

Interface = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z-]{0,29} ?[0-9]+(/[0-9]+){0,3}$|^[0-9]+/[0-9]+/[0-9]+$"),
]
"""An interface as the switch's command line names it; long or short (`GigabitEthernet1/0/7`, `Gi1/0/7`, `1/1/7`)."""


class SwitchPort(Model):
    """The socket that a phone is patched to."""

    switch: SwitchRef
    """The switch."""
    interface: Interface
    """Its interface; one of the switch's `phone_ports`."""
    pc: bool | None = None
    """Whether a PC may be behind the phone, on the site's data network; without it, where the site has one."""
    emergency_location: Name | None = None
    """Name of an emergency location of the site: where this socket is. Without it the switch's."""


class LineKey(Model):
    """A programmable key. `blf` shows whether somebody is on a call and calls them, `speed-dial` dials, `queue-login`
    logs the phone's agent in to their queues and out, `intercom` calls somebody whose phone answers by itself."""

    kind: Literal["blf", "speed-dial", "queue-login", "intercom"]
    """What the key does."""
    of: LineRef | None = None
    """Whose line, for `blf` and `intercom`."""
    dial: Annotated[str, StringConstraints(pattern=r"^[0-9*#+]{1,32}$")] | None = None
    """What a `speed-dial` dials."""
    label: Label | None = None
    """What stands beside the key; without it the other's name, or what is dialed."""


class Station(Model):
    """A line that belongs to a place, not a person: a lobby, a meeting room, a desk that agents share."""

    collection: ClassVar[str] = "stations"

    name: Name
    """Name of the station; also its SIP user name."""
    label: Label | None = None
    """What phones show; without it the name."""
    extension: Extension
    """Its extension."""
    site: SiteRef
    """The site it stands in."""
    hot_desk: bool = False
    """Agents log in here (`features.desk_login`): their calls then come to this phone; it dials with their rights."""
    rights: RightsRef | None = None
    """What may be dialed while nobody is logged in; without it, extensions and emergency numbers only."""
    number: PublicNumber | None = None
    """Its own public number; must be one of the center's numbers."""
    emergency_location: Name | None = None
    """Name of an emergency location of the site, for when its phone's port has none; without it the site's first."""
    voicemail: VoicemailRef | None = None
    """Mailbox that takes over when nobody answers."""
    password: Secret = DerivedSecret()
    """SIP password."""


class Phone(Model):
    """A desk phone. Its port's switch says where it stands; one that is patched nowhere stands at its line's site."""

    collection: ClassVar[str] = "phones"

    name: Name
    """Name of the phone."""
    model: ModelName
    """Its model, such as `yealink-t54w`; `ccstack show --phone-models` lists what is known of each."""
    mac: Mac
    """Its MAC address, as on the label on its back."""
    line: LineRef
    """Whose line it carries: an agent (its owner), or a station (shared, or a hot desk)."""
    port: SwitchPort | None = None
    """The switch port that it is patched to."""
    keys: tuple[LineKey, ...] = ()
    """Its programmable keys, in order; the first line key is the line itself."""
    provisioning: Secret = DerivedSecret()
    """The password with which it fetches its configuration (its user name is the MAC)."""
    admin: Secret = DerivedSecret()
    """The password of its own menus, in place of the vendor's; a derived one has 16 letters and digits."""


class Softphone(Model):
    """A program on a PC or mobile that carries an agent's line; ccstack writes what it is set up with."""

    collection: ClassVar[str] = "softphones"

    name: Name
    """Name of the softphone."""
    app: Literal["linphone", "baresip"] = "linphone"
    """The program."""
    line: AgentRef
    """The agent."""
    provisioning: Secret = DerivedSecret()
    """The password with which it fetches its configuration (its user name is its name)."""
