"""Queues and the people who answer them."""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.membership import RELAXED
from ccstack.model import Queue
from ccstack.model.queue import RequiredSkill

from .rule import Hit, count, listed, part, rule


def _queues(design: Design) -> Iterator[Queue]:
    yield from design.index["queues"].values()


@rule(
    "CC701",
    "home-is-no-pbx",
    "error",
    wrong="A queue's home or standby is a host that is not a PBX.",
    reason="Queues run in Asterisk; on that host there is none.",
    remedy="Name a host with the role `Pbx()`.",
)
def home_is_no_pbx(design: Design) -> Iterator[Hit]:
    """Home and standby."""
    for queue in _queues(design):
        for field in ("home", "standby"):
            host = design.index["hosts"].get(getattr(queue, field))
            if host and not host.pbx:
                near = listed(design.homes.pbxs)
                remedy = f"The PBXs are {near}." if near else ""
                yield Hit(f"{path_of(queue)}.{field}", queue, f"`{host.name}` is not a PBX", remedy)


@rule(
    "CC702",
    "standby-is-home",
    "error",
    wrong="A queue's standby is its home.",
    reason="When that PBX dies the queue has no other.",
    remedy="Name another PBX as standby, or none.",
)
def standby_is_home(design: Design) -> Iterator[Hit]:
    """Home and standby must differ."""
    for queue in _queues(design):
        if queue.standby == queue.home:
            yield Hit(f"{path_of(queue)}.standby", queue, f"home and standby are both `{queue.home}`")


@rule(
    "CC703",
    "queue-without-standby",
    "warning",
    wrong="A queue has no standby, although the center has several PBXs.",
    reason="While its home does not answer, its callers are turned away.",
    remedy="Name another PBX as `standby`.",
)
def queue_without_standby(design: Design) -> Iterator[Hit]:
    """With one PBX there is no choice."""
    for queue in _queues(design):
        if queue.standby is None and len(design.homes.pbxs) > 1:
            others = [p for p in design.homes.pbxs if p != queue.home]
            yield Hit(f"{path_of(queue)}.standby", queue, f"only `{queue.home}` runs it; {listed(others)} could, too")


@rule(
    "CC704",
    "skill-nobody-has",
    "error",
    wrong="A queue needs a skill, at a level, that none of its possible agents has.",
    reason="Nobody is ever rung for it, or only after the skill was given up.",
    remedy="Give agents the skill, or lower the level.",
)
def skill_nobody_has(design: Design) -> Iterator[Hit]:
    """Teams and named agents restrict who counts."""
    for queue in _queues(design):
        for position, needed in enumerate(queue.skills):
            if needed.skill in design.index["skills"] and not _skilled(queue, needed, design):
                whom = "of its teams and agents" if queue.teams or queue.agents else "of the center"
                path = f"{path_of(queue)}.skills.{position}"
                yield Hit(path, needed, f"no agent {whom} has `{needed.skill}` at level {needed.level} or better")


def _skilled(queue: Queue, needed: RequiredSkill, design: Design) -> bool:
    return any(
        agent.skills.get(needed.skill, 0) >= needed.level
        for name, agent in design.index["agents"].items()
        if not (queue.teams or queue.agents) or agent.team in queue.teams or name in queue.agents
    )


@rule(
    "CC705",
    "queue-without-agents",
    "error",
    wrong="Nobody may answer a queue.",
    reason="Its callers wait for no one, or are sent away at once.",
    remedy="Give it `teams`, `agents` or `skills` that some agents fit. Agents need all of its skills.",
)
def queue_without_agents(design: Design) -> Iterator[Hit]:
    """If a skill is the reason, that rule tells it better."""
    for queue in _queues(design):
        lacking = any(s.skill not in design.index["skills"] or not _skilled(queue, s, design) for s in queue.skills)
        unknown = any(t not in design.index["teams"] for t in queue.teams) or any(
            a not in design.index["agents"] for a in queue.agents
        )
        if not design.memberships[queue.name].members and not lacking and not unknown:
            given = "its teams have no agents" if queue.teams else "it has no `teams`, `agents` or `skills`"
            given = "no agent has all of its skills" if queue.skills else given
            yield Hit(path_of(queue), queue, given)


