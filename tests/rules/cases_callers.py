"""Prompts, recordings, queues and people."""

from typing import Any

from ccstack.model import Collect, ContactCenter, Menu, Recording, RequiredSkill, ServiceLevel, Skill, Team

from .centers import BACK, MAIN, Case, agent, box, center, number, plus, queue, two_sites

NOTICE: dict[str, Any] = {
    "name": "policy",
    "notice": {"en": "Recorded"},
    "refuse_key": "9",
    "refused": {"en": "Not recorded"},
}


def recorded(**changes: Any) -> ContactCenter:
    fields = {k: v for k, v in (NOTICE | changes).items() if v is not None}
    return center(recordings=[Recording(**fields)], queues=[queue(recording="policy")])


def menu(**changes: Any) -> Menu:
    return Menu(
        **{"name": "menu", "prompt": {"en": "Press 1"}, "extension": "160", "options": {"1": "sales"}} | changes
    )


def collecting(name: str, digits: int) -> ContactCenter:
    return plus(menus=[menu(options={}, collect=Collect(name=name, digits=digits, to="sales"))])


def skilled(level: int = 5, agents: tuple[Any, ...] = (), **changes: Any) -> ContactCenter:
    """Ana knows Spanish at level 5; the queue needs what is given."""
    needed = RequiredSkill(skill="spanish", **({"level": level} | changes))
    return center(
        skills=[Skill(name="spanish")],
        agents=[agent(skills={"spanish": 5}), agent("bob", "102"), *agents],
        queues=[queue(skills=[needed], agents=["ana", "bob"] if "relax_after" in changes else ["ana"])],
    )


ONLY_SKILL = queue(agents=[], skills=[RequiredSkill(skill="spanish", relax_after=60)])
IN_TEAM = {"agents": [agent(team="team")], "queues": [queue(agents=[], teams=["team"])]}

CASES = [
    Case(
        "CC511",
        f"numbers.{MAIN}.language",
        center(numbers=[number(language="es"), number("ana", BACK)]),
        center(numbers=[number(language="en"), number("ana", BACK)]),
    ),
    Case(
        "CC512",
        "voicemails.box.greeting",
        center(languages=["en", "es"]),
        center(languages=["en", "es"], voicemails=[box(greeting={"en": "Hello", "es": "Hola"})]),
    ),
    Case("CC521", "recordings.policy.notice", recorded(notice=None), recorded()),
    Case("CC522", "recordings.policy.refuse_key", recorded(refuse_key=None, refused=None), recorded()),
    Case("CC523", "recordings.policy.refused", recorded(refused=None), recorded()),
    Case("CC524", "recordings.policy.refuse_key", recorded(refuse_key=None), recorded(), ("CC522",)),
    Case("CC525", "recordings.policy.outbound", recorded(outbound=True), recorded(outbound=False)),
    Case("CC526", "recordings.policy.retention_days", recorded(retention_days=732), recorded(retention_days=731)),
    Case("CC527", "menus.menu.collect", collecting("account", 16), collecting("account", 10)),
    Case("CC701", "queues.sales.home", center(queues=[queue(home="sbc1")]), center()),
    Case("CC702", "queues.sales.standby", center(queues=[queue(standby="pbx1")]), center()),
    Case("CC703", "queues.sales.standby", two_sites(queues=[queue()]), two_sites()),
    Case("CC704", "queues.sales.skills.0", skilled(6), skilled(5)),
    Case("CC705", "queues.sales", center(queues=[queue(agents=[])]), center()),
    Case(
        "CC706",
        "queues.sales.agents",
        center(
            skills=[Skill(name="spanish")],
            agents=[agent(skills={"spanish": 5}), agent("bob", "102")],
            queues=[queue(skills=[RequiredSkill(skill="spanish")], agents=["ana", "bob"])],
        ),
        skilled(5, relax_after=60),
    ),
    Case(
        "CC707",
        "queues.sales.skills",
        center(
            skills=[Skill(name="spanish")],
            agents=[agent(skills={"spanish": 5}), agent("bob", "102")],
            queues=[ONLY_SKILL],
        ),
        skilled(5, relax_after=60),
    ),
    Case("CC708", "queues.sales.skills.0.relax_after", skilled(5, relax_after=300), skilled(5, relax_after=299)),
    Case(
        "CC709",
        "queues.sales.max_wait",
        center(queues=[queue(max_wait=59, service_level=ServiceLevel(seconds=60))]),
        center(queues=[queue(max_wait=60, service_level=ServiceLevel(seconds=60))]),
    ),
    Case(
        "CC710",
        "queues.sales.ring_time",
        center(queues=[queue(ring_time=60, max_wait=60)]),
        center(queues=[queue(ring_time=59, max_wait=60)]),
    ),
    Case("CC711", "queues.sales.wrap_up", center(queues=[queue(wrap_up=300)]), center(queues=[queue(wrap_up=299)])),
    Case(
        "CC712",
        "queues.sales.announce_every",
        center(queues=[queue(announce_position=True, announce_every=300)]),
        center(queues=[queue(announce_position=True, announce_every=299)]),
    ),
    Case(
        "CC713",
        "queues.sales.max_callers",
        center(agents=[agent(), agent("bob", "102")], queues=[queue(agents=["ana", "bob"], max_callers=1)]),
        center(agents=[agent(), agent("bob", "102")], queues=[queue(agents=["ana", "bob"], max_callers=2)]),
    ),
    Case("CC714", "queues.sales.overflow", center(queues=[queue(overflow=None)]), center()),
    Case(
        "CC715",
        "skills.spanish",
        center(skills=[Skill(name="spanish")], agents=[agent(skills={"spanish": 5})]),
        skilled(5),
    ),
    Case(
        "CC716",
        "teams.team.supervisor",
        center(teams=[Team(name="team")], **IN_TEAM),
        center(teams=[Team(name="team", supervisor="ana")], **IN_TEAM),
    ),
    Case(
        "CC717",
        "teams.team",
        center(teams=[Team(name="team", supervisor="ana")], queues=[queue(teams=["team"])]),
        center(teams=[Team(name="team", supervisor="ana")], **IN_TEAM),
    ),
    Case(
        "CC718",
        "queues.sales.agents",
        center(queues=[queue(agents=["ana", "ana"])]),
        center(agents=[agent(), agent("bob", "102")], queues=[queue(agents=["ana", "bob"])]),
    ),
    Case(
        "CC719",
        "queues.sales.service_level.percent",
        center(queues=[queue(service_level=ServiceLevel(percent=0.8))]),
        center(queues=[queue(service_level=ServiceLevel(percent=80))]),
    ),
]
