"""kea-dhcp4.conf (Kea 3.0 Administrator Reference Manual, "The DHCPv4 Server")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ccstack.model.host import Host
from ccstack.render.phones.vendors import VENDORS
from ccstack.render.state import File, Source

from .json_lines import Written, leaf, nest
from .scopes import LEASE, REBIND, RENEW, Port, Scope, is_attached

PATH = "/etc/kea/kea-dhcp4.conf"
URL_160 = "provisioning-url"
"""Our name for option 160, which Kea does not know."""
OTHERS = "others"
"""The class of phones whose vendor is not known."""
REBIND_AT_PORT = RENEW + 60
"""Seconds until a phone asks again by way of its relay, where leases are the ports' (see `_port_classes`): a minute is
the shortest time between two tries (RFC 2131 section 4.4.5)."""
AT_PORT, WITHOUT_PORT = "at-port", "without-port"
"""The classes of messages from a port with an address, and of those that ask for such an address and name no port."""
IDENTITY = f"ifelse(member('{AT_PORT}'), relay4[1].hex, '')"
"""Whom a lease belongs to: the port, where it has an address; else (by the empty text) whoever asks."""
REQUEST = 3
"""DHCPREQUEST (RFC 2132 section 9.6)."""
HOOK = {"library": "libdhcp_flex_id.so", "parameters": {"identifier-expression": IDENTITY, "replace-client-id": True}}


def kea_conf(host: Host, scopes: Iterable[Scope]) -> File:
    """Kea's whole configuration. It holds no secret, and is JSON without comments."""
    own = Source(f"hosts.{host.name}", "dhcp.kea")
    known = list(scopes)
    ports = [port for scope in known if scope.keeps_ports for port in scope.ports]
    members = [*_ground(own, is_attached(host, known)), *_ports(own, ports), _classes(own, ports)]
    members.append(nest(own, [_subnet(scope) for scope in known], "subnet4", "[]"))
    lines = nest(own, [nest(own, members, "Dhcp4")])
    return File(PATH, tuple(lines), "kea-reload", group="_kea", mode=0o640)


def _ground(own: Source, attached: bool) -> Iterator[Written]:
    """What does not depend on the networks."""
    # Relays speak to a server's address; only a phone that has no address yet needs raw frames.
    interfaces = {"interfaces": ["*"], "dhcp-socket-type": "raw" if attached else "udp"}
    yield leaf(own, interfaces, "interfaces-config")
    yield leaf(own, [{"socket-type": "unix", "socket-name": "kea4-ctrl-socket"}], "control-sockets")
    yield leaf(own, {"type": "memfile", "name": "/var/lib/kea/kea-leases4.csv"}, "lease-database")
    yield leaf(own, ["circuit-id"], "host-reservation-identifiers")
    # A phone that renews speaks to the server itself, and not every switch says then which port it is at: the lease
    # remembers, as far as it belongs to the phone itself (see `_port_classes`).
    yield leaf(own, True, "store-extended-info")
    yield leaf(own, True, "stash-agent-options")
    yield leaf(own, RENEW, "renew-timer")
    yield leaf(own, LEASE, "valid-lifetime")
    # Every renewal is for the whole time, however young the lease is: so long phones stay up without a server.
    yield leaf(own, 0.0, "cache-threshold")
    # An address that a phone declined, because somebody else has it: tried again by the time that it asks again.
    yield leaf(own, RENEW, "decline-probation-period")
    yield leaf(own, [{"name": URL_160, "code": 160, "type": "string"}], "option-def")
    # The journal has the time and the severity; what it says goes there.
    outputs = [{"output": "stdout", "pattern": "%-5p %m\n"}]
    yield leaf(own, [{"name": "kea-dhcp4", "severity": "INFO", "output-options": outputs}], "loggers")


def _ports(own: Source, ports: Sequence[Port]) -> Iterator[Written]:
    """A lease belongs to the port, not to the phone: who comes next has the port's address at once, and with it the
    place that an emergency call shows, though the lease of the phone before runs on."""
    if ports:
        yield leaf(own, [HOOK], "hooks-libraries")


