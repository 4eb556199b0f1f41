"""DHCP: addresses for the phones, by their switch port where it has one, and where they find their configuration."""

from __future__ import annotations

from collections.abc import Mapping

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.part import Part
from ccstack.render.state import Unit

from .dnsmasq import dnsmasq_conf, dnsmasq_default
from .kea import kea_conf
from .scopes import scopes


def parts(design: Design) -> Mapping[str, Part]:
    """The share of every host that gives out addresses, or answers TFTP."""
    found = {name: _part(design, host) for name, host in design.index["hosts"].items()}
    return {name: part for name, part in found.items() if part.units}


def _part(design: Design, host: Host) -> Part:
    kea = bool(host.dhcp and host.dhcp.server == "kea")
    dnsmasq = bool(host.dhcp and not kea) or has_tftp(host)
    files = [kea_conf(host, scopes(design, host))] if kea else []
    files += [dnsmasq_conf(host, scopes(design, host) if not kea else ()), dnsmasq_default(host)] if dnsmasq else []
    names = [*(["kea-dhcp4-server"] if kea else []), *(["dnsmasq"] if dnsmasq else [])]
    units = tuple(Unit(f"{name}.service") for name in names)
    return Part(packages=tuple(names), units=units, files=tuple(files))


def has_tftp(host: Host) -> bool:
    """Whether the host answers TFTP: dnsmasq does, beside Kea with no address to give."""
    return bool(host.provisioning and host.provisioning.tftp)
