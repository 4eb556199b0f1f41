"""The keys of a lab: the operator's, one per host, and the list of known hosts that makes strict checking pass."""

from ipaddress import IPv4Address
from pathlib import Path

from .errors import LabError
from .machine import Runner
from .topology import LabHost, LabSwitch, LabTopology


def refuse_unusable(topology: LabTopology, blueprint_folder: Path, host_keys: Path | None, run: Runner) -> None:
    """LabError with every pinned host key without a private half in `host_keys`, and every missing key file."""
    reached: list[LabHost | LabSwitch] = [*topology.hosts, *topology.switches]
    problems = [
        f"{_kind(host)} {host.name}: access.host_key pins a key, and the lab needs its private half: put it into a "
        f"folder as {host.name} and give the folder with --host-keys, or leave host_key out"
        for host in reached
        if host.host_key is not None and not _has_private_half(host, host_keys, run)
    ]
    problems += [
        f"{_kind(host)} {host.name}: access.key is {blueprint_folder / host.key_file}, which is not there; "
        "see ssh-keygen(1)"
        for host in reached
        if host.key_file is not None and not (blueprint_folder / host.key_file).exists()
    ]
    if problems:
        raise LabError(problems)


def _kind(one: LabHost | LabSwitch) -> str:
    return "host" if isinstance(one, LabHost) else "switch"


def ensure(directory: Path, topology: LabTopology, host_keys: Path | None, run: Runner) -> None:
    """Make the keys that are missing below `directory`; known_hosts, and config with the hosts' names, anew.

    `host_keys` holds the private keys of hosts whose public keys the blueprint pins, by host name.
    """
    (directory / "hosts").mkdir(parents=True, exist_ok=True, mode=0o700)
    _ensure_key(directory / "id_ed25519", f"operator@{topology.lab}", run)
    for host in topology.hosts:
        key = directory / "hosts" / host.name
        if host.host_key is not None and host_keys is not None:
            _copy_key(host_keys / host.name, key, host.host_key)
        else:
            _ensure_key(key, f"root@{host.name}", run)
    for switch in topology.switches:
        key = directory / "hosts" / switch.name
        if switch.host_key is not None and host_keys is not None:
            _copy_key(host_keys / switch.name, key, switch.host_key)
        else:
            _ensure_key(key, switch.name, run)
    known = [_known_line(one.name, one.reached_at, one.ssh_port, directory) for one in topology.hosts]
    known += [_known_line(one.name, one.at.address, one.ssh_port, directory) for one in topology.switches]
    (directory / "known_hosts").write_text("".join(known))
    blocks = [_config_block(one.name, one.reached_at, one.ssh_user, one.ssh_port) for one in topology.hosts]
    blocks += [_config_block(one.name, one.at.address, one.ssh_user, one.ssh_port) for one in topology.switches]
    (directory / "config").write_text("".join(blocks))


def _has_private_half(host: LabHost | LabSwitch, host_keys: Path | None, run: Runner) -> bool:
    if host_keys is None or not (host_keys / host.name).exists() or host.host_key is None:
        return False
    public = run("ssh-keygen", "-y", "-P", "", "-f", str(host_keys / host.name)).split()
    return public[:2] == host.host_key.split()[:2]


def authorized(host: LabHost, directory: Path, blueprint_folder: Path, run: Runner) -> list[str]:
    """The public keys that may log in to a host: the lab's own, and that of the key which the blueprint names."""
    own = _public(directory / "id_ed25519").read_text().strip()
    if host.key_file is None:
        return [own]
    return [own, run("ssh-keygen", "-y", "-P", "", "-f", str(blueprint_folder / host.key_file)).strip()]


def key_variables(directory: Path, topology: LabTopology) -> dict[str, str]:
    """The environment variables that the blueprint has for the operator's keys, with the lab's own key in them."""
    private = (directory / "id_ed25519").read_text()
    return {host.key_variable: private for host in topology.hosts if host.key_variable is not None}


def _copy_key(source: Path, target: Path, public: str) -> None:
    target.touch(mode=0o600)
    target.write_text(source.read_text())
    _public(target).write_text(f"{public}\n")


def _ensure_key(path: Path, comment: str, run: Runner) -> None:
    if not _public(path).exists():
        path.unlink(missing_ok=True)
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path))


def _public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def _known_line(name: str, address: IPv4Address, port: int, directory: Path) -> str:
    """A line of known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT); by address and by name."""
    names = [str(address), name]
    if port != 22:
        names = [f"[{each}]:{port}" for each in names]
    return f"{','.join(names)} {' '.join(_public(directory / 'hosts' / name).read_text().split()[:2])}\n"


def _config_block(name: str, address: IPv4Address, user: str, port: int) -> str:
    """So that a person can say `ssh <host>` (ssh_config(5))."""
    return f"Host {name}\n HostName {address}\n User {user}\n Port {port}\n"
