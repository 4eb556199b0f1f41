"""Whom clocks are kept in step with."""

from __future__ import annotations

PUBLIC_POOL = "pool.ntp.org"
"""What hosts ask, and phones where no DHCP server of the center tells them a nearer one."""