def _classes(own: Source, ports: Sequence[Port]) -> Written:
    """A class a vendor, by how option 60 begins, and one for the others; those of the ports."""
    tests = {
        v.name: f"substring(option[60].hex,0,{len(v.vendor_class)}) == '{v.vendor_class}'" for v in VENDORS.values()
    }
    tests[OTHERS] = " and ".join(f"not member('{name}')" for name in VENDORS)
    items = [leaf(own, {"name": name, "test": test}) for name, test in tests.items()]
    return nest(own, [*items, *_port_classes(own, ports)], "client-classes", "[]")


def _port_classes(own: Source, ports: Sequence[Port]) -> Iterator[Written]:
    """Which messages are from ports with addresses, switch by switch, and which are dropped.

    A phone that renews speaks to the server itself (RFC 2131 section 4.4.5), and not every switch says then which
    port it is at. It would not be the one to whom the lease belongs, and be refused its address in the middle of a
    call. It gets no answer instead, and asks by way of its relay a minute later.
    """
    if not ports:
        return
    names = list(dict.fromkeys(port.switch for port in ports))
    for name in names:
        source, own_ports = Source(f"switches.{name}", "dhcp.port"), [port for port in ports if port.switch == name]
        said = " or ".join(f"relay4[1].hex == 0x{port.circuit.hex()}" for port in own_ports)
        yield leaf(source, {"name": f"{AT_PORT}-{name}", "test": said})
        has = " or ".join(f"pkt4.ciaddr == {port.address}" for port in own_ports)
        yield leaf(source, {"name": f"{WITHOUT_PORT}-{name}", "test": f"not relay4[1].exists and ({has})"})
    yield leaf(own, {"name": AT_PORT, "test": _any(AT_PORT, names)})
    # The class that Kea drops (section "Client Classification").
    yield leaf(own, {"name": "DROP", "test": f"pkt4.msgtype == {REQUEST} and ({_any(WITHOUT_PORT, names)})"})


def _any(what: str, switches: Iterable[str]) -> str:
    return " or ".join(f"member('{what}-{name}')" for name in switches)


def _subnet(scope: Scope) -> Written:
    source = Source(f"sites.{scope.site}", "dhcp.network")
    ranges = [{"pool": f"{first}-{last}"} for first, last in scope.ranges]
    # Leases are kept by this number: it must not move when a network is added.
    number = int(scope.subnet.network_address)
    members = [
        leaf(source, number, "id"),
        leaf(source, str(scope.subnet), "subnet"),
        leaf(source, REBIND_AT_PORT if scope.keeps_ports else REBIND, "rebind-timer"),
        leaf(source, ranges, "pools"),
        nest(source, [leaf(source, option) for option in _options(scope)], "option-data", "[]"),
        nest(source, [_reservation(port) for port in scope.ports], "reservations", "[]"),
    ]
    return nest(source, members)


def _options(scope: Scope) -> Iterator[dict[str, object]]:
    yield {"name": "routers", "data": str(scope.router)}
    if scope.clocks:
        yield {"name": "ntp-servers", "data": ", ".join(map(str, scope.clocks))}
    for vendor, url in scope.urls:
        name = "tftp-server-name" if vendor.option == 66 else URL_160
        yield {"name": name, "data": _escaped(url), "client-classes": [vendor.name]}
    if scope.tftp:
        yield {"name": "tftp-server-name", "data": str(scope.tftp), "client-classes": [OTHERS]}


def _escaped(value: str) -> str:
    """A comma separates the fields of an option (section "Standard DHCPv4 Options")."""
    return value.replace(",", "\\,")


def _reservation(port: Port) -> Written:
    source = Source(f"switches.{port.switch}", "dhcp.port")
    return leaf(source, {"circuit-id": port.circuit.hex(":"), "ip-address": str(port.address)})
