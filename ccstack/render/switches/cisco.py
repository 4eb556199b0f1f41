"""Cisco IOS and IOS-XE on Catalyst switches.

Sources: Catalyst 2960-X Software Configuration Guide and Consolidated Platform Command Reference, IOS 15.2(x)E, for IOS
(`mls qos`); Catalyst 9300 Command Reference, IOS-XE 17.x, for IOS-XE (modular QoS). In both: "switchport voice vlan",
"switchport port-security", "spanning-tree bpduguard", "lldp run", "ip dhcp snooping vlan", "ip dhcp snooping vlan
information option format-type circuit-id". LLDP-MED needs no line: a voice VLAN is told to phones by its network
policy TLV wherever LLDP runs. Power is `power inline auto` unless something else is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.switch import Switch
from ccstack.render.state import Line, SwitchState
from ccstack.render.text import RenderError

from . import dscp
from .circuit import CISCO_LONGEST, circuit_text
from .wired import MEDIA, PHONE, QOS, QUEUE, SIGNALLING, Port, Sheet, Wired, wired

LONGEST = 200
"""Characters of a description (Catalyst 2960-X: up to 240)."""

_PORT = (
    "description",
    "switchport access vlan",
    "switchport mode",
    "switchport voice vlan",
    "switchport port-security",
    "shutdown",
    "power inline never",
    "power inline static",
    "power inline auto",
    "no lldp transmit",
    "no lldp receive",
    "no lldp med-tlv-select",
    "spanning-tree portfast",
    "spanning-tree bpduguard",
    "service-policy input",
    "service-policy output",
)


def ios(design: Design, switch: Switch) -> SwitchState:
    """A switch with `mls qos`: what leaves a port is put in order by the switch's own map of code points."""
    one = wired(design, switch, LONGEST)
    sheet = Sheet(one)
    if one.ports:
        sheet.lines(QOS, "mls qos")
        sheet.own("", ["mls qos"])
    _write(one, sheet, match="match ip dscp", policies=["service-policy input " + PHONE])
    return sheet.state()


def ios_xe(design: Design, switch: Switch) -> SwitchState:
    """A switch with modular QoS: besides marks, what leaves a port has a queue for voice that goes first."""
    one = wired(design, switch, LONGEST)
    sheet = Sheet(one)
    policies = [f"service-policy input {PHONE}", f"service-policy output {QUEUE}"]
    _write(one, sheet, match="match dscp", policies=policies)
    return sheet.state()


def _write(one: Wired, sheet: Sheet, match: str, policies: list[str]) -> None:
    _vlans(one, sheet)
    if one.ports:
        _qos(one, sheet, match, with_queue=len(policies) > 1)
        _lldp(one, sheet)
    for port in one.ports:
        sheet.block(f"interface {port.interface}", one.own, _port(one, port, policies))
        sheet.own(f"interface {port.interface}", [*_owned_leaves(one)])
    for uplink in one.uplinks:
        sheet.block(f"interface {uplink}", one.own, _uplink(one))
        sheet.own(f"interface {uplink}", _uplink_leaves(one), ["switchport trunk allowed vlan"])
    _snooping(one, sheet)


def _vlans(one: Wired, sheet: Sheet) -> None:
    for vlan in one.vlans:
        sheet.block(f"vlan {vlan.id}", vlan.source, [f"name {vlan.name}"])
        sheet.own(f"vlan {vlan.id}", ["name"])


def _qos(one: Wired, sheet: Sheet, match: str, *, with_queue: bool) -> None:
    """A phone's marks are believed for the two code points that the center uses; all else leaves without a mark."""
    marks = {MEDIA: dscp.name(one.media), SIGNALLING: dscp.name(one.signalling)}
    for name, mark in marks.items():
        sheet.block(f"class-map match-all {name}", QOS, [f"{match} {mark}"])
    marked = [line for name, mark in marks.items() for line in (f"class {name}", f" set dscp {mark}")]
    sheet.block(f"policy-map {PHONE}", QOS, [*marked, "class class-default", " set dscp default"])
    if with_queue:
        sheet.block(f"policy-map {QUEUE}", QOS, _queues())
    sheet.own("class-map match-all ccstack-*")
    sheet.own("class-map match-any ccstack-*")
    sheet.own("policy-map ccstack-*")


def _queues() -> Iterator[str]:
    yield from (f"class {MEDIA}", " priority level 1")
    yield from (f"class {SIGNALLING}", " bandwidth remaining percent 10")
    yield from ("class class-default", " bandwidth remaining percent 90")


def _lldp(one: Wired, sheet: Sheet) -> None:
    sheet.lines(one.own, "lldp run")
    sheet.own("", ["lldp run"])


def _owned_leaves(one: Wired) -> Iterator[str]:
    for leaf in _PORT:
        if leaf != "switchport access vlan" or one.data:
            yield leaf
    yield "ip dhcp snooping trust"
    if one.snooped:
        yield f"ip dhcp snooping vlan {one.snooped.id} information option format-type circuit-id"


def _port(one: Wired, port: Port, policies: list[str]) -> Iterator[str | Line]:
    yield Line(f"description {port.description}", port.about)
    if one.data:
        yield f"switchport access vlan {one.data.id}"
    yield "switchport mode access"
    if one.voice:
        yield f"switchport voice vlan {one.voice.id}"
    yield f"switchport port-security maximum {port.macs}"
    yield "switchport port-security violation restrict"
    yield "switchport port-security"
    yield "spanning-tree portfast"
    yield "spanning-tree bpduguard enable"
    yield from (Line(policy, QOS) for policy in policies)
    if one.snooped and port.addressed:
        told = _circuit(one, port.interface)
        yield f"ip dhcp snooping vlan {one.snooped.id} information option format-type circuit-id string {told}"


def _circuit(one: Wired, interface: str) -> str:
    text = circuit_text(one.switch.name, interface)
    if len(text) > CISCO_LONGEST:
        rule = f"the switch takes {CISCO_LONGEST} characters as the name of a port in DHCP; give it a shorter name"
        raise RenderError(f"switches.{one.switch.name}.name", text, rule)
    return text


def _uplink(one: Wired) -> Iterator[str]:
    if one.vlans:
        yield f"switchport trunk allowed vlan {one.vlan_list}"
    yield "switchport mode trunk"
    if one.snooped:
        yield "ip dhcp snooping trust"


def _uplink_leaves(one: Wired) -> Iterator[str]:
    yield "switchport mode"
    if one.snooped:
        yield "ip dhcp snooping trust"


def _snooping(one: Wired, sheet: Sheet) -> None:
    """Option 82 is inserted unless `no ip dhcp snooping information option` is shown."""
    if one.snooped and one.ports:
        sheet.lines(one.own, f"ip dhcp snooping vlan {one.snooped.id}", "ip dhcp snooping")
        sheet.own("", ["ip dhcp snooping$", "no ip dhcp snooping information option$"], ["ip dhcp snooping vlan"])
