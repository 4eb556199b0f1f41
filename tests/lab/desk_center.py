"""An office: eight phones of five vendors on four switches of different makers, and the hosts that they need.

What a test changes is read from the environment, so that each change is one word in a command.
"""

import os

from ccstack import model as cc

NEW_MAC = os.environ.get("DESK_NEW_MAC")
"""The MAC address of the box that stands in Ben's phone's place now."""
KEY_LABEL = os.environ.get("DESK_KEY_LABEL")
"""What stands beside Ada's key."""
CALLBACK = "+13125550190"
PASSWORD = cc.SwitchAccess(password=cc.from_env("DESK_SWITCH_PASSWORD"))


def _switch(number: int, platform: str, ports: str, uplink: str) -> cc.Switch:
    return cc.Switch(
        name=f"sw{number}",
        site="office",
        platform=platform,
        address=f"10.73.10.{200 + number}",
        access=PASSWORD,
        phone_ports=[ports],
        uplinks=[uplink],
        phone_addresses=f"10.73.20.{16 * number}/28",
        emergency_location=f"floor-{number}",
    )


def _phone(name: str, model: str, mac: str, line: str, switch: int, interface: str, **more: object) -> cc.Phone:
    port = cc.SwitchPort(switch=f"sw{switch}", interface=interface)
    return cc.Phone(name=name, model=model, mac=mac, line=line, port=port, **more)


BEN = cc.LineKey(kind="blf", of="ben", label=KEY_LABEL)
NAMES = ("ada", "ben", "cyd", "dan", "eve", "fay", "gus")

center = cc.ContactCenter(
    name="office",
    speech="tones",
    sites=[
        cc.Site(
            name="office",
            time_zone="America/Chicago",
            address=cc.CivicAddress(
                state="IL", city="Chicago", street="Example Street", house_number="73", postal_code="60601"
            ),
            emergency_locations=[
                cc.EmergencyLocation(name=f"floor-{n}", floor=f"{n}", callback=CALLBACK) for n in (1, 2, 3, 4)
            ],
            networks=[
                cc.Network(kind="servers", subnet="10.73.10.0/24"),
                cc.Network(kind="voice", subnet="10.73.20.0/24", vlan=110, pool="10.73.20.128/26"),
                cc.Network(kind="data", subnet="10.73.30.0/24", vlan=120),
            ],
        )
    ],
    hosts=[
        cc.Host(name="box", site="office", address="10.73.10.11", roles=[cc.Pbx(), cc.Sbc()]),
        cc.Host(name="sbc", site="office", address="10.73.10.21", roles=[cc.Sbc()]),
        cc.Host(name="start", site="office", address="10.73.10.31", roles=[cc.Dhcp(), cc.Provisioning()]),
    ],
    switches=[
        _switch(1, "cisco-ios-xe", "GigabitEthernet1/0/1-8", "GigabitEthernet1/0/48"),
        _switch(2, "arista-eos", "Ethernet1-8", "Ethernet48"),
        _switch(3, "aruba-aoscx", "1/1/1-8", "1/1/48"),
        _switch(4, "juniper-junos", "ge-0/0/1-8", "ge-0/0/47"),
    ],
    trunks=[
        cc.Trunk(
            name="carrier",
            gateways=[cc.Gateway(address="203.0.113.73")],
            max_channels=10,
            caller_id=cc.CallerIdRule(number=CALLBACK),
            emergency=True,
            emergency_test_number="933",
        )
    ],
    numbers=[cc.Number(number=CALLBACK, to="line", test=True)],
    agents=[cc.Agent(name=name, extension=f"{100 + n}", site="office") for n, name in enumerate(NAMES, 1)],
    stations=[cc.Station(name="lobby", extension="150", site="office")],
    phones=[
        _phone("ada-desk", "yealink-t54w", "001565730001", "ada", 1, "Gi1/0/1", keys=[BEN]),
        _phone("ben-desk", "yealink-t46u", NEW_MAC or "001565730002", "ben", 1, "Gi1/0/2"),
        _phone("cyd-desk", "poly-vvx450", "0004f2730003", "cyd", 2, "Et1"),
        _phone("dan-desk", "snom-d785", "000413730004", "dan", 2, "Et2"),
        _phone("eve-desk", "grandstream-grp2614", "c074ad730005", "eve", 3, "1/1/1"),
        _phone("fay-desk", "cisco-8851", "001e13730006", "fay", 3, "1/1/2"),
        _phone("gus-desk", "poly-vvx450", "0004f2730007", "gus", 4, "ge-0/0/1"),
        _phone("lobby-phone", "snom-d735", "000413730008", "lobby", 4, "ge-0/0/2"),
    ],
    queues=[cc.Queue(name="line", home="box", agents=["ada", "ben"], overflow="night")],
    voicemails=[cc.Voicemail(name="night", extension="800", greeting={"en": "Leave a message."})],
    peak=cc.Peak(calls=10),
    emergency=cc.EmergencyCalling(notify=["ada"]),
)
