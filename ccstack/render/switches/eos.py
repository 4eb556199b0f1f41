"""Arista EOS.

Sources: EOS User Manual, "switchport phone vlan", "switchport phone trunk", "Port Security", "Quality of Service: class
maps and policy maps", "DHCP Snooping", "Link Layer Discovery Protocol". LLDP runs and power is on unless `no lldp run`
or `poe disabled` are shown. EOS has no trusted ports: its DHCP snooping inserts option 82, and filters nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.switch import Switch
from ccstack.render.state import Line, SwitchState

from .circuit import EOS_FORMAT, EOS_TYPE
from .wired import MEDIA, PHONE, QOS, SIGNALLING, Port, Sheet, Wired, wired

LONGEST = 200
"""Characters of a description (EOS: up to 240)."""

_PORT = (
    "description",
    "shutdown",
    "switchport access vlan",
    "switchport trunk native vlan",
    "switchport trunk allowed vlan",
    "switchport phone",
    "switchport mode",
    "no switchport",
    "no lldp transmit",
    "no lldp receive",
    "poe disabled",
    "switchport port-security",
    "service-policy type qos input",
    "spanning-tree portfast",
    "spanning-tree bpduguard",
)


def eos(design: Design, switch: Switch) -> SwitchState:
    """A switch whose phone ports are `trunk phone`: what is untagged is the PC's."""
    one = wired(design, switch, LONGEST)
    sheet = Sheet(one)
    _snooping(one, sheet)
    for vlan in one.vlans:
        sheet.block(f"vlan {vlan.id}", vlan.source, [f"name {vlan.name}"])
        sheet.own(f"vlan {vlan.id}", ["name"])
    if one.ports:
        _qos(one, sheet)
        sheet.own("", ["no lldp run"])
    for port in one.ports:
        sheet.block(f"interface {port.interface}", one.own, _port(one, port))
        sheet.own(f"interface {port.interface}", [leaf for leaf in _PORT if "native" not in leaf or one.data])
    for uplink in one.uplinks:
        sheet.block(f"interface {uplink}", one.own, _uplink(one))
        sheet.own(f"interface {uplink}", ["switchport mode", "no switchport"], ["switchport trunk allowed vlan"])
    return sheet.state()


def _snooping(one: Wired, sheet: Sheet) -> None:
    if one.snooped and one.ports:
        sheet.lines(
            one.own,
            "ip dhcp snooping",
            "ip dhcp snooping information option",
            f"ip dhcp snooping information option circuit-id type {EOS_TYPE} {EOS_FORMAT}",
            f"ip dhcp snooping vlan {one.snooped.id}",
        )
        leaves = ["ip dhcp snooping$", "ip dhcp snooping information option"]
        sheet.own("", leaves, ["ip dhcp snooping vlan"])


def _qos(one: Wired, sheet: Sheet) -> None:
    """Traffic classes 5 and 3 leave before class 1, in which everything is that is not known."""
    for name, mark in ((MEDIA, one.media), (SIGNALLING, one.signalling)):
        sheet.block(f"class-map type qos match-any {name}", QOS, [f"match dscp {mark}"])
    queues = [f"class {MEDIA}", " set traffic-class 5", f"class {SIGNALLING}", " set traffic-class 3"]
    sheet.block(f"policy-map type quality-of-service {PHONE}", QOS, queues)
    sheet.own("class-map type qos match-any ccstack-*")
    sheet.own("policy-map type quality-of-service ccstack-*")


def _port(one: Wired, port: Port) -> Iterator[str | Line]:
    yield Line(f"description {port.description}", port.about)
    if one.data:
        yield f"switchport trunk native vlan {one.data.id}"
    if one.voice:
        yield f"switchport phone vlan {one.voice.id}"
    yield "switchport mode trunk phone"
    yield "switchport port-security violation protect"
    yield f"switchport port-security mac-address maximum {port.macs}"
    yield Line(f"service-policy type qos input {PHONE}", QOS)
    yield "spanning-tree portfast"
    yield "spanning-tree bpduguard enable"


def _uplink(one: Wired) -> Iterator[str]:
    if one.vlans:
        yield f"switchport trunk allowed vlan {one.vlan_list}"
    yield "switchport mode trunk"
