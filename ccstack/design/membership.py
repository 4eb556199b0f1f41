"""Who answers which queue, and in which rank."""

from __future__ import annotations

from dataclasses import dataclass

from ccstack.model.agent import Agent
from ccstack.model.queue import Queue

from .index import Index

RELAXED = 100
"""Penalty of agents who are rung only after a skill was given up. Skilled agents have 0 (best) to 9."""


@dataclass(frozen=True, slots=True)
class Member:
    """An agent in a queue. Lower penalties are rung first (Asterisk's word, queues.conf)."""

    agent: str
    penalty: int


@dataclass(frozen=True, slots=True)
class Membership:
    """The agents of one queue."""

    queue: str
    members: tuple[Member, ...]
    """In the blueprint's order of agents."""
    relax_after: int | None
    """Seconds after which members with penalty `RELAXED` are rung as well; None when there are none."""


def build_memberships(index: Index) -> dict[str, Membership]:
    """The memberships of every queue."""
    candidates = _Candidates(index)
    return {name: _membership(queue, candidates.of(queue)) for name, queue in index["queues"].items()}


class _Candidates:
    """Agents by team and by skill, looked up once so that a large center stays linear."""

    def __init__(self, index: Index) -> None:
        self._agents: dict[str, Agent] = index["agents"]
        self._order = {name: i for i, name in enumerate(self._agents)}
        self._team: dict[str, list[str]] = {}
        self._skill: dict[str, list[str]] = {}
        for agent in self._agents.values():
            if agent.team:
                self._team.setdefault(agent.team, []).append(agent.name)
            for skill in agent.skills:
                self._skill.setdefault(skill, []).append(agent.name)

    def of(self, queue: Queue) -> list[Agent]:
        """Agents of the queue's teams and the named ones; for a queue with skills only, everyone with the first."""
        names = {a for team in queue.teams for a in self._team.get(team, ())}
        names |= {a for a in queue.agents if a in self._agents}
        if not queue.teams and not queue.agents and queue.skills:
            names |= set(self._skill.get(queue.skills[0].skill, ()))
        return [self._agents[n] for n in sorted(names, key=self._order.__getitem__)]


def _membership(queue: Queue, agents: list[Agent]) -> Membership:
    members = tuple(Member(a.name, p) for a in agents if (p := _penalty(queue, a)) is not None)
    waits = [s.relax_after for s in queue.skills if s.relax_after is not None]
    relaxed = any(m.penalty == RELAXED for m in members)
    return Membership(queue.name, members, max(waits) if relaxed and waits else None)


def _penalty(queue: Queue, agent: Agent) -> int | None:
    """10 minus the agent's weakest needed level; `RELAXED` where only relaxable skills are missing; else None."""
    levels = {s.skill: agent.skills.get(s.skill, 0) for s in queue.skills}
    missing = [s for s in queue.skills if levels[s.skill] < s.level]
    if any(s.relax_after is None for s in missing):
        return None
    if missing:
        return RELAXED
    return 10 - min(levels.values(), default=10)
