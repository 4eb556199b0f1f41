from shop import shop

from ccstack.model import Phone, Switch, SwitchAccess, SwitchPort, from_env


def phone(name, model, mac, interface):
    return Phone(name=name, model=model, mac=mac, line="ada", port=SwitchPort(switch="sw1", interface=interface))


center = shop(
    switches=[
        Switch(
            name="sw1",
            site="shop",
            platform="juniper-junos",
            address="10.1.0.40",
            access=SwitchAccess(password=from_env("SWITCH_PASSWORD")),
            phone_ports=["ge-0/0/11-0"],
            uplinks=["Gi1/0/48"],
        )
    ],
    phones=[
        phone("counter", "cisco-spa942", "00:0e:08:00:00:01", "ge-0/0/0"),
        phone("office", "yealink-t54w", "00:04:f2:00:00:02", "ge-0/0/0"),
    ],
)
