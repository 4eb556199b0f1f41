"""People: agents, their teams and skills."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from .base import (
    AgentRef,
    Email,
    Extension,
    HoursRef,
    Label,
    Model,
    Name,
    RightsRef,
    SiteRef,
    SkillRef,
    TeamRef,
    VoicemailRef,
)
from .number import PublicNumber
from .secret import DerivedSecret, Secret

Level = Annotated[int, Field(ge=1, le=10)]
"""How good somebody is at a skill: 1 is a beginner, 10 the best."""


class Skill(Model):
    """Something that some agents know, such as a language or a product."""

    collection: ClassVar[str] = "skills"

    name: Name
    """Name of the skill."""
    label: Label | None = None
    """What people call it."""


class Team(Model):
    """Agents with a supervisor."""

    collection: ClassVar[str] = "teams"

    name: Name
    """Name of the team."""
    label: Label | None = None
    """What people call it."""
    supervisor: AgentRef | None = None
    """Who leads it; may be one of its agents or of another team."""


class PauseReason(Model):
    """Why an agent takes no calls for a while; dialed after the pause code."""

    code: Annotated[str, Field(pattern=r"^[0-9]$")]
    """The digit that agents dial after the pause code."""
    name: Name
    """The reason as it stands in reports."""


class Agent(Model):
    """Someone with a phone, who may answer queues."""

    collection: ClassVar[str] = "agents"

    name: Name
    """Name of the agent; also the SIP user name of the phone."""
    label: Label | None = None
    """The person's name as phones show it; without it the name."""
    extension: Extension
    """The agent's extension."""
    site: SiteRef
    """The site whose SBCs and emergency address count; for remote agents, the site they belong to."""
    team: TeamRef | None = None
    """The agent's team."""
    skills: dict[SkillRef, Level] = {}
    """Skills with levels from 1 to 10, such as `{"spanish": 7}`."""
    rights: RightsRef | None = None
    """What the agent may dial; without it, extensions and emergency numbers only."""
    number: PublicNumber | None = None
    """The agent's own public number, shown to called parties; must be one of the center's numbers."""
    remote: bool = False
    """Works from outside the sites' networks: may register from anywhere, with TLS, and rate-limited."""
    emergency_location: Name | None = None
    """Name of an emergency location of the site; without it the site's first."""
    voicemail: VoicemailRef | None = None
    """Mailbox that takes over when the agent's own extension is not answered."""
    hours: HoursRef | None = None
    """When the agent works; without it, always."""
    email: Email | None = None
    """Where notifications go."""
    password: Secret = DerivedSecret()
    """SIP password of the phone."""
    pin: Secret = DerivedSecret()
    """PIN with which the agent logs in at a hot desk."""
    logged_in: bool = True
    """Counts as logged in when the center is first deployed; afterwards agents decide."""
