"""A folder that holds how the hosts are reached: for root's eyes only, in memory where possible, gone at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ccstack.model.host import Host
from ccstack.secrets import Vault

CONNECT_SECONDS = 5
"""How long a host may take to accept a connection."""

LONGEST_FOLDER = 40
"""Characters. A socket's path has 107 at most (unix(7)), of which ssh takes 60; in longer folders nothing is shared."""

_ASKPASS = '#!/bin/sh\nexec cat "$CCSTACK_PASSWORD_FILE"\n'


class Session:
    """How a set of hosts is reached. `ssh_config` serves ssh, Ansible and testinfra alike."""

    def __init__(self, folder: Path, hosts: Sequence[Host], vault: Vault) -> None:
        self.folder, self.hosts = folder, tuple(hosts)
        self.ssh_config = folder / "ssh_config"
        (folder / "keys").mkdir(mode=0o700)
        (folder / "s").mkdir(mode=0o700)
        _write(folder / "askpass", _ASKPASS, 0o700)
        for host in self.hosts:
            self._write_credentials(host, vault)
        _write(self.ssh_config, "\n".join(ssh_host(host, folder) for host in self.hosts), 0o600)

    def _write_credentials(self, host: Host, vault: Vault) -> None:
        keys, access = self.folder / "keys", host.access
        if access.key:
            key = vault.value(f"hosts.{host.name}.access.key").reveal()
            _write(keys / host.name, key.rstrip("\n") + "\n", 0o600)
        if access.password:
            _write(keys / f"{host.name}.password", vault.value(f"hosts.{host.name}.access.password").reveal(), 0o600)
        if access.host_key:
            _write(keys / f"{host.name}.known", f"{host.name} {access.host_key}\n", 0o600)

    def command(self, host: Host, *command: str) -> list[str]:
        """The command line that runs `command` on `host` as root; it holds no secret."""
        sudo = () if host.access.user == "root" else ("sudo", "-n")
        return ["ssh", "-F", str(self.ssh_config), host.name, "--", *sudo, *command]

    def environment(self, host: Host) -> dict[str, str]:
        """The environment for `command`: for a host with a password, where ssh finds it."""
        if not host.access.password:
            return dict(os.environ)
        password = str(self.folder / "keys" / f"{host.name}.password")
        asking = {"SSH_ASKPASS": str(self.folder / "askpass"), "SSH_ASKPASS_REQUIRE": "force"}
        return os.environ | asking | {"CCSTACK_PASSWORD_FILE": password}

    def close(self) -> None:
        """End the shared connections."""
        for host in self.hosts:
            command = ["ssh", "-F", str(self.ssh_config), "-O", "exit", host.name]
            subprocess.run(command, capture_output=True, check=False, timeout=CONNECT_SECONDS)


@contextmanager
def open_session(hosts: Sequence[Host], vault: Vault) -> Iterator[Session]:
    """A session in a private folder that is removed at the end, whatever happens."""
    with private_folder() as folder:
        session = Session(folder, hosts, vault)
        try:
            yield session
        finally:
            session.close()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder with mode 0700, in memory where the machine has such a place."""
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private folder in it
    where = memory if os.access(memory, os.W_OK) else None
    folder = Path(tempfile.mkdtemp(prefix="cc-", dir=where))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ssh_host(host: Host, folder: Path) -> str:
    """The `Host` block of ssh_config(5) for one host. Host keys are always checked."""
    access, keys = host.access, folder / "keys"
    lines = [
        f"Host {host.name}",
        f"  HostName {access.address or host.address}",
        f"  User {access.user}",
        f"  Port {access.port}",
        "  StrictHostKeyChecking yes",
        f"  ConnectTimeout {CONNECT_SECONDS}",
        "  ServerAliveInterval 5",
        "  ServerAliveCountMax 3",
        "  LogLevel ERROR",
    ]
    if len(str(folder)) <= LONGEST_FOLDER:
        lines += ["  ControlMaster auto", f"  ControlPath {folder}/s/%C", "  ControlPersist 60"]
    if access.host_key:
        lines += [f"  HostKeyAlias {host.name}", f"  UserKnownHostsFile {keys / host.name}.known"]
        lines += ["  GlobalKnownHostsFile none"]
    if access.jump:
        lines += [f"  ProxyJump {access.jump}"]
    if access.key:
        lines += [f"  IdentityFile {keys / host.name}", "  IdentitiesOnly yes"]
    lines += ["  NumberOfPasswordPrompts 1"] if access.password else ["  BatchMode yes"]
    if access.password and not access.key:
        lines += ["  PubkeyAuthentication no"]
    return "\n".join(lines) + "\n"


def _write(path: Path, text: str, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
