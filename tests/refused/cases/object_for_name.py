from shop import shop

from ccstack.model import Host, Pbx, Queue

pbx1 = Host(name="pbx1", site="shop", address="10.9.10.11", roles=[Pbx()])
center = shop(queues=[Queue(name="sales", home=pbx1, agents=["ada"])])
