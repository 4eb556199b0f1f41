from shop import shop

from ccstack.model import Hours, Period

center = shop(hours=[Hours(name="late", site="shop", periods=[Period(days="fri-sat", start="18:00", end="02:00")])])
