from shop import shop

from ccstack.model import Hours, Period

center = shop(hours=[Hours(name="day", periods=[Period(days="mon-fri", start="09:00", end="17:00")])])
