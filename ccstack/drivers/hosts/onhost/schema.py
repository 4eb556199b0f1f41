"""Databases of the processes: made or brought up to date from the schema that a release carries.

A schema says `IF NOT EXISTS` throughout, so applying it again changes nothing; what is in the database stays.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from .layout import Layout
from .manifest import Manifest

DATABASES: tuple[tuple[str, str, str], ...] = (
    ("/etc/kamailio/location.sql", "/var/lib/kamailio/location.sqlite", "kamailio"),
)
"""Schema, database, and whose it is."""

_BUSY_SECONDS = 10.0


def prepare(layout: Layout, manifest: Manifest) -> str:
    """Apply the schemas that the release has; what went wrong, or nothing."""
    for schema, database, owner in DATABASES:
        if schema in manifest.paths:
            problem = _apply(Path(layout.at(schema)), Path(layout.at(database)), owner)
            if problem:
                return f"{schema}: {problem}"
    return ""


def _apply(schema: Path, database: Path, owner: str) -> str:
    try:
        connection = sqlite3.connect(str(database), timeout=_BUSY_SECONDS)
        try:
            connection.executescript(schema.read_text())
        finally:
            connection.close()
        shutil.chown(database, owner, owner)
    except (sqlite3.Error, OSError, LookupError) as why:
        return f"cannot be applied to {database}: {why}"
    return ""
