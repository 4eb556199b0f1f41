"""Opening hours, menus and emergency calls."""

from typing import Any

from ccstack.model import (
    Announcement,
    Collect,
    ContactCenter,
    EmergencyCalling,
    EmergencyLocation,
    Holiday,
    Hours,
    Menu,
    Period,
    PublicHolidays,
    Ring,
    TimeCondition,
)

from .centers import BACK, MAIN, Case, address, agent, center, number, plus, queue, site, trunk

WEEK = "mon-sun"


def period(days: str = "mon-fri", start: str = "09:00", end: str = "17:00") -> Period:
    return Period(days=days, start=start, end=end)


def hours(*periods: Period, name: str = "day", **changes: Any) -> Hours:
    return Hours(**{"name": name, "site": "hq", "periods": periods or (period(),)} | changes)


def condition(name: str = "front", **changes: Any) -> TimeCondition:
    return TimeCondition(**{"name": name, "hours": "day", "open": "sales", "closed": "box"} | changes)


def timed(*each: Hours, **changes: Any) -> ContactCenter:
    """Calls pass a time condition before the queue."""
    fields: dict[str, Any] = {
        "hours": each or [hours()],
        "time_conditions": [condition()],
        "numbers": [number("front"), number("ana", BACK)],
    }
    return center(**fields | changes)


def menu(name: str = "menu", **changes: Any) -> Menu:
    return Menu(**{"name": name, "prompt": {"en": "Press 1"}, "options": {"1": "sales"}} | changes)


def entered(*menus: Menu, **changes: Any) -> ContactCenter:
    """Calls begin in the first menu."""
    return center(**{"menus": menus, "numbers": [number(menus[0].name), number("ana", BACK)]} | changes)


def chain(length: int) -> ContactCenter:
    """So many menus, one after the other, and the queue behind them."""
    names = [f"menu-{i}" for i in range(length)]
    menus = [menu(n, options={"1": to}) for n, to in zip(names, [*names[1:], "sales"], strict=True)]
    return entered(*menus)


def located(*locations: tuple[str, str], **changes: Any) -> ContactCenter:
    each = [EmergencyLocation(name=name, callback=callback) for name, callback in locations]
    return center(sites=[site(emergency_locations=each, **changes)])


def british(*numbers: str) -> ContactCenter:
    emergency = EmergencyCalling(numbers=numbers, notify=["ana"])
    return center(country="GB", sites=[site(address=address("GB"))], emergency=emergency)


def public(country: str = "US", years: int = 2) -> PublicHolidays:
    return PublicHolidays(country=country, years=years)


NIGHT = Announcement(name="night", prompt={"en": "We are closed"})
SECOND_QUEUE = queue("support", overflow="box")
FLAT = Announcement(name="flat", prompt={"en": "Hello"}, extension="180")

