from shop import shop

from ccstack.model import Queue, Team

center = shop(teams=[Team(name="desk", supervisor="ada")], queues=[Queue(name="sales", home="pbx1", teams=["desk"])])
