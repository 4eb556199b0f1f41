from shop import shop, site

from ccstack.model import CivicAddress

home = CivicAddress(state="IL", city="Chicago", street="Example Street 5", zip="60601")
center = shop(sites=[site(address=home, time_zone="America/chicago")])
