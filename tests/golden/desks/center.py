"""Desks: a phone of each vendor, a shared one, a hot desk, every kind of key, names that every syntax must survive."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from ccstack import model as cc

HQ = cc.Site(
    name="hq",
    label="Headquarters",
    time_zone="Europe/Berlin",
    address=cc.CivicAddress(
        country="DE", state="Berlin", city="Berlin", street="Gleisstraße", house_number="7", postal_code="10999"
    ),
    emergency_locations=(cc.EmergencyLocation(name="floor-1", callback="+493055501190"),),
    networks=(
        cc.Network(kind="servers", subnet=IPv4Network("10.9.0.0/24")),
        cc.Network(kind="voice", subnet=IPv4Network("10.9.1.0/24"), vlan=110, pool=IPv4Network("10.9.1.64/26")),
        cc.Network(kind="data", subnet=IPv4Network("10.9.2.0/24"), vlan=120),
    ),
)

BRANCH = cc.Site(
    name="branch",
    time_zone="America/New_York",
    secure_phones=False,
    address=cc.CivicAddress(state="NY", city="New York", street="Rail Street", house_number="8", postal_code="10001"),
    emergency_locations=(cc.EmergencyLocation(name="shop", callback="+12125550190"),),
    networks=(
        cc.Network(kind="servers", subnet=IPv4Network("10.8.0.0/24")),
        cc.Network(kind="voice", subnet=IPv4Network("10.8.1.0/24"), vlan=10, pool=IPv4Network("10.8.1.64/26")),
    ),
)

HOSTS = (
    cc.Host(
        name="box",
        site="hq",
        address=IPv4Address("10.9.0.10"),
        roles=(cc.Pbx(), cc.Sbc(), cc.Dhcp(), cc.Provisioning()),
    ),
    cc.Host(
        name="nook",
        site="branch",
        address=IPv4Address("10.8.0.10"),
        roles=(cc.Sbc(), cc.Dhcp(server="dnsmasq"), cc.Provisioning(https_port=8443)),
    ),
)

CARRIER = cc.Trunk(
    name="carrier",
    gateways=(cc.Gateway(address=IPv4Address("203.0.113.9")),),
    codecs=("alaw", "g722", "ulaw"),
    max_channels=30,
    caller_id=cc.CallerIdRule(number="+493055501000"),
    emergency=True,
)

AGENTS = (
    cc.Agent(name="ana", label='Ana "Müller" & <Söhne> \U0001f4de', extension="201", site="hq", voicemail="night"),
    cc.Agent(name="bob", label="Bob's desk", extension="202", site="hq"),
    cc.Agent(name="cy", extension="203", site="branch"),
    cc.Agent(name="dee", label="Dée O'Neil", extension="204", site="hq", remote=True),
)

STATIONS = (
    cc.Station(name="lobby", label="Lobby", extension="301", site="hq"),
    cc.Station(name="desk-7", label="Desk 7", extension="302", site="branch", hot_desk=True),
)

KEYS = (
    cc.LineKey(kind="blf", of="bob"),
    cc.LineKey(kind="blf", of="lobby", label="Reception & post"),
    cc.LineKey(kind="speed-dial", dial="9030123456", label='Taxi "Süd"'),
    cc.LineKey(kind="queue-login", label="Log in"),
    cc.LineKey(kind="intercom", of="bob"),
)

PHONES = (
    cc.Phone(name="ana-desk", model="yealink-t54w", mac="00:15:65:00:00:01", line="ana", keys=KEYS),
    cc.Phone(name="ana-home-office", model="poly-vvx450", mac="0004.f200.0002", line="ana", keys=KEYS),
    cc.Phone(name="bob-desk", model="snom-d785", mac="00-04-13-00-00-03", line="bob", keys=KEYS),
    cc.Phone(name="lobby-phone", model="grandstream-grp2614", mac="c074ad000004", line="lobby", keys=KEYS[:3]),
    cc.Phone(name="desk-7-phone", model="cisco-8851", mac="001e13000005", line="desk-7", keys=KEYS),
    cc.Phone(name="old-phone", model="poly-ip501", mac="0004f2000006", line="cy"),
)

center = cc.ContactCenter(
    name="desks",
    country="DE",
    languages=("de", "en"),
    emergency=cc.EmergencyCalling(numbers=("112", "110", "911"), notify=("bob",)),
    sites=(HQ, BRANCH),
    hosts=HOSTS,
    trunks=(CARRIER,),
    numbers=(
        cc.Number(number="+493055501000", to="ana"),
        cc.Number(number="+493055501190", to="lobby"),
        cc.Number(number="+12125550190", to="lobby"),
    ),
    agents=AGENTS,
    stations=STATIONS,
    phones=PHONES,
    softphones=(
        cc.Softphone(name="dee-laptop", line="dee"),
        cc.Softphone(name="dee-kiosk", app="baresip", line="dee"),
    ),
    voicemails=(cc.Voicemail(name="night", extension="800", greeting={"de": "Guten Abend", "en": "Good evening"}),),
)
