"""A label that no file holds."""

from market import market, site

center = market(sites=[site(label="Market hall")])
