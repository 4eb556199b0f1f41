"""DHCP, live: a phone behind a relay asks the deployed Kea, and the deployed dnsmasq, and both keep to the center.

Where a case asks in two ways, it is because the servers differ there, and the page on provisioning says so.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from ccstack.lab.from_center import phones_place
from tests.lab.services import PLACE, Services

pytestmark = pytest.mark.lab

KEA, DNSMASQ = "10.64.3.11", "10.64.3.12"
BOTH = pytest.mark.parametrize("server", [KEA, DNSMASQ], ids=["kea", "dnsmasq"])
POOL = {KEA: range(128, 160), DNSMASQ: range(160, 192)}
"""The last byte of the addresses that each may give to phones without one of their port: half of the pool."""
VENDORS = {
    "yealink": ("66", "https://10.64.3.11/"),
    "PolyEdgeE350": ("160", "https://10.64.3.11/"),
    "Polycom-VVX450": ("160", "https://10.64.3.11/"),
    "snom-D735": ("66", "https://10.64.3.11/snom-{mac}.xml"),
    "Grandstream GRP2614 dslforum.org": ("66", "https://10.64.3.11/"),
    "CP-8841-3PCC": ("66", "https://10.64.3.11/$MA.xml"),
}


@dataclass
class Cable:
    """The phones' place of a site, from which phones are relayed."""

    services: Services
    relay: str
    place: str = PLACE

    @classmethod
    def at(cls, services: Services, site: str) -> Cable:
        """That of a site."""
        place = phones_place(site)
        shown = services.on(place, "ip", "-4", "-o", "addr", "show", "scope", "global")
        return cls(services, shown.split("inet ")[1].split("/")[0], place)

    def ask(self, server: str, kind: str, mac: str, **more: object) -> dict[str, Any] | None:
        """One message, and what is answered."""
        orders = {"server": server, "kind": kind, "mac": mac, "relay": self.relay, **more}
        said = self.services.play("dhcp_client.py", place=self.place, **orders)
        return dict(said) if said is not None else None

    def offer(self, server: str, mac: str, **more: object) -> dict[str, Any]:
        """What is offered."""
        said = self.ask(server, "discover", mac, **more)
        assert said is not None
        assert said["kind"] == "offer"
        return said

    def lease(self, server: str, mac: str, **more: object) -> dict[str, Any]:
        """What is offered, taken."""
        offer = self.offer(server, mac, **more)
        said = self.ask(server, "request", mac, asks=offer["address"], of=offer["server"], **more)
        assert said is not None
        assert (said["kind"], said["address"]) == ("ack", offer["address"])
        return said


@pytest.fixture(scope="module")
def cable(services: Services) -> Cable:
    return Cable.at(services, "hq")


@pytest.fixture(scope="module")
def branch(services: Services) -> Cable:
    """Where Kea alone gives addresses."""
    return Cable.at(services, "branch")


def circuit(port: int, switch: str = "sw1") -> str:
    """What a Catalyst with `sw1:GigabitEthernet1/0/<port>` set by hand sends: type 1, length, text."""
    text = f"{switch}:GigabitEthernet1/0/{port}".encode()
    return (bytes((1, len(text))) + text).hex()


@BOTH
def test_a_phone_gets_the_address_of_its_port(cable: Cable, server: str) -> None:
    said = cable.lease(server, "0015650000a1", vendor="yealink", circuit=circuit(1))
    assert said["address"] == "10.64.10.32"
    assert said["mask"] == ["255.255.255.0"]
    assert said["routers"] == ["10.64.10.1"]
    assert said["clocks"] == [KEA, DNSMASQ]
    renew, rebind, end = said["times"]
    assert (renew, rebind, end) == (840, 6300 if server == KEA else 1800, 7200)
    assert circuit(1) in said["circuit"], "the relay needs its own option back (RFC 3046 section 2.2)"


@BOTH
@pytest.mark.parametrize("vendor", VENDORS)
def test_it_learns_where_its_file_is_by_its_vendor(cable: Cable, server: str, vendor: str) -> None:
    option, url = VENDORS[vendor]
    said = cable.offer(server, "0015650000b1", vendor=vendor, circuit=circuit(2))
    assert said[option] == url
    assert said["160" if option == "66" else "66"] == ""


@BOTH
def test_a_phone_of_an_unknown_vendor_is_sent_to_tftp(cable: Cable, server: str) -> None:
    assert cable.offer(server, "0015650000b2", vendor="Toaster 5", circuit=circuit(2))["66"] == KEA
    assert cable.offer(server, "0015650000b2", circuit=circuit(2))["66"] == KEA


