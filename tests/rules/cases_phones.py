"""Switches and phones."""

from typing import Any

from ccstack.model import (
    ContactCenter,
    Dhcp,
    Host,
    LineKey,
    Network,
    Phone,
    Provisioning,
    Softphone,
    Station,
    Switch,
    SwitchAccess,
    SwitchPort,
    from_env,
)

from .centers import Case, branch, center, pbx, pbx2, sbc, sbc2, site, two_sites

SERVERS = Network(kind="servers", subnet="10.1.0.0/24")


def voice(**changes: Any) -> Network:
    fields = {"kind": "voice", "subnet": "10.1.2.0/24", "vlan": 110, "pool": "10.1.2.192/27"}
    return Network(**fields | changes)


def data(**changes: Any) -> Network:
    return Network(**{"kind": "data", "subnet": "10.1.1.0/24", "vlan": 100} | changes)


def wired(*networks: Network, **changes: Any) -> Any:
    return site(networks=[SERVERS, *(networks or (voice(), data()))], **changes)


def net(**changes: Any) -> Host:
    fields: dict[str, Any] = {"name": "net1", "site": "hq", "address": "10.1.0.31", "roles": [Dhcp(), Provisioning()]}
    return Host(**fields | changes)


def switch(**changes: Any) -> Switch:
    fields: dict[str, Any] = {
        "name": "sw1",
        "site": "hq",
        "platform": "cisco-ios-xe",
        "address": "10.1.0.41",
        "access": SwitchAccess(password=from_env("SWITCH_PASSWORD")),
        "phone_ports": ["Gi1/0/1-24"],
        "uplinks": ["Te1/1/1"],
        "phone_addresses": "10.1.2.128/27",
    }
    return Switch(**fields | changes)


def port(interface: str = "Gi1/0/7", **changes: Any) -> SwitchPort:
    return SwitchPort(**{"switch": "sw1", "interface": interface} | changes)


def phone(**changes: Any) -> Phone:
    fields = {"name": "desk", "model": "yealink-t54w", "mac": "001565000001", "line": "ana", "port": port()}
    return Phone(**fields | changes)


def desk(**changes: Any) -> ContactCenter:
    """A phone at a switch, with what it starts from."""
    fields: dict[str, Any] = {
        "sites": [wired()],
        "hosts": [pbx(), sbc(), net()],
        "switches": [switch()],
        "phones": [phone()],
    }
    return center(**fields | changes)


def keys(*some: LineKey) -> ContactCenter:
    return desk(phones=[phone(keys=some)])


def many(number: int, **changes: Any) -> list[Phone]:
    return [phone(name=f"desk{i}", mac=f"00156500{i:04x}", port=None, **changes) for i in range(number)]


def blocks(first: str, second: str) -> ContactCenter:
    return desk(
        switches=[
            switch(phone_addresses=first),
            switch(name="sw2", address="10.1.0.42", phone_addresses=second),
        ]
    )


def aruba(name: str, addresses: str, ports: str = "1/1/1-12") -> Switch:
    place = {"address": f"10.1.0.{41 if name == 'sw1' else 42}", "phone_addresses": addresses, "phone_ports": [ports]}
    return switch(name=name, platform="aruba-aoscx", uplinks=["1/1/49"], **place)


LOBBY = Station(name="lobby", extension="105", site="hq")
IN_LOBBY = [phone(), phone(name="lobby-1", mac="001565000002", line="lobby", port=port("Gi1/0/8"))]
DUMB = [phone(model="cisco-spa942", mac="000e08000001")]


def apart(**changes: Any) -> ContactCenter:
    """Two sites with phones of both agents."""
    fields: dict[str, Any] = {
        "sites": [wired(), branch()],
        "hosts": [pbx(), sbc(), net(), pbx2(), sbc2()],
        "switches": [switch()],
        "phones": [phone()],
    }
    return two_sites(**fields | changes)


