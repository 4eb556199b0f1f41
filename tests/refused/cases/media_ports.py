from shop import shop

from ccstack.model import Host, Pbx, PortRange, Sbc

center = shop(
    hosts=[
        Host(name="pbx1", site="shop", address="10.9.10.11", roles=[Pbx(rtp_ports=PortRange(first=10001, last=10080))]),
        Host(name="sbc1", site="shop", address="10.9.10.21", roles=[Sbc()]),
    ]
)
