"""Acme Retail: two sites in two time zones, two carriers, 24 agents of whom six work at home, English and Spanish.

The phones on the desks are in `phones.csv`: sixty, of five vendors, on four switches of different platforms.
"""

from __future__ import annotations

from typing import Any

from blueprints.two_site import Ask, Desk, Place, Wall, two_site
from ccstack.model import (
    Agent,
    Announcement,
    CallerIdRule,
    CallerList,
    CallingRights,
    CivicAddress,
    EmergencyCalling,
    EmergencyLocation,
    Gateway,
    Holiday,
    Hours,
    Menu,
    Number,
    OutboundRoute,
    PauseReason,
    Peak,
    Period,
    PublicHolidays,
    Recording,
    RequiredSkill,
    Ring,
    Skill,
    Station,
    SwitchAccess,
    Team,
    Trunk,
    Voicemail,
    from_env,
)
from ccstack.model.bulk import phones_from_csv, stations

OPERATOR = "198.18.255.254"
"""Where ccstack itself runs, so that the SBCs answer its test calls: in the lab this is its operator's address."""

SWITCHES = SwitchAccess(user="ccstack", password=from_env("ACME_SWITCH_PASSWORD"))

NEW_YORK = Place(
    name="nyc",
    label="New York",
    time_zone="America/New_York",
    address=CivicAddress(
        state="NY",
        city="New York",
        street="Example Street",
        house_number="100",
        postal_code="10004",
        company="Acme Retail",
    ),
    block="10.1.0.0/16",
    locations=[
        EmergencyLocation(name="floor-4", floor="4", room="sales floor", callback="+12125550111"),
        EmergencyLocation(name="floor-5", floor="5", room="support floor", callback="+12125550112"),
        EmergencyLocation(name="at-home", room="works at home: ask where", callback="+12125550113"),
    ],
    hours=Hours(
        name="nyc-hours",
        site="nyc",
        periods=[Period(days="mon-fri", start="08:00", end="20:00"), Period(days="sat", start="09:00", end="17:00")],
        public_holidays=PublicHolidays(country="US", subdivision="NY"),
        holidays=[
            Holiday(day="2026-12-24", label="Christmas Eve", start="08:00", end="13:00"),
            Holiday(day="2027-01-08", label="Inventory"),
        ],
    ),
    probe_address=OPERATOR,
    probe_caller="+12125550180",
    emergency_trunks=["atlantic"],
    switches=[
        Wall(
            name="nyc-sw1",
            platform="cisco-ios-xe",
            phone_ports="Gi1/0/1-24",
            uplink="Te1/1/1",
            location="floor-4",
            access=SWITCHES,
        ),
        Wall(
            name="nyc-sw2",
            platform="arista-eos",
            phone_ports="Et1-24",
            uplink="Et49",
            location="floor-5",
            access=SWITCHES,
        ),
    ],
)
DENVER = Place(
    name="den",
    label="Denver",
    time_zone="America/Denver",
    address=CivicAddress(
        state="CO",
        city="Denver",
        street="Sample Avenue",
        house_number="200",
        postal_code="80202",
        company="Acme Retail",
    ),
    block="10.2.0.0/16",
    locations=[
        EmergencyLocation(name="ground-floor", floor="1", callback="+13035550111"),
        EmergencyLocation(name="at-home", room="works at home: ask where", callback="+13035550112"),
    ],
    hours=Hours(
        name="den-hours",
        site="den",
        periods=[Period(days="mon-fri", start="07:00", end="19:00")],
        public_holidays=PublicHolidays(country="US", subdivision="CO"),
        holidays=[Holiday(day="2027-01-08", label="Inventory")],
    ),
    probe_address=OPERATOR,
    probe_caller="+13035550180",
    emergency_trunks=["rockies"],
    switches=[
        Wall(
            name="den-sw1",
            platform="aruba-aoscx",
            phone_ports="1/1/1-24",
            uplink="1/1/49",
            location="ground-floor",
            access=SWITCHES,
        ),
        Wall(
            name="den-sw2",
            platform="juniper-junos",
            phone_ports="ge-0/0/0-23",
            uplink="xe-0/2/0",
            location="ground-floor",
            access=SWITCHES,
        ),
    ],
)

