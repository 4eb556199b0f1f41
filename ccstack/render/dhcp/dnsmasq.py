"""dnsmasq.conf (dnsmasq(8)): DHCP, TFTP or both, and never DNS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ccstack.model.host import Host
from ccstack.render.phones.vendors import VENDORS
from ccstack.render.state import File, Line, Source
from ccstack.render.templates import template_lines

from .scopes import LEASE, RENEW, Port, Scope, is_attached

PATH = "/etc/dnsmasq.conf"
TFTP_ROOT = "/srv/tftp"
REBIND = 30 * 60
"""Seconds until a phone asks again by way of its relay (see `_RENEWAL`)."""
_RENEWAL = (
    "dhcp-match=set:request,53,3b",
    "dhcp-match=set:named,50",
    "dhcp-match=set:chosen,54",
    "dhcp-match=set:relayed,82",
    "dhcp-ignore=tag:request,tag:!named,tag:!chosen,tag:!relayed",
)
"""A phone that renews speaks to the server itself (RFC 2131 section 4.4.5): nobody says then which port it is at, and
dnsmasq would refuse it the port's address, in the middle of a call. It gets no answer instead, and so asks by way of
its relay a little later (options: 53 message type, 3 being DHCPREQUEST in one byte; 50; 54; 82)."""


def dnsmasq_conf(host: Host, scopes: Iterable[Scope]) -> File:
    """dnsmasq's whole configuration. It holds no secret."""
    return File(PATH, tuple(_lines(host, list(scopes))), "dnsmasq-restart")


def dnsmasq_default(host: Host) -> File:
    """/etc/default/dnsmasq: what Debian's unit starts it with."""
    lines = template_lines("provisioning/dnsmasq.default", f"hosts.{host.name}")
    return File("/etc/default/dnsmasq", lines, "dnsmasq-restart")


def _lines(host: Host, scopes: list[Scope]) -> Iterator[Line]:
    own = Source(f"hosts.{host.name}", "dhcp.dnsmasq")
    yield from _each(own, "port=0", "no-resolv", "no-hosts")
    if host.provisioning and host.provisioning.tftp:
        yield from _each(own, "enable-tftp", f"tftp-root={TFTP_ROOT}", "tftp-no-fail")
    if scopes:
        leases = sum(int(last) - int(first) + 1 for scope in scopes for first, last in scope.ranges)
        yield Line(f"dhcp-lease-max={leases + sum(len(scope.ports) for scope in scopes)}", own)
        yield from _each(own, f"dhcp-option=option:T1,{RENEW}", f"dhcp-option=option:T2,{REBIND}")
        yield from (Line(f"dhcp-vendorclass=set:{v.name},{v.vendor_class}", own) for v in VENDORS.values())
        if any(scope.ports for scope in scopes) and not is_attached(host, scopes):
            yield from _each(own, *_RENEWAL)
    for scope in scopes:
        yield from _scope(scope)


def _each(source: Source, *texts: str) -> Iterator[Line]:
    return (Line(text, source) for text in texts)


def _scope(scope: Scope) -> Iterator[Line]:
    source, net = Source(f"sites.{scope.site}", "dhcp.network"), f"net-{scope.subnet.network_address}"
    for first, last in scope.ranges:
        yield Line(f"dhcp-range=set:{net},{first},{last},{scope.subnet.netmask},{LEASE}", source)
    if not scope.ranges:
        # Known ports only.
        yield Line(f"dhcp-range=set:{net},{scope.subnet.network_address},static,{scope.subnet.netmask},{LEASE}", source)
    yield from (Line(f"dhcp-option=tag:{net},{option}", source) for option in _options(scope))
    for port in scope.ports:
        yield from _port(port)


def _options(scope: Scope) -> Iterator[str]:
    yield f"option:router,{scope.router}"
    if scope.clocks:
        yield f"option:ntp-server,{','.join(map(str, scope.clocks))}"
    for vendor, url in scope.urls:
        yield f"tag:{vendor.name},{vendor.option},{_quoted(url)}"
    if scope.tftp:
        yield f"{''.join(f'tag:!{name},' for name in VENDORS)}66,{_quoted(str(scope.tftp))}"


def _quoted(value: str) -> str:
    """A text in quotes is never read as an address or as a list."""
    return f'"{value}"'


def _port(port: Port) -> Iterator[Line]:
    """Whatever MAC address asks: it is the port that has the address."""
    source, tag = Source(f"switches.{port.switch}", "dhcp.port"), f"at-{port.address}"
    yield Line(f"dhcp-circuitid=set:{tag},{port.circuit.hex(':')}", source)
    yield Line(f"dhcp-host=*:*:*:*:*:*,tag:{tag},{port.address}", source)
