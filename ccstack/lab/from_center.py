"""The lab that plays a center: its sites, hosts and networks at their own addresses, its carriers, and its people.

| place | what it is |
| --- | --- |
| `phones.<site>` | the site's softphones, on its voice network (else on its first one) |
| `homes.internet` | softphones of remote agents, one address each |
| `carrier.<trunk>`, `carrier.<trunk>.2` ... | the trunk's gateways, one place each, so that each can fail alone |
| `stranger.internet` | someone whom the center did not declare |

A blueprint's names have no dot, so that none of these can be mistaken for a host or a site.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from pydantic import ValidationError

from ccstack.calls.names import carrier_place
from ccstack.design.wiring import full_name, interfaces_of
from ccstack.model import ContactCenter, Host, Network, Site
from ccstack.model.secret import EnvSecret, FileSecret
from ccstack.model.switch import Switch

from .errors import LabError
from .topology import (
    FarEndKind,
    HostsEntry,
    Image,
    LabAddress,
    LabFarEnd,
    LabHost,
    LabNetwork,
    LabSite,
    LabSwitch,
    LabTopology,
)

OUTSIDE = IPv4Network("198.51.100.0/24")
"""Where homes and strangers have their addresses (TEST-NET-2, RFC 5737), as far as the center leaves them free."""

CONTROL = IPv4Network("198.18.255.0/24")
"""Where the operator sits if no probe says where: the benchmarking block (RFC 2544), which no center uses."""

MOST_HOMES = 100
"""More remote agents than this share addresses."""


def topology_of(center: ContactCenter, bare: Collection[str] = ()) -> LabTopology:
    """The lab of a center. Hosts named in `bare` start without the telephony packages. LabError with all that is wrong.

    The lab has the center's name.
    """
    problems = [*_unplayable(center), *(f"--bare {name}: there is no such host" for name in _unknown(center, bare))]
    if problems:
        raise LabError(problems)
    taken = _declared_addresses(center)
    try:
        return LabTopology(
            lab=center.name,
            sites=tuple(_site(center, site) for site in center.sites),
            hosts=tuple(_host(center, host, Image.BARE if host.name in bare else Image.FULL) for host in center.hosts),
            far_ends=(
                *_carriers(center),
                *(_phones(site, taken) for site in center.sites if site.networks),
                *_outsiders(center, taken),
            ),
            switches=tuple(_switch(center, switch) for switch in center.switches),
            control=_control(center, taken),
        )
    except ValidationError as error:
        raise LabError([str(one["ctx"]["error"] if "ctx" in one else one["msg"]) for one in error.errors()]) from error


def _control(center: ContactCenter, taken: set[IPv4Address]) -> IPv4Address:
    """The operator sits where the blueprint's probes do: the SBCs answer test calls from there alone."""
    stands = (probe.address for probe in center.probes)
    declared = next((at for at in stands if at is not None and at not in taken and not _within(center, at)), None)
    return declared or next(_free(CONTROL, taken))


def _within(center: ContactCenter, address: IPv4Address) -> bool:
    return any(address in network.subnet for site in center.sites for network in site.networks)


def _unknown(center: ContactCenter, names: Iterable[str]) -> list[str]:
    known = {host.name for host in center.hosts}
    return [name for name in names if name not in known]


def _unplayable(center: ContactCenter) -> Iterator[str]:
    """What the lab cannot do as the blueprint says; better said before than found out by a deploy that fails."""
    sites = {site.name: site for site in center.sites}
    for host in center.hosts:
        path = f"hosts.{host.name}"
        if host.site not in sites:
            yield f"{path}.site: there is no site {host.site}"
            continue
        for field, address in (("address", host.address), ("access.address", host.access.address)):
            if address is not None and _network_of(sites[host.site], address) is None:
                yield f"{path}.{field}: {address} is in none of the networks of site {host.site}; add the network"
        if host.access.jump is not None:
            yield f"{path}.access.jump: the lab has no jump hosts; leave it out for the lab"
        if host.access.password is not None:
            yield f"{path}.access.password: the lab's hosts take keys only; leave it out for the lab"
        if host.sbc is not None and host.sbc.advertised_address is not None:
            yield f"{path}.roles.sbc.advertised_address: the lab has no NAT; leave it out for the lab"

    for switch in center.switches:
        yield from _unplayable_switch(switch, sites.get(switch.site))


