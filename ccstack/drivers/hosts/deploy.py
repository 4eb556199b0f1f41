"""Which hosts are meant, and what a person needs who deploys by hand."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from ccstack.model.center import ContactCenter
from ccstack.model.host import Host
from ccstack.secrets import BoundState, Vault

from .bundle import Built, activator, manifest_of, release_files, write_host
from .driver import release_name, targets_of
from .inventory import write_inventory
from .session import Session


class UnknownTargetError(ValueError):
    """A name in `only` is neither a site nor a host or switch of the center."""


class ToolsMissingError(RuntimeError):
    """This machine has not what a deployment needs."""


def need_ansible() -> None:
    """Bootstrap is Ansible's; raise `ToolsMissingError` where that is missing, before anything is begun."""
    if find_spec("ansible_runner") is None or find_spec("ansible") is None:
        raise ToolsMissingError("ansible is not installed here; install it with: pip install 'ccstack[deploy]'")


def chosen(center: ContactCenter, only: Sequence[str]) -> tuple[Host, ...]:
    """The hosts that `only` names, by site or by name, in the blueprint's order; all when it names nothing."""
    known = {host.name for host in center.hosts} | {site.name for site in center.sites}
    known |= {switch.name for switch in center.switches}
    unknown = [name for name in only if name not in known]
    if unknown:
        words = "no site, host or switch" if center.switches else "no site or host"
        raise UnknownTargetError(f"{', '.join(unknown)}: {words} of {center.name}; there are {sorted(known)}")
    return tuple(host for host in center.hosts if not only or host.name in only or host.site in only)


def write_bundle(
    center: ContactCenter,
    bound: BoundState,
    built: Built,
    vault: Vault,
    folder: Path,
    *,
    blueprint_hash: str = "",
    center_json: str = "",
) -> None:
    """Write all that the playbooks need when a person runs them: inventory, ssh configuration and bound trees.

    The folder holds secrets: it is made here, with mode 0700. Raises `FileExistsError` when it is there already.
    """
    folder.mkdir(mode=0o700)
    session = Session(folder.resolve(), center.hosts, vault)
    targets = targets_of(session, bound, built)
    write_inventory(session, {target.name: target.bound for target in targets})
    (folder / "activate.pyz").write_bytes(activator())
    release, made = release_name(blueprint_hash), center_json or center.model_dump_json()
    for target in targets:
        manifest = manifest_of(
            target.bound, target.contents, center=center.name, release=release, blueprint=blueprint_hash
        )
        files = release_files(manifest, target.contents, made, omit=frozenset())
        write_host(folder / "hosts" / target.name, files)