CASES = [
    Case(
        "CC601",
        f"numbers.{MAIN}",
        timed(
            rings=[Ring(name="desk", agents=["ana"])],
            agents=[agent(hours="day")],
            time_conditions=[condition(closed="desk")],
            numbers=[number("front"), number("box", BACK)],
        ),
        timed(
            rings=[Ring(name="desk", agents=["ana"], then="box")],
            agents=[agent(hours="day")],
            time_conditions=[condition(closed="desk")],
            numbers=[number("front"), number("box", BACK)],
        ),
    ),
    Case(
        "CC602",
        "queues.sales",
        timed(
            hours(),
            hours(period(end="16:45"), name="shift"),
            agents=[agent(hours="shift")],
            numbers=[number("front"), number("box", BACK)],
        ),
        timed(
            hours(),
            hours(period(end="17:15"), name="shift"),
            agents=[agent(hours="shift")],
            numbers=[number("front"), number("box", BACK)],
        ),
    ),
    Case("CC603", "hours.day", timed(hours(periods=())), timed()),
    Case(
        "CC604",
        "time_conditions.front.hours",
        timed(hours(period(WEEK, "00:00", "00:00"))),
        timed(hours(period(WEEK, "00:00", "23:00"))),
    ),
    Case(
        "CC605",
        "hours.day.periods.1",
        timed(hours(period(), period("fri", "16:00", "20:00"))),
        timed(hours(period(), period("fri", "17:00", "20:00"))),
    ),
    Case(
        "CC606",
        "hours.day.periods.1",
        timed(hours(period(), period("sun", "02:00", "03:00"))),
        timed(hours(period(), period("sun", "02:00", "03:15"))),
    ),
    Case(
        "CC607",
        "hours.day.holidays",
        timed(hours(holidays=[Holiday(day="2026-12-24"), Holiday(day="2026-12-24", label="eve")])),
        timed(hours(holidays=[Holiday(day="2026-12-24"), Holiday(day="2026-12-23", label="eve")])),
    ),
    Case(
        "CC608",
        "hours.short.public_holidays",
        timed(
            hours(public_holidays=public()),
            hours(name="short", public_holidays=public(years=1)),
            agents=[agent(), agent("bob", "102", hours="short")],
        ),
        timed(
            hours(public_holidays=public()),
            hours(name="short", public_holidays=public()),
            agents=[agent(), agent("bob", "102", hours="short")],
        ),
    ),
    Case(
        "CC609",
        "time_conditions.front.holiday",
        timed(time_conditions=[condition(holiday="night")], announcements=[NIGHT]),
        timed(hours(public_holidays=public()), time_conditions=[condition(holiday="night")], announcements=[NIGHT]),
    ),
    Case("CC610", "hours.day.periods.0.end", timed(hours(period(end="23:59"))), timed(hours(period(end="00:00")))),
    Case(
        "CC611",
        "hours.day.public_holidays",
        timed(hours(public_holidays=public("GB"))),
        timed(hours(public_holidays=public())),
    ),
    Case(
        "CC612",
        "time_conditions.front",
        timed(time_conditions=[condition(closed="sales")]),
        timed(time_conditions=[condition(closed="box")]),
    ),
    Case(
        "CC613",
        "hours.day.time_zone",
        timed(hours(site=None, time_zone="EST")),
        timed(hours(site=None, time_zone="America/New_York")),
    ),
    Case(
        "CC801",
        "menus.menu.options",
        entered(menu(options={}, on_timeout="sales")),
        entered(menu(options={}, on_timeout="sales", direct_dial=True)),
    ),
    Case(
        "CC802",
        "menus.menu.collect",
        entered(menu(collect=Collect(name="account", digits=6, to="sales"))),
        entered(menu(options={}, collect=Collect(name="account", digits=6, to="sales"))),
    ),
    Case(
        "CC803",
        "menus.menu.options",
        entered(menu(direct_dial=True)),
        entered(menu(direct_dial=True, options={"2": "sales"})),
    ),
    Case("CC804", "menus.menu", entered(menu(on_timeout="menu")), entered(menu(on_timeout="sales"))),
    Case(
        "CC805",
        "queues.sales",
        plus({"queues": [queue(overflow="support"), queue("support", overflow="sales")], "voicemails": []}),
        plus({"queues": [queue(overflow="support"), queue("support")]}),
    ),
    Case("CC806", "menus.menu-0", chain(4), chain(3)),
    Case(
        "CC807",
        "menus.menu.options",
        entered(menu(options=dict.fromkeys("12345678", "sales"))),
        entered(menu(options=dict.fromkeys("1234567", "sales"))),
    ),
    Case(
        "CC808",
        "queues.support",
        center(queues=[queue(), SECOND_QUEUE]),
        center(queues=[queue(overflow="support"), SECOND_QUEUE]),
    ),
    Case(
        "CC809",
        "time_conditions.front.open",
        timed(time_conditions=[condition(open="again"), condition("again")]),
        timed(
            hours(),
            hours(period("fri"), name="friday"),
            time_conditions=[condition(open="again"), condition("again", hours="friday")],
        ),
    ),
    Case(
        "CC810",
        "menus.menu.options",
        entered(menu(prompt={"en": "For sales press 1, for orders press 2."})),
        entered(menu(prompt={"en": "For sales press 1, or say 2."})),
    ),
    Case("CC901", "sites.hq.emergency_locations", located(), located(("desk", BACK))),
    Case(
        "CC902",
        "agents.ana.emergency_location",
        center(agents=[agent(emergency_location="floor-2")]),
        center(agents=[agent(emergency_location="floor-1")]),
    ),
    Case(
        "CC903",
        "sites.hq.emergency_locations.desk.callback",
        located(("desk", "+12125550199")),
        located(("desk", BACK)),
    ),
    Case(
        "CC904",
        "sites.hq.emergency_locations.door.callback",
        located(("desk", BACK), ("door", BACK)),
        located(("desk", BACK), ("door", MAIN)),
    ),
    Case("CC905", "trunks", center(trunks=[trunk(emergency=False)]), center()),
    Case(
        "CC906",
        "sites.hq.emergency_trunks",
        plus(
            {"sites": [site(emergency_trunks=["second"])]},
            trunks=[trunk(name="second", emergency=False, gateways=[{"address": "10.9.1.1"}])],
        ),
        plus(
            {"sites": [site(emergency_trunks=["carrier"])]},
            trunks=[trunk(name="second", emergency=False, gateways=[{"address": "10.9.1.1"}])],
        ),
    ),
    Case(
        "CC907",
        "emergency.notify",
        center(emergency=EmergencyCalling()),
        center(emergency=EmergencyCalling(notify_numbers=["+12125550199"])),
    ),
    Case(
        "CC908",
        "emergency.numbers",
        british("112"),
        british("112", "999"),
    ),
    Case(
        "CC909",
        "emergency.numbers",
        center(emergency=EmergencyCalling(numbers=["911", "922"], notify=["ana"])),
        center(emergency=EmergencyCalling(numbers=["911", "112"], notify=["ana"])),
    ),
    Case(
        "CC910", "trunks.carrier.emergency_test_number", center(trunks=[trunk(emergency_test_number="911")]), center()
    ),
    Case("CC911", "trunks.carrier.emergency_test_number", center(trunks=[trunk(emergency_test_number=None)]), center()),
    Case(
        "CC912",
        "agents.ana.emergency_location",
        center(agents=[agent(remote=True)]),
        center(agents=[agent(remote=True, emergency_location="floor-1")]),
    ),
]