def _unplayable_switch(switch: Switch, site: Site | None) -> Iterator[str]:
    path = f"switches.{switch.name}"
    if site is None:
        yield f"{path}.site: there is no site {switch.site}"
    elif _network_of(site, switch.address) is None:
        yield f"{path}.address: {switch.address} is in none of the networks of site {site.name}; add the network"
    if switch.access.jump is not None:
        yield f"{path}.access.jump: the lab has no jump hosts; leave it out for the lab"


def _declared_addresses(center: ContactCenter) -> set[IPv4Address]:
    gateways = {gateway.address for trunk in center.trunks for gateway in trunk.gateways}
    hosts = {address for host in center.hosts for address in (host.address, host.access.address) if address}
    routers = {_gateway(network) for site in center.sites for network in site.networks}
    return gateways | hosts | routers | {switch.address for switch in center.switches}


def _gateway(network: Network) -> IPv4Address:
    return network.gateway or network.subnet[1]


def _free(network: IPv4Network, taken: set[IPv4Address]) -> Iterator[IPv4Address]:
    """Addresses of a network that nobody has, from its end, and from now on they are taken."""
    for number in range(network.num_addresses - 2, 0, -1):
        address = network[number]
        if address not in taken:
            taken.add(address)
            yield address


def _names(site: Site) -> list[str]:
    """A name for each of the site's networks: its kind, numbered from the second of a kind on."""
    kinds: list[str] = [network.kind for network in site.networks]
    counts = [kinds[: place + 1].count(kind) for place, kind in enumerate(kinds)]
    return [kind if count == 1 else f"{kind}-{count}" for kind, count in zip(kinds, counts, strict=True)]


def _network_of(site: Site, address: IPv4Address) -> str | None:
    named = zip(_names(site), site.networks, strict=True)
    return next((name for name, network in named if address in network.subnet), None)


def _dhcp_servers(center: ContactCenter, site: Site) -> tuple[IPv4Address, ...]:
    serving = [h for h in center.hosts if h.dhcp is not None and site.name in (h.dhcp.sites or (h.site,))]
    return tuple(host.address for host in serving)


PORTS = 48
"""How many ports of the kind of its phone ports a switch has, at least."""


def _switch(center: ContactCenter, switch: Switch) -> LabSwitch:
    site = next(site for site in center.sites if site.name == switch.site)
    access = switch.access
    named = [phone.port.interface for phone in center.phones if phone.port and phone.port.switch == switch.name]
    uplinks = tuple(full_name(switch.platform, uplink) for uplink in switch.uplinks)
    ports = [*interfaces_of(switch.platform, switch.phone_ports), *(full_name(switch.platform, one) for one in named)]
    return LabSwitch(
        name=switch.name,
        site=switch.site,
        platform=switch.platform,
        at=LabAddress(network=_network_of(site, switch.address) or "", address=switch.address),
        interfaces=tuple(dict.fromkeys([*_row_of_ports(ports), *ports, *uplinks])),
        uplinks=uplinks,
        ssh_user=access.user,
        ssh_port=access.port,
        host_key=access.host_key,
        key_file=_file(access.key),
        key_variable=_variable(access.key),
        password_file=_file(access.password),
        password_variable=_variable(access.password),
        enable_file=_file(access.enable),
        enable_variable=_variable(access.enable),
    )


def _row_of_ports(ports: Sequence[str]) -> Iterator[str]:
    """All ports of the first phone port's row: a switch has more of them than phones."""
    stem, number = re.fullmatch(r"(.*?)([0-9]+)", ports[0]).groups() if ports else ("", "0")  # type: ignore[union-attr]
    first = min(int(number), 1)
    for each in range(first, first + PORTS) if ports else ():
        yield f"{stem}{each}"


