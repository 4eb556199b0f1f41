"""What a lab is made of: sites with their networks, hosts, far ends, and the links between them.

Plain values without behaviour. A topology says addresses as the blueprint has them; how they become
namespaces and cables is worked out in `fabric`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

LabName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")]
"""A center's name; a second lab of the same center has a dot and a word behind it."""

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]

INNER = IPv4Network("169.254.0.0/16")
"""The lab's own cables between routers are numbered from the link-local block (RFC 3927)."""


class Core(StrEnum):
    """What a link leads to: the private network between the sites, or the internet with carriers and homes."""

    WAN = "wan"
    INTERNET = "internet"


class Image(StrEnum):
    """What a host has on its disk at first boot: everything, or only what a fresh server with ssh has."""

    FULL = "full"
    BARE = "bare"


class FarEndKind(StrEnum):
    """Who speaks from a far end."""

    PHONES = "phones"
    HOME = "home"
    CARRIER = "carrier"
    STRANGER = "stranger"


_T = TypeVar("_T")


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabNetwork(_Value):
    """One layer-2 network of a site. The gateway is the site's router."""

    name: Name
    subnet: IPv4Network
    gateway: IPv4Address
    vlan: int | None = None
    dhcp_servers: tuple[IPv4Address, ...] = ()
    """To whom the router relays what phones ask for (RFC 2131)."""

    @model_validator(mode="after")
    def _gateway_inside(self) -> Self:
        if self.gateway not in self.subnet:
            raise ValueError(f"network {self.name}: gateway {self.gateway} is outside {self.subnet}")
        return self


class LabSite(_Value):
    """A site: its networks, and those of its addresses that the internet can reach (the SBCs' ones)."""

    name: Name
    networks: tuple[LabNetwork, ...]
    public: tuple[IPv4Address, ...] = ()

    def network(self, name: str) -> LabNetwork | None:
        """The network of that name, or None."""
        return next((network for network in self.networks if network.name == name), None)


class LabAddress(_Value):
    """An address on a network of the site. The prefix length is the network's."""

    network: Name
    address: IPv4Address


class HostsEntry(_Value):
    """A line of /etc/hosts."""

    address: IPv4Address
    names: tuple[str, ...] = Field(min_length=1)


class LabHost(_Value):
    """A host with real systemd. Its first address decides the default route.

    `host_key` is the public half that the blueprint pins, if it pins one. `key_file` and `key_variable` say where the
    blueprint has the operator's private key; without either, the lab's own key is the only one that gets in.
    """

    name: Name
    site: Name
    addresses: tuple[LabAddress, ...] = Field(min_length=1)
    image: Image = Image.FULL
    ssh_user: str = "root"
    ssh_port: int = 22
    ssh_address: IPv4Address | None = None
    host_key: str | None = None
    key_file: str | None = None
    key_variable: str | None = None
    hosts_file: tuple[HostsEntry, ...] = ()

    @property
    def reached_at(self) -> IPv4Address:
        """Where ssh answers."""
        return self.ssh_address or self.addresses[0].address


class LabSwitch(_Value):
    """An access switch. Its password, key and enable secret are where the blueprint says: a file, or a variable."""

    name: Name
    site: Name
    platform: Literal["cisco-ios", "cisco-ios-xe", "arista-eos", "aruba-aoscx", "juniper-junos"]
    at: LabAddress
    interfaces: tuple[str, ...]
    uplinks: tuple[str, ...] = ()
    ssh_user: str = "admin"
    ssh_port: int = 22
    host_key: str | None = None
    key_file: str | None = None
    key_variable: str | None = None
    password_file: str | None = None
    password_variable: str | None = None
    enable_file: str | None = None
    enable_variable: str | None = None


class LabFarEnd(_Value):
    """A namespace without a disk of its own: softphones on a site's network, or a carrier or homes on the internet.

    `site` and `network` are both given (phones on a site's network) or both absent (on the internet).
    """

    name: Name
    kind: FarEndKind
    addresses: tuple[IPv4Address, ...] = Field(min_length=1)
    site: Name | None = None
    network: Name | None = None

    @model_validator(mode="after")
    def _whole_place(self) -> Self:
        if (self.site is None) != (self.network is None):
            raise ValueError(f"far end {self.name}: give both site and network, or neither (the internet)")
        return self


