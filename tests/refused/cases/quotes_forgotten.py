from shop import shop

from ccstack.model import Queue

center = shop(queues=[Queue(name="sales", home="pbx1", agents=["ada"], overflow=mailbox)])  # noqa: F821
