"""Two PBXs at two sites, a hot desk at one of them, and who may sit there."""

from ccstack import model as cc


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
    name="desks",
    speech="tones",
    sites=[_site("main", 73), _site("branch", 74)],
    hosts=[
        cc.Host(name="main-pbx", site="main", address="10.73.10.11", roles=[cc.Pbx(), cc.Sbc()]),
        cc.Host(name="branch-pbx", site="branch", address="10.74.10.11", roles=[cc.Pbx(), cc.Sbc()]),
    ],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.20")],
            max_channels=30,
            caller_id=cc.CallerIdRule(number="+13125550100"),
            emergency=True,
        )
    ],
    numbers=[cc.Number(number="+13125550100", to="desk", test=True), cc.Number(number="+13125550101", to="desk")],
    calling_rights=[cc.CallingRights(name="staff")],
    agents=[
        cc.Agent(name="ada", extension="11", site="main", rights="staff"),
        cc.Agent(name="bob", extension="12", site="main"),
    ],
    stations=[
        cc.Station(name="lobby", extension="21", site="main"),
        cc.Station(name="window", label="By the window", extension="22", site="branch", hot_desk=True),
    ],
    emergency=cc.EmergencyCalling(notify=["ada"]),
    queues=[cc.Queue(name="desk", home="main-pbx", standby="branch-pbx", agents=["ada"], max_wait=60)],
)
