from shop import shop

from ccstack.model import Menu, Number

center = shop(
    menus=[
        Menu(name="main", prompt={"en": "Press 1, or 0 for us."}, options={"1": "more"}, on_timeout="more"),
        Menu(name="more", prompt={"en": "Press 1 or press 9."}, options={"1": "main"}, on_timeout="main"),
    ],
    numbers=[Number(number="+13125550100", to="main"), Number(number="+13125550101", to="sales")],
)
