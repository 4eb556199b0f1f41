"""Who answers which queue: penalties from skills."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.design import design
from ccstack.design.membership import RELAXED, Membership
from ccstack.model import Agent, ContactCenter, Queue, RequiredSkill

SKILLS = ("english", "spanish", "billing")
levels = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 10))
needed = st.lists(
    st.builds(
        RequiredSkill,
        skill=st.sampled_from(SKILLS),
        level=st.integers(1, 10),
        relax_after=st.none() | st.integers(1, 300),
    ),
    max_size=3,
    unique_by=lambda s: s.skill,
)


def membership(people: list[Agent], /, **queue: object) -> Membership:
    queues = [Queue.model_validate({"name": "q", "home": "pbx", **queue})]
    return design(ContactCenter(name="c", agents=people, queues=queues)).memberships["q"]


def agent(name: str, skills: dict[str, int], team: str | None = None) -> Agent:
    return Agent(name=name, extension="11", site="hq", skills=skills, team=team)


@settings(deadline=None)
@given(levels, needed)
def test_a_member_has_every_skill_that_is_never_given_up(skills: dict[str, int], wants: list[RequiredSkill]) -> None:
    members = membership([agent("ana", skills)], agents=["ana"], skills=wants).members
    lacks = [w for w in wants if skills.get(w.skill, 0) < w.level]
    assert bool(members) == all(w.relax_after is not None for w in lacks)
    if members:
        assert (members[0].penalty == RELAXED) == bool(lacks)
        assert members[0].penalty in {*range(10), RELAXED}


@settings(deadline=None)
@given(levels, needed, st.sampled_from(SKILLS))
def test_a_higher_level_never_makes_it_worse(skills: dict[str, int], wants: list[RequiredSkill], skill: str) -> None:
    better = skills | {skill: min(10, skills.get(skill, 0) + 1)}
    before = membership([agent("ana", skills)], agents=["ana"], skills=wants).members
    after = membership([agent("ana", better)], agents=["ana"], skills=wants).members
    assert len(after) >= len(before)
    if before:
        assert after[0].penalty <= before[0].penalty


def test_teams_named_agents_and_skills_say_who_counts() -> None:
    people = [agent("ana", {"spanish": 3}, "north"), agent("bob", {"spanish": 9}), agent("eve", {}, "north")]
    wants = [RequiredSkill(skill="spanish", relax_after=30)]

    def ranks(**queue: object) -> dict[str, int]:
        return {m.agent: m.penalty for m in membership(people, skills=wants, **queue).members}

    assert ranks() == {"ana": 7, "bob": 1}
    assert ranks(teams=["north"]) == {"ana": 7, "eve": RELAXED}
    assert ranks(teams=["north"], agents=["bob"]) == {"ana": 7, "bob": 1, "eve": RELAXED}
    assert membership(people, skills=wants, teams=["north"]).relax_after == 30
    assert membership(people, skills=wants).relax_after is None