TRUNKS = [
    Trunk(
        name="atlantic",
        label="Atlantic Telecom",
        gateways=[
            Gateway(address="203.0.113.10", priority=1, strip=1),  # 12125550100
            Gateway(address="203.0.113.11", priority=2, strip=1, prefix="00"),  # 0012125550100
        ],
        max_channels=50,
        max_cps=10,
        caller_id=CallerIdRule(number="+12125550100"),
        emergency=True,
        emergency_test_number="933",
    ),
    Trunk(
        name="rockies",
        label="Rockies Voice",
        gateways=[Gateway(address="198.51.100.10", strip=0, prefix="7701#")],  # 7701#+12125550100
        max_channels=50,
        max_cps=5,
        codecs=["ulaw"],
        caller_id=CallerIdRule(number="+13035550100"),
        emergency=True,
        emergency_test_number="933",
    ),
]

NUMBERS = [
    Number(number="+12125550100", to="front-nyc", label="New York", test=True),
    Number(number="+13035550100", to="front-den", label="Denver", test=True),
    Number(number="+12125550101", to="front-nyc", language="es", label="Spanish line", trunk="atlantic", test=True),
    Number(number="+12125550102", to="sales", label="Catalog", test=True),
    Number(number="+12125550103", to="support", label="Premier customers", priority=5, test=True),
    Number(number="+12125550104", to="sales-es", language="es", label="Spanish catalog", test=True),
    Number(number="+12125550121", to="ana", label="Ana, direct"),
    Number(number="+13035550121", to="walt", label="Walt, direct"),
]

DESKS = [
    Desk(
        name="sales",
        label="Sales",
        key="1",
        spoken={"en": "sales", "es": "ventas"},
        place="nyc",
        extension=6010,
        teams=["sales"],
        relax_language_after=20,
        queue={"max_callers": 30, "wrap_up": 5, "recording": "calls"},
    ),
    Desk(
        name="support",
        label="Support",
        key="2",
        spoken={"en": "technical support", "es": "soporte técnico"},
        place="den",
        extension=6020,
        teams=["support"],
        skills=[RequiredSkill(skill="technical", level=3)],
        relax_language_after=30,
        queue={"vip_callers": "premier", "strategy": "fewestcalls", "announce_wait": True, "recording": "calls"},
    ),
    Desk(
        name="orders",
        label="Orders",
        key="3",
        spoken={"en": "an order that you have placed", "es": "un pedido que ya hizo"},
        place="nyc",
        extension=6030,
        teams=["sales", "orders"],
        skills=[RequiredSkill(skill="orders", level=2)],
        relax_language_after=20,
        ask=Ask(
            name="order_number",
            digits=8,
            prompt={
                "en": "Please enter your order number, then press pound.",
                "es": "Marque su número de pedido y luego la tecla numeral.",
            },
        ),
        queue={"max_wait": 180, "overflow": "order-desk"},
    ),
]

TEAMS = [
    Team(name="sales", label="Sales", supervisor="ana"),
    Team(name="support", label="Support", supervisor="walt"),
    Team(name="orders", label="Orders", supervisor="iris"),
]


def agent(name: str, extension: str, site: str, team: str, skills: dict[str, int], **more: Any) -> Agent:
    """An agent as most of ours are: may call inside the country; one at home is looked for there in an emergency."""
    if more.get("remote"):
        more["emergency_location"] = "at-home"
    return Agent(
        name=name,
        label=name.title(),
        extension=extension,
        site=site,
        team=team,
        skills=skills,
        **{"rights": "staff"} | more,
    )


AGENTS = [
    agent("ana", "5101", "nyc", "sales", {"spanish": 9, "orders": 6}, rights="lead", number="+12125550121"),
    agent("ben", "5102", "nyc", "sales", {"orders": 4}),
    agent("carla", "5103", "nyc", "sales", {"spanish": 7, "orders": 3}),
    agent("dmitri", "5104", "nyc", "sales", {"orders": 2}),
    agent("elena", "5105", "nyc", "sales", {"spanish": 10}, remote=True),
    agent("frank", "5106", "nyc", "sales", {}, remote=True),
    agent("grace", "5107", "nyc", "sales", {"orders": 5}),
    agent("hugo", "5108", "nyc", "sales", {"spanish": 5, "orders": 5}),
    agent("iris", "5109", "nyc", "orders", {"orders": 9, "spanish": 4}, rights="lead", emergency_location="floor-5"),
    agent("jack", "5110", "nyc", "orders", {"orders": 7}, emergency_location="floor-5"),
    agent("kofi", "5111", "nyc", "orders", {"orders": 6}, remote=True, voicemail="kofi-mailbox"),
    agent("lucia", "5112", "nyc", "orders", {"orders": 6, "spanish": 10}, emergency_location="floor-5"),
    agent("walt", "5201", "den", "support", {"technical": 10}, rights="lead", number="+13035550121"),
    agent("maria", "5202", "den", "support", {"technical": 8, "spanish": 9}),
    agent("nils", "5203", "den", "support", {"technical": 7}),
    agent("olga", "5204", "den", "support", {"technical": 6}),
    agent("pablo", "5205", "den", "support", {"technical": 6, "spanish": 10}, remote=True),
    agent("quinn", "5206", "den", "support", {"technical": 5}, remote=True),
    agent("rosa", "5207", "den", "support", {"technical": 5, "spanish": 8}),
    agent("sam", "5208", "den", "support", {"technical": 4}),
    agent("tara", "5209", "den", "support", {"technical": 4}),
    agent("umar", "5210", "den", "support", {"technical": 3}),
    agent("vera", "5211", "den", "orders", {"orders": 5, "spanish": 6}, remote=True),
    agent("will", "5212", "den", "orders", {"orders": 3}),
]

