"""Switches of every platform: phones and free ports, labels that a command line would trip over, VLANs side by side."""

from ccstack.model import CivicAddress, ContactCenter, Network, Qos, Site
from ccstack.model.phone import Phone, Station, SwitchPort
from ccstack.model.switch import Switch

ADDRESS = CivicAddress(state="NY", city="New York", street="Broad St", house_number="1", postal_code="10004")
PORTS = {
    "cisco-ios": ("Gi1/0/1-3", "Gi1/0/2", "Gi1/0/49"),
    "cisco-ios-xe": ("GigabitEthernet1/0/1-3", "Gi1/0/2", "Te1/1/1"),
    "arista-eos": ("Ethernet1-3", "Et2", "Ethernet49"),
    "aruba-aoscx": ("1/1/1-3", "1/1/2", "1/1/49"),
    "juniper-junos": ("ge-0/0/0-2", "ge-0/0/1", "xe-0/1/0"),
}
LABELS = ("Zoë Müller-Łukasz", 'front desk "A"?', "受付 | #2", "Renée; exit", "$(reload) 100 %")


def _switch(number: int, platform: str, addresses: bool) -> Switch:
    ports, _, uplink = PORTS[platform]
    return Switch(
        name=f"sw-{platform}",
        site="hq",
        platform=platform,
        address=f"10.20.0.{number + 2}",
        phone_ports=(ports,),
        uplinks=(uplink,),
        phone_addresses=f"10.10.{number}.0/27" if addresses else None,
    )


center = ContactCenter(
    name="access-layer",
    qos=Qos(media_dscp=46, signalling_dscp=26),
    sites=(
        Site(
            name="hq",
            time_zone="America/New_York",
            address=ADDRESS,
            networks=(
                Network(kind="voice", subnet="10.10.0.0/16", vlan=101),
                Network(kind="data", subnet="10.30.0.0/16", vlan=100),
            ),
        ),
    ),
    switches=tuple(_switch(number, platform, number != 1) for number, platform in enumerate(PORTS)),
    stations=tuple(
        Station(name=f"desk-{number}", label=label, extension=f"10{number}", site="hq")
        for number, label in enumerate(LABELS)
    ),
    phones=tuple(
        Phone(
            name=f"phone-{number}",
            model="yealink-t54w",
            mac=f"02000000000{number}",
            line=f"desk-{number}",
            port=SwitchPort(switch=f"sw-{platform}", interface=PORTS[platform][1], pc=number % 2 == 0),
        )
        for number, platform in enumerate(PORTS)
    ),
)
