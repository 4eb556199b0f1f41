"""Fewer ports are for phones."""

from office import office, switches

center = office(switches=switches(ports=3))
