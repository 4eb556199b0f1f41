"""Juniper Junos on EX switches with Enhanced Layer 2 Software (ELS), as `show configuration | display set` prints it.

Sources: Junos OS CLI Reference: "voip (switch-options)", "lldp-med", "interface-mac-limit", "bpdu-block-on-edge",
"edge (Spanning Trees)", "poe interface", "classifiers (CoS)", "schedulers (CoS)", "dhcp-security", "circuit-id (DHCP
Security)". Trunks are trusted for DHCP unless told otherwise. Spanning tree is taken to be RSTP, the switches' default.
"""

from __future__ import annotations

from collections.abc import Iterator

from ccstack.design import Design
from ccstack.model.switch import Switch
from ccstack.render.state import Source, SwitchState

from . import dscp
from .circuit import JUNOS_PREFIX
from .wired import MEDIA, PHONE, QOS, SIGNALLING, Port, Sheet, Wired, wired

LONGEST = 200
"""Characters of a description (Junos: up to 255)."""

_SWITCHING = "unit 0 family ethernet-switching"


def junos(design: Design, switch: Switch) -> SwitchState:
    """A switch whose phone ports are access ports of the data VLAN, with the voice VLAN by `voip`."""
    one = wired(design, switch, LONGEST)
    sheet = Sheet(one)
    for port in one.ports:
        _port(one, port, sheet)
    for uplink in one.uplinks:
        _uplink(one, uplink, sheet)
    if one.ports:
        _qos(one, sheet)
        _global(one, sheet)
    for vlan in one.vlans:
        _set(sheet, vlan.source, f"vlans {vlan.name} vlan-id {vlan.id}")
        sheet.own(f"vlans {vlan.name}", ["vlan-id", "forwarding-options dhcp-security option-82"])
    if one.snooped and one.ports:
        option = f"vlans {one.snooped.name} forwarding-options dhcp-security option-82"
        _set(sheet, one.own, f"{option} circuit-id {JUNOS_PREFIX}")
    return sheet.state()


def _set(sheet: Sheet, source: Source, *lines: str) -> None:
    sheet.lines(source, *(f"set {line}" for line in lines))


def _port(one: Wired, port: Port, sheet: Sheet) -> None:
    name, unit = port.interface, f"{port.interface}.0"
    _set(sheet, port.about, f"interfaces {name} description {_quoted(port.description)}")
    _set(sheet, one.own, *_switching(one, name))
    _set(sheet, QOS, f"class-of-service interfaces {name} scheduler-map {PHONE}")
    _set(sheet, QOS, f"class-of-service interfaces {name} unit 0 classifiers dscp {PHONE}")
    _set(sheet, one.own, f"protocols rstp interface {name} edge")
    _set(sheet, one.own, f"switch-options interface {unit} interface-mac-limit {port.macs}")
    _set(sheet, one.own, f"switch-options interface {unit} interface-mac-limit packet-action drop")
    if one.voice:
        _set(sheet, one.own, f"switch-options voip interface {unit} vlan {one.voice.name}")
        _set(sheet, QOS, f"switch-options voip interface {unit} forwarding-class expedited-forwarding")
    _set(sheet, one.own, f"poe interface {name}")
    vlan = [f"{_SWITCHING} vlan"] if one.data else []
    sheet.own(f"interfaces {name}", ["description", "disable", f"{_SWITCHING} interface-mode", *vlan])
    sheet.own(f"class-of-service interfaces {name}", ["scheduler-map", "unit 0 classifiers dscp"])
    sheet.own(f"protocols rstp interface {name}", ["edge", "disable"])
    sheet.own(f"protocols lldp interface {name}", ["disable"])
    sheet.own(f"protocols lldp-med interface {name}", ["disable"])
    sheet.own(f"switch-options interface {unit} interface-mac-limit")
    sheet.own(f"switch-options voip interface {unit}")
    sheet.own(f"poe interface {name}")


def _switching(one: Wired, name: str) -> Iterator[str]:
    yield f"interfaces {name} {_SWITCHING} interface-mode access"
    if one.data:
        yield f"interfaces {name} {_SWITCHING} vlan members {one.data.name}"


def _uplink(one: Wired, name: str, sheet: Sheet) -> None:
    _set(sheet, one.own, f"interfaces {name} {_SWITCHING} interface-mode trunk")
    for vlan in one.vlans:
        _set(sheet, one.own, f"interfaces {name} {_SWITCHING} vlan members {vlan.name}")
    sheet.own(f"interfaces {name}", [f"{_SWITCHING} interface-mode"], [f"{_SWITCHING} vlan members"])


def _qos(one: Wired, sheet: Sheet) -> None:
    """Voice leaves first; every forwarding class that the switch has by default keeps a share."""
    head = f"class-of-service classifiers dscp {PHONE}"
    classes = {"expedited-forwarding": one.media, "assured-forwarding": one.signalling}
    _set(sheet, QOS, f"{head} import default")
    for name, mark in classes.items():
        _set(sheet, QOS, f"{head} forwarding-class {name} loss-priority low code-points {dscp.bits(mark)}")
    schedulers = {
        "assured-forwarding": (SIGNALLING, ["transmit-rate percent 5"]),
        "best-effort": ("ccstack-rest", ["transmit-rate remainder"]),
        "expedited-forwarding": (MEDIA, ["priority strict-high"]),
        "network-control": ("ccstack-control", ["transmit-rate percent 5"]),
    }
    for name, (scheduler, _) in schedulers.items():
        _set(
            sheet,
            QOS,
            f"class-of-service scheduler-maps {PHONE} forwarding-class {name} scheduler {scheduler}",
        )
    for scheduler, settings in schedulers.values():
        _set(sheet, QOS, *(f"class-of-service schedulers {scheduler} {setting}" for setting in settings))
    for kind in ("classifiers dscp", "scheduler-maps", "schedulers"):
        sheet.own(f"class-of-service {kind} ccstack-*")


def _global(one: Wired, sheet: Sheet) -> None:
    _set(sheet, one.own, "protocols lldp interface all", "protocols lldp-med interface all")
    _set(sheet, one.own, "protocols rstp bpdu-block-on-edge")
    sheet.own("protocols lldp interface all")
    sheet.own("protocols lldp-med interface all")
    sheet.own("protocols rstp", ["bpdu-block-on-edge"])


def _quoted(text: str) -> str:
    """A string with blanks. What would have to be escaped in it, descriptions do not have (see words.py)."""
    return f'"{text}"'