@rule(
    "CC706",
    "named-agent-not-skilled",
    "warning",
    wrong="A queue names an agent who lacks a skill that it never gives up.",
    reason="The agent is not rung, although named.",
    remedy="Give the agent the skill, take the agent from the queue, or set `relax_after` at the skill.",
)
def named_agent_not_skilled(design: Design) -> Iterator[Hit]:
    """Of teams it is expected that some lack a skill; of named agents it is not."""
    for queue in _queues(design):
        members = {m.agent for m in design.memberships[queue.name].members}
        for name in queue.agents:
            if members and name in design.index["agents"] and name not in members:
                has = design.index["agents"][name].skills
                skills = [s.skill for s in queue.skills if has.get(s.skill, 0) < s.level]
                yield Hit(f"{path_of(queue)}.agents", queue, f"`{name}` lacks {listed(skills)}")


@rule(
    "CC707",
    "relax-without-effect",
    "warning",
    wrong="A queue gives up a skill after a while, but there is nobody without the skill to ring then.",
    reason="The wait changes nothing. Without teams or agents a queue knows only those who have its first skill.",
    remedy="Give the queue the `teams` that may help, or delete `relax_after`.",
)
def relax_without_effect(design: Design) -> Iterator[Hit]:
    """Nobody joins at that time."""
    for queue in _queues(design):
        members = design.memberships[queue.name].members
        relaxing = [s for s in queue.skills if s.relax_after is not None]
        if members and relaxing and not any(m.penalty == RELAXED for m in members):
            message = f"after {relaxing[0].relax_after} s without `{relaxing[0].skill}` nobody else is rung"
            yield Hit(f"{path_of(queue)}.skills", relaxing[0], message)


@rule(
    "CC708",
    "relax-after-max-wait",
    "error",
    wrong="A queue gives up a skill only after the longest wait.",
    reason="Callers have left by then, so the skill is never given up.",
    remedy="Make `relax_after` shorter than `max_wait`.",
)
def relax_after_max_wait(design: Design) -> Iterator[Hit]:
    """In seconds from joining."""
    for queue in _queues(design):
        for position, needed in enumerate(queue.skills):
            if needed.relax_after is not None and needed.relax_after >= queue.max_wait:
                message = f"given up after {needed.relax_after} s, but callers leave after {queue.max_wait} s"
                yield Hit(f"{path_of(queue)}.skills.{position}.relax_after", needed, message)


@rule(
    "CC709",
    "max-wait-below-target",
    "warning",
    wrong="A queue's longest wait is shorter than its service-level target.",
    reason="Callers are sent away while they still count as served in time; the target says nothing.",
    remedy="Raise `max_wait`, or lower the target's seconds.",
)
def max_wait_below_target(design: Design) -> Iterator[Hit]:
    """Seconds of both count from joining."""
    for queue in _queues(design):
        if queue.max_wait < queue.service_level.seconds:
            message = f"callers leave after {queue.max_wait} s; the target is {queue.service_level.seconds} s"
            yield Hit(f"{path_of(queue)}.max_wait", queue, message)


@rule(
    "CC710",
    "ring-time-beyond-max-wait",
    "warning",
    wrong="One agent is rung for as long as a caller may wait at all.",
    reason="If that agent does not answer, no other is tried.",
    remedy="Make `ring_time` shorter, or `max_wait` longer.",
)
def ring_time_beyond_max_wait(design: Design) -> Iterator[Hit]:
    """The second agent must have a chance."""
    for queue in _queues(design):
        if queue.ring_time >= queue.max_wait:
            message = f"an agent is rung for {queue.ring_time} s; callers leave after {queue.max_wait} s"
            yield Hit(f"{path_of(queue)}.ring_time", queue, message)


@rule(
    "CC711",
    "wrap-up-beyond-max-wait",
    "warning",
    wrong="Agents are left alone after a call for longer than a caller may wait.",
    reason="Whoever comes while all agents are wrapping up is sent away, although they are free.",
    remedy="Shorten `wrap_up`, or raise `max_wait`.",
)
def wrap_up_beyond_max_wait(design: Design) -> Iterator[Hit]:
    """Worst in small queues."""
    for queue in _queues(design):
        if queue.wrap_up >= queue.max_wait:
            message = f"{queue.wrap_up} s of wrap-up; callers leave after {queue.max_wait} s"
            yield Hit(f"{path_of(queue)}.wrap_up", queue, message)


@rule(
    "CC712",
    "announced-too-late",
    "warning",
    wrong="The first announcement to waiting callers comes after the longest wait.",
    reason="Nobody hears it.",
    remedy="Lower `announce_every`.",
)
def announced_too_late(design: Design) -> Iterator[Hit]:
    """Position, expected wait, or comfort."""
    for queue in _queues(design):
        says = queue.announce_position or queue.announce_wait or queue.comfort is not None
        if says and queue.announce_every >= queue.max_wait:
            message = f"every {queue.announce_every} s; callers leave after {queue.max_wait} s"
            yield Hit(f"{path_of(queue)}.announce_every", queue, message)


