"""The voice VLAN has another number: ports change over, and the old VLAN goes when nobody uses it."""

from office import office, site

center = office(sites=[site(voice=111)])
