from shop import shop, site, trunk

from ccstack.model import EmergencyCalling

center = shop(
    sites=[site(emergency_locations=[])],
    trunks=[trunk(emergency=False)],
    emergency=EmergencyCalling(numbers=["112"]),
)
