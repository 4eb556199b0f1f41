"""An office with two switches of different platforms: each case changes it in one way, as people do."""

from typing import Any

from ccstack import model as cc


def site(voice: int = 110) -> cc.Site:
    return cc.Site(
        name="hall",
        time_zone="America/Chicago",
        address=cc.CivicAddress(
            state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
        ),
        emergency_locations=[cc.EmergencyLocation(name="office", callback="+13125550101")],
        networks=[
            cc.Network(kind="servers", subnet="10.9.10.0/24"),
            cc.Network(kind="voice", subnet="10.9.11.0/24", vlan=voice, pool="10.9.11.128/26"),
            cc.Network(kind="data", subnet="10.9.12.0/24", vlan=120),
        ],
    )


def switches(ports: int = 4) -> list[cc.Switch]:
    access = cc.SwitchAccess(password=cc.from_env("SWITCH_PASSWORD"))
    return [
        cc.Switch(
            name="front",
            site="hall",
            platform="cisco-ios-xe",
            address="10.9.10.31",
            access=access,
            phone_ports=[f"Gi1/0/1-{ports}"],
            uplinks=["Te1/1/1"],
            phone_addresses="10.9.11.32/28",
        ),
        cc.Switch(
            name="rear",
            site="hall",
            platform="juniper-junos",
            address="10.9.10.32",
            access=access,
            phone_ports=[f"ge-0/0/1-{ports}"],
            uplinks=["xe-0/1/0"],
        ),
    ]


def phone(name: str, port: int, switch: str = "front", **changes: Any) -> cc.Phone:
    interface = f"Gi1/0/{port}" if switch == "front" else f"ge-0/0/{port}"
    fields: dict[str, Any] = {
        "name": f"{name}-phone",
        "model": "yealink-t54w",
        "mac": f"0015650000{port:02}",
        "line": name,
        "port": cc.SwitchPort(switch=switch, interface=interface),
    }
    return cc.Phone(**fields | changes)


def office(**changes: Any) -> cc.ContactCenter:
    fields: dict[str, Any] = {
        "name": "office",
        "sites": [site()],
        "hosts": [
            cc.Host(
                name="box",
                site="hall",
                address="10.9.10.11",
                roles=[cc.Pbx(), cc.Sbc(), cc.Dhcp(), cc.Provisioning()],
            )
        ],
        "switches": switches(),
        "trunks": [
            cc.Trunk(
                name="carrier",
                gateways=[cc.Gateway(address="203.0.113.20")],
                max_channels=30,
                caller_id=cc.CallerIdRule(number="+13125550100"),
                emergency=True,
                emergency_test_number="933",
            )
        ],
        "numbers": [cc.Number(number="+13125550101", to="mailbox")],
        "agents": [
            cc.Agent(name="ada", label="Ada Ünal", extension="11", site="hall"),
            cc.Agent(name="bob", extension="12", site="hall"),
        ],
        "phones": [phone("ada", 1), phone("bob", 2, "rear")],
        "voicemails": [cc.Voicemail(name="mailbox", extension="19", greeting={"en": "Leave a message."})],
        "emergency": cc.EmergencyCalling(notify=["ada"]),
    }
    return cc.ContactCenter(**fields | changes)