CASES = [
    Case(
        "CC321",
        "switches.sw1.address",
        desk(switches=[switch(address="10.9.9.9")]),
        desk(switches=[switch(address="10.1.1.9")]),
    ),
    Case("CC322", "switches.sw1.access", desk(switches=[switch(access=SwitchAccess())]), desk()),
    Case(
        "CC323",
        "switches.sw1.uplinks",
        desk(switches=[switch(uplinks=["ge-0/0/1"])]),
        desk(switches=[switch(uplinks=["Port-channel1"])]),
    ),
    Case(
        "CC324",
        "switches.sw1.phone_ports",
        desk(switches=[switch(phone_ports=["Gi1/0/1-24", "Gi2/0/24-1"])]),
        desk(switches=[switch(phone_ports=["Gi1/0/1-24", "Gi2/0/1-1"])]),
    ),
    Case(
        "CC325",
        "switches.sw1.uplinks",
        desk(switches=[switch(uplinks=["GigabitEthernet1/0/24"])]),
        desk(switches=[switch(uplinks=["GigabitEthernet1/0/25"])]),
    ),
    Case("CC326", "switches.sw1.uplinks", desk(switches=[switch(uplinks=[])]), desk()),
    Case(
        "CC327",
        "sites.hq.networks",
        desk(sites=[wired(voice(vlan=None), data())]),
        desk(sites=[wired(voice(vlan=1), data())]),
    ),
    Case(
        "CC328",
        "sites.hq.networks.2.vlan",
        desk(sites=[wired(voice(), data(vlan=110))]),
        desk(sites=[wired(voice(), data(vlan=111))]),
    ),
    Case(
        "CC329",
        "sites.hq.networks.3",
        desk(sites=[wired(voice(), data(), voice(subnet="10.1.3.0/24", vlan=120, pool=None))]),
        desk(sites=[wired(voice(), data(), voice(subnet="10.1.3.0/24", vlan=None, pool=None))]),
    ),
    Case(
        "CC330",
        "phones.desk.port.pc",
        desk(sites=[wired(voice())], phones=[phone(port=port(pc=True))]),
        desk(sites=[wired(voice())], phones=[phone(port=port())]),
    ),
    Case(
        "CC331",
        "switches.sw1.poe_budget_watts",
        desk(switches=[switch(poe_budget_watts=15)]),
        desk(switches=[switch(poe_budget_watts=15.4)]),
    ),
    Case(
        "CC332",
        "switches.sw1.phone_addresses",
        desk(switches=[switch(phone_addresses="10.1.1.128/27")]),
        desk(),
    ),
    Case(
        "CC333",
        "switches.sw1.phone_addresses",
        desk(switches=[switch(phone_ports=["Gi1/0/1-33"])]),
        desk(switches=[switch(phone_ports=["Gi1/0/1-32"])]),
    ),
    Case(
        "CC334",
        "switches.sw2.phone_addresses",
        blocks("10.1.2.64/26", "10.1.2.96/27"),
        blocks("10.1.2.64/27", "10.1.2.96/27"),
    ),
    Case(
        "CC335",
        "sites.hq.networks.1.pool",
        desk(sites=[wired(voice(pool="10.1.2.0/26"), data())]),
        desk(sites=[wired(voice(pool="10.1.2.64/27"), data())]),
    ),
    Case(
        "CC336",
        "sites.hq.networks.1.pool",
        desk(sites=[wired(voice(pool="10.1.2.192/30"), data())], phones=many(5), switches=[]),
        desk(sites=[wired(voice(pool="10.1.2.192/30"), data())], phones=many(4), switches=[]),
    ),
    Case(
        "CC337",
        "sites.hq.networks.1.pool",
        desk(
            sites=[wired(voice(pool="10.1.2.192/30"), data())],
            phones=many(3),
            switches=[],
            hosts=[pbx(), sbc(), net(), net(name="net2", address="10.1.0.32")],
        ),
        desk(
            sites=[wired(voice(pool="10.1.2.192/30"), data())],
            phones=many(2),
            switches=[],
            hosts=[pbx(), sbc(), net(), net(name="net2", address="10.1.0.32")],
        ),
    ),
    Case(
        "CC338",
        "hosts.net1.roles.dhcp.sites",
        desk(sites=[site()], switches=[], phones=[]),
        desk(sites=[wired()], switches=[], phones=[]),
    ),
    Case(
        "CC339",
        "switches.sw2.phone_addresses",
        desk(switches=[aruba("sw1", "10.1.2.64/28"), aruba("sw2", "10.1.2.80/28")], phones=[]),
        desk(switches=[aruba("sw1", "10.1.2.64/28"), aruba("sw2", "10.1.2.80/28", "2/1/1-12")], phones=[]),
    ),
    Case(
        "CC340",
        "hosts.net2.roles.dhcp.server",
        desk(hosts=[pbx(), sbc(), net(), net(name="net2", address="10.1.0.32", roles=[Dhcp(server="dnsmasq")])]),
        desk(hosts=[pbx(), sbc(), net(), net(name="net2", address="10.1.0.32", roles=[Dhcp()])]),
    ),
    Case(
        "CC341",
        "phones.other.mac",
        desk(phones=[phone(), phone(name="other", mac="00:15:65:00:00:01", port=port("Gi1/0/8"))]),
        desk(phones=[phone(), phone(name="other", mac="00:15:65:00:00:02", port=port("Gi1/0/8"))]),
    ),
    Case(
        "CC342",
        "phones.other.port",
        desk(phones=[phone(), phone(name="other", mac="001565000002", port=port("GigabitEthernet1/0/7"))]),
        desk(phones=[phone(), phone(name="other", mac="001565000002", port=port("GigabitEthernet1/0/8"))]),
    ),
    Case(
        "CC343",
        "phones.desk.port.interface",
        desk(phones=[phone(port=port("Gi1/0/25"))]),
        desk(phones=[phone(port=port("Gi1/0/24"))]),
    ),
    Case(
        "CC344",
        "softphones.soft.line",
        desk(phones=many(10), switches=[], softphones=[Softphone(name="soft", line="ana")]),
        desk(phones=many(9), switches=[], softphones=[Softphone(name="soft", line="ana")]),
    ),
    Case(
        "CC345",
        "phones.desk.keys",
        desk(phones=[phone(model="yealink-t31p", keys=[LineKey(kind="queue-login")] * 2)]),
        desk(phones=[phone(model="yealink-t31p", keys=[LineKey(kind="queue-login")])]),
    ),
    Case("CC346", "phones.desk.keys.0", keys(LineKey(kind="blf")), keys(LineKey(kind="blf", of="ana"))),
    Case(
        "CC347",
        "phones.desk.keys.0.dial",
        keys(LineKey(kind="speed-dial", dial="77")),
        keys(LineKey(kind="speed-dial", dial="190"), LineKey(kind="speed-dial", dial="912125550199")),
    ),
    Case("CC348", "phones.desk.model", desk(phones=DUMB), desk(phones=DUMB, sites=[wired(secure_phones=False)])),
    Case(
        "CC349",
        "sites.hq",
        desk(hosts=[pbx(), sbc(), net(roles=[Provisioning()])]),
        desk(hosts=[pbx(), sbc(), net(roles=[Provisioning()]), net(name="net2", address="10.1.0.32", roles=[Dhcp()])]),
    ),
    Case(
        "CC350",
        "hosts",
        center(softphones=[Softphone(name="soft", line="ana")]),
        center(softphones=[Softphone(name="soft", line="ana")], hosts=[pbx(), sbc(), net(roles=[Provisioning()])]),
    ),
    Case(
        "CC351", "phones.desk.mac", desk(phones=[phone(mac="000b82000001")]), desk(phones=[phone(mac="02cafe000001")])
    ),
    Case("CC352", "phones.desk.port", apart(phones=[phone(line="bob")]), apart()),
    Case(
        "CC353",
        "phones.desk.port",
        desk(phones=[phone(port=None)]),
        desk(phones=[phone(port=None)], switches=[switch(phone_ports=[], phone_addresses=None)]),
    ),
    Case("CC354", "stations.lobby", desk(stations=[LOBBY]), desk(stations=[LOBBY], phones=IN_LOBBY)),
]
