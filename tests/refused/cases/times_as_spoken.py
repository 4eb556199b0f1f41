from shop import shop

from ccstack.model import Holiday, Hours, Period

periods = [Period(days="Monday-Friday", start="9am", end="6pm"), Period(days="sat", start=9, end=14)]
center = shop(hours=[Hours(name="day", site="shop", periods=periods, holidays=[Holiday(day="12/24/2026")])])
