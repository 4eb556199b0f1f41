from shop import shop

from ccstack.model import Agent, Hours, Number, Period, PublicHolidays, Ring, TimeCondition

center = shop(
    hours=[
        Hours(
            name="day",
            site="shop",
            periods=[Period(days="mon-fri", start="09:00", end="17:00")],
            public_holidays=PublicHolidays(country="US", years=1),
        )
    ],
    agents=[Agent(name=n, extension=e, site="shop", hours="day") for n, e in (("ada", "11"), ("bob", "12"))],
    rings=[Ring(name="desk", agents=["ada", "bob"])],
    time_conditions=[TimeCondition(name="front", hours="day", open="sales", closed="mailbox", holiday="desk")],
    numbers=[Number(number="+13125550100", to="front"), Number(number="+13125550101", to="mailbox")],
)
