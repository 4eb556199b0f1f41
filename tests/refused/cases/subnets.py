from shop import shop, site

from ccstack.model import Gateway, Host, Network, Pbx, Trunk

center = shop(
    sites=[site(networks=[Network(kind="servers", subnet="10.9.10.1/24")])],
    hosts=[Host(name="pbx1", site="shop", address="10.9.10.11/24", roles=[Pbx()])],
    trunks=[Trunk(name="carrier", gateways=[Gateway(address="sip.example.net")], max_channels=30)],
)
