from shop import shop

from ccstack.model import Queue

center = shop(queues=[Queue(name="sales", home="sbc1", agents=["ada"], overflow="mailbox")])
