from shop import shop

from ccstack.model import ContactCenter


def center(region: str) -> ContactCenter:
    return shop(name=region)
