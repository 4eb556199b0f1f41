from shop import shop

from ccstack.model import Queue, ServiceLevel

target = ServiceLevel(percent=0.8, seconds=20)
center = shop(queues=[Queue(name="sales", home="pbx1", agents=["ada", "bbo"], service_level=target)])
