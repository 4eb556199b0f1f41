"""What the hosts of every case have: the market as it is."""

from market import market

center = market()