@BOTH
@pytest.mark.parametrize("port", [None, 47], ids=["no port", "a port without an address"])
def test_a_phone_elsewhere_gets_an_address_of_this_servers_half(cable: Cable, server: str, port: int | None) -> None:
    more = {"circuit": circuit(port)} if port else {}
    said = cable.lease(server, f"0015650000c{port or 1:x}"[:12].ljust(12, "0"), vendor="yealink", **more)
    assert int(said["address"].rpartition(".")[2]) in POOL[server]
    assert said["66"] == "https://10.64.3.11/"


def test_the_two_never_give_the_same_address(cable: Cable) -> None:
    given: dict[str, set[str]] = {KEA: set(), DNSMASQ: set()}
    for number in range(12):
        for server, addresses in given.items():
            addresses.add(cable.lease(server, f"0015651100{number:02x}")["address"])
    assert all(len(addresses) == 12 for addresses in given.values())
    assert not given[KEA] & given[DNSMASQ]


@BOTH
def test_a_phone_that_renews_keeps_the_address_of_its_port(cable: Cable, server: str) -> None:
    """First it asks its server itself, where nobody says which port it is at. Kea remembers; dnsmasq says nothing
    (a refusal would cut the call), until the phone asks by way of its relay."""
    mac = "0015650000d1"
    address = cable.lease(server, mac, vendor="yealink", circuit=circuit(3))["address"]
    assert address == "10.64.10.34"
    silent = {"seconds": 2.0} if server == DNSMASQ else {}
    with _owning(cable, address):
        said = cable.ask(server, "renew", mac, ciaddr=address, vendor="yealink", **silent)
    if server == DNSMASQ:
        assert said is None
        said = cable.ask(server, "rebind", mac, ciaddr=address, vendor="yealink", circuit=circuit(3))
    assert said is not None
    assert (said["kind"], said["address"], said["66"]) == ("ack", address, "https://10.64.3.11/")


@pytest.mark.parametrize(("of", "other"), [(KEA, DNSMASQ), (DNSMASQ, KEA)], ids=["kea is dead", "dnsmasq is dead"])
def test_the_other_server_renews_the_address_of_a_port(cable: Cable, of: str, other: str) -> None:
    port = 5 if of == KEA else 6
    mac = f"00156500d2{of[-2:]}"
    address = cable.lease(of, mac, vendor="yealink", circuit=circuit(port))["address"]
    silent = {"seconds": 2.0} if other == DNSMASQ else {}
    said = cable.ask(other, "rebind", mac, ciaddr=address, vendor="yealink", circuit=circuit(port), **silent)
    if other == DNSMASQ:
        # It does not know this lease: a phone asks anew when its lease ends, and gets the same address.
        assert said is None or said["kind"] == "nak"
        said = cable.lease(other, mac, vendor="yealink", circuit=circuit(port))
    assert said is not None
    assert (said["kind"], said["address"]) == ("ack", address)


@pytest.mark.parametrize(("of", "other"), [(KEA, DNSMASQ), (DNSMASQ, KEA)], ids=["kea is dead", "dnsmasq is dead"])
def test_the_other_server_has_no_address_of_this_ones_half(cable: Cable, of: str, other: str) -> None:
    """A phone with one keeps it until its lease ends, or is told at once to ask anew: it never shares it."""
    mac = f"00156500d3{of[-2:]}"
    address = cable.lease(of, mac)["address"]
    said = cable.ask(other, "rebind", mac, ciaddr=address, seconds=2.0)
    assert said is None or said["kind"] == "nak"
    assert cable.lease(other, mac)["address"] != address


@BOTH
def test_a_phone_that_moved_gets_the_address_of_its_new_port(cable: Cable, server: str) -> None:
    mac = "0015650000e1"
    before = cable.lease(server, mac, circuit=circuit(7))["address"]
    # It asks for what it had (RFC 2131 section 3.2), and must not have it: the address says where it stands.
    said = cable.ask(server, "request", mac, asks=before, circuit=circuit(8), seconds=2.0)
    assert said is None or said["kind"] == "nak"
    assert cable.lease(server, mac, circuit=circuit(8))["address"] == "10.64.10.39"
    # And the port that it left is free at once for whoever comes next.
    assert cable.offer(server, "0015650000e2", circuit=circuit(7))["address"] == before


# --- Where a lease is the port's ---


def test_the_next_phone_at_a_port_has_its_address_at_once(branch: Cable) -> None:
    """Whoever was there before, and though its lease runs on: replaced, moved, exchanged."""
    ann, bob, new, *_ = phones = [f"0015650101{n:02x}" for n in range(3)]
    plugged = [(ann, 1), (bob, 2), (new, 1), (ann, 2), (bob, 1), (new, 3), (ann, 1), (bob, 2)]
    for mac, port in plugged:
        said = branch.lease(KEA, mac, vendor="yealink", circuit=circuit(port, "sw2"))
        assert said["address"] == f"10.65.10.{31 + port}", (phones.index(mac), port)
        assert said["times"] == [840, 900, 7200]
        assert said["client"] in ("", f"01{mac}"), "it is told its own identifier (RFC 6842 section 3)"


