from shop import shop

from ccstack.model import Host, Pbx, Sbc

center = shop(
    hosts=[
        Host(name="pbx1", site="shop", address="10.9.11.11", roles=[Pbx()]),
        Host(name="sbc1", site="shop", address="10.9.10.1", roles=[Sbc()]),
    ]
)
