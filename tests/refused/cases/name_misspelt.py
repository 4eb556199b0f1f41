from shop import shop

from ccstack.model import Queue

center = shop(queues=[Queue(name="sales", home="pbx-1", agents=["ada", "rob"], overflow="malibox")])
