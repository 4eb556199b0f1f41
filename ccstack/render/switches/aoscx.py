"""HPE Aruba AOS-CX.

Sources: AOS-CX 10.10 and later: Layer 2 Bridging Guide ("voice", "vlan trunk native", "vlan trunk allowed"), ACLs and
Classifier Policies Guide ("class", "policy", "apply policy"), Security Guide ("port-access port-security"), IP Services
Guide ("dhcpv4-snooping", "dhcpv4-snooping option 82": inserted by default, remote id MAC, untrusted policy drop),
Fundamentals Guide ("lldp"), Monitoring Guide ("power-over-ethernet"). LLDP-MED tells a phone every VLAN marked `voice`
that its port carries tagged. LLDP runs and power is on unless `no lldp` or `no power-over-ethernet` are shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.switch import Switch
from ccstack.render.state import Line, SwitchState

from . import dscp
from .wired import MEDIA, PHONE, QOS, SIGNALLING, Port, Sheet, Wired, wired

LONGEST = 64
"""Characters of a description."""

_PORT = (
    "description",
    "shutdown",
    "no shutdown",
    "routing",
    "no routing",
    "vlan trunk allowed",
    "no power-over-ethernet",
    "no lldp transmit",
    "no lldp receive",
    "apply policy",
    "spanning-tree bpdu-guard",
    "spanning-tree port-type",
    "port-access port-security",
    "dhcpv4-snooping trust",
)


def aoscx(design: Design, switch: Switch) -> SwitchState:
    """A switch whose phone ports carry the data VLAN untagged and the voice VLAN tagged."""
    one = wired(design, switch, LONGEST)
    sheet = Sheet(one)
    if one.snooped and one.ports:
        sheet.lines(one.own, "dhcpv4-snooping")
        sheet.own("", ["dhcpv4-snooping$", "no dhcpv4-snooping option 82"])
    if one.ports:
        sheet.lines(one.own, "port-access port-security enable")
        sheet.own("", ["port-access port-security enable", "no lldp$"])
    for vlan in one.vlans:
        is_snooped = one.snooped is not None and vlan.id == one.snooped.id
        is_voice = one.voice is not None and vlan.id == one.voice.id
        marks = [*(["voice"] if is_voice else []), *(["dhcpv4-snooping"] if is_snooped else [])]
        sheet.block(f"vlan {vlan.id}", vlan.source, [f"name {vlan.name}", *marks])
        sheet.own(f"vlan {vlan.id}", ["name", *marks])
    if one.ports:
        _qos(one, sheet)
    for port in one.ports:
        sheet.block(f"interface {port.interface}", one.own, _port(one, port))
        untagged = ["vlan access", "vlan trunk native"] if one.data else []
        sheet.own(f"interface {port.interface}", [*_PORT, *untagged])
    for uplink in one.uplinks:
        sheet.block(f"interface {uplink}", one.own, _uplink(one))
        leaves = ["routing", "no routing", "vlan access", *(["dhcpv4-snooping trust"] if one.snooped else [])]
        sheet.own(f"interface {uplink}", leaves, ["vlan trunk allowed"])
    return sheet.state()


def _qos(one: Wired, sheet: Sheet) -> None:
    """Local priorities 5 and 3 leave before 1, in which everything is that is not known."""
    for name, mark in ((MEDIA, one.media), (SIGNALLING, one.signalling)):
        sheet.block(f"class ip {name}", QOS, [f"10 match any any any dscp {dscp.name(mark).upper()}"])
    rows = [
        f"10 class ip {MEDIA} action local-priority 5",
        f"20 class ip {SIGNALLING} action local-priority 3",
    ]
    sheet.block(f"policy {PHONE}", QOS, rows)
    sheet.own("class ip ccstack-*")
    sheet.own("policy ccstack-*")


def _port(one: Wired, port: Port) -> Iterator[str | Line]:
    yield Line(f"description {port.description}", port.about)
    yield "no shutdown"
    yield "no routing"
    if one.data:
        yield f"vlan trunk native {one.data.id}"
    if one.vlans:
        yield f"vlan trunk allowed {one.vlan_list}"
    yield "spanning-tree bpdu-guard"
    yield "spanning-tree port-type admin-edge"
    yield Line(f"apply policy {PHONE} in", QOS)
    yield "port-access port-security"
    yield " enable"
    yield f" client-limit {port.macs}"


def _uplink(one: Wired) -> Iterator[str]:
    yield "no routing"
    if one.vlans:
        yield f"vlan trunk allowed {one.vlan_list}"
    if one.snooped:
        yield "dhcpv4-snooping trust"
