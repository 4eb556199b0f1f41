from shop import shop

from ccstack.model import Phone

center = shop(
    phones=[
        Phone(name="counter", model="T54W", mac="00:15:65:00:00:01", line="ada"),
        Phone(name="office", model="yealink-t54w", mac="01:15:65:00:00:02", line="ada"),
    ]
)
