from shop import shop

from ccstack.model import Ring, Wan

center = shop(wan=Wan(), rings=[Ring(name="all", agents=["ada", "bob"], overflow="mailbox")])
