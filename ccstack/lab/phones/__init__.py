"""Desk phones that boot in the lab as real ones do: power, LLDP-MED, DHCP, HTTPS, the vendor's file, registration.

What they read was written for real phones; they share no code with what wrote it.
"""