class LabLink(_Value):
    """A link that can be cut or impaired: from a site or far end to a core."""

    end: Name
    core: Core

    @property
    def name(self) -> str:
        """`<end>/<core>`, for instance `berlin/wan`."""
        return f"{self.end}/{self.core}"


class LabTopology(_Value):
    """A whole lab. `control` is the one address from which the operator's commands come."""

    lab: LabName
    sites: tuple[LabSite, ...] = Field(min_length=1)
    hosts: tuple[LabHost, ...] = ()
    far_ends: tuple[LabFarEnd, ...] = ()
    switches: tuple[LabSwitch, ...] = ()
    control: IPv4Address

    @property
    def links(self) -> tuple[LabLink, ...]:
        """Every link: a site has one to the WAN and one to the internet, a far end out there has its own."""
        of_sites = [LabLink(end=site.name, core=core) for site in self.sites for core in Core]
        outside = [LabLink(end=far.name, core=Core.INTERNET) for far in self.far_ends if far.site is None]
        return tuple(of_sites + outside)

    def site(self, name: str) -> LabSite | None:
        """The site of that name, or None."""
        return next((site for site in self.sites if site.name == name), None)

    def host(self, name: str) -> LabHost | None:
        """The host of that name, or None."""
        return next((host for host in self.hosts if host.name == name), None)

    def switch(self, name: str) -> LabSwitch | None:
        """The switch of that name, or None."""
        return next((switch for switch in self.switches if switch.name == name), None)

    def far_end(self, name: str) -> LabFarEnd:
        """The far end of that name. Raises `KeyError` when there is none."""
        return {far.name: far for far in self.far_ends}[name]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        problems = [*_doubled_names(self), *_misplaced(self), *_doubled_addresses(self), *_overlaps(self)]
        if problems:
            raise ValueError("; ".join(problems))
        return self


def _doubled_names(topology: LabTopology) -> Iterator[str]:
    for kind, names in (
        ("site or far end", [s.name for s in topology.sites] + [f.name for f in topology.far_ends]),
        ("host", [host.name for host in topology.hosts]),
        ("switch", [switch.name for switch in topology.switches]),
        *((f"network of site {s.name}", [n.name for n in s.networks]) for s in topology.sites),
    ):
        yield from (f"{kind} {name} is there twice" for name in _twice(names))


def _misplaced(topology: LabTopology) -> Iterator[str]:
    """Addresses that are not on the network that they claim."""
    for owner, site_name, network_name, address in _placed(topology):
        site = topology.site(site_name)
        network = site.network(network_name) if site else None
        if network is None:
            yield f"{owner} is on network {network_name} of site {site_name}, which does not exist"
        elif address not in network.subnet:
            yield f"{owner} has {address}, which is outside {network_name} ({network.subnet})"


def _placed(topology: LabTopology) -> Iterator[tuple[str, str, str, IPv4Address]]:
    for host in topology.hosts:
        for at in host.addresses:
            yield f"host {host.name}", host.site, at.network, at.address
    for switch in topology.switches:
        yield f"switch {switch.name}", switch.site, switch.at.network, switch.at.address
    for far in topology.far_ends:
        if far.site is not None and far.network is not None:
            for address in far.addresses:
                yield f"far end {far.name}", far.site, far.network, address


def _doubled_addresses(topology: LabTopology) -> Iterator[str]:
    taken = [network.gateway for site in topology.sites for network in site.networks]
    taken += [at.address for host in topology.hosts for at in host.addresses]
    taken += [switch.at.address for switch in topology.switches]
    taken += [address for far in topology.far_ends for address in far.addresses]
    taken.append(topology.control)
    yield from (f"address {address} is given twice" for address in _twice(taken))


def _overlaps(topology: LabTopology) -> Iterator[str]:
    networks = [(f"{s.name}.{n.name}", n.subnet) for s in topology.sites for n in s.networks]
    networks.append(("the lab's own cables", INNER))
    for index, (name, subnet) in enumerate(networks):
        for other, other_subnet in networks[index + 1 :]:
            if subnet.overlaps(other_subnet):
                yield f"network {name} ({subnet}) overlaps {other} ({other_subnet})"


def _twice(values: Iterable[_T]) -> list[_T]:
    return [value for value, count in Counter(values).items() if count > 1]
