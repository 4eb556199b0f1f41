"""Topologies: what is refused, and what becomes of a center."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ccstack.calls.names import carrier_place
from ccstack.design import design
from ccstack.lab.errors import LabError
from ccstack.lab.from_center import HOMES, STRANGER, phones_place, topology_of
from ccstack.lab.image import BASE, TELEPHONY
from ccstack.lab.topology import Image, LabAddress, LabFarEnd, LabHost, LabNetwork, LabSite, LabTopology
from ccstack.load import examples_folder, load
from ccstack.model import Access, ContactCenter, Host, Network, Sbc
from ccstack.model.secret import from_env
from ccstack.render.render import render


def net(name: str, subnet: str) -> LabNetwork:
    network = IPv4Network(subnet)
    return LabNetwork(name=name, subnet=network, gateway=network[1])


def host(name: str, address: str, site: str = "east") -> LabHost:
    return LabHost(name=name, site=site, addresses=(LabAddress(network="servers", address=IPv4Address(address)),))


def topology(**changes: Any) -> LabTopology:
    fields: dict[str, Any] = {
        "lab": "t",
        "sites": (LabSite(name="east", networks=(net("servers", "10.1.0.0/24"),)),),
        "hosts": (host("a", "10.1.0.10"),),
        "control": IPv4Address("198.18.255.254"),
    }
    return LabTopology(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hosts": (host("a", "10.1.0.10"), host("a", "10.1.0.11"))}, "host a is there twice"),
        ({"hosts": (host("a", "10.1.0.10"), host("b", "10.1.0.10"))}, "address 10.1.0.10 is given twice"),
        ({"hosts": (host("a", "10.1.0.1"),)}, "address 10.1.0.1 is given twice"),
        ({"hosts": (host("a", "10.2.0.1"),)}, "host a has 10.2.0.1, which is outside servers (10.1.0.0/24)"),
        ({"hosts": (host("a", "10.1.0.10", "west"),)}, "network servers of site west, which does not exist"),
        (
            {"sites": (LabSite(name="east", networks=(net("servers", "10.1.0.0/24"), net("voice", "10.1.0.0/25"))),)},
            "network east.servers (10.1.0.0/24) overlaps east.voice (10.1.0.0/25)",
        ),
        (
            {"sites": (LabSite(name="east", networks=(net("servers", "169.254.1.0/24"),)),), "hosts": ()},
            "overlaps the lab's own cables (169.254.0.0/16)",
        ),
        (
            {"far_ends": (LabFarEnd(name="east", kind="carrier", addresses=(IPv4Address("203.0.113.1"),)),)},
            "site or far end east is there twice",
        ),
    ],
)
def test_a_topology_that_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        topology(**changes)
    assert message in str(refused.value)


def test_everything_wrong_is_said_at_once() -> None:
    with pytest.raises(ValidationError) as refused:
        topology(hosts=(host("a", "10.1.0.10"), host("a", "10.1.0.10"), host("b", "10.9.0.1")))
    for message in ("host a is there twice", "address 10.1.0.10 is given twice", "host b has 10.9.0.1"):
        assert message in str(refused.value)


def test_a_topology_survives_its_json() -> None:
    before = topology(far_ends=(LabFarEnd(name="c", kind="carrier", addresses=(IPv4Address("203.0.113.1"),)),))
    assert LabTopology.model_validate_json(before.model_dump_json()) == before


@pytest.fixture(scope="module")
def acme() -> ContactCenter:
    return load(examples_folder() / "acme_retail" / "center.py")


def test_a_center_becomes_a_lab_at_its_own_addresses(acme: ContactCenter) -> None:
    lab = topology_of(acme)
    assert {h.name: h.reached_at for h in lab.hosts} == {h.name: h.address for h in acme.hosts}
    assert {n.subnet for s in lab.sites for n in s.networks} == {n.subnet for s in acme.sites for n in s.networks}
    gateways = [gateway.address for trunk in acme.trunks for gateway in trunk.gateways]
    carriers = [far.addresses for far in lab.far_ends if far.kind == "carrier"]
    assert carriers == [(address,) for address in gateways]


def test_every_person_has_a_place(acme: ContactCenter) -> None:
    lab = topology_of(acme)
    places = {far.name: far for far in lab.far_ends}
    for site in acme.sites:
        assert places[phones_place(site.name)].network == "voice"
    assert len(places[HOMES].addresses) == sum(agent.remote for agent in acme.agents)
    assert STRANGER in places
    assert all(carrier_place(trunk.name) in places for trunk in acme.trunks)


def test_only_sbcs_can_be_reached_from_the_internet(acme: ContactCenter) -> None:
    public = {address for site in topology_of(acme).sites for address in site.public}
    assert public == {h.address for h in acme.hosts if h.sbc is not None}


def test_addresses_of_outsiders_avoid_the_carriers(acme: ContactCenter) -> None:
    lab = topology_of(acme)
    addresses = [address for far in lab.far_ends for address in far.addresses]
    assert len(addresses) == len(set(addresses))


def test_the_image_has_every_package_that_bootstrap_asks_for(acme: ContactCenter) -> None:
    wanted = {package for host in render(design(acme)).hosts for package in host.packages}
    assert wanted - {*BASE, *TELEPHONY} == set()


def test_the_operator_sits_where_the_probes_do(acme: ContactCenter) -> None:
    elsewhere = IPv4Address("192.0.2.77")
    probes = tuple(probe.model_copy(update={"address": elsewhere}) for probe in acme.probes)
    assert topology_of(acme.model_copy(update={"probes": probes})).control == elsewhere
    nowhere = tuple(probe.model_copy(update={"address": None}) for probe in acme.probes)
    assert str(topology_of(acme.model_copy(update={"probes": nowhere})).control) == "198.18.255.254"


def test_bare_hosts_are_chosen_by_name(acme: ContactCenter) -> None:
    name = acme.hosts[0].name
    images = {h.name: h.image for h in topology_of(acme, bare=[name]).hosts}
    assert images.pop(name) is Image.BARE
    assert set(images.values()) == {Image.FULL}


def _with_host(center: ContactCenter, change: Callable[[Host], Host]) -> ContactCenter:
    return center.model_copy(update={"hosts": (change(center.hosts[0]), *center.hosts[1:])})


@pytest.mark.parametrize(
    ("update", "message"),
    [
        ({"address": IPv4Address("192.168.7.7")}, "address: 192.168.7.7 is in none of the networks of site"),
        ({"site": "nowhere"}, "site: there is no site nowhere"),
        ({"access": Access(jump="ops@jump")}, "access.jump: the lab has no jump hosts"),
        ({"access": Access(password=from_env("PW"))}, "access.password: the lab's hosts take keys only"),
        ({"roles": (Sbc(advertised_address="203.0.113.99"),)}, "advertised_address: the lab has no NAT"),
    ],
)
def test_what_the_lab_cannot_play_is_said_with_its_path(
    acme: ContactCenter, update: dict[str, Any], message: str
) -> None:
    center = _with_host(acme, lambda h: h.model_copy(update=update))
    with pytest.raises(LabError) as refused:
        topology_of(center)
    assert f"hosts.{acme.hosts[0].name}." in str(refused.value)
    assert message in str(refused.value)


def test_an_unknown_bare_host_is_refused(acme: ContactCenter) -> None:
    with pytest.raises(LabError, match="--bare nobody: there is no such host"):
        topology_of(acme, bare=["nobody"])


def test_networks_of_one_kind_are_numbered(acme: ContactCenter) -> None:
    site = acme.sites[0]
    more = site.model_copy(update={"networks": (*site.networks, Network(kind="voice", subnet="10.77.0.0/24"))})
    lab = topology_of(acme.model_copy(update={"sites": (more, *acme.sites[1:])}))
    assert "voice-2" in [network.name for network in lab.sites[0].networks]


def test_a_carrier_that_stands_in_a_site_is_plugged_in_there(acme: ContactCenter) -> None:
    trunk = acme.trunks[0]
    servers = next(n for n in acme.sites[0].networks if n.kind == "servers")
    inside = trunk.model_copy(
        update={"gateways": (trunk.gateways[0].model_copy(update={"address": servers.subnet[77]}),)}
    )
    lab = topology_of(acme.model_copy(update={"trunks": (inside, *acme.trunks[1:])}))
    far = next(far for far in lab.far_ends if far.name == carrier_place(trunk.name))
    assert (far.site, far.network) == (acme.sites[0].name, "servers")


def test_the_smallest_center_has_a_lab_too() -> None:
    lab = topology_of(load(Path(examples_folder() / "corner_shop" / "center.py")))
    assert [h.name for h in lab.hosts] == ["box"]
    assert HOMES not in {far.name for far in lab.far_ends}