def _file(secret: EnvSecret | FileSecret | None) -> str | None:
    return secret.path if isinstance(secret, FileSecret) else None


def _variable(secret: EnvSecret | FileSecret | None) -> str | None:
    return secret.variable if isinstance(secret, EnvSecret) else None


def _site(center: ContactCenter, site: Site) -> LabSite:
    switched = any(switch.site == site.name for switch in center.switches)
    return LabSite(
        name=site.name,
        networks=tuple(
            LabNetwork(
                name=name,
                subnet=network.subnet,
                gateway=_gateway(network),
                vlan=network.vlan if switched else None,
                dhcp_servers=_dhcp_servers(center, site) if switched and network.kind == "voice" else (),
            )
            for name, network in zip(_names(site), site.networks, strict=True)
        ),
        public=tuple(h.address for h in center.hosts if h.site == site.name and h.sbc is not None),
    )


def _host(center: ContactCenter, host: Host, image: Image) -> LabHost:
    site = next(site for site in center.sites if site.name == host.site)
    addresses = [host.address]
    if host.access.address is not None and host.access.address != host.address:
        addresses.append(host.access.address)
    key = host.access.key
    return LabHost(
        name=host.name,
        site=host.site,
        addresses=tuple(LabAddress(network=_network_of(site, a) or "", address=a) for a in addresses),
        image=image,
        ssh_user=host.access.user,
        ssh_port=host.access.port,
        ssh_address=host.access.address,
        host_key=host.access.host_key,
        key_file=key.path if isinstance(key, FileSecret) else None,
        key_variable=key.variable if isinstance(key, EnvSecret) else None,
        hosts_file=tuple(HostsEntry(address=other.address, names=(other.name,)) for other in center.hosts),
    )


def _carriers(center: ContactCenter) -> Iterator[LabFarEnd]:
    """A place for each gateway; an address that two trunks share is one place, named by the first."""
    seen: set[IPv4Address] = set()
    for trunk in center.trunks:
        for number, gateway in enumerate(trunk.gateways, 1):
            if gateway.address in seen:
                continue
            seen.add(gateway.address)
            site, network = _inside(center.sites, gateway.address)
            yield LabFarEnd(
                name=carrier_place(trunk.name, number),
                kind=FarEndKind.CARRIER,
                addresses=(gateway.address,),
                site=site,
                network=network,
            )


def phones_place(site: str) -> str:
    """The place of a site's softphones."""
    return f"phones.{site}"


HOMES = "homes.internet"
STRANGER = "stranger.internet"


def _inside(sites: Sequence[Site], address: IPv4Address) -> tuple[str, str] | tuple[None, None]:
    """Where in the sites a carrier's gateway stands (a PSTN gateway of one's own, say); most stand outside."""
    for site in sites:
        network = _network_of(site, address)
        if network is not None:
            return site.name, network
    return None, None


def _phones(site: Site, taken: set[IPv4Address]) -> LabFarEnd:
    named = list(zip(_names(site), site.networks, strict=True))
    name, network = next((pair for pair in named if pair[1].kind == "voice"), named[0])
    return LabFarEnd(
        name=phones_place(site.name),
        kind=FarEndKind.PHONES,
        addresses=(next(_free(network.subnet, taken)),),
        site=site.name,
        network=name,
    )


def _outsiders(center: ContactCenter, taken: set[IPv4Address]) -> Iterator[LabFarEnd]:
    remote = sum(agent.remote for agent in center.agents)
    free = _free(OUTSIDE, taken)
    stranger = next(free)
    homes = tuple(next(free) for _ in range(min(remote, MOST_HOMES)))
    if homes:
        yield LabFarEnd(name=HOMES, kind=FarEndKind.HOME, addresses=homes)
    yield LabFarEnd(name=STRANGER, kind=FarEndKind.STRANGER, addresses=(stranger,))
