from shop import shop

from ccstack.model import Number

center = shop(numbers=[Number(number="3125550100", to="sales"), Number(number="+1312555010", to="sales")])
