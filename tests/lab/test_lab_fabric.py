"""The fabric: who reaches whom, followed hop by hop through the routes, without a kernel."""

from ipaddress import IPv4Address
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.lab.fabric import CONTROL, INTERNET_TABLE, MAX_INTERFACE_NAME, Fabric, Space, fabric_of, short
from ccstack.lab.from_center import HOMES, topology_of
from ccstack.lab.topology import LabTopology
from ccstack.load import examples_folder, load

HOPS = 8


@pytest.fixture(scope="module")
def lab() -> LabTopology:
    return topology_of(load(examples_folder() / "acme_retail" / "center.py"))


@pytest.fixture(scope="module")
def fabric(lab: LabTopology) -> Fabric:
    return fabric_of(lab)


def arrives(fabric: Fabric, start: str, source: IPv4Address, target: IPv4Address) -> bool:
    """Follow a packet from a namespace as the kernel would: own address, neighbour, main table, internet table."""
    here = next(space for space in fabric.spaces if space.name == start)
    for _ in range(HOPS):
        if any(address.ip == target for _, address in here.addresses):
            return True
        via = _next_hop(here, source, target)
        if via is None:
            return False
        here = next(s for s in fabric.spaces if any(address.ip == via for _, address in s.addresses))
    return False


def _next_hop(space: Space, source: IPv4Address, target: IPv4Address) -> IPv4Address | None:
    if any(target in address.network for _, address in space.addresses):
        return target
    for table in (None, INTERNET_TABLE):
        if table is not None and source not in space.internet_sources:
            return None
        routes = [route for route in space.routes if route.table == table and target in route.to]
        if routes:
            return max(routes, key=lambda route: route.to.prefixlen).via
    return None


def test_hosts_reach_each_other_both_ways(lab: LabTopology, fabric: Fabric) -> None:
    for a, b in combinations(lab.hosts, 2):
        assert arrives(fabric, f"host-{a.name}", a.reached_at, b.reached_at)
        assert arrives(fabric, f"host-{b.name}", b.reached_at, a.reached_at)


def test_control_reaches_every_host_and_is_answered(lab: LabTopology, fabric: Fabric) -> None:
    for host in lab.hosts:
        assert arrives(fabric, CONTROL, lab.control, host.reached_at)
        assert arrives(fabric, f"host-{host.name}", host.reached_at, lab.control)


def test_the_internet_reaches_public_addresses_only(lab: LabTopology, fabric: Fabric) -> None:
    public = {address for site in lab.sites for address in site.public}
    for far in (far for far in lab.far_ends if far.site is None):
        for host in lab.hosts:
            inwards = arrives(fabric, f"far-{far.name}", far.addresses[0], host.reached_at)
            outwards = arrives(fabric, f"host-{host.name}", host.reached_at, far.addresses[0])
            assert (inwards, outwards) == ((host.reached_at in public,) * 2)


def test_phones_reach_every_sbc_but_not_the_internet(lab: LabTopology, fabric: Fabric) -> None:
    homes = next(far for far in lab.far_ends if far.name == HOMES)
    for phones in (far for far in lab.far_ends if far.site is not None):
        for site in lab.sites:
            for address in site.public:
                assert arrives(fabric, f"far-{phones.name}", phones.addresses[0], address)
        assert not arrives(fabric, f"far-{phones.name}", phones.addresses[0], homes.addresses[0])


def test_every_interface_has_one_name_in_its_namespace(fabric: Fabric) -> None:
    names = [(port.space, port.interface) for cable in fabric.cables for port in (cable.a, cable.b)]
    names += [(space.name, bridge) for space in fabric.spaces for bridge in space.bridges]
    assert len(names) == len(set(names))
    assert all(len(name) <= MAX_INTERFACE_NAME for _, name in names)


def test_no_namespace_leads_out_of_the_lab(fabric: Fabric) -> None:
    inside = {space.name for space in fabric.spaces}
    assert all(port.space in inside for cable in fabric.cables for port in (cable.a, cable.b))
    own = {address.ip for space in fabric.spaces for _, address in space.addresses}
    assert all(route.via in own for space in fabric.spaces for route in space.routes)


@given(st.lists(st.from_regex(r"[a-z][a-z0-9-]{0,39}", fullmatch=True), unique=True, max_size=30))
def test_interface_names_fit_and_stay_distinct(names: list[str]) -> None:
    short_names = [short("p-", name) for name in names]
    assert all(len(name) <= MAX_INTERFACE_NAME for name in short_names)
    assert len(set(short_names)) == len(names)
