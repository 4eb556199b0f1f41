"""The smallest center that works: one host, one carrier, two people, one queue, a mailbox at night."""

from ccstack import model as cc

center = cc.ContactCenter(
    name="corner-shop",
    sites=[
        cc.Site(
            name="shop",
            time_zone="America/Chicago",
            address=cc.CivicAddress(
                state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
            ),
            emergency_locations=[cc.EmergencyLocation(name="counter", callback="+13125550101")],
            networks=[
                cc.Network(kind="servers", subnet="10.9.10.0/24"),
                cc.Network(kind="voice", subnet="10.9.20.0/24"),
            ],
        )
    ],
    hosts=[cc.Host(name="box", site="shop", address="10.9.10.11", roles=[cc.Pbx(), cc.Sbc()])],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.20")],
            max_channels=10,
            caller_id=cc.CallerIdRule(number="+13125550100"),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[cc.Number(number="+13125550100", to="front", test=True), cc.Number(number="+13125550101", to="front")],
    agents=[cc.Agent(name="ada", extension="11", site="shop"), cc.Agent(name="bob", extension="12", site="shop")],
    queues=[cc.Queue(name="counter", home="box", agents=["ada", "bob"], overflow="mailbox")],
    hours=[cc.Hours(name="open", site="shop", periods=[cc.Period(days="mon-sat", start="09:00", end="18:00")])],
    time_conditions=[cc.TimeCondition(name="front", hours="open", open="counter", closed="mailbox")],
    voicemails=[cc.Voicemail(name="mailbox", extension="19", greeting={"en": "We are closed. Leave a message."})],
    # Checks are run from this address: in the lab its operator's, on metal that of the machine with ccstack.
    probes=[
        cc.Probe(name="p", site="shop", extension="82", address="198.18.255.254", via="carrier", caller="+13125550180")
    ],
    peak=cc.Peak(calls=8),
    emergency=cc.EmergencyCalling(notify=["ada"]),
)
