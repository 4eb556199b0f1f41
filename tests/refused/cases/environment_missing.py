import os

from shop import shop

center = shop(domain=os.environ["THE_SHOPS_DOMAIN"])
