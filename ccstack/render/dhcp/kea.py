"""kea-dhcp4.conf (Kea 3.0 Administrator Reference Manual, "The DHCPv4 Server")."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def kea_conf(host: Host, scopes: Iterable[Scope]) -> File:
    """Kea's whole configuration. It holds no secret, and is JSON without comments."""
    own = Source(f"hosts.{host.name}", "dhcp.kea")
    known = list(scopes)
    members = [*_ground(own, is_attached(host, known)), _classes(own)]
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
    # A phone that renews speaks to the server itself, and no relay says which port it is at: the lease remembers.
    yield leaf(own, True, "store-extended-info")
    yield leaf(own, True, "stash-agent-options")
    yield leaf(own, RENEW, "renew-timer")
    yield leaf(own, REBIND, "rebind-timer")
    yield leaf(own, LEASE, "valid-lifetime")
    yield leaf(own, [{"name": URL_160, "code": 160, "type": "string"}], "option-def")
    # The journal has the time and the severity; what it says goes there.
    outputs = [{"output": "stdout", "pattern": "%-5p %m\n"}]
    yield leaf(own, [{"name": "kea-dhcp4", "severity": "INFO", "output-options": outputs}], "loggers")


def _classes(own: Source) -> Written:
    """A class a vendor, by how option 60 begins, and one for the others."""
    tests = {
        v.name: f"substring(option[60].hex,0,{len(v.vendor_class)}) == '{v.vendor_class}'" for v in VENDORS.values()
    }
    tests[OTHERS] = " and ".join(f"not member('{name}')" for name in VENDORS)
    items = [leaf(own, {"name": name, "test": test}) for name, test in tests.items()]
    return nest(own, items, "client-classes", "[]")


def _subnet(scope: Scope) -> Written:
    source = Source(f"sites.{scope.site}", "dhcp.network")
    ranges = [{"pool": f"{first}-{last}"} for first, last in scope.ranges]
    # Leases are kept by this number: it must not move when a network is added.
    number = int(scope.subnet.network_address)
    members = [
        leaf(source, number, "id"),
        leaf(source, str(scope.subnet), "subnet"),
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
