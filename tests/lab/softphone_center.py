"""An office whose people have softphones: one host does everything, another one is the second SBC."""

from ccstack import model as cc

NUMBER = "+13125550174"

center = cc.ContactCenter(
    name="softphones",
    speech="tones",
    sites=[
        cc.Site(
            name="office",
            time_zone="America/Chicago",
            address=cc.CivicAddress(
                state="IL", city="Chicago", street="Example Street", house_number="74", postal_code="60601"
            ),
            emergency_locations=[cc.EmergencyLocation(name="floor", callback=NUMBER)],
            networks=[
                cc.Network(kind="servers", subnet="10.74.10.0/24"),
                cc.Network(kind="voice", subnet="10.74.20.0/24", vlan=110),
                cc.Network(kind="data", subnet="10.74.30.0/24", vlan=120),
            ],
        )
    ],
    hosts=[
        cc.Host(name="box", site="office", address="10.74.10.11", roles=[cc.Pbx(), cc.Sbc(), cc.Provisioning()]),
        cc.Host(name="sbc", site="office", address="10.74.10.21", roles=[cc.Sbc()]),
    ],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.74")],
            max_channels=10,
            caller_id=cc.CallerIdRule(number=NUMBER),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[cc.Number(number=NUMBER, to="front", test=True)],
    agents=[
        cc.Agent(name="ada", label="Ada O'Neil, née Müller", extension="101", site="office"),
        cc.Agent(name="ben", extension="102", site="office"),
    ],
    softphones=[cc.Softphone(name="ada-laptop", app="baresip", line="ada")],
    menus=[
        cc.Menu(
            name="front",
            extension="700",
            prompt={"en": "Press one for Ben."},
            options={"1": "ben"},
            on_timeout="night",
        )
    ],
    voicemails=[cc.Voicemail(name="night", extension="800", greeting={"en": "Leave a message."})],
    emergency=cc.EmergencyCalling(notify=["ben"]),
    peak=cc.Peak(calls=5, calls_per_second=1),
)
