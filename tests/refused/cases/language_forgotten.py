from shop import shop

from ccstack.model import Number

center = shop(
    languages=["en", "es"],
    numbers=[
        Number(number="+13125550100", to="sales", language="fr"),
        Number(number="+13125550101", to="sales"),
    ],
)
