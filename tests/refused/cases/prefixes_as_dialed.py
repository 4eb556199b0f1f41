from shop import shop

from ccstack.model import CallingRights, OutboundRoute

center = shop(
    calling_rights=[CallingRights(name="all", countries=["United Kingdom"], allow=["011"], deny=["1900"])],
    outbound_routes=[OutboundRoute(name="local", prefixes=["9", "1"], trunks=["carrier"])],
)
