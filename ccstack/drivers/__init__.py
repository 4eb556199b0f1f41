"""Drivers: the only code that touches a target."""
