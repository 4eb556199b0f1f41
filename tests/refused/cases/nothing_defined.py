from shop import shop

my_center = shop()
