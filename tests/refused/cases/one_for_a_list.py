from shop import shop

from ccstack.model import Host, Queue

center = shop(
    hosts=Host(name="box", site="shop", address="10.9.10.11", roles=["pbx", "sbc"]),
    queues=Queue(name="sales", home="box", agents="ada, bob", overflow=["mailbox"]),
)