@rule(
    "CC713",
    "room-for-fewer-than-agents",
    "info",
    wrong="Fewer callers may wait than there are agents.",
    reason="A burst that the agents could clear within a call's length is turned away.",
    remedy="Raise `max_callers`, or leave it out.",
)
def room_for_fewer_than_agents(design: Design) -> Iterator[Hit]:
    """The limit counts those who wait, not those who talk."""
    for queue in _queues(design):
        agents = len(design.memberships[queue.name].members)
        if queue.max_callers is not None and queue.max_callers < agents:
            message = f"{count(queue.max_callers, 'caller')} may wait; {count(agents, 'agent')} answer"
            yield Hit(f"{path_of(queue)}.max_callers", queue, message)


@rule(
    "CC714",
    "queue-without-exit",
    "warning",
    wrong="A queue has no way on for callers who waited too long.",
    reason="After the longest wait the call ends, and the caller has been served by nobody.",
    remedy="Set `overflow`, for instance to a voicemail.",
)
def queue_without_exit(design: Design) -> Iterator[Hit]:
    """Full and without agents fall back to it."""
    for queue in _queues(design):
        if queue.overflow is None:
            yield Hit(f"{path_of(queue)}.overflow", queue, f"after {queue.max_wait} s the call ends")


@rule(
    "CC715",
    "skill-not-needed",
    "info",
    wrong="No queue needs a skill.",
    reason="That agents have it changes nothing.",
    remedy="Name it at a queue, or delete it.",
)
def skill_not_needed(design: Design) -> Iterator[Hit]:
    """Skills of agents are no use by themselves."""
    needed = {s.skill for queue in _queues(design) for s in queue.skills}
    for name, skill in design.index["skills"].items():
        if name not in needed:
            yield Hit(path_of(skill), skill, f"no queue needs `{name}`")


@rule(
    "CC716",
    "team-without-supervisor",
    "warning",
    wrong="A team has no supervisor.",
    reason="Nobody is there for escalations, and reports of the team go to no one.",
    remedy="Name an agent as its `supervisor`.",
)
def team_without_supervisor(design: Design) -> Iterator[Hit]:
    """May be an agent of another team."""
    for team in design.index["teams"].values():
        if team.supervisor is None:
            yield Hit(f"{path_of(team)}.supervisor", team, f"nobody leads `{team.name}`")


@rule(
    "CC717",
    "team-without-agents",
    "warning",
    wrong="A team has no agents.",
    reason="A queue that relies on it is answered by nobody.",
    remedy="Put agents into it by their `team`, or delete it.",
)
def team_without_agents(design: Design) -> Iterator[Hit]:
    """Unless nothing uses it: then that is told."""
    filled = {a.team for a in design.index["agents"].values()}
    used = {t for queue in _queues(design) for t in queue.teams}
    for name, team in design.index["teams"].items():
        if name not in filled and name in used:
            yield Hit(path_of(team), team, f"no agent is in `{name}`")


@rule(
    "CC718",
    "named-twice",
    "warning",
    wrong="A queue names the same team, agent or skill twice, or a ring group the same agent.",
    reason="The second one has no effect; probably another was meant.",
    remedy="Correct one of them, or delete it.",
)
def named_twice(design: Design) -> Iterator[Hit]:
    """Lists in which each name counts once."""
    for item in (*_queues(design), *design.index["rings"].values()):
        for field in ("teams", "agents", "skills"):
            names = [getattr(each, "skill", each) for each in getattr(item, field, ())]
            twice = sorted({n for n in names if names.count(n) > 1})
            if twice:
                yield Hit(f"{path_of(item)}.{field}", item, f"{listed(twice)} is there twice")


@rule(
    "CC719",
    "target-as-fraction",
    "warning",
    wrong="A service level asks for at most one percent of the callers.",
    reason="Every day meets it, so nobody is told when callers wait too long; 0.8 was probably meant as 80 percent.",
    remedy="Write percent: 80 means 80 of 100 callers.",
)
def target_as_fraction(design: Design) -> Iterator[Hit]:
    """The field counts from 0 to 100."""
    for queue in _queues(design):
        percent = queue.service_level.percent
        if percent <= 1:
            message = f"the target is {percent:g} percent of callers"
            yield Hit(f"{path_of(queue)}.service_level.percent", part(queue, "service_level"), message)
