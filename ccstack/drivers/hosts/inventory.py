"""The Ansible inventory of a center, and the playbooks that are run with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ccstack.model.host import Host
from ccstack.secrets import BoundHost

from .bundle import units_of
from .session import Session

_PACKAGE = Path(__file__).resolve().parents[2]


def playbooks_folder() -> Path:
    """Where the playbooks are: inside the installed package, or beside it in a checkout."""
    installed = _PACKAGE / "_data" / "playbooks"
    return installed if installed.is_dir() else _PACKAGE.parent / "playbooks"


def bootstrap_hash(host: Host, bound: BoundHost) -> str:
    """What a host's bootstrap is made of, as one hash: when it is the same, there is nothing to do again."""
    own = json.dumps([host.install, sorted(bound.packages), sorted(units_of(bound))]).encode()
    return hashlib.sha256(b"\0".join((*_bootstrap(), own))).hexdigest()


@cache
def _bootstrap() -> tuple[bytes, ...]:
    folder = playbooks_folder()
    files = (folder / "bootstrap.yml", *sorted((folder / "roles").rglob("*.yml")))
    return tuple(file.read_bytes() for file in files)


def write_inventory(session: Session, bound: Mapping[str, BoundHost]) -> Path:
    """Write `inventory.json` into the session's folder: it may hold ssh passwords, so only its owner reads it."""
    hosts = {host.name: _variables(session, host, bound[host.name]) for host in session.hosts if host.name in bound}
    path = session.folder / "inventory.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps({"all": {"hosts": hosts}}, indent=1))
    return path


def _variables(session: Session, host: Host, bound: BoundHost) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "ansible_host": host.name,
        "ansible_ssh_args": f"-F {session.ssh_config}",
        "ansible_python_interpreter": "/usr/bin/python3",
        "ansible_become": host.access.user != "root",
        "ansible_ssh_pipelining": True,
        "ccstack_install": host.install,
        "ccstack_packages": list(bound.packages),
        "ccstack_units": units_of(bound),
        "ccstack_bootstrap": bootstrap_hash(host, bound),
    }
    if host.access.password:
        variables["ansible_password"] = (session.folder / "keys" / f"{host.name}.password").read_text()
    return variables


def limit(hosts: Sequence[Host]) -> str:
    """These hosts as `--limit` takes them."""
    return ",".join(host.name for host in hosts)
