from shop import shop

from ccstack.model import CallerList, Number

center = shop(
    numbers=[Number(number="(312) 555-0100", to="sales")],
    caller_lists=[CallerList(name="gold", numbers=["+1 312-555-0177", "+44 (0)20 7946 0018", "+4402079460018"])],
)
