from shop import shop

from ccstack.model import Agent

center = shop(agents=[Agent(name="ada", extension="11", site="shop", password="hunter2")])
