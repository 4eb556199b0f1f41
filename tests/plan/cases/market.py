"""A small center with a queue that two PBXs can run: each case changes it in one way, as people do."""

from typing import Any

from ccstack import model as cc


def site(**changes: Any) -> cc.Site:
    fields: dict[str, Any] = {
        "name": "hall",
        "time_zone": "America/Chicago",
        "address": cc.CivicAddress(
            state="IL", city="Chicago", street="Example Street", house_number="5", postal_code="60601"
        ),
        "emergency_locations": [cc.EmergencyLocation(name="office", callback="+13125550101")],
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


def sales(**changes: Any) -> cc.Queue:
    fields: dict[str, Any] = {
        "name": "sales",
        "home": "pbx-1",
        "standby": "pbx-2",
        "agents": ["ada", "bob"],
        "overflow": "mailbox",
    }
    return cc.Queue(**fields | changes)


def market(**changes: Any) -> cc.ContactCenter:
    fields: dict[str, Any] = {
        "name": "market",
        "sites": [site()],
        "hosts": [
            cc.Host(name="pbx-1", site="hall", address="10.9.10.11", roles=[cc.Pbx()]),
            cc.Host(name="pbx-2", site="hall", address="10.9.10.12", roles=[cc.Pbx()]),
            cc.Host(name="sbc-1", site="hall", address="10.9.10.21", roles=[cc.Sbc()]),
        ],
        "trunks": [trunk()],
        "numbers": [
            cc.Number(number="+13125550100", to="sales"),
            cc.Number(number="+13125550101", to="support"),
        ],
        "agents": [
            cc.Agent(name="ada", extension="11", site="hall"),
            cc.Agent(name="bob", extension="12", site="hall"),
        ],
        "queues": [
            sales(),
            cc.Queue(name="support", home="pbx-2", standby="pbx-1", agents=["bob"], overflow="mailbox"),
        ],
        "voicemails": [cc.Voicemail(name="mailbox", extension="19", greeting={"en": "Leave a message."})],
        "emergency": cc.EmergencyCalling(notify=["ada"]),
    }
    return cc.ContactCenter(**fields | changes)
