from shop import shop, trunk

center = shop(trunks=[trunk(emergency_test_number="911")])
