"""Random centers: every kind of object, names that may dangle or stand twice, circles of every kind."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from ccstack.model import (
    Agent,
    Announcement,
    CallerIdRule,
    CallerList,
    CallingRights,
    CivicAddress,
    Collect,
    ContactCenter,
    Dhcp,
    EmergencyCalling,
    EmergencyLocation,
    External,
    Gateway,
    Holiday,
    Host,
    Hours,
    LineKey,
    Menu,
    Network,
    Number,
    Option,
    OutboundRoute,
    Pbx,
    Period,
    Phone,
    Probe,
    Provisioning,
    PublicHolidays,
    Queue,
    Recording,
    RequiredSkill,
    Ring,
    Sbc,
    Site,
    Skill,
    Softphone,
    Station,
    Switch,
    SwitchPort,
    Team,
    TimeCondition,
    Trunk,
    Voicemail,
)
from ccstack.model.phone_models import PHONE_MODELS
from ccstack.model.switch import Platform

NAMES = st.sampled_from(["a", "b", "c", "d", "ghost"])
NUMBERS = st.sampled_from([f"+1212555010{i}" for i in range(4)])
EXTENSIONS = st.sampled_from(["11", "12", "13", "112", "911", "9911"])
LANGUAGES = st.sampled_from(["en", "es"])
SAY = st.one_of(NAMES, st.dictionaries(LANGUAGES, st.just("Hello"), min_size=1))
ADDRESSES = st.sampled_from(["10.0.0.0", "10.0.0.1", "10.0.0.9", "10.1.0.9", "8.8.8.8"])
INTERFACES = st.sampled_from(["Gi1/0/1", "GigabitEthernet1/0/2", "1/1/1", "ge-0/0/1", "Et1", "lag 1", "Po1"])
MAYBE_NAME = st.none() | NAMES
SUBNETS = st.sampled_from(["10.0.0.0/24", "10.0.0.0/8"])
OPTIONS = st.builds(Option, to=NAMES, language=st.none() | LANGUAGES)
TIMES = st.sampled_from(["00:00", "02:00", "09:00", "12:30"])
SKILLS = st.builds(RequiredSkill, skill=NAMES, level=st.integers(1, 10), relax_after=st.none() | st.integers(1, 400))
ADDRESS = CivicAddress(state="NY", city="New York", street="A", house_number="1", postal_code="1")
PERIODS = st.builds(
    Period, days=st.sampled_from(["mon-fri", "sun", "sat-sun"]), start=TIMES, end=st.sampled_from(["00:00", "17:00"])
)


def _list(each: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(each, max_size=3)


OBJECTS: dict[str, st.SearchStrategy[Any]] = {
    "sites": st.builds(
        Site,
        name=NAMES,
        time_zone=st.sampled_from(["America/New_York", "Europe/Berlin"]),
        address=st.just(ADDRESS),
        emergency_locations=_list(st.builds(EmergencyLocation, name=NAMES, callback=NUMBERS)),
        emergency_trunks=_list(NAMES),
        networks=_list(
            st.builds(
                Network,
                kind=st.sampled_from(["servers", "voice", "data"]),
                subnet=st.sampled_from(["10.0.0.0/24", "10.0.0.0/8"]),
                vlan=st.none() | st.integers(1, 3),
                pool=st.sampled_from([None, "10.0.0.0/30", "10.0.0.64/26", "10.9.0.0/24"]),
            )
        ),
        standalone_queues=st.none() | _list(NAMES),
    ),
    "hosts": st.builds(
        Host,
        name=NAMES,
        site=NAMES,
        address=ADDRESSES,
        roles=st.sampled_from([[Pbx()], [Sbc()], [Pbx(), Sbc()], [Dhcp()], [Dhcp(sites=["a", "b"]), Provisioning()]]),
    ),
    "switches": st.builds(
        Switch,
        name=NAMES,
        site=NAMES,
        platform=st.sampled_from(get_args(Platform)),
        address=ADDRESSES,
        phone_ports=_list(st.sampled_from(["Gi1/0/1-4", "Gi1/0/3-1", "1/1/1-3", "ge-0/0/1", "Et1"])),
        uplinks=_list(INTERFACES),
        poe_budget_watts=st.sampled_from([0, 10, 370]),
        phone_addresses=st.sampled_from([None, "10.0.0.0/31", "10.0.0.64/28", "10.9.0.0/24"]),
        emergency_location=MAYBE_NAME,
    ),
    "stations": st.builds(
        Station,
        name=NAMES,
        extension=EXTENSIONS,
        site=NAMES,
        hot_desk=st.booleans(),
        rights=MAYBE_NAME,
        number=st.none() | NUMBERS,
        emergency_location=MAYBE_NAME,
        voicemail=MAYBE_NAME,
    ),
    "phones": st.builds(
        Phone,
        name=NAMES,
        model=st.sampled_from(sorted(PHONE_MODELS)),
        mac=st.sampled_from(["001565000001", "000413000002", "02cafe000003"]),
        line=NAMES,
        port=st.none()
        | st.builds(
            SwitchPort,
            switch=NAMES,
            interface=INTERFACES,
            pc=st.none() | st.booleans(),
            emergency_location=MAYBE_NAME,
        ),
        keys=_list(
            st.builds(
                LineKey,
                kind=st.sampled_from(["blf", "speed-dial", "queue-login", "intercom"]),
                of=MAYBE_NAME,
                dial=st.sampled_from([None, "911", "*45", "77"]),
            )
        ),
    ),
    "softphones": st.builds(Softphone, name=NAMES, line=NAMES),
    "trunks": st.builds(
        Trunk,
        name=NAMES,
        gateways=st.lists(st.builds(Gateway, address=ADDRESSES, strip=st.integers(0, 9)), min_size=1, max_size=2),
        max_channels=st.integers(1, 60),
        caller_id=st.builds(CallerIdRule, number=NUMBERS),
        emergency=st.booleans(),
    ),
    "outbound_routes": st.builds(
        OutboundRoute,
        name=NAMES,
        prefixes=st.lists(st.sampled_from(["+", "+1", "+44"]), min_size=1, max_size=2),
        trunks=st.lists(NAMES, min_size=1, max_size=2),
    ),
    "numbers": st.builds(Number, number=NUMBERS, to=NAMES, trunk=MAYBE_NAME, language=st.none() | LANGUAGES),
    "caller_lists": st.builds(CallerList, name=NAMES, numbers=_list(NUMBERS)),
    "probes": st.builds(Probe, name=NAMES, site=NAMES, extension=EXTENSIONS, via=MAYBE_NAME, rights=MAYBE_NAME),
    "skills": st.builds(Skill, name=NAMES),
    "teams": st.builds(Team, name=NAMES, supervisor=MAYBE_NAME),
    "agents": st.builds(
        Agent,
        name=NAMES,
        extension=EXTENSIONS,
        site=NAMES,
        team=MAYBE_NAME,
        skills=st.dictionaries(NAMES, st.integers(1, 10), max_size=2),
        hours=MAYBE_NAME,
        voicemail=MAYBE_NAME,
        rights=MAYBE_NAME,
        emergency_location=MAYBE_NAME,
        remote=st.booleans(),
    ),
    "calling_rights": st.builds(
        CallingRights,
        name=NAMES,
        national=st.booleans(),
        countries=_list(st.sampled_from(["GB", "UK", "CA"])),
        allow=_list(st.sampled_from(["+4", "+44", "+1900"])),
        deny=_list(st.sampled_from(["+44", "+4420"])),
    ),
    "queues": st.builds(
        Queue,
        name=NAMES,
        home=NAMES,
        standby=MAYBE_NAME,
        teams=_list(NAMES),
        agents=_list(NAMES),
        skills=_list(SKILLS),
        overflow=MAYBE_NAME,
        when_no_agents=MAYBE_NAME,
        recording=MAYBE_NAME,
        vip_callers=MAYBE_NAME,
        extension=st.none() | EXTENSIONS,
        greeting=st.none() | SAY,
    ),
    "menus": st.builds(
        Menu,
        name=NAMES,
        prompt=SAY,
        options=st.dictionaries(
            st.sampled_from("123"), st.builds(Option, to=NAMES, language=st.none() | LANGUAGES), max_size=2
        ),
        collect=st.none() | st.builds(Collect, name=st.just("account"), digits=st.integers(1, 20), to=NAMES),
        on_timeout=MAYBE_NAME,
        on_invalid=MAYBE_NAME,
        direct_dial=st.booleans(),
    ),
    "hours": st.builds(
        Hours,
        name=NAMES,
        site=NAMES,
        periods=_list(PERIODS),
        public_holidays=st.none() | st.builds(PublicHolidays, country=st.just("US"), years=st.integers(1, 2)),
        holidays=_list(st.builds(Holiday, day=st.sampled_from(["2026-03-08", "2026-12-24", "2027-01-01"]))),
    ),
    "time_conditions": st.builds(TimeCondition, name=NAMES, hours=NAMES, open=NAMES, closed=NAMES, holiday=MAYBE_NAME),
    "voicemails": st.builds(Voicemail, name=NAMES, extension=EXTENSIONS, greeting=SAY),
    "recordings": st.builds(Recording, name=NAMES, notice=st.none() | SAY, refuse_key=st.sampled_from([None, "9"])),
    "announcements": st.builds(Announcement, name=NAMES, prompt=SAY, then=MAYBE_NAME),
    "rings": st.builds(Ring, name=NAMES, agents=st.lists(NAMES, min_size=1, max_size=2), then=MAYBE_NAME),
    "externals": st.builds(External, name=NAMES, number=NUMBERS, then=MAYBE_NAME),
}
"""One object of each kind."""


@st.composite
def centers(draw: st.DrawFn) -> ContactCenter:
    """Any center: most of them break many rules."""
    collections = {name: draw(_list(each)) for name, each in OBJECTS.items()}
    emergency = EmergencyCalling(notify=draw(_list(NAMES)))
    return ContactCenter(
        name="any", languages=draw(st.sampled_from([["en"], ["en", "es"]])), emergency=emergency, **collections
    )
