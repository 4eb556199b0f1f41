from shop import shop

center = shop(queues=[Queue(name="sales", home="pbx1", agents=["ada"])])  # noqa: F821
