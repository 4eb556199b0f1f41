"""A center of two sites with one of everything that the SBCs know."""

from __future__ import annotations

from typing import Any

from ccstack import model as cc


def address(city: str) -> cc.CivicAddress:
    return cc.CivicAddress(state="NY", city=city, street="Main Street", house_number="1", postal_code="10001")


def trunk(name: str = "north", **changes: Any) -> cc.Trunk:
    values: dict[str, Any] = {
        "name": name,
        "gateways": [
            cc.Gateway(address="203.0.113.10", priority=1, weight=70, strip=1),
            cc.Gateway(address="203.0.113.11", priority=1, weight=30, strip=1, prefix="00"),
            cc.Gateway(address="203.0.113.12", priority=2, port=5061, transport="tls", prefix="77#"),
        ],
        "max_channels": 10,
        "caller_id": cc.CallerIdRule(number="+12125550100"),
        "emergency": True,
    }
    return cc.Trunk(**values | changes)


def two_sites(**changes: Any) -> cc.ContactCenter:
    values: dict[str, Any] = {
        "name": "two",
        "domain": "two.example",
        "sites": [
            cc.Site(
                name="east",
                time_zone="America/New_York",
                address=address("New York"),
                emergency_locations=[cc.EmergencyLocation(name="floor-1", callback="+12125550111", floor="1")],
                networks=[cc.Network(kind="voice", subnet="10.1.20.0/24")],
                standalone_queues=["sales"],
            ),
            cc.Site(name="west", time_zone="America/Denver", address=address("Denver")),
        ],
        "hosts": [
            cc.Host(name="pbx-e", site="east", address="10.1.0.11", roles=[cc.Pbx()]),
            cc.Host(name="sbc-e", site="east", address="10.1.0.21", roles=[cc.Sbc(peers=["192.0.2.9"])]),
            cc.Host(name="pbx-w", site="west", address="10.2.0.11", roles=[cc.Pbx()]),
            cc.Host(name="sbc-w", site="west", address="10.2.0.21", roles=[cc.Sbc()]),
        ],
        "trunks": [trunk()],
        "numbers": [
            cc.Number(number="+12125550100", to="support"),
            cc.Number(number="+12125550101", to="ana", trunk="north"),
        ],
        "probes": [
            cc.Probe(name="probe", site="east", extension="81"),
            cc.Probe(
                name="caller", site="east", extension="82", via="north", caller="+12125550170", address="192.0.2.7"
            ),
        ],
        "agents": [
            cc.Agent(name="ana", extension="1001", site="east"),
            cc.Agent(name="bob", extension="1002", site="west", remote=True),
        ],
        "queues": [
            cc.Queue(name="sales", home="pbx-e", standby="pbx-w", agents=["ana"]),
            cc.Queue(name="support", home="pbx-w", agents=["bob"]),
        ],
    }
    return cc.ContactCenter(**values | changes)
