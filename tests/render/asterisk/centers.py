"""Centers for the tests of this room, small and with a bit of everything."""

from __future__ import annotations

from typing import Any

from ccstack import model as cc

BOX = "box"


def address(city: str) -> cc.CivicAddress:
    return cc.CivicAddress(state="NY", city=city, street="Main Street", house_number="1", postal_code="10001")


def rich(**changes: Any) -> cc.ContactCenter:
    """Two sites, each with a PBX and an SBC, and one of every noun that the dialplan knows."""
    values: dict[str, Any] = {
        "name": "rich",
        "speech": "tones",
        "languages": ["en", "es-MX"],
        "sites": [
            cc.Site(
                name="east",
                label="East",
                time_zone="America/New_York",
                address=address("New York"),
                emergency_locations=[cc.EmergencyLocation(name="floor-1", callback="+12125550111", floor="1")],
            ),
            cc.Site(name="west", time_zone="America/Denver", address=address("Denver")),
        ],
        "hosts": [
            cc.Host(name="pbx-e", site="east", address="10.1.0.11", roles=[cc.Pbx()]),
            cc.Host(name="sbc-e", site="east", address="10.1.0.21", roles=[cc.Sbc()]),
            cc.Host(name="pbx-w", site="west", address="10.2.0.11", roles=[cc.Pbx()]),
            cc.Host(name="sbc-w", site="west", address="10.2.0.21", roles=[cc.Sbc()]),
        ],
        "trunks": [
            cc.Trunk(
                name="carrier",
                gateways=[cc.Gateway(address="203.0.113.10")],
                max_channels=10,
                codecs=["g722", "ulaw"],
                caller_id=cc.CallerIdRule(number="+12125550100"),
                emergency=True,
            )
        ],
        "numbers": [
            cc.Number(number="+12125550100", to="front"),
            cc.Number(number="+12125550101", to="main", language="es-MX", priority=7),
        ],
        "caller_lists": [cc.CallerList(name="vips", numbers=["+12125550170", "+442079460170"])],
        "probes": [cc.Probe(name="probe", site="east", extension="81")],
        "skills": [cc.Skill(name="spanish")],
        "pause_reasons": [cc.PauseReason(code="1", name="lunch")],
        "calling_rights": [
            cc.CallingRights(name="staff", countries=["GB"], max_calls_per_day=9, max_minutes_per_day=60),
        ],
        "agents": [
            cc.Agent(
                name="ana",
                label="Ana María",
                extension="1001",
                site="east",
                skills={"spanish": 9},
                rights="staff",
                number="+12125550121",
                voicemail="night",
            ),
            cc.Agent(name="bob", extension="1002", site="west", logged_in=False),
        ],
        "recordings": [
            cc.Recording(name="all", notice={"en": "Recorded."}, refuse_key="9", refused={"en": "Not."}, outbound=True)
        ],
        "queues": [
            cc.Queue(
                name="sales",
                extension="2001",
                home="pbx-e",
                standby="pbx-w",
                agents=["ana", "bob"],
                skills=[cc.RequiredSkill(skill="spanish", relax_after=20)],
                max_callers=5,
                overflow="night",
                greeting={"en": "Hello."},
                comfort={"en": "Please wait."},
                announce_position=True,
                vip_callers="vips",
                recording="all",
            )
        ],
        "hours": [
            cc.Hours(
                name="shop",
                site="east",
                periods=[cc.Period(days="mon-fri", start="09:00", end="18:00")],
                holidays=[
                    cc.Holiday(day="2026-12-25"),
                    cc.Holiday(day="2026-12-24", start="09:00", end="12:00"),
                ],
            )
        ],
        "time_conditions": [cc.TimeCondition(name="front", hours="shop", open="main", closed="night")],
        "menus": [
            cc.Menu(
                name="main",
                extension="3001",
                prompt={"en": "Press one.", "es-MX": "Oprima uno."},
                options={"1": "sales", "2": cc.Option(to="account", language="es-MX"), "*": "desk", "#": "away"},
                direct_dial=True,
                on_timeout="sales",
                on_invalid="bye",
                invalid={"en": "Wrong."},
            ),
            cc.Menu(
                name="account",
                prompt={"en": "Your number?"},
                collect=cc.Collect(name="account_no", digits=6, to="sales"),
            ),
        ],
        "voicemails": [cc.Voicemail(name="night", extension="1900", greeting={"en": "Leave a message."})],
        "announcements": [cc.Announcement(name="bye", prompt={"en": "Good bye."})],
        "rings": [cc.Ring(name="desk", agents=["ana", "bob"], extension="4001")],
        "externals": [cc.External(name="away", number="+13035550199", then="bye", extension="5001")],
        "emergency": cc.EmergencyCalling(notify_numbers=["+12125550190"]),
    }
    return cc.ContactCenter(**(values | changes))
