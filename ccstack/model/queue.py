"""A queue: callers wait, agents answer."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from .agent import Level
from .base import (
    AgentRef,
    CallerListRef,
    Destination,
    Extension,
    HostRef,
    Label,
    Model,
    MusicRef,
    Name,
    RecordingRef,
    Seconds,
    SkillRef,
    TeamRef,
)
from .prompt import Say

Strategy = Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "rrordered", "linear", "wrandom"]
"""Who is rung next among agents of equal rank, in Asterisk's words (queues.conf)."""


class ServiceLevel(Model):
    """The target: so many percent of callers answered within so many seconds."""

    percent: Annotated[float, Field(gt=0, le=100)] = 80
    """Percent of callers, such as 80."""
    seconds: Seconds = 20
    """Answered within, in seconds from joining the queue."""


class RequiredSkill(Model):
    """A skill that the queue's agents need, and after which wait it is given up."""

    skill: SkillRef
    """The skill."""
    level: Level = 1
    """The lowest level that counts."""
    relax_after: Seconds | None = None
    """After this wait, agents of the queue's teams without the skill are rung too; without it, never."""


class Queue(Model):
    """Callers wait in order of priority, then of arrival; agents are rung by skill, then by strategy."""

    collection: ClassVar[str] = "queues"

    name: Name
    """Name of the queue."""
    label: Label | None = None
    """What people call it."""
    extension: Extension | None = None
    """Dialed from inside to reach it."""
    home: HostRef
    """The PBX that runs the queue."""
    standby: HostRef | None = None
    """The PBX that runs it while its home does not answer."""
    teams: tuple[TeamRef, ...] = ()
    """Teams whose agents may answer; without it, everyone with the skills."""
    agents: tuple[AgentRef, ...] = ()
    """Further agents by name."""
    skills: tuple[RequiredSkill, ...] = ()
    """Skills that agents need."""
    strategy: Strategy = "leastrecent"
    """Who is rung next among agents of equal level."""
    service_level: ServiceLevel = ServiceLevel()
    """The target."""
    ring_time: Annotated[int, Field(ge=3, le=120)] = 15
    """How long one agent is rung, in seconds."""
    retry: Annotated[int, Field(ge=1, le=60)] = 2
    """Pause between two rounds of ringing, in seconds."""
    wrap_up: Annotated[int, Field(ge=0, le=3_600)] = 10
    """How long an agent is left alone after a call, in seconds."""
    max_wait: Seconds = 300
    """Longest wait in seconds, then the caller overflows."""
    max_callers: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """How many may wait; who comes later overflows."""
    join_without_agents: bool = False
    """Callers may join while nobody is logged in; otherwise they overflow at once."""
    leave_without_agents: bool = True
    """Callers leave (overflow) when the last agent logs out."""
    overflow: Destination | None = None
    """Where callers go who waited too long, or found the queue full or without agents. Without it the call ends."""
    when_full: Destination | None = None
    """Where callers go who find the queue full; without it as `overflow`."""
    when_no_agents: Destination | None = None
    """Where callers go when there are no agents; without it as `overflow`."""
    greeting: Say | None = None
    """Said before the caller joins."""
    announce_position: bool = False
    """Tell callers their position."""
    announce_wait: bool = False
    """Tell callers the expected wait."""
    announce_every: Annotated[int, Field(ge=10, le=600)] = 45
    """Seconds between announcements."""
    comfort: Say | None = None
    """Said to waiting callers every `announce_every` seconds."""
    music: MusicRef | None = None
    """Music while waiting; without it a plain built-in one."""
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    """Added to the priority of the dialed number."""
    vip_callers: CallerListRef | None = None
    """Callers who go first."""
    vip_priority: Annotated[int, Field(ge=1, le=100)] = 10
    """Priority added for those callers."""
    recording: RecordingRef | None = None
    """Recording policy; without it nothing is recorded."""
