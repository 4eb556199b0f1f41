"""Deploy: look at every host, bring what differs up to date, and say what became of each."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from ccstack.drivers.base import Progress, Unknown, Watch
from ccstack.model.center import ContactCenter
from ccstack.model.host import Host
from ccstack.secrets import BoundHost, BoundState, Vault

from .bundle import Built, Contents, activator, manifest_of, write_host
from .inventory import bootstrap_hash, write_inventory
from .origins import with_origin
from .playbook import Played, play
from .remote import Observed, observe_host
from .result import DeployResult, HostResult
from .session import Session, open_session

OnForeign = Literal["refuse", "adopt", "backup"]
"""What becomes of files that stand at managed paths on a host that ccstack never managed."""

FOREIGN = (
    "somebody else's file stands here, and ccstack has never managed it; deploy with --on-foreign adopt (take it over) "
    "or --on-foreign backup (also keep a copy in /var/backups/ccstack)"
)


class UnknownTargetError(ValueError):
    """A name in `only` is neither a site nor a host of the center."""


class ToolsMissingError(RuntimeError):
    """This machine has not what a deployment needs."""


def _need_ansible() -> None:
    if find_spec("ansible_runner") is None or find_spec("ansible") is None:
        raise ToolsMissingError("ansible is not installed here; install it with: pip install 'ccstack[deploy]'")


def deploy(
    center: ContactCenter,
    bound: BoundState,
    built: Built,
    vault: Vault,
    *,
    only: Sequence[str] = (),
    on_foreign: OnForeign = "refuse",
    blueprint_hash: str = "",
    forks: int = 10,
    progress: Watch = lambda _progress: None,
) -> DeployResult:
    """Bring every host of `center` (or of the sites and hosts in `only`) to `bound`; see docs/deploy.md.

    A host that is dead or refuses stops no other one. Raises `UnknownTargetError`, `ToolsMissingError`,
    `SecretProblems`.
    """
    hosts = chosen(center, only)
    _need_ansible()
    started, clock = datetime.now(UTC), time.monotonic()
    with open_session(hosts, vault) as session:
        work = _Work(center, bound, built, session, vault, on_foreign, blueprint_hash, forks, progress)
        results = work.run()
    seconds = round(time.monotonic() - clock, 2)
    return DeployResult(center.name, blueprint_hash, started.isoformat(timespec="seconds"), seconds, results)


def chosen(center: ContactCenter, only: Sequence[str]) -> tuple[Host, ...]:
    """The hosts that `only` names, by site or by name, in the blueprint's order; all when it names nothing."""
    known = {host.name for host in center.hosts} | {site.name for site in center.sites}
    unknown = [name for name in only if name not in known]
    if unknown:
        raise UnknownTargetError(f"{', '.join(unknown)}: no site or host of {center.name}; there are {sorted(known)}")
    return tuple(host for host in center.hosts if not only or host.name in only or host.site in only)


