"""The center that `calls.py` measures: one PBX, one SBC, one carrier, and a number for every way to a phone.

A phone has one call at a time, so there are as many phones as calls may overlap; the load goes round them.
"""

from __future__ import annotations

from ccstack import model as cc

PHONES = 100
"""A hundred: with calls of two seconds, 40 a second find every phone free again."""

NAMES = [f"a{n:02d}" for n in range(PHONES)]

PLAIN = [f"+1312555{n:04d}" for n in range(1000, 1000 + PHONES)]
"""A number of its own for every phone."""

PRESSED = [f"+1312555{n:04d}" for n in range(2000, 2000 + PHONES)]
"""A number with a menu in front of every phone; key 1 leads to it."""

HOURS = [f"+1312555{n:04d}" for n in range(3000, 3000 + PHONES)]
"""A number with opening hours in front of every phone."""

QUEUED, RECORDED, CALLBACK = "+13125554000", "+13125554001", "+13125554002"
"""A queue that all phones answer; another one that is recorded; who called for help is called back here."""


def _queue(name: str, recording: str | None = None) -> cc.Queue:
    return cc.Queue(
        name=name, home="pbx", agents=NAMES, strategy="rrmemory", wrap_up=0, recording=recording, overflow="full"
    )


center = cc.ContactCenter(
    name="bench-calls",
    speech="tones",
    sites=[
        cc.Site(
            name="here",
            time_zone="America/Chicago",
            address=cc.CivicAddress(
                state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
            ),
            emergency_locations=[cc.EmergencyLocation(name="floor", callback=CALLBACK)],
            networks=[
                cc.Network(kind="servers", subnet="10.19.10.0/24"),
                cc.Network(kind="voice", subnet="10.19.20.0/24"),
            ],
        )
    ],
    hosts=[
        cc.Host(name="pbx", site="here", address="10.19.10.11", roles=[cc.Pbx()]),
        cc.Host(name="sbc", site="here", address="10.19.10.12", roles=[cc.Sbc()]),
    ],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.90")],
            max_channels=1_000,
            max_cps=1_000,
            caller_id=cc.CallerIdRule(number=CALLBACK),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[
        *(cc.Number(number=number, to=name) for number, name in zip(PLAIN, NAMES, strict=True)),
        *(cc.Number(number=number, to=f"menu-{name}") for number, name in zip(PRESSED, NAMES, strict=True)),
        *(cc.Number(number=number, to=f"hours-{name}") for number, name in zip(HOURS, NAMES, strict=True)),
        cc.Number(number=QUEUED, to="line"),
        cc.Number(number=RECORDED, to="taped"),
        cc.Number(number=CALLBACK, to="full", test=True),
    ],
    agents=[cc.Agent(name=name, extension=f"1{n:02d}", site="here") for n, name in enumerate(NAMES)],
    hours=[cc.Hours(name="open", site="here", periods=[cc.Period(days="mon-fri", start="09:00", end="17:00")])],
    time_conditions=[
        cc.TimeCondition(name=f"hours-{name}", hours="open", open=name, closed=NAMES[n - 1])
        for n, name in enumerate(NAMES)
    ],
    prompts=[cc.Prompt(name="choose", text={"en": "Press one."})],
    menus=[cc.Menu(name=f"menu-{name}", prompt="choose", options={"1": name}, on_timeout="full") for name in NAMES],
    queues=[_queue("line"), _queue("taped", recording="all")],
    recordings=[
        cc.Recording(
            name="all",
            notice={"en": "This call is recorded, unless you press nine."},
            refuse_key="9",
            refuse_seconds=0,
            refused={"en": "It is not recorded."},
        )
    ],
    voicemails=[cc.Voicemail(name="full", extension="800", greeting={"en": "Leave a message."})],
    probes=[
        cc.Probe(name="probe", site="here", extension="881"),
        cc.Probe(name="caller", site="here", extension="882", via="carrier", caller="+13125550180"),
    ],
    peak=cc.Peak(calls=200, calls_per_second=40),
    emergency=cc.EmergencyCalling(notify=["a00"]),
)
