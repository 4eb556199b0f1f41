"""A center that breaks the rules whose harm `test_rules_live.py` shows. `ccstack validate` refuses it."""

from ccstack.model import (
    Agent,
    Announcement,
    CallerIdRule,
    CallingRights,
    CivicAddress,
    ContactCenter,
    EmergencyCalling,
    EmergencyLocation,
    Gateway,
    Host,
    Menu,
    Network,
    Number,
    OutboundRoute,
    Pbx,
    PortRange,
    Queue,
    Recording,
    Sbc,
    Site,
    Trunk,
)

SECRET, SPIN, ROUND, SPANISH, SLOW, ALONE = (f"+1212555013{i}" for i in range(6))

center = ContactCenter(
    name="unruly",
    speech="tones",
    languages=["en", "es"],
    outside_prefix="8",
    sites=[
        Site(
            name="hq",
            time_zone="America/New_York",
            address=CivicAddress(
                state="NY", city="New York", street="Example Street", house_number="1", postal_code="10001"
            ),
            emergency_locations=[EmergencyLocation(name="floor-1", callback="+12125550139")],
            networks=[
                Network(kind="servers", subnet="10.77.1.0/24"),
                Network(kind="voice", subnet="10.77.2.0/24"),
            ],
        )
    ],
    hosts=[
        # CC311: four media streams; the peak is thirty calls.
        Host(
            name="un-pbx",
            site="hq",
            address="10.77.1.11",
            roles=[Pbx(rtp_ports=PortRange(first=10_000, last=10_007))],
            install="present",
        ),
        Host(name="un-sbc", site="hq", address="10.77.1.21", roles=[Sbc()], install="present"),
    ],
    trunks=[
        Trunk(
            name="carrier",
            # CC410: only `+1` is common to all numbers, and five characters go.
            gateways=[Gateway(address="203.0.113.30", strip=5), Gateway(address="203.0.113.31", strip=5, priority=2)],
            failover_codes=[486, 503],  # CC409: 486 is a busy callee, not a failed gateway
            max_channels=30,
            caller_id=CallerIdRule(number=SECRET),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    outbound_routes=[OutboundRoute(name="north-america", prefixes=["+1"], trunks=["carrier"])],
    calling_rights=[CallingRights(name="wide", countries=["GB"], max_calls_per_day=100)],  # CC415: +44 has no route
    numbers=[
        Number(number=SECRET, to="secret"),
        Number(number=SPIN, to="spin"),
        Number(number=ROUND, to="first"),
        Number(number=SPANISH, to="english-only", language="es"),
        Number(number=SLOW, to="slow"),
        Number(number=ALONE, to="alone"),
        Number(number="+12125550139", to="carl"),
    ],
    agents=[
        Agent(name="ana", extension="101", site="hq"),
        Agent(name="bob", extension="101", site="hq"),  # CC201
        Agent(name="carl", extension="104", site="hq", rights="wide"),
        Agent(name="eve", extension="911", site="hq"),  # CC202
        Agent(name="deaf", extension="106", site="hq"),
    ],
    recordings=[Recording(name="silent")],  # CC521
    queues=[
        Queue(name="secret", home="un-pbx", agents=["carl"], recording="silent"),
        # CC805: each overflows to the other.
        Queue(
            name="first", home="un-pbx", agents=["deaf"], max_wait=4, ring_time=3, overflow="second",
            greeting={"en": "first", "es": "primero"},
        ),
        Queue(
            name="second", home="un-pbx", agents=["deaf"], max_wait=4, ring_time=3, overflow="first",
            greeting={"en": "second", "es": "segundo"},
        ),
        Queue(name="alone", home="un-pbx"),  # CC705: nobody may answer
    ],
    menus=[
        # CC804: who says nothing comes back to the same menu.
        Menu(
            name="spin", prompt={"en": "spin", "es": "gira"}, options={"1": "bye"}, timeout=1, max_timeouts=1,
            on_timeout="spin",
        ),
        # CC803: the agents' extensions begin with 1, too.
        Menu(
            name="slow", prompt={"en": "slow", "es": "lento"}, options={"1": "bye", "2": "bye"}, direct_dial=True,
        ),
    ],
    announcements=[
        Announcement(name="bye", prompt={"en": "bye", "es": "hasta luego"}),
        Announcement(name="english-only", prompt={"en": "We moved"}),  # CC512
    ],
    voicemails=[],
    emergency=EmergencyCalling(notify=["ana"]),
)  # fmt: skip