def test_a_phone_that_was_moved_may_not_have_what_it_had(branch: Cable) -> None:
    mac = "001565010201"
    before = branch.lease(KEA, mac, circuit=circuit(4, "sw2"))["address"]
    said = branch.ask(KEA, "request", mac, asks=before, circuit=circuit(5, "sw2"), seconds=2.0)
    assert said is None or said["kind"] == "nak"
    assert branch.lease(KEA, mac, circuit=circuit(5, "sw2"))["address"] == "10.65.10.36"


def test_a_phone_at_a_port_renews(branch: Cable) -> None:
    """By itself, where its switch says which port it is at, else by way of its relay: it is never refused."""
    mac = "001565010301"
    address = branch.lease(KEA, mac, vendor="yealink", circuit=circuit(6, "sw2"))["address"]
    more = {"ciaddr": address, "vendor": "yealink"}
    with _owning(branch, address):
        assert branch.ask(KEA, "renew", mac, seconds=2.0, **more) is None
        said = branch.ask(KEA, "renew", mac, circuit=circuit(6, "sw2"), snooped=True, **more)
        assert said is not None
        assert (said["kind"], said["address"], said["times"]) == ("ack", address, [840, 900, 7200])
    said = branch.ask(KEA, "rebind", mac, circuit=circuit(6, "sw2"), **more)
    assert said is not None
    assert (said["kind"], said["address"], said["times"]) == ("ack", address, [840, 900, 7200])


def test_at_other_ports_a_lease_is_the_phones(branch: Cable) -> None:
    """Several phones behind one port that is none of the blueprint's have an address each, and renew it themselves."""
    given = {f"0015650104{n:02x}": circuit(47, "sw2") for n in range(3)} | {"0015650104aa": None}
    addresses = {}
    for mac, said in given.items():
        addresses[mac] = branch.lease(KEA, mac, **({"circuit": said} if said else {}))["address"]
    assert len(set(addresses.values())) == len(given)
    assert all(int(each.rpartition(".")[2]) in range(128, 192) for each in addresses.values())
    for mac, address in addresses.items():
        with _owning(branch, address):
            answer = branch.ask(KEA, "renew", mac, ciaddr=address)
        assert answer is not None
        assert (answer["kind"], answer["address"]) == ("ack", address)


def test_a_network_that_is_not_the_centers_gets_no_answer(cable: Cable) -> None:
    for server in (KEA, DNSMASQ):
        said = cable.services.play(
            "dhcp_client.py",
            server=server,
            kind="discover",
            mac="0015650000f1",
            relay=cable.relay,
            giaddr="10.9.9.1",
            seconds=1.5,
        )
        assert said is None


def test_a_changed_center_reaches_the_running_servers(cable: Cable) -> None:
    """A change by hand is found and mended; nothing is left to do afterwards."""
    services = cable.services
    before = services.on("first", "cat", "/etc/kea/kea-dhcp4.conf")
    wrong = before.replace("10.64.10.32", "10.64.10.77")
    ask = {"command": "config-set", "arguments": json.loads(wrong)}
    services.on("first", "python3", "-c", _TELL_KEA, json.dumps(ask))
    assert _address(cable) == "10.64.10.77"
    plan = services.ccstack("plan", str(services.blueprint))
    assert "Kea network or reservation" in plan.stdout
    services.deploy()
    assert _address(cable) == "10.64.10.32"
    assert services.ccstack("plan", str(services.blueprint), "--only", "first", "--expect-no-changes").returncode == 0


def _address(cable: Cable) -> str:
    return str(cable.offer(KEA, "0015650000a1", circuit=circuit(1))["address"])


_TELL_KEA = """
import socket, sys
line = socket.socket(socket.AF_UNIX)
line.connect("/run/kea/kea4-ctrl-socket")
line.sendall(sys.argv[1].encode())
print(line.recv(65536).decode())
"""


class _owning:  # noqa: N801 - reads as a word of the test
    """For a while, the phones' place has a phone's address."""

    def __init__(self, cable: Cable, address: str) -> None:
        self._services, self._address = cable.services, f"{address}/32"
        self._place = cable.place
        self._device = cable.services.on(cable.place, "ip", "-4", "-o", "addr", "show", "scope", "global").split()[1]

    def __enter__(self) -> None:
        self._services.on(self._place, "ip", "addr", "add", self._address, "dev", self._device)

    def __exit__(self, *_exc: object) -> None:
        self._services.on(self._place, "ip", "addr", "del", self._address, "dev", self._device)