@dataclass
class _Target:
    """One host on its way."""

    host: Host
    bound: BoundHost
    contents: Contents
    result: HostResult
    seen: Observed | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is still something to do."""
        return self.result.ok


class _Work:
    """One deployment."""

    def __init__(
        self,
        center: ContactCenter,
        bound: BoundState,
        built: Built,
        session: Session,
        vault: Vault,
        on_foreign: OnForeign,
        blueprint: str,
        forks: int,
        watch: Watch,
    ) -> None:
        self._center, self._session, self._on_foreign = center.name, session, on_foreign
        self._vault, self._blueprint, self._forks, self._watch = vault, blueprint, forks, watch
        self._began, self._lock = time.monotonic(), threading.Lock()
        by_name = {host.name: host for host in bound.hosts}
        self._bound = {host.name: by_name[host.name] for host in session.hosts}
        self._targets = [
            _Target(host, self._bound[host.name], Contents(self._bound[host.name], built), _blank(host))
            for host in session.hosts
        ]

    def run(self) -> dict[str, HostResult]:
        """Observe, bootstrap, release; the results by host."""
        with ThreadPoolExecutor(max_workers=max(1, self._forks)) as pool:
            list(pool.map(self._look, self._targets))
        todo = [target for target in self._targets if target.is_open and target.seen and not self._is_current(target)]
        if todo:
            inventory = write_inventory(self._session, self._bound)
            self._bootstrap(todo, inventory)
            self._release([target for target in todo if target.is_open], inventory)
        for target in self._targets:
            self._tell(target.host.name, "done", target.result.status, not target.result.ok)
        return {target.host.name: target.result for target in self._targets}

    def _look(self, target: _Target) -> None:
        self._tell(target.host.name, "observe", "look at the host")
        seen = observe_host(self._session, target.host, target.bound, target.contents)
        if isinstance(seen, Unknown):
            self._end(target, status="unreachable", messages=self._told(target, (seen.why,)))
            return
        target.seen = seen
        target.result = replace(target.result, release=seen.release)
        if seen.foreign and self._on_foreign == "refuse":
            self._end(target, status="failed", messages=tuple(f"{path}: {FOREIGN}" for path in seen.foreign))
        elif self._is_current(target):
            self._end(target, status="unchanged")

    def _is_current(self, target: _Target) -> bool:
        return bool(target.seen and target.seen.is_current and not self._needs_bootstrap(target))

    def _needs_bootstrap(self, target: _Target) -> bool:
        return bool(target.seen and target.seen.bootstrap != bootstrap_hash(target.host, target.bound))

    def _bootstrap(self, targets: Iterable[_Target], inventory: Path) -> None:
        behind = [target for target in targets if self._needs_bootstrap(target)]
        for target, played in self._play("bootstrap.yml", behind, inventory, {}):
            target.result = replace(target.result, bootstrapped=played.changed)
            self._note_failure(target, played)

    def _release(self, targets: list[_Target], inventory: Path) -> None:
        tree = self._session.folder / "tree"
        tree.mkdir(mode=0o700)
        (tree / "activate.pyz").write_bytes(activator())
        for target in targets:
            self._write(target, tree)
        variables = {"tree": str(tree), "on_foreign": self._on_foreign}
        for target, played in self._play("release.yml", targets, inventory, variables):
            self._note_answer(target, played.answer, played.failed)
            self._note_failure(target, played)

    def _write(self, target: _Target, tree: Path) -> None:
        name, contents = target.host.name, target.contents
        release, known = release_name(self._blueprint), target.seen.same_content if target.seen else frozenset()
        manifest = manifest_of(target.bound, contents, center=self._center, release=release, blueprint=self._blueprint)
        write_host(tree / "hosts" / name, manifest, contents, omit=known)

    def _play(
        self, name: str, targets: list[_Target], inventory: Path, variables: Mapping[str, str]
    ) -> list[tuple[_Target, Played]]:
        if not targets:
            return []
        step = name.removesuffix(".yml")
        played = play(
            self._session,
            name,
            [target.host for target in targets],
            inventory=inventory,
            variables=variables,
            forks=self._forks,
            tell=lambda host, task, failed: self._tell(host, step, task, failed),
        )
        return [(target, played[target.host.name]) for target in targets]

    def _note_answer(self, target: _Target, answer: Mapping[str, Any], failed: bool) -> None:
        changed = target.result.bootstrapped or bool(answer.get("changed"))
        self._end(
            target,
            status="changed" if changed else "unchanged",
            messages=self._told(target, answer.get("messages", ())),
            changed_files=tuple(answer.get("files", ())),
            applied=tuple(answer.get("applied", ())),
            restarted=tuple(answer.get("restarted", ())),
            restored=bool(answer.get("restored")),
            release=target.result.release if failed else answer.get("release"),
        )

    def _note_failure(self, target: _Target, played: Played) -> None:
        if played.failed:
            status = "unreachable" if played.unreachable else "failed"
            self._end(target, status=status, messages=self._told(target, played.messages))

    def _told(self, target: _Target, messages: Iterable[object]) -> tuple[str, ...]:
        """What a host said, fit for people: secrets masked, and whence the lines came that it names."""
        return tuple(with_origin(self._vault.redacted(str(message)), target.bound) for message in messages)

    def _end(self, target: _Target, **values: Any) -> None:
        seconds = round(time.monotonic() - self._began, 2)
        target.result = replace(target.result, seconds=seconds, **values)

    def _tell(self, host: str, step: str, message: str, failed: bool = False) -> None:
        with self._lock:
            self._watch(Progress(host, step, message, round(time.monotonic() - self._began, 2), failed))


def _blank(host: Host) -> HostResult:
    return HostResult(target=host.name, status="unchanged")


def release_name(blueprint: str) -> str:
    """A name for a new release: when it was made, and from which blueprint."""
    mark = blueprint[:8] or secrets.token_hex(4)
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{mark}"


def write_bundle(
    center: ContactCenter, bound: BoundState, built: Built, vault: Vault, folder: Path, *, blueprint_hash: str = ""
) -> None:
    """Write all that the playbooks need when a person runs them: inventory, ssh configuration and bound trees.

    The folder holds secrets: it is made here, with mode 0700. Raises `FileExistsError` when it is there already.
    """
    folder.mkdir(mode=0o700)
    by_name = {host.name: host for host in bound.hosts}
    session = Session(folder.resolve(), center.hosts, vault)
    write_inventory(session, by_name)
    (folder / "activate.pyz").write_bytes(activator())
    release = release_name(blueprint_hash)
    for host in center.hosts:
        contents = Contents(by_name[host.name], built)
        manifest = manifest_of(
            by_name[host.name], contents, center=center.name, release=release, blueprint=blueprint_hash
        )
        write_host(folder / "hosts" / host.name, manifest, contents, omit=frozenset())
