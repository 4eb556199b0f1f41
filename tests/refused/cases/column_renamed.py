import csv

from shop import shop

from ccstack.model import Agent

STAFF = """user,ext
ada,11
bob,12
"""


def agents() -> list[Agent]:
    rows = csv.DictReader(STAFF.splitlines())
    return [Agent(name=row["login"], extension=row["ext"], site="shop") for row in rows]


center = shop(agents=agents())
