from shop import shop

from ccstack.model.bulk import phones, stations

center = shop(
    stations=stations("20..12", name="desk-{}", site="shop"),
    phones=phones("desk-20..22", model="yealink-t54w", macs="001565000001 001565000002", on="sw1 Gi1/0/1..3"),
)
