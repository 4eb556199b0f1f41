from shop import shop

from ccstack.model.bulk import phones_from_csv

center = shop(phones=phones_from_csv("phone_table_wrong.csv"))
