"""Hosts, sites and networks."""

from ccstack.model import Gateway, Network, Pbx, Peak, PortRange, Sbc, Wan

from .centers import Case, branch, center, pbx, pbx2, queue, sbc, sbc2, site, trunk, two_sites


def network(subnet: str, kind: str = "voice", **more: str) -> Network:
    return Network(kind=kind, subnet=subnet, **more)


SERVERS = network("10.1.0.0/24", "servers")
NARROW = PortRange(first=10_000, last=10_079)  # 40 port pairs: 20 calls in a PBX

CASES = [
    Case(
        "CC301",
        "hosts",
        center(hosts=[sbc()], queues=[], voicemails=[], numbers=[]),
        center(),
        ("CC209", "CC903"),
    ),
    Case("CC302", "hosts", center(hosts=[pbx()]), center(hosts=[pbx(roles=[Pbx(), Sbc()])])),
    Case("CC303", "hosts.sbc1.address", center(hosts=[pbx(), sbc(address="10.1.0.11")]), center()),
    Case(
        "CC304",
        "trunks.carrier.gateways.1",
        center(trunks=[trunk(gateways=[Gateway(address="10.9.0.1"), Gateway(address="10.9.0.1")])]),
        center(trunks=[trunk(gateways=[Gateway(address="10.9.0.1"), Gateway(address="10.9.0.1", port=5070)])]),
    ),
    Case("CC305", "hosts.sbc1.address", center(hosts=[pbx(), sbc(address="10.2.0.21")]), center()),
    Case(
        "CC306",
        "hosts.sbc1.address",
        center(hosts=[pbx(), sbc(address="10.1.0.255")]),
        center(hosts=[pbx(), sbc(address="10.1.0.254")]),
    ),
    Case(
        "CC307",
        "sites.hq.networks.1.subnet",
        center(sites=[site(networks=[SERVERS, network("10.1.0.128/25")])]),
        center(sites=[site(networks=[SERVERS, network("10.1.1.0/25")])]),
    ),
    Case(
        "CC308",
        "sites.hq.networks.0.gateway",
        center(sites=[site(networks=[network("10.1.0.0/24", "servers", gateway="10.1.1.1")])]),
        center(sites=[site(networks=[network("10.1.0.0/24", "servers", gateway="10.1.0.254")])]),
    ),
    Case(
        "CC309",
        "hosts.pbx1.roles.sip_port",
        center(hosts=[pbx(roles=[Pbx(sip_port=5060), Sbc()])]),
        center(hosts=[pbx(roles=[Pbx(), Sbc()])]),
    ),
    Case(
        "CC310",
        "hosts.pbx1.roles.pbx.rtp_ports",
        center(hosts=[pbx(roles=[Pbx(rtp_ports=PortRange(first=10_001, last=12_000))]), sbc()]),
        center(hosts=[pbx(roles=[Pbx(rtp_ports=PortRange(first=10_002, last=12_001))]), sbc()]),
    ),
    Case(
        "CC311",
        "hosts.pbx1.roles.pbx.rtp_ports",
        center(hosts=[pbx(roles=[Pbx(rtp_ports=NARROW)]), sbc()]),
        center(hosts=[pbx(roles=[Pbx(rtp_ports=NARROW)]), sbc()], peak=Peak(calls=20)),
    ),
    Case(
        "CC312",
        "hosts.pbx2.roles.pbx.rtp_ports",
        two_sites(hosts=[pbx(), sbc(), pbx2(roles=[Pbx(rtp_ports=NARROW)]), sbc2()]),
        two_sites(hosts=[pbx(), sbc(), pbx2(roles=[Pbx(rtp_ports=NARROW)]), sbc2()], peak=Peak(calls=20)),
    ),
    Case("CC313", "hosts.pbx1", two_sites(hosts=[pbx(), sbc(), sbc2()], queues=[queue()]), two_sites()),
    Case(
        "CC314",
        "sites.branch",
        two_sites(hosts=[pbx(), sbc(), sbc(name="sbc2", address="10.1.0.22"), pbx2()]),
        two_sites(),
    ),
    Case(
        "CC315",
        "sites.branch.wan",
        two_sites(sites=[site(), branch(wan=Wan(bandwidth_mbps=0.1))]),
        two_sites(sites=[site(), branch(wan=Wan(bandwidth_mbps=0.2))]),
    ),
    Case(
        "CC316",
        "sites.branch.standalone_queues",
        two_sites(
            sites=[site(), branch(standalone_queues=["sales"])],
            queues=[queue(standby="pbx3")],
            hosts=[pbx(), sbc(), pbx2(), sbc2(), pbx(name="pbx3", address="10.1.0.12")],
        ),
        two_sites(sites=[site(), branch(standalone_queues=["sales"])]),
    ),
    Case(
        "CC317",
        "hosts.sbc1.roles.sbc.advertised_address",
        center(trunks=[trunk(gateways=[Gateway(address="8.8.8.8")])]),
        center(
            trunks=[trunk(gateways=[Gateway(address="8.8.8.8")])],
            hosts=[pbx(), sbc(roles=[Sbc(advertised_address="9.9.9.9")])],
        ),
    ),
]
