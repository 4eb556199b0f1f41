from shop import shop, trunk

center = shop(trunks=[trunk(failover_codes=[408, 486, 503, 603])])
