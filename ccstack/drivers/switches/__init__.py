"""Switches: reached by ssh with netmiko; a change is seen to be right before it stays."""
