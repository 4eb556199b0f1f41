from shop import shop

from ccstack.model import Queue

center = shop(
    queues=[
        Queue(name="sales", home="pbx1", agents=["ada"], overflow="service"),
        Queue(name="service", home="pbx1", agents=["bob"], overflow="sales"),
    ]
)
