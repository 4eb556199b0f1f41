from shop import shop, site

from ccstack.model import CivicAddress, Hours, Period, PublicHolidays

london = CivicAddress(
    country="GB", state="London", city="London", street="Example Street", house_number="5", postal_code="N1 1AA"
)
week = [Period(days="mon-fri", start="09:00", end="17:00")]
center = shop(
    sites=[site(address=london, time_zone="Europe/London")],
    hours=[
        Hours(name="day", site="shop", periods=week, public_holidays=PublicHolidays(country="UK")),
        Hours(name="abroad", time_zone="EST", periods=week),
    ],
)
