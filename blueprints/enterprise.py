"""A large center, generated: 12 sites, 1,500 agents, 150 queues at scale 1, no two of them alike.

Every site has a PBX and an SBC, its own menus in two languages, its own hours and departments; every queue has its own
hours, skills, prompts and mailbox. Nothing is drawn at random: the same scale gives the same center.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import islice, product
from typing import Literal

from ccstack.model import (
    Agent,
    CallerIdRule,
    CallingRights,
    CivicAddress,
    ContactCenter,
    EmergencyCalling,
    EmergencyLocation,
    Gateway,
    Holiday,
    Host,
    Hours,
    Menu,
    Network,
    Number,
    Option,
    OutboundRoute,
    Pbx,
    Peak,
    Period,
    Probe,
    PublicHolidays,
    Queue,
    Recording,
    RequiredSkill,
    Sbc,
    Site,
    Skill,
    Team,
    TimeCondition,
    Trunk,
    Voicemail,
)

SITES_AT_SCALE_1 = 12
AGENTS_PER_SITE = 125
QUEUES_PER_TWO_SITES = 25

_CITIES = (
    ("New York", "NY", "212", "America/New_York"),
    ("Chicago", "IL", "312", "America/Chicago"),
    ("Los Angeles", "CA", "213", "America/Los_Angeles"),
    ("Houston", "TX", "713", "America/Chicago"),
    ("Phoenix", "AZ", "602", "America/Phoenix"),
    ("Philadelphia", "PA", "215", "America/New_York"),
    ("San Antonio", "TX", "210", "America/Chicago"),
    ("San Diego", "CA", "619", "America/Los_Angeles"),
    ("Dallas", "TX", "214", "America/Chicago"),
    ("Denver", "CO", "303", "America/Denver"),
    ("Seattle", "WA", "206", "America/Los_Angeles"),
    ("Boston", "MA", "617", "America/New_York"),
    ("Jacksonville", "FL", "904", "America/New_York"),
    ("Columbus", "OH", "614", "America/New_York"),
    ("Charlotte", "NC", "704", "America/New_York"),
    ("Indianapolis", "IN", "317", "America/Indiana/Indianapolis"),
    ("San Francisco", "CA", "415", "America/Los_Angeles"),
    ("Nashville", "TN", "615", "America/Chicago"),
    ("Oklahoma City", "OK", "405", "America/Chicago"),
    ("Las Vegas", "NV", "702", "America/Los_Angeles"),
    ("Portland", "OR", "503", "America/Los_Angeles"),
    ("Memphis", "TN", "901", "America/Chicago"),
    ("Detroit", "MI", "313", "America/Detroit"),
    ("Louisville", "KY", "502", "America/Kentucky/Louisville"),
    ("Baltimore", "MD", "410", "America/New_York"),
    ("Milwaukee", "WI", "414", "America/Chicago"),
    ("Albuquerque", "NM", "505", "America/Denver"),
    ("Tucson", "AZ", "520", "America/Phoenix"),
    ("Fresno", "CA", "559", "America/Los_Angeles"),
    ("Sacramento", "CA", "916", "America/Los_Angeles"),
    ("Kansas City", "MO", "816", "America/Chicago"),
    ("Atlanta", "GA", "404", "America/New_York"),
    ("Omaha", "NE", "402", "America/Chicago"),
    ("Raleigh", "NC", "919", "America/New_York"),
    ("Miami", "FL", "305", "America/New_York"),
    ("Minneapolis", "MN", "612", "America/Chicago"),
)

_DEPARTMENTS = (
    ("sales", "sales", "ventas"),
    ("billing", "billing", "facturación"),
    ("support", "technical support", "soporte técnico"),
    ("orders", "orders", "pedidos"),
    ("returns", "returns", "devoluciones"),
    ("claims", "claims", "reclamaciones"),
    ("renewals", "renewals", "renovaciones"),
    ("delivery", "delivery", "entregas"),
    ("warranty", "warranty", "garantías"),
    ("repairs", "repairs", "reparaciones"),
    ("accounts", "accounts", "cuentas"),
    ("loans", "loans", "préstamos"),
    ("cards", "cards", "tarjetas"),
    ("fraud", "fraud", "fraudes"),
    ("travel", "travel", "viajes"),
    ("events", "events", "eventos"),
    ("parts", "parts", "repuestos"),
    ("rentals", "rentals", "alquileres"),
    ("leasing", "leasing", "arrendamientos"),
    ("partners", "partners", "socios"),
    ("press", "press", "prensa"),
    ("hiring", "hiring", "empleo"),
    ("training", "training", "formación"),
    ("complaints", "complaints", "quejas"),
    ("feedback", "feedback", "sugerencias"),
)

_FIRST = (
    "ada ben cora dan eva finn gina hal ida joel kim leo mia ned ola pam quin rex sue tom uma vic wes xena yara zed "
    "abby bo cleo dora eli fay gus hope ivy jay kate lou max nina otto pia ray sam tess ugo vera will yves zoe"
)
_ONSETS = "b br c d dr f g gr h k l m n p r s st t v w"
_RIMES = "aller anders ennet erman illis ooper ardner anley orton utler inton ichter osen ayes"
_FIRST_NAMES = _FIRST.split()
_LAST_NAMES = [onset + rime for onset, rime in product(_ONSETS.split(), _RIMES.split())]


@dataclass(frozen=True)
class _City:
    index: int
    label: str
    state: str
    area: str
    zone: str

    @property
    def name(self) -> str:
        return self.label.lower().replace(" ", "-")

    @property
    def block(self) -> IPv4Network:
        return IPv4Network(f"10.{self.index + 1}.0.0/16")

    def number(self, last: int) -> str:
        """One of the hundred numbers of an area code that are reserved for examples."""
        return f"+1{self.area}55501{last:02d}"


def enterprise(scale: int = 1, speech: Literal["espeak-ng", "tones"] = "espeak-ng") -> ContactCenter:
    """The center at `scale`: 12 sites, 1,500 agents and 150 queues times that number. `scale` is 1 to 3."""
    if not 1 <= scale <= len(_CITIES) // SITES_AT_SCALE_1:
        raise ValueError(f"scale is 1 to {len(_CITIES) // SITES_AT_SCALE_1}: there are no more cities in the list")
    cities = [_City(i, *row) for i, row in enumerate(_CITIES[: SITES_AT_SCALE_1 * scale])]
    queues = [queue for city in cities for queue in _queues(city, cities)]
    return ContactCenter(
        name="enterprise",
        label="Enterprise",
        domain="enterprise.example",
        languages=["en", "es"],
        speech=speech,
        sites=[_site(city) for city in cities],
        hosts=[host for city in cities for host in _hosts(city)],
        trunks=[_trunk(i, cities) for i in range(4 * scale)],
        outbound_routes=[OutboundRoute(name="all", prefixes=["+"], trunks=[f"carrier-{i}" for i in range(4 * scale)])],
        numbers=[number for city in cities for number in _numbers(city)],
        skills=[Skill(name="spanish"), *(Skill(name=f"knows-{name}") for name, _, _ in _DEPARTMENTS)],
        teams=[Team(name=f"team-{c.name}", supervisor=_agent_name(c.index * AGENTS_PER_SITE)) for c in cities],
        agents=list(_agents(cities)),
        calling_rights=[
            CallingRights(name="national"),
            CallingRights(name="abroad", countries=["CA", "MX"], max_minutes_per_day=120),
        ],
        queues=queues,
        menus=[menu for city in cities for menu in _menus(city)],
        hours=[h for city in cities for h in _hours(city)],
        time_conditions=[t for city in cities for t in _time_conditions(city)],
        voicemails=[_voicemail(queue, i) for i, queue in enumerate(queues)] + [_night(c) for c in cities],
        recordings=[_recording(city) for city in cities],
        probes=[Probe(name=f"probe-{c.name}", site=c.name, extension=str(85_000 + c.index)) for c in cities],
        emergency=EmergencyCalling(notify=[_agent_name(0)]),
        peak=Peak(calls=1_146 * scale, calls_per_second=13.6 * scale),
    )


def _site(city: _City) -> Site:
    blocks = list(islice(city.block.subnets(new_prefix=20), 3))
    return Site(
        name=city.name,
        label=city.label,
        time_zone=city.zone,
        address=CivicAddress(
            state=city.state,
            city=city.label,
            street="Example Street",
            house_number=str(100 + city.index),
            postal_code=f"{10_000 + 37 * city.index}",
        ),
        emergency_locations=[
            EmergencyLocation(name=f"floor-{floor}", floor=str(floor), callback=city.number(90 + floor))
            for floor in (1, 2, 3)
        ],
        networks=[
            Network(kind="servers", subnet=blocks[0]),
            Network(kind="voice", subnet=blocks[1]),
            Network(kind="data", subnet=blocks[2]),
        ],
        wan={"bandwidth_mbps": 1_000},
    )


def _hosts(city: _City) -> list[Host]:
    base = city.block.network_address
    return [
        Host(name=f"{city.name}-pbx", site=city.name, address=base + 11, roles=[Pbx()]),
        Host(name=f"{city.name}-sbc", site=city.name, address=base + 21, roles=[Sbc()]),
    ]


def _trunk(index: int, cities: list[_City]) -> Trunk:
    return Trunk(
        name=f"carrier-{index}",
        gateways=[
            Gateway(address=f"203.0.113.{10 + 2 * index}", strip=1),
            Gateway(address=f"203.0.113.{11 + 2 * index}", priority=2, strip=1, prefix=f"0{index}"),
        ],
        max_channels=400,
        max_cps=20,
        caller_id=CallerIdRule(number=cities[index].number(0)),
        emergency=True,
        emergency_test_number="933",
    )


def _numbers(city: _City) -> Iterator[Number]:
    yield Number(number=city.number(0), to=f"front-{city.name}", label=city.label, test=True)
    yield Number(number=city.number(1), to=f"front-{city.name}", label=f"{city.label}, Spanish", language="es")
    for last, (name, english, _) in enumerate(_departments(city), start=10):
        yield Number(number=city.number(last), to=f"when-{name}-{city.name}", label=f"{english}, {city.label}")
    for floor in (1, 2, 3):
        yield Number(number=city.number(90 + floor), to=f"front-{city.name}", label="Emergency call-back")


def _departments(city: _City) -> tuple[tuple[str, str, str], ...]:
    """12 or 13 of the departments, so that two neighbours have all 25."""
    half = QUEUES_PER_TWO_SITES // 2
    return _DEPARTMENTS[:half] if city.index % 2 else _DEPARTMENTS[half:]


def _agent_name(index: int) -> str:
    turn, place = divmod(index, len(_FIRST_NAMES))
    return f"{_FIRST_NAMES[place]}-{_LAST_NAMES[turn]}"


def _agents(cities: list[_City]) -> Iterator[Agent]:
    for index in range(AGENTS_PER_SITE * len(cities)):
        city = cities[index // AGENTS_PER_SITE]
        name = _agent_name(index)
        known = _departments(city)
        skills = {f"knows-{known[(index * step) % len(known)][0]}": 1 + (index * step) % 10 for step in (1, 3, 7)}
        if index % 4 == 0:
            skills["spanish"] = 4 + index % 7
        yield Agent(
            name=name,
            label=name.replace("-", " ").title(),
            extension=str(40_000 + index),
            site=city.name,
            team=f"team-{city.name}",
            skills=skills,
            rights="abroad" if index % 20 == 0 else "national",
            remote=index % 5 == 0,
            emergency_location=f"floor-{1 + index % 3}",
        )


def _queues(city: _City, cities: list[_City]) -> Iterator[Queue]:
    standby = cities[(city.index + 1) % len(cities)]
    for place, (name, english, spanish) in enumerate(_departments(city)):
        number = city.index * QUEUES_PER_TWO_SITES // 2 + place
        yield Queue(
            name=f"{name}-{city.name}",
            label=f"{english.title()}, {city.label}",
            extension=str(50_000 + 100 * city.index + place),
            home=f"{city.name}-pbx",
            standby=f"{standby.name}-pbx",
            teams=[f"team-{city.name}"],
            skills=_needed(name, number),
            strategy=("leastrecent", "fewestcalls", "rrmemory")[number % 3],
            ring_time=10 + number % 10,
            wrap_up=5 + number % 20,
            max_wait=180 + number,
            max_callers=130 + number,
            overflow=f"mailbox-{name}-{city.name}",
            greeting={
                "en": f"You have reached {english} in {city.label}.",
                "es": f"Ha llamado a {spanish} en {city.label}.",
            },
            comfort={
                "en": f"All agents of {english} in {city.label} are busy. Please stay on the line.",
                "es": f"Todos los agentes de {spanish} en {city.label} están ocupados. Siga en la línea.",
            },
            announce_position=True,
            priority=number % 5,
            recording=f"notice-{city.name}" if number % 2 else None,
        )


def _needed(department: str, number: int) -> list[RequiredSkill]:
    needed = [RequiredSkill(skill=f"knows-{department}", level=1 + number % 3, relax_after=30 + number)]
    return [*needed, RequiredSkill(skill="spanish", relax_after=20)] if number % 5 == 0 else needed


def _menus(city: _City) -> Iterator[Menu]:
    departments = _departments(city)
    groups = [departments[i : i + 5] for i in range(0, len(departments), 5)]
    first = f"when-{departments[0][0]}-{city.name}"
    yield Menu(
        name=f"language-{city.name}",
        prompt=dict.fromkeys(("en", "es"), f"Welcome to {city.label}. For English, press 1. Para español, oprima 2."),
        options={
            "1": Option(to=f"main-{city.name}", language="en"),
            "2": Option(to=f"main-{city.name}", language="es"),
        },
        on_timeout=f"main-{city.name}",
        on_invalid=f"main-{city.name}",
    )
    yield Menu(
        name=f"main-{city.name}",
        extension=str(80_000 + city.index),
        prompt={
            "en": " ".join(f"For {_listed(g, 1, 'or')}, press {k}." for k, g in enumerate(groups, 1)),
            "es": " ".join(f"Para {_listed(g, 2, 'o')}, oprima {k}." for k, g in enumerate(groups, 1)),
        },
        options={str(k): f"group-{k}-{city.name}" for k in range(1, len(groups) + 1)},
        direct_dial=True,
        timeout=4 + city.index % 4,
        on_timeout=first,
        on_invalid=first,
    )
    for key, group in enumerate(groups, 1):
        yield Menu(
            name=f"group-{key}-{city.name}",
            prompt={
                "en": " ".join(
                    f"For {english} in {city.label}, press {k}." for k, (_, english, _) in enumerate(group, 1)
                ),
                "es": " ".join(
                    f"Para {spanish} en {city.label}, oprima {k}." for k, (_, _, spanish) in enumerate(group, 1)
                ),
            },
            options={str(k): f"when-{name}-{city.name}" for k, (name, _, _) in enumerate(group, 1)},
            on_timeout=f"when-{group[0][0]}-{city.name}",
            on_invalid=f"when-{group[0][0]}-{city.name}",
        )


def _listed(group: tuple[tuple[str, str, str], ...], language: int, last: str) -> str:
    words = [department[language] for department in group]
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else words[0]


def _hours(city: _City) -> Iterator[Hours]:
    yield Hours(
        name=f"site-{city.name}",
        site=city.name,
        periods=[Period(days="mon-sat", start="06:00", end="22:00"), Period(days="sun", start="08:00", end="18:00")],
        public_holidays=PublicHolidays(country="US", subdivision=city.state),
    )
    for place, (name, _, _) in enumerate(_departments(city)):
        number = city.index * QUEUES_PER_TWO_SITES // 2 + place
        yield Hours(
            name=f"hours-{name}-{city.name}",
            site=city.name,
            periods=[
                Period(
                    days="mon-fri", start=f"{7 + number % 3:02d}:{15 * (number % 4):02d}", end=f"{17 + number % 5}:30"
                ),
                Period(days="sat", start="09:00", end=f"{12 + number % 6}:{10 * (number % 6):02d}"),
            ],
            public_holidays=PublicHolidays(country="US", subdivision=city.state),
            holidays=[Holiday(day=f"2027-{1 + number % 12:02d}-{1 + number % 28:02d}", label=f"Day of {name}")],
        )


def _time_conditions(city: _City) -> Iterator[TimeCondition]:
    yield TimeCondition(
        name=f"front-{city.name}", hours=f"site-{city.name}", open=f"language-{city.name}", closed=f"night-{city.name}"
    )
    for name, _, _ in _departments(city):
        yield TimeCondition(
            name=f"when-{name}-{city.name}",
            hours=f"hours-{name}-{city.name}",
            open=f"{name}-{city.name}",
            closed=f"mailbox-{name}-{city.name}",
        )


def _voicemail(queue: Queue, index: int) -> Voicemail:
    return Voicemail(
        name=f"mailbox-{queue.name}",
        extension=str(60_000 + index),
        greeting={
            "en": f"{queue.label} cannot take your call now. Please leave a message.",
            "es": f"{queue.label} no puede atenderle ahora. Deje un mensaje.",
        },
    )


def _night(city: _City) -> Voicemail:
    return Voicemail(
        name=f"night-{city.name}",
        extension=str(70_000 + city.index),
        greeting={"en": f"Our office in {city.label} is closed.", "es": f"La oficina de {city.label} está cerrada."},
    )


def _recording(city: _City) -> Recording:
    return Recording(
        name=f"notice-{city.name}",
        notice={
            "en": f"Calls to {city.label} may be recorded. Press 9 to refuse.",
            "es": f"Las llamadas a {city.label} pueden ser grabadas. Oprima 9 para rechazar.",
        },
        refuse_key="9",
        refused={"en": f"{city.label} does not record you.", "es": f"{city.label} no le graba."},
    )
