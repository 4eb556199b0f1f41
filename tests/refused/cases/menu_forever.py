from shop import shop

from ccstack.model import Menu, Number

center = shop(
    menus=[
        Menu(name="main", prompt={"en": "1 for sales"}, options={"1": "sales"}, on_timeout="again"),
        Menu(name="again", prompt={"en": "Please choose"}, options={"1": "sales"}, on_timeout="main"),
    ],
    numbers=[Number(number="+13125550100", to="main"), Number(number="+13125550101", to="sales")],
)
