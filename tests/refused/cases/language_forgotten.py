from shop import shop

center = shop(languages=["en", "es"])
