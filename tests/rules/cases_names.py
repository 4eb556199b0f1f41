"""Names and digits."""

from ccstack.model import (
    Announcement,
    CallerIdRule,
    CallerList,
    CallingRights,
    EmergencyCalling,
    EmergencyLocation,
    External,
    FeatureCodes,
    Hours,
    Menu,
    PauseReason,
    Probe,
    Prompt,
)

from .centers import BACK, MAIN, Case, address, agent, box, center, number, plus, queue, sbc, site, trunk

BYE = Announcement(name="bye", prompt={"en": "Good bye"}, extension="180")
BYE_BY_NAME = Announcement(name="bye", prompt="announcement-bye-prompt", extension="180")
TAKEN = Prompt(name="announcement-bye-prompt", text={"en": "Hello"})
PROBE = Probe(name="probe", site="hq", extension="170")
TEST = [number(test=True), number("ana", BACK)]
ABROAD = "+442079460000"
IN_LUXEMBOURG = {
    "country": "LU",
    "sites": [site(address=address("LU"))],
    "emergency": EmergencyCalling(numbers=["112"], notify=["ana"]),
}

CASES = [
    Case("CC101", "queues.sales.home", center(queues=[queue(home="pbx-1")]), center(queues=[queue(home="pbx1")])),
    Case("CC102", "agents.ana", plus(agents=[agent(extension="102")]), plus(agents=[agent("anna", extension="102")])),
    Case("CC103", f"numbers.{MAIN}", plus(numbers=[number("ana")]), plus(numbers=[number("ana", "+12125550102")])),
    Case(
        "CC104",
        "agents.ana",
        plus(voicemails=[box("ana", "191")]),
        plus(voicemails=[box("ana-box", "191")]),
    ),
    Case(
        "CC105",
        "hosts.ana",
        plus(hosts=[sbc(name="ana", address="10.1.0.22")]),
        plus(hosts=[sbc(name="sbc2", address="10.1.0.22")]),
    ),
    Case(
        "CC106",
        "prompts.announcement-bye-prompt",
        plus(
            announcements=[BYE],
            prompts=[TAKEN],
            menus=[Menu(name="m", prompt=TAKEN.name, extension="181", options={"1": "sales"})],
        ),
        plus(announcements=[BYE_BY_NAME], prompts=[TAKEN]),
    ),
    Case("CC107", "prompts.0", plus(prompts=[Prompt(text={"en": "Hi"})]), plus()),
    Case(
        "CC108",
        "hours.day",
        plus(hours=[Hours(name="day", site="hq", periods=[{"days": "mon-fri", "start": "09:00", "end": "17:00"}])]),
        plus(),
    ),
    Case(
        "CC109",
        "sites.hq.emergency_locations.floor-1",
        center(sites=[site(emergency_locations=[EmergencyLocation(name="floor-1", callback=n) for n in (BACK, MAIN)])]),
        center(
            sites=[
                site(
                    emergency_locations=[
                        EmergencyLocation(name=f"floor-{i}", callback=n) for i, n in enumerate((BACK, MAIN))
                    ]
                )
            ]
        ),
    ),
    Case("CC201", "agents.bob.extension", plus(agents=[agent("bob")]), plus(agents=[agent("bob", "102")])),
    Case(
        "CC202",
        "agents.bob.extension",
        plus({"outside_prefix": "8"}, agents=[agent("bob", "911")]),
        plus({"outside_prefix": "8"}, agents=[agent("bob", "912")]),
    ),
    Case("CC203", "agents.bob.extension", plus(agents=[agent("bob", "902")]), plus(agents=[agent("bob", "209")])),
    Case(
        "CC204",
        "agents.bob.extension",
        plus(IN_LUXEMBOURG | {"outside_prefix": ""}, agents=[agent("bob", "355123")]),
        plus(IN_LUXEMBOURG | {"outside_prefix": "9"}, agents=[agent("bob", "355123")]),
    ),
    Case("CC205", "agents.bob.extension", plus(agents=[agent("bob", "10")]), plus(agents=[agent("bob", "20")])),
    Case(
        "CC206",
        "features.pause",
        center(features=FeatureCodes(pause="*45")),
        center(features=FeatureCodes(pause="*44")),
    ),
    Case(
        "CC207",
        "pause_reasons.lunch",
        center(pause_reasons=[PauseReason(code="1", name="break"), PauseReason(code="1", name="lunch")]),
        center(pause_reasons=[PauseReason(code="1", name="break"), PauseReason(code="2", name="lunch")]),
    ),
    Case(
        "CC208",
        "agents.ana.number",
        center(agents=[agent(number="+12125550199", rights="all")], calling_rights=[CallingRights(name="all")]),
        center(agents=[agent(number=BACK, rights="all")], calling_rights=[CallingRights(name="all")]),
    ),
    Case(
        "CC209",
        "trunks.carrier.caller_id.number",
        center(trunks=[trunk(caller_id=CallerIdRule(number="+12125550199"))]),
        center(trunks=[trunk(caller_id=CallerIdRule(number=BACK))]),
    ),
    Case(
        "CC210",
        f"numbers.{MAIN}",
        center(
            trunks=[],
            numbers=[number()],
            sites=[site(emergency_locations=[EmergencyLocation(name="floor-1", callback=MAIN)])],
        ),
        center(
            numbers=[number()], sites=[site(emergency_locations=[EmergencyLocation(name="floor-1", callback=MAIN)])]
        ),
    ),
    Case(
        "CC211",
        "externals.out.number",
        plus(externals=[External(name="out", number=BACK, extension="150")]),
        plus(externals=[External(name="out", number="+12125550199", extension="150")]),
    ),
    Case(
        "CC212",
        "caller_lists.vip.numbers",
        center(caller_lists=[CallerList(name="vip")], queues=[queue(vip_callers="vip")]),
        center(caller_lists=[CallerList(name="vip", numbers=["+12125550199"])], queues=[queue(vip_callers="vip")]),
    ),
    Case(
        "CC213",
        "probes.probe.caller",
        center(numbers=TEST, probes=[PROBE.model_copy(update={"via": "carrier"})]),
        center(numbers=TEST, probes=[PROBE.model_copy(update={"via": "carrier", "caller": "+12125550199"})]),
    ),
    Case("CC214", "numbers", center(probes=[PROBE]), center(numbers=TEST, probes=[PROBE])),
    Case(
        "CC215",
        "country",
        center(country="CA"),
        center(country="CA", sites=[site(address=address("CA"))]),
    ),
]
