from shop import shop

from ccstack.model import Queue

center = shop(queues=[Queue(name="sales", home="shop", agents=["ada"], overflow="mailbox")])
