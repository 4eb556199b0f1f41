"""A switch's own configuration language: VLANs, phone ports and uplinks as its running configuration shows them."""
