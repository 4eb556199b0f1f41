"""The activator spoken to by hand, as docs/activator.md says: for what a deployment does not show."""

from __future__ import annotations

import json
import secrets
import subprocess
from collections.abc import Mapping
from typing import Any

from ccstack.drivers.hosts.bundle import activator
from ccstack.drivers.hosts.onhost import program
from ccstack.drivers.hosts.onhost.place import keyed
from ccstack.drivers.hosts.remote import LOADER
from ccstack.lab.lab import Lab


class Wire:
    """One host of a lab."""

    def __init__(self, lab: Lab, host: str) -> None:
        self._lab, self._host = lab, host
        self._id = program.identity(program.own_modules())

    def command(self, verb: str) -> list[str]:
        """What runs a verb on the host."""
        return self._lab.command(["python3", "-I", "-S", "-c", LOADER, verb, self._id], self._host)

    def ask(self, verb: str, request: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """A verb's answer."""
        sent = activator()
        stdin = f"{len(sent)}\n".encode() + sent + json.dumps(request or {}).encode() + b"\n"
        ran = subprocess.run(self.command(verb), input=stdin, capture_output=True, check=False)
        assert ran.stdout, ran.stderr.decode()
        return dict(json.loads(ran.stdout.splitlines()[-1]))

    def look(self, release: str = "", **options: object) -> dict[str, Any]:
        """What the host has, compared with its own release in place, or with another one that it keeps."""
        folder = f"/var/lib/ccstack/releases/{release}" if release else "/var/lib/ccstack/current"
        text = subprocess.run(
            self._lab.command(["cat", f"{folder}/manifest.json"], self._host), capture_output=True, check=True
        )
        manifest = json.loads(text.stdout)
        key = secrets.token_bytes(32)
        asked = {name: manifest[name] for name in ("files", "units", "expect")}
        seen = self.ask("observe", asked | {"hosts": "", "key": key.hex(), **options})
        wanted = {entry["path"]: entry for entry in manifest["files"]}
        return seen | {"unlike": [path for path, entry in wanted.items() if not _is_right(seen, entry, key)]}


def _is_right(seen: Mapping[str, Any], entry: Mapping[str, Any], key: bytes) -> bool:
    there = seen["files"][entry["path"]]
    about = (keyed(entry["sha256"], key), entry["owner"], entry["group"], int(entry["mode"], 8), True)
    return bool(there) and (there["digest"], there["owner"], there["group"], there["mode"], there["placed"]) == about
