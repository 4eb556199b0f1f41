"""The whole contact center."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from .agent import Agent, PauseReason, Skill, Team
from .base import AgentRef, Label, Language, Model, Name
from .destinations import Announcement, External, Ring, Voicemail
from .host import Host
from .hours import Hours, TimeCondition
from .menu import Menu
from .number import CallerList, Number, PublicNumber
from .phone import Phone, Softphone, Station
from .probe import Probe
from .prompt import Music, Prompt
from .queue import Queue
from .recording import Recording
from .rights import CallingRights, Country
from .secret import Secrets
from .site import Site
from .switch import Switch
from .trunk import Digits, OutboundRoute, Trunk

FeatureCode = Annotated[str, StringConstraints(pattern=r"^\*[0-9]{1,3}$")]
"""A star and one to three digits."""


class FeatureCodes(Model):
    """What phones dial to do something rather than to call somebody."""

    login: FeatureCode = "*45"
    """Log in to one's queues."""
    logout: FeatureCode = "*46"
    """Log out of one's queues."""
    pause: FeatureCode = "*47"
    """Pause; followed by the digit of a reason."""
    resume: FeatureCode = "*48"
    """Be ready again."""
    desk_login: FeatureCode = "*50"
    """Log in at a hot desk; followed by one's extension; then one's PIN is asked for."""
    desk_logout: FeatureCode = "*51"
    """Log out of a hot desk."""
    intercom: FeatureCode = "*52"
    """Call somebody whose phone answers by itself; followed by their extension."""
    voicemail: FeatureCode = "*97"
    """Hear one's own mailbox."""


class EmergencyCalling(Model):
    """Emergency numbers and who is told (47 CFR 9.16: direct dialing, notification, dispatchable location)."""

    numbers: Annotated[tuple[Digits, ...], Field(min_length=1)] = ("911",)
    """Dialed as they are and after the outside prefix, from any phone."""
    notify: tuple[AgentRef, ...] = ()
    """Agents whose phones are told at once that, where and by whom an emergency number was dialed."""
    notify_numbers: tuple[PublicNumber, ...] = ()
    """Public numbers that are called with an announcement."""
    callback_hours: Annotated[int, Field(ge=1, le=72)] = 24
    """For so long the location's call-back number reaches the caller directly."""


Dscp = Annotated[int, Field(ge=0, le=63)]
"""A differentiated services code point (RFC 2474)."""


class Qos(Model):
    """How packets of calls are marked: by phones, PBXs and SBCs, and believed by switches (RFC 4594)."""

    media_dscp: Dscp = 46
    """RTP: expedited forwarding (RFC 3246)."""
    signalling_dscp: Dscp = 24
    """SIP: class selector 3."""


class Peak(Model):
    """The declared peak that trunks and ports are checked against."""

    calls: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Calls at a time over the whole center."""
    calls_per_second: Annotated[float, Field(gt=0, le=10_000)] = 1.0
    """New calls a second."""


class ContactCenter(Model):
    """A contact center: everything that ccstack checks, renders, deploys and proves."""

    schema_version: Literal[1] = 1
    """Version of this model."""
    name: Name
    """Name of the center."""
    label: Label | None = None
    """What people call it."""
    domain: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)*$")] = "center.internal"
    """SIP domain and digest realm of the phones."""
    country: Country = "US"
    """The country whose national numbers phones dial."""
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = ("en",)
    """Languages that callers can hear, the default first."""
    speech: Literal["espeak-ng", "tones"] = "espeak-ng"
    """What makes audio of text: `espeak-ng` speaks; `tones` gives each prompt a tone pair that tests recognise."""
    outside_prefix: Annotated[str, StringConstraints(pattern=r"^[0-9]?$")] = "9"
    """Dialed before a public number; empty where numbers are dialed directly."""
    features: FeatureCodes = FeatureCodes()
    """Feature codes."""
    emergency: EmergencyCalling = EmergencyCalling()
    """Emergency calling."""
    peak: Peak = Peak()
    """The declared peak."""
    qos: Qos = Qos()
    """How packets of calls are marked."""
    secrets: Secrets = Secrets()
    """How secrets come about."""
    pause_reasons: tuple[PauseReason, ...] = ()
    """Reasons for a pause; without any, agents pause without one."""
    sites: tuple[Site, ...] = ()
    """Places."""
    hosts: tuple[Host, ...] = ()
    """Machines."""
    switches: tuple[Switch, ...] = ()
    """Access switches."""
    trunks: tuple[Trunk, ...] = ()
    """Carriers' trunks."""
    outbound_routes: tuple[OutboundRoute, ...] = ()
    """Which trunks carry which numbers; without any, every trunk carries all, in order."""
    numbers: tuple[Number, ...] = ()
    """Public numbers."""
    caller_lists: tuple[CallerList, ...] = ()
    """Lists of callers."""
    probes: tuple[Probe, ...] = ()
    """Where live checks start from."""
    skills: tuple[Skill, ...] = ()
    """Skills."""
    teams: tuple[Team, ...] = ()
    """Teams."""
    agents: tuple[Agent, ...] = ()
    """Agents."""
    stations: tuple[Station, ...] = ()
    """Lines of places: lobbies, meeting rooms, hot desks."""
    phones: tuple[Phone, ...] = ()
    """Desk phones."""
    softphones: tuple[Softphone, ...] = ()
    """Softphones that ccstack sets up."""
    calling_rights: tuple[CallingRights, ...] = ()
    """Classes of service."""
    queues: tuple[Queue, ...] = ()
    """Queues."""
    menus: tuple[Menu, ...] = ()
    """Menus."""
    hours: tuple[Hours, ...] = ()
    """Opening hours."""
    time_conditions: tuple[TimeCondition, ...] = ()
    """Branches by opening hours."""
    prompts: tuple[Prompt, ...] = ()
    """Prompts used by name."""
    music: tuple[Music, ...] = ()
    """Music on hold."""
    voicemails: tuple[Voicemail, ...] = ()
    """Mailboxes."""
    recordings: tuple[Recording, ...] = ()
    """Recording policies."""
    announcements: tuple[Announcement, ...] = ()
    """Announcements."""
    rings: tuple[Ring, ...] = ()
    """Ring groups."""
    externals: tuple[External, ...] = ()
    """Transfers to public numbers."""
