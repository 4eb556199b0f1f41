"""How the hosts are reached: in a folder for its owner's eyes only, in memory where possible, gone at the end."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path

from ccstack.model.host import Host
from ccstack.secrets import Vault

from .connections import KEPT_SECONDS, is_open, kept_folder, socket_name

CONNECT_SECONDS = 10
"""How long a host may take to accept a connection."""

LONGEST_FOLDER = 50
"""Characters. A socket's path has 107 at most (unix(7)); ours are called by 32, and ssh adds 18 while it makes one. In
longer folders nothing is shared."""

MEMORY = Path("/dev/shm")  # noqa: S108 - mkdtemp makes private folders in it
"""Where private folders are made, if the machine has it: what is written there never reaches a disk."""

_OWNER = "owner"
"""In a private folder: a file that its process holds a lock on for as long as it lives."""

_ASKPASS = '#!/bin/sh\nexec cat "$CCSTACK_PASSWORD_FILE"\n'


class Session:
    """How a set of hosts is reached. `ssh_config` serves ssh, Ansible and testinfra alike."""

    def __init__(
        self, folder: Path, hosts: Sequence[Host], vault: Vault, *, share: bool = False, kept: Path | None = None
    ) -> None:
        """`share`: one connection a host for all commands, until `close`. `kept`: where those are that outlive it."""
        self.folder, self.hosts = folder, tuple(hosts)
        self.at_end: list[Callable[[], object]] = []
        """Called before the shared connections end: by those, whatever still uses them would end with an error."""
        self.ssh_config = folder / "ssh_config"
        self._sockets: dict[str, Path] = {}
        self.variables = vault.variables
        """The environment variables that hold secrets, for which what a connection runs has no use."""
        (folder / "keys").mkdir(mode=0o700)
        _write(folder / "askpass", _ASKPASS, 0o700)
        self._own = folder / "s"
        if share:
            self._own.mkdir(mode=0o700)
        keys = {host.name: self._write_credentials(host, vault) for host in self.hosts}
        if share:
            self._sockets = {host.name: path for host in self.hosts if (path := self._socket(host, keys, kept))}
        _write(self.ssh_config, "\n".join(map(self._block, self.hosts)), 0o600)

    def _socket(self, host: Host, keys: Mapping[str, str], kept: Path | None) -> Path | None:
        """Where the connection to a host is found; None where the path would be too long."""
        # Where it takes a password to come in, nobody shall come in without it a minute later.
        folder = kept if kept and not host.access.password else self._own
        if len(str(folder)) > LONGEST_FOLDER:
            return None
        # A jump host may be one of ours, and takes the agent's keys.
        way = self.hosts if host.access.jump else (host,)
        about = [(ssh_host(one, Path()), str(one.access.host_key), keys[one.name]) for one in way]
        agent = os.environ.get("SSH_AUTH_SOCK", "") if host.access.jump or not host.access.key else ""
        return folder / socket_name(host.name, agent, *chain.from_iterable(about))

    def _block(self, host: Host) -> str:
        """What ssh is told about a host."""
        path, block = self._sockets.get(host.name), ssh_host(host, self.folder)
        if path is None:
            return block
        return f"{block}  ControlMaster auto\n  ControlPath {path}\n  ControlPersist {KEPT_SECONDS}\n"

    def _write_credentials(self, host: Host, vault: Vault) -> str:
        keys, access, key = self.folder / "keys", host.access, ""
        if access.key:
            key = vault.value(f"hosts.{host.name}.access.key").reveal()
            _write(keys / host.name, key.rstrip("\n") + "\n", 0o600)
        if access.password:
            _write(keys / f"{host.name}.password", vault.value(f"hosts.{host.name}.access.password").reveal(), 0o600)
        if access.host_key:
            _write(keys / f"{host.name}.known", f"{host.name} {access.host_key}\n", 0o600)
        return key

    def is_open(self, host: Host) -> bool:
        """Whether a connection is open already. Whether it still leads to the host shows when it is used."""
        return host.name in self._sockets and is_open(self._sockets[host.name])

    def command(self, host: Host, *command: str, anew: bool = False) -> list[str]:
        """The command line that runs `command` on `host` as root; it holds no secret. `anew`: over a connection of its
        own."""
        sudo = () if host.access.user == "root" else ("sudo", "-n")
        alone = ("-o", "ControlPath=none") if anew else ()
        return ["ssh", "-F", str(self.ssh_config), *alone, host.name, "--", *sudo, *command]

    def environment(self, host: Host) -> dict[str, str]:
        """The environment for `command`: for a host with a password, where ssh finds it.

        Without variables that hold secrets: a connection that is kept outlives the command that had them.
        """
        environment = {name: value for name, value in os.environ.items() if name not in self.variables}
        if not host.access.password:
            return environment
        password = str(self.folder / "keys" / f"{host.name}.password")
        asking = {"SSH_ASKPASS": str(self.folder / "askpass"), "SSH_ASKPASS_REQUIRE": "force"}
        return environment | asking | {"CCSTACK_PASSWORD_FILE": password}

    def close(self) -> None:
        """End what still uses connections, then those of this session's own, where any was opened."""
        while self.at_end:
            self.at_end.pop()()
        own = list(self._own.iterdir()) if self._own.is_dir() else []
        asking = [subprocess.Popen(_ending(socket), stdout=_NULL, stderr=_NULL) for socket in own]
        for each in asking:
            with suppress(subprocess.TimeoutExpired):
                each.wait(CONNECT_SECONDS)


_NULL = subprocess.DEVNULL


def _ending(socket: Path) -> list[str]:
    # The name after the options is not looked at: the socket says which connection is meant.
    return ["ssh", "-F", "none", "-o", f"ControlPath={socket}", "-O", "exit", "any"]


@contextmanager
def open_session(hosts: Sequence[Host], vault: Vault, *, keep: bool = False) -> Iterator[Session]:
    """A session in a private folder that is removed at the end, whatever happens.

    Its commands share a connection a host. `keep`: those of earlier sessions, and they are left open for later ones.
    """
    with private_folder() as folder:
        session = Session(folder, hosts, vault, share=True, kept=kept_folder(MEMORY) if keep else None)
        try:
            yield session
        finally:
            session.close()


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder with mode 0700, in memory where the machine has such a place; those of dead owners are cleared first."""
    where = MEMORY if os.access(MEMORY, os.W_OK) else None
    if where:
        clear_abandoned(where)
    folder = Path(tempfile.mkdtemp(prefix="cc-", dir=where))
    owner = _own(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(owner)


def _own(folder: Path) -> int:
    """Mark `folder` as this process's. The file gets its name only once it is locked, so nobody finds it unlocked."""
    unnamed = folder / ".owner"
    handle = os.open(unnamed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    unnamed.rename(folder / _OWNER)
    return handle


def clear_abandoned(where: Path) -> tuple[Path, ...]:
    """Remove the private folders in `where` whose owners were killed before they could; which they were."""
    dead = tuple(folder for folder in where.glob("cc-*") if _is_abandoned(folder))
    for folder in dead:
        shutil.rmtree(folder, ignore_errors=True)
    return dead


def _is_abandoned(folder: Path) -> bool:
    # The kernel gives a lock back when its holder ends, however it ends; a folder without the file holds nothing yet.
    try:
        handle = os.open(folder / _OWNER, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if os.fstat(handle).st_uid != os.getuid():
            return False
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


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
