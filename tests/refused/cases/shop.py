"""A small center that breaks no rule; each case spoils it in one way, as people do."""

from typing import Any

from ccstack import model as cc


def site(**changes: Any) -> cc.Site:
    fields: dict[str, Any] = {
        "name": "shop",
        "time_zone": "America/Chicago",
        "address": cc.CivicAddress(
            state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
        ),
        "emergency_locations": [cc.EmergencyLocation(name="counter", callback="+13125550101")],
        "networks": [cc.Network(kind="servers", subnet="10.9.10.0/24")],
    }
    return cc.Site(**fields | changes)


def trunk(**changes: Any) -> cc.Trunk:
    fields: dict[str, Any] = {
        "name": "carrier",
        "gateways": [cc.Gateway(address="203.0.113.20")],
        "max_channels": 30,
        "caller_id": cc.CallerIdRule(number="+13125550100"),
        "emergency": True,
        "emergency_test_number": "933",
    }
    return cc.Trunk(**fields | changes)


def shop(**changes: Any) -> cc.ContactCenter:
    fields: dict[str, Any] = {
        "name": "corner-shop",
        "sites": [site()],
        "hosts": [
            cc.Host(name="pbx1", site="shop", address="10.9.10.11", roles=[cc.Pbx()]),
            cc.Host(name="sbc1", site="shop", address="10.9.10.21", roles=[cc.Sbc()]),
        ],
        "trunks": [trunk()],
        "numbers": [
            cc.Number(number="+13125550100", to="sales"),
            cc.Number(number="+13125550101", to="sales"),
        ],
        "agents": [
            cc.Agent(name="ada", extension="11", site="shop"),
            cc.Agent(name="bob", extension="12", site="shop"),
        ],
        "queues": [cc.Queue(name="sales", home="pbx1", agents=["ada", "bob"], overflow="mailbox")],
        "voicemails": [cc.Voicemail(name="mailbox", extension="19", greeting={"en": "Leave a message."})],
        "emergency": cc.EmergencyCalling(notify=["ada"]),
    }
    return cc.ContactCenter(**fields | changes)