STATIONS = [
    Station(name="nyc-lobby", label="Lobby", extension="5130", site="nyc"),
    *stations("5131..5134", name="nyc-room-{}", label="Meeting room {}", site="nyc"),
    *stations("5140..5155", name="nyc-desk-{}", label="Shared desk {}", site="nyc", hot_desk=True),
    Station(name="den-lobby", label="Lobby", extension="5230", site="den"),
    *stations("5231..5234", name="den-room-{}", label="Meeting room {}", site="den"),
    *stations("5240..5255", name="den-desk-{}", label="Shared desk {}", site="den", hot_desk=True),
]

STORES = Menu(
    name="stores",
    label="Stores",
    prompt={
        "en": "For our opening hours, press 1. For our address in New York, press 2. To speak with us, press 0.",
        "es": "Para nuestro horario, oprima 1. Para la dirección en Nueva York, oprima 2. Para hablar, oprima 0.",
    },
    options={"1": "opening-hours", "2": "store-address", "0": "sales"},
    on_timeout="sales",
    on_invalid="sales",
)

center = two_site(
    name="acme-retail",
    label="Acme Retail",
    domain="acme.example",
    places=(NEW_YORK, DENVER),
    trunks=TRUNKS,
    desks=DESKS,
    numbers=NUMBERS,
    greeting={"en": "Thank you for calling Acme Retail.", "es": "Gracias por llamar a Acme Retail."},
    language_skills={"es": "spanish"},
    extra_options={"4": ("stores", {"en": "our stores", "es": "nuestras tiendas"})},
    teams=TEAMS,
    skills=[Skill(name="technical"), Skill(name="orders")],
    agents=AGENTS,
    stations=STATIONS,
    phones=phones_from_csv("phones.csv"),
    menus=[STORES],
    announcements=[
        Announcement(
            name="opening-hours",
            prompt={
                "en": "We are open on weekdays from eight to eight, and on Saturdays from nine to five.",
                "es": "Abrimos de lunes a viernes de ocho a ocho, y los sábados de nueve a cinco.",
            },
            then="stores",
        ),
        Announcement(
            name="store-address",
            prompt={"en": "You find us at 100 Example Street.", "es": "Estamos en 100 Example Street."},
            extension="6150",
        ),
    ],
    voicemails=[
        Voicemail(name="kofi-mailbox", extension="6511", greeting={"en": "Kofi is away.", "es": "Kofi no está."}),
    ],
    rings=[Ring(name="order-desk", agents=["iris", "jack"], seconds=20, then="after-hours", extension="6040")],
    caller_lists=[CallerList(name="premier", numbers=["+12125550170", "+13035550170", "+442079460170"])],
    recordings=[
        Recording(
            name="calls",
            notice={
                "en": "This call may be recorded. If you do not agree, press nine now.",
                "es": "Esta llamada puede ser grabada. Si no está de acuerdo, oprima nueve ahora.",
            },
            refuse_key="9",
            refused={"en": "You are not recorded.", "es": "No se grabará su llamada."},
            retention_days=60,
        )
    ],
    calling_rights=[
        CallingRights(name="staff", deny=["+1900"], max_calls_per_day=200),
        CallingRights(name="lead", countries=["CA", "MX", "GB"], max_minutes_per_day=300),
    ],
    outbound_routes=[
        OutboundRoute(name="west", prefixes=["+1303", "+1720"], trunks=["rockies", "atlantic"]),
        OutboundRoute(name="everywhere", prefixes=["+"], trunks=["atlantic", "rockies"]),
    ],
    pause_reasons=[PauseReason(code="1", name="break"), PauseReason(code="2", name="training")],
    emergency=EmergencyCalling(notify=["ana", "walt"]),
    peak=Peak(calls=45, calls_per_second=2.0),
)
