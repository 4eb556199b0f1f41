"""Certificates that were found to be good, and until when: to read one takes a library that is slow to load.

What was found lies beside them (`settled.json`), with a hash of what it was found in: whoever puts another certificate
there has it read again.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ccstack.model.center import ContactCenter
from ccstack.model.host import Host
from ccstack.render.state import Certificate


def folder_of(center: ContactCenter, keep: Path) -> Path:
    """Where a center's CA and certificates lie."""
    return keep / "certificates" / center.name


def names_of(host: Host, center: ContactCenter) -> tuple[str, ...]:
    """What phones may call a host: its name, the SIP domain, and its addresses."""
    advertised = host.sbc.advertised_address if host.sbc else None
    return tuple(dict.fromkeys(filter(None, (host.name, center.domain, str(host.address), str(advertised or "")))))


def file_of(folder: Path, request: Certificate) -> Path:
    """The file that is asked for."""
    return folder / ("ca.pem" if request.part == "ca" else f"{request.host}.{request.part}.pem")


FORM = 2
"""Rises when certificates of the same names are to be made otherwise."""


class Settled:
    """What is known of the certificates in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "settled.json"

    def is_good(self, host: str, names: Sequence[str], now: datetime) -> bool:
        """Whether the host's certificate is known to be what it shall be, and not to be due yet."""
        known = self._read().get(host)
        if not known or (known.get("form"), known["names"]) != (FORM, list(names)):
            return False
        if known["sha256"] != self._hash(host):
            return False
        return now < datetime.fromisoformat(known["due"])

    def note(self, host: str, names: Sequence[str], due: datetime) -> None:
        """Remember that it is, and from when on it has to be made anew."""
        known = {"form": FORM, "names": list(names), "sha256": self._hash(host), "due": due.isoformat()}
        beside = self._path.with_name(f".settled-{os.getpid()}")
        beside.write_text(json.dumps(self._read() | {host: known}), encoding="utf-8")
        beside.replace(self._path)

    def _read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _hash(self, host: str) -> str:
        made = hashlib.sha256()
        for name in ("ca.pem", f"{host}.cert.pem", f"{host}.key.pem"):
            try:
                made.update(hashlib.sha256((self._folder / name).read_bytes()).digest())
            except OSError:
                return ""
        return made.hexdigest()
