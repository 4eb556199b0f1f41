from shop import shop

from ccstack.model import Agent, CallingRights

center = shop(
    calling_rights=[CallingRights(name="abroad", countries=["UK"], max_calls_per_day=20)],
    agents=[Agent(name=n, extension=e, site="shop", rights="abroad") for n, e in (("ada", "11"), ("bob", "12"))],
)
