"""How a switch is reached: by ssh, with its own credentials, and only when its host key is the one that is known."""

from __future__ import annotations

import io
import logging
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko
from netmiko import ConnectHandler, NetmikoAuthenticationException, NetmikoBaseException, NetmikoTimeoutException
from netmiko.base_connection import BaseConnection

from ccstack.drivers.hosts.session import private_folder
from ccstack.model.switch import Switch
from ccstack.secrets import Vault

from .errors import UnreachedError
from .platforms import PLATFORMS

# netmiko's own record of a session would hold what is typed, an enable secret included.
logging.getLogger("netmiko").setLevel(logging.WARNING)

_SPEAKS_SECONDS = 1.0
"""After so long without a word a switch gets a Return."""
_LISTEN_SECONDS = 0.005
_KEYS = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits, in seconds."""

    connect: float = 10.0
    """Until the switch accepts a connection, and again until it has let us in."""
    answer: float = 30.0
    """Until a line is answered."""
    show: float = 60.0
    """Until a configuration is shown, or saved."""
    back: float = 300.0
    """Until a switch that broke the connection answers again: it may have to boot."""
    revert: int = 120
    """Until a switch takes back by itself what nobody confirmed; rounded up to its minutes."""
    poll: float = 2.0
    """Between two attempts to reach a switch again."""


@dataclass(frozen=True, slots=True)
class Access:
    """What opens connections to the switches of a center."""

    folder: Path
    """Private, for as long as this lasts."""
    vault: Vault
    patience: Patience
    jump_options: Sequence[str] = ()
    """Further options of ssh(1) for jump hosts; without any the operator's own configuration counts."""

    def connect(self, switch: Switch) -> BaseConnection:
        """A connection to `switch`, ready for commands that configure. Raises `UnreachedError`."""
        tunnel = self._tunnel(switch) if switch.access.jump else None
        try:
            connection = ConnectHandler(**self._arguments(switch), sock=tunnel, auto_connect=False)
            return _enabled(switch, _prepared(connection))
        except (NetmikoBaseException, paramiko.SSHException, OSError, EOFError, ValueError) as error:
            if tunnel:
                tunnel.close()
            words = self.vault.redacted(_words(switch, error, self.patience))
            is_lasting = isinstance(error, NetmikoAuthenticationException) or "host key" in words
            raise UnreachedError(words, is_lasting=is_lasting) from None

    def _arguments(self, switch: Switch) -> dict[str, Any]:
        access = switch.access
        return {
            "device_type": PLATFORMS[switch.platform].device_type,
            "host": str(switch.address),
            "port": access.port,
            "username": access.user,
            **self._credentials(switch),
            **self._host_keys(switch),
            "ssh_strict": True,
            "conn_timeout": self.patience.connect,
            "auth_timeout": self.patience.connect,
            "banner_timeout": self.patience.connect,
            "read_timeout_override": self.patience.connect,
            "keepalive": 15,
        }

    def _credentials(self, switch: Switch) -> dict[str, Any]:
        """Only what the blueprint names; where it names nothing, the operator's agent and keys."""
        access, path = switch.access, f"switches.{switch.name}.access"
        own = not access.key and not access.password
        given: dict[str, Any] = {"use_keys": own, "allow_agent": own}
        if access.key:
            given["pkey"] = _private_key(switch, self.vault.value(f"{path}.key").reveal())
        if access.password:
            given["password"] = self.vault.value(f"{path}.password").reveal()
        if access.enable:
            given["secret"] = self.vault.value(f"{path}.enable").reveal()
        return given

    def _host_keys(self, switch: Switch) -> dict[str, Any]:
        if not switch.access.host_key:
            return {"system_host_keys": True}
        known = self.folder / f"{switch.name}.known"
        # As paramiko and OpenSSH name a host with a port of its own in known_hosts.
        port = switch.access.port
        name = str(switch.address) if port == 22 else f"[{switch.address}]:{port}"
        known.write_text(f"{name} {switch.access.host_key}\n", encoding="utf-8")
        return {"system_host_keys": False, "alt_host_keys": True, "alt_key_file": str(known)}

    def _tunnel(self, switch: Switch) -> socket.socket:
        """A socket that leads to the switch through its jump host, by ssh(1) and the operator's own key."""
        where, _, port = str(switch.access.jump).rpartition(":")
        jump = ["-p", port, where] if where and port.isdigit() else [str(switch.access.jump)]
        ours, theirs = socket.socketpair()
        options = ["-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes", "-o", "LogLevel=ERROR"]
        options += ["-o", f"ConnectTimeout={self.patience.connect:.0f}", *self.jump_options]
        target = f"{switch.address}:{switch.access.port}"
        with theirs:
            try:
                subprocess.Popen(
                    ["ssh", *options, "-W", target, *jump],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except FileNotFoundError:
                ours.close()
                raise UnreachedError(
                    "there is no ssh on this machine; install it (apt install openssh-client)"
                ) from None
        return ours


@contextmanager
def open_access(vault: Vault, patience: Patience, jump_options: Sequence[str] = ()) -> Iterator[Access]:
    """What opens connections, for as long as it lasts."""
    with private_folder() as folder:
        yield Access(folder, vault, patience, jump_options)


def _private_key(switch: Switch, text: str) -> paramiko.PKey:
    for kind in _KEYS:
        try:
            return kind.from_private_key(io.StringIO(text))
        except (paramiko.SSHException, ValueError):
            continue
    raise UnreachedError(
        f"the key of switches.{switch.name}.access.key is no private key that can be used: give one without a "
        "passphrase, Ed25519, ECDSA or RSA",
        is_lasting=True,
    )


def _prepared(connection: BaseConnection) -> BaseConnection:
    """Logged in, and ready for commands. netmiko by itself would press Return and sleep for a tenth of a second first;
    here that is for switches that say nothing until somebody does."""
    connection.establish_connection()
    try:
        if not _speaks(connection):
            connection.write_channel(connection.RETURN)
            _speaks(connection)
        connection.session_preparation()
    except BaseException:
        connection.paramiko_cleanup()
        raise
    return connection


def _speaks(connection: BaseConnection) -> bool:
    """Whether the switch says something, its prompt say, within `_SPEAKS_SECONDS`."""
    assert isinstance(connection.remote_conn, paramiko.Channel)
    limit = time.monotonic() + _SPEAKS_SECONDS
    while not connection.remote_conn.recv_ready():
        if time.monotonic() > limit:
            return False
        time.sleep(_LISTEN_SECONDS)
    return True


def _enabled(switch: Switch, connection: BaseConnection) -> BaseConnection:
    """The connection with the right to configure, where that takes a secret; else the first look finds out."""
    path = f"switches.{switch.name}.access.enable"
    try:
        if switch.access.enable and not connection.check_enable_mode():
            connection.enable()
    except ValueError:
        raise UnreachedError(f"it does not take the enable secret; see {path}", is_lasting=True) from None
    except BaseException:
        connection.disconnect()
        raise
    return connection


_MEANINGS: Mapping[str, str] = {
    "not found in known_hosts": "its host key is not known; put it into switches.{name}.access.host_key, or into your "
    "known_hosts once you have checked it",
    "does not match": "its host key is not the one that is known; if that is right, put the new one into "
    "switches.{name}.access.host_key (or your known_hosts)",
    "Connection refused": "no sshd listens there",
    "Unable to connect to port": "no sshd listens there",
    "No route to host": "the switch is down, or no network leads there",
    "Network is unreachable": "no network leads there",
    "timed out": "nothing answers there within {seconds:g} s",
    "Error reading SSH protocol banner": "no sshd answers there",
}
"""What ssh says, and what that means here."""


def _words(switch: Switch, error: BaseException, patience: Patience) -> str:
    where = f"{switch.address} port {switch.access.port}"
    where += f" by way of {switch.access.jump}" if switch.access.jump else ""
    said = " ".join(f"{error} {error.__context__ or ''}".split())
    if isinstance(error, NetmikoAuthenticationException):
        user, path = switch.access.user, f"switches.{switch.name}.access"
        return f"{where}: it does not let {user} in; see {path} (user, key, password)"
    for words, meaning in _MEANINGS.items():
        if words in said:
            return f"{where}: {meaning.format(name=switch.name, seconds=patience.connect)}"
    if isinstance(error, NetmikoTimeoutException) and isinstance(error.__context__, OSError):
        said = str(error.__context__)
    return f"{where}: ssh failed ({said[:300]})"
