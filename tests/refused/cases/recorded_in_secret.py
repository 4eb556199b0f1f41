from shop import shop

from ccstack.model import Queue, Recording

center = shop(
    recordings=[Recording(name="quality")],
    queues=[Queue(name="sales", home="pbx1", agents=["ada"], overflow="mailbox", recording="quality")],
)
