"""The smallest center that breaks no rule, and ways to change a part of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ccstack.model import (
    Agent,
    CallerIdRule,
    CivicAddress,
    ContactCenter,
    EmergencyCalling,
    EmergencyLocation,
    Gateway,
    Host,
    Network,
    Number,
    Pbx,
    Queue,
    Sbc,
    Site,
    Trunk,
    Voicemail,
)

MAIN, BACK = "+12125550100", "+12125550101"


def site(**changes: Any) -> Site:
    address = CivicAddress(state="NY", city="New York", street="Broad Street", house_number="1", postal_code="10004")
    fields: dict[str, Any] = {
        "name": "hq",
        "time_zone": "America/New_York",
        "address": address,
        "emergency_locations": [EmergencyLocation(name="floor-1", callback=BACK)],
        "networks": [Network(kind="servers", subnet="10.1.0.0/24")],
    }
    return Site(**fields | changes)


def address(country: str) -> CivicAddress:
    return CivicAddress(country=country, state="X", city="X", street="X", house_number="1", postal_code="1")


def branch(**changes: Any) -> Site:
    """A second site."""
    fields: dict[str, Any] = {
        "name": "branch",
        "networks": [Network(kind="servers", subnet="10.2.0.0/24")],
        "emergency_locations": [EmergencyLocation(name="desk", callback=MAIN)],
    }
    return site(**fields | changes)


def pbx(**changes: Any) -> Host:
    return Host(**{"name": "pbx1", "site": "hq", "address": "10.1.0.11", "roles": [Pbx()]} | changes)


def sbc(**changes: Any) -> Host:
    return Host(**{"name": "sbc1", "site": "hq", "address": "10.1.0.21", "roles": [Sbc()]} | changes)


def pbx2(**changes: Any) -> Host:
    return pbx(**{"name": "pbx2", "site": "branch", "address": "10.2.0.11"} | changes)


def sbc2(**changes: Any) -> Host:
    return sbc(**{"name": "sbc2", "site": "branch", "address": "10.2.0.21"} | changes)


def trunk(**changes: Any) -> Trunk:
    fields: dict[str, Any] = {
        "name": "carrier",
        "gateways": [Gateway(address="10.9.0.1")],
        "max_channels": 30,
        "caller_id": CallerIdRule(number=MAIN),
        "emergency": True,
        "emergency_test_number": "933",
    }
    return Trunk(**fields | changes)


def agent(name: str = "ana", extension: str = "101", **changes: Any) -> Agent:
    return Agent(**{"name": name, "extension": extension, "site": "hq"} | changes)


def queue(name: str = "sales", **changes: Any) -> Queue:
    return Queue(**{"name": name, "home": "pbx1", "agents": ["ana"], "overflow": "box"} | changes)


def box(name: str = "box", extension: str = "190", **changes: Any) -> Voicemail:
    return Voicemail(**{"name": name, "extension": extension, "greeting": {"en": "Leave a message"}} | changes)


def number(to: str = "sales", number: str = MAIN, **changes: Any) -> Number:
    return Number(**{"number": number, "to": to} | changes)


def base() -> dict[str, Any]:
    return {
        "name": "base",
        "sites": [site()],
        "hosts": [pbx(), sbc()],
        "trunks": [trunk()],
        "numbers": [number(), number("ana", BACK)],
        "agents": [agent()],
        "queues": [queue()],
        "voicemails": [box()],
        "emergency": EmergencyCalling(notify=["ana"]),
    }


def center(**changes: Any) -> ContactCenter:
    """The base with some fields replaced."""
    return ContactCenter(**base() | changes)


def plus(changed: dict[str, Any] | None = None, **more: Any) -> ContactCenter:
    """The base with `changed` fields replaced, and objects added to its collections."""
    fields = base() | (changed or {})
    for name, items in more.items():
        fields[name] = [*fields.get(name, []), *items]
    return ContactCenter(**fields)


def two_sites(**changes: Any) -> ContactCenter:
    """A PBX and an SBC at each of two sites, each PBX the other's standby."""
    fields: dict[str, Any] = {
        "sites": [site(), branch()],
        "hosts": [pbx(), sbc(), pbx2(), sbc2()],
        "agents": [agent(), agent("bob", "102", site="branch")],
        "queues": [queue(standby="pbx2")],
    }
    return center(**fields | changes)


@dataclass(frozen=True)
class Case:
    """A rule's smallest breaking center and its near miss, and where the finding stands."""

    rule: str
    path: str
    breaks: ContactCenter
    passes: ContactCenter
    with_it: tuple[str, ...] = ()
    """Ids of other rules that the breaking center cannot but break as well."""
