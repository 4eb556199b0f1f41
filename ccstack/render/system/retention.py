"""How long recordings are kept: systemd-tmpfiles deletes what is older (tmpfiles.d(5), run daily)."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.render.state import File, Line, Source

RECORDINGS = "/var/spool/asterisk/monitor"


def recordings_file(design: Design) -> File:
    """One line per recording policy."""
    lines = tuple(
        Line(
            f"d {RECORDINGS}/{name} 0750 asterisk asterisk {recording.retention_days}d",
            Source(f"recordings.{name}", "system.retention"),
        )
        for name, recording in design.index["recordings"].items()
    )
    return File("/etc/tmpfiles.d/ccstack-recordings.conf", lines, "none")
