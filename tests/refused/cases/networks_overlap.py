from shop import shop, site

from ccstack.model import Network

center = shop(
    sites=[site(networks=[Network(kind="servers", subnet="10.9.10.0/24"), Network(kind="voice", subnet="10.9.0.0/16")])]
)
