"""A site whose phones start from two hosts: addresses from Kea on one, dnsmasq on the other; files from the first.

At the branch Kea alone gives addresses, and the leases of ports are the ports'.
"""

from ccstack import model as cc

CALLBACK = "+13125550110"
PLACE = {"state": "IL", "city": "Chicago", "street": "Example Street", "postal_code": "60601"}

center = cc.ContactCenter(
    name="services",
    speech="tones",
    domain="services.example",
    sites=[
        cc.Site(
            name="hq",
            time_zone="America/Chicago",
            address=cc.CivicAddress(house_number="5", **PLACE),
            emergency_locations=[cc.EmergencyLocation(name="floor", callback=CALLBACK)],
            networks=[
                cc.Network(kind="servers", subnet="10.64.3.0/24"),
                cc.Network(kind="voice", subnet="10.64.10.0/24", vlan=110, pool="10.64.10.128/26"),
                cc.Network(kind="data", subnet="10.64.20.0/24", vlan=120),
            ],
        ),
        cc.Site(
            name="branch",
            time_zone="America/Chicago",
            address=cc.CivicAddress(house_number="9", **PLACE),
            emergency_locations=[cc.EmergencyLocation(name="branch-floor", callback=CALLBACK)],
            networks=[
                cc.Network(kind="servers", subnet="10.65.3.0/24"),
                cc.Network(kind="voice", subnet="10.65.10.0/24", vlan=110, pool="10.65.10.128/26"),
                cc.Network(kind="data", subnet="10.65.20.0/24", vlan=120),
            ],
        ),
    ],
    hosts=[
        cc.Host(
            name="first",
            site="hq",
            address="10.64.3.11",
            roles=[cc.Dhcp(sites=["hq", "branch"]), cc.Provisioning(tftp=True, vendors_ca="vendors.pem")],
        ),
        cc.Host(name="second", site="hq", address="10.64.3.12", roles=[cc.Dhcp(server="dnsmasq")]),
        cc.Host(name="box", site="hq", address="10.64.3.13", roles=[cc.Pbx(), cc.Sbc()]),
    ],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.70")],
            max_channels=10,
            caller_id=cc.CallerIdRule(number=CALLBACK),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[cc.Number(number=CALLBACK, to="line", test=True)],
    agents=[cc.Agent(name="ana", extension="101", site="hq"), cc.Agent(name="ben", extension="102", site="hq")],
    queues=[cc.Queue(name="line", home="box", agents=["ana", "ben"], overflow="night")],
    voicemails=[cc.Voicemail(name="night", extension="800", greeting={"en": "Leave a message."})],
    switches=[
        cc.Switch(
            name="sw1",
            site="hq",
            platform="cisco-ios-xe",
            address="10.64.3.21",
            access=cc.SwitchAccess(password=cc.from_env("SWITCH_PASSWORD")),
            phone_ports=["GigabitEthernet1/0/1-12"],
            uplinks=["GigabitEthernet1/0/48"],
            phone_addresses="10.64.10.32/28",
        ),
        cc.Switch(
            name="sw2",
            site="branch",
            platform="cisco-ios-xe",
            address="10.65.3.21",
            access=cc.SwitchAccess(password=cc.from_env("SWITCH_PASSWORD")),
            phone_ports=["GigabitEthernet1/0/1-12"],
            uplinks=["GigabitEthernet1/0/48"],
            phone_addresses="10.65.10.32/28",
        ),
    ],
    phones=[
        cc.Phone(
            name="ana-desk",
            model="yealink-t54w",
            mac="00:15:65:ab:cd:01",
            line="ana",
            port=cc.SwitchPort(switch="sw1", interface="Gi1/0/1"),
        ),
        cc.Phone(
            name="ben-desk",
            model="snom-d735",
            mac="00:04:13:ab:cd:02",
            line="ben",
            port=cc.SwitchPort(switch="sw1", interface="Gi1/0/2"),
        ),
    ],
    emergency=cc.EmergencyCalling(notify=["ana"]),
    peak=cc.Peak(calls=5, calls_per_second=1),
)
