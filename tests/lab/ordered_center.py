"""Two PBXs that stand in for each other, at two sites, and one SBC: the least that an order can be seen on.

What a test changes is read from the environment, so that each change is one word in a command.
"""

import os

from ccstack import model as cc

WAIT = int(os.environ.get("ORDERED_WAIT", "300"))
"""The queue's longest wait: a reload."""
NEW = [cc.Queue(name="new", home="main-pbx", extension="19", agents=["ada"])] if os.environ.get("ORDERED_NEW") else []
"""A queue more."""
PORT = int(os.environ.get("ORDERED_PORT", "5080"))
"""The SIP port of the first PBX: a restart, and all the others have to follow."""
EPOCH = int(os.environ.get("ORDERED_EPOCH", "1"))
"""The epoch of every derived secret."""


def _site(name: str, net: int) -> cc.Site:
    return cc.Site(
        name=name,
        time_zone="America/Chicago",
        address=cc.CivicAddress(
            state="IL", city="Chicago", street="Example Street", house_number=str(net), postal_code="60601"
        ),
        emergency_locations=[cc.EmergencyLocation(name="floor", callback="+13125550101")],
        networks=[
            cc.Network(kind="servers", subnet=f"10.{net}.10.0/24"),
            cc.Network(kind="voice", subnet=f"10.{net}.20.0/24"),
        ],
    )


center = cc.ContactCenter(
    name="ordered",
    speech="tones",
    sites=[_site("main", 71), _site("branch", 72)],
    hosts=[
        cc.Host(name="main-pbx", site="main", address="10.71.10.11", roles=[cc.Pbx(sip_port=PORT)]),
        cc.Host(name="main-sbc", site="main", address="10.71.10.21", roles=[cc.Sbc()]),
        cc.Host(name="branch-pbx", site="branch", address="10.72.10.11", roles=[cc.Pbx()]),
    ],
    secrets=cc.Secrets(epoch=EPOCH),
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.20")],
            max_channels=20,
            caller_id=cc.CallerIdRule(number="+13125550100"),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[cc.Number(number="+13125550100", to="desk", test=True), cc.Number(number="+13125550101", to="desk")],
    agents=[
        cc.Agent(name="ada", extension="11", site="main"),
        cc.Agent(name="bob", extension="12", site="main"),
        cc.Agent(name="cyd", extension="13", site="branch"),
    ],
    queues=[
        cc.Queue(name="desk", home="main-pbx", standby="branch-pbx", agents=["ada", "bob", "cyd"], max_wait=WAIT),
        *NEW,
    ],
    peak=cc.Peak(calls=10),
    emergency=cc.EmergencyCalling(notify=["ada"]),
)
