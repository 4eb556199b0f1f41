from shop import shop, trunk

from ccstack.model import Agent, CallingRights, Gateway

center = shop(
    trunks=[trunk(gateways=[Gateway(address="203.0.113.20", strip=5)])],
    calling_rights=[CallingRights(name="national")],
    agents=[Agent(name=n, extension=e, site="shop", rights="national") for n, e in (("ada", "11"), ("bob", "12"))],
)
