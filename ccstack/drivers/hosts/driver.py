"""The driver of hosts: everything that ccstack does to a Linux machine, by the activator over one ssh command each."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, TypeVar

from ccstack.drivers.base import NOTHING, Holder, Lock, Reach, Receipt, Status, Unknown, Watch, say
from ccstack.plan.actual import HostActual
from ccstack.secrets import BoundHost, BoundState, Vault

from .bundle import Blob, Built, Contents, manifest_of, packed, release_files
from .inventory import write_inventory
from .line import Line
from .neighbours import in_words, notices
from .origins import with_origin
from .playbook import Played, play
from .remote import Asking, Reply
from .result import HostResult
from .seen import HostTarget, actual_of, bare, is_current, needs_bootstrap, question, same_content
from .session import Session
from .shares import shares

OnForeign = Literal["refuse", "adopt", "backup"]
"""What becomes of files that stand at managed paths on a host that ccstack never managed."""

FOREIGN = (
    "somebody else's file stands here, and ccstack has never managed it; deploy with --on-foreign adopt (take it over) "
    "or --on-foreign backup (also keep a copy in /var/backups/ccstack)"
)

LOOKS = 64
"""Hosts that are looked at at a time: a look costs this machine little more than its ssh."""

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")


class HostDriver:
    """Implements `Driver[HostTarget, HostActual]`, `Keeper`, `Drainer`, `Pinger` and `Trier`."""

    def __init__(
        self,
        session: Session,
        vault: Vault,
        *,
        center: str,
        blueprint: str,
        center_json: str,
        on_foreign: OnForeign = "refuse",
        forks: int = 10,
        set_of: Callable[[str], int] | None = None,
        watch: Watch = lambda _progress: None,
    ) -> None:
        """`blueprint` is the hash of the center, `center_json` the center as `show --json` has it; both go along with
        each release. `set_of` says which of the SBCs' dispatcher sets is a PBX. `forks` hosts are changed at a time.
        """
        self._session, self._vault, self._watch = session, vault, watch
        self._center, self._blueprint, self._center_json = center, blueprint, center_json
        self._on_foreign, self._forks, self._set_of = on_foreign, max(1, forks), set_of or _no_set
        self._hosts = {host.name: host for host in session.hosts}
        self._telling = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._seen: dict[str, HostActual] = {}
        self._token = ""
        self._staged: dict[str, str] = {}
        self._booted: dict[str, HostResult] = {}
        self._begun: dict[tuple[str, str], Asking] = {}
        self._lines: dict[str, Line] = {}
        self.plan_json = ""
        """What each release keeps as its plan: set before `apply`."""

    @property
    def names(self) -> frozenset[str]:
        """The hosts that it drives."""
        return frozenset(self._hosts)

    @contextmanager
    def under_way(self, verb: str, names: Sequence[str]) -> Iterator[None]:
        """Have ssh connect to these hosts for `verb` while something else is done. Asks nothing of them yet."""
        try:
            for name in names[:LOOKS]:
                self._begun[name, verb] = Asking(self._session, self._hosts[name], verb)
            yield
        finally:
            while self._begun:
                self._begun.popitem()[1].end()

    # --- Driver ---

    def observe(
        self, wanted: Sequence[HostTarget], *, texts: bool = False, center: bool = False
    ) -> dict[str, HostActual | Unknown]:
        """One look at each host, all at once. `texts`: also of files that differ; `center`: also what is deployed."""

        def look(target: HostTarget) -> HostActual | Unknown:
            self._tell(target.name, "observe", "look at the host")
            request = question(target, self._key, texts=texts, center=center, known=self._blueprint)
            return self._actual(target, self._ask(target.name, "observe", request), center)

        seen = self._each(look, wanted, lambda target: target.name, LOOKS)
        self._seen |= {name: actual for name, actual in seen.items() if isinstance(actual, HostActual)}
        return seen

    def _actual(self, target: HostTarget, reply: Reply, center: bool) -> HostActual | Unknown:
        if reply.is_bare:
            return bare(target, self._key)
        if reply.answer is None:
            return Unknown(target.name, self._words(target.bound, reply.why))
        seen = actual_of(target, reply.answer, self._key)
        if center and seen.blueprint and seen.blueprint == self._blueprint:
            seen = replace(seen, center=self._center_json)
        # Our own lock is nobody else's hint.
        return replace(seen, lock=None) if seen.lock and seen.lock.token == self._token else seen

    def apply(self, wanted: Sequence[HostTarget]) -> dict[str, HostResult]:
        """Bring each host to what is wanted: bootstrap where that is due, then the release over one ssh stream.

        A host that was not observed before is looked at first; one that has all is left alone.
        """
        began = time.monotonic()
        looked = self.observe([target for target in wanted if target.name not in self._seen])
        results = {target.name: self._first(target, looked.get(target.name)) for target in wanted}
        todo = [t for t in wanted if results[t.name].ok and not is_current(t, self._seen[t.name])]
        results |= self._bootstrap(todo, results)
        todo = [target for target in todo if results[target.name].ok]
        results |= self._each(lambda t: self._release(t, results[t.name]), todo, lambda t: t.name, self._forks)
        for target in wanted:
            for known in (self._seen, self._staged, self._booted):
                known.pop(target.name, None)
        seconds = round(time.monotonic() - began, 2)
        return {
            name: self._told(replace(result, seconds=result.seconds or seconds)) for name, result in results.items()
        }

    def _first(self, target: HostTarget, looked: HostActual | Unknown | None) -> HostResult:
        """What becomes of a host before it gets anything: refused, or rid of a drain that was left there."""
        if isinstance(looked, Unknown):
            return HostResult(target.name, "unreachable", (looked.why,))
        seen = self._seen[target.name]
        made = HostResult(target.name, "changed" if seen.drained else "unchanged", release=seen.release)
        if seen.foreign and self._on_foreign == "refuse":
            return replace(made, status="failed", messages=tuple(f"{path}: {FOREIGN}" for path in sorted(seen.foreign)))
        deaf = self._done(target.name, "undrain", {"sets": []}) if seen.drained else None
        return replace(made, status="failed", messages=(f"it drains a PBX, still: {deaf.why}",)) if deaf else made

    # --- Trier ---

    def try_out(self, wanted: Sequence[HostTarget]) -> dict[str, HostResult]:
        """See `Trier.try_out`. A host that gets its first release is bootstrapped first: nothing runs there. One that
        runs is bootstrapped, and tries its release out, when it is its turn."""
        todo = [target for target in wanted if self._can_try(target)]
        results = {t.name: HostResult(t.name, "unchanged", release=self._seen[t.name].release) for t in todo}
        results |= self._bootstrap(todo, results)
        todo = [target for target in todo if results[target.name].ok]
        calls = shares({target.name: target.bound.expectation.doors for target in todo})
        return results | self._each(
            lambda t: self._try(t, results[t.name], calls[t.name]), todo, lambda t: t.name, self._forks
        )

    def _can_try(self, target: HostTarget) -> bool:
        seen = self._seen.get(target.name)
        if seen is None or is_current(target, seen) or (seen.foreign and self._on_foreign == "refuse"):
            return False
        return seen.release is None or not needs_bootstrap(target, seen)

    def _try(self, target: HostTarget, made: HostResult, doors: Sequence[tuple[str, str]]) -> HostResult:
        began = time.monotonic()
        self._tell(target.name, "try", "send the release, and try it out")
        request = {"on_foreign": self._on_foreign, "token": self._token, "doors": doors}
        reply = self._ask(target.name, "stage", request, self._archive(target))
        if reply.answer and reply.answer["staged"]:
            self._staged[target.name] = str(reply.answer["staged"])
        result = self._outcome(reply, target.bound, made, began)
        return result if result.ok else self._told(result)

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> dict[str, HostResult]:
        """Give each host the release that `to` names for it, or the one before: it has kept them, nothing is sent."""

        def back(name: str) -> HostResult:
            began = time.monotonic()
            self._tell(name, "rollback", f"back to {to.get(name, 'the release before')}")
            reply = self._ask(name, "rollback", {"to": to.get(name, ""), "token": self._token})
            self._seen.pop(name, None)
            return self._told(self._outcome(reply, None, HostResult(name, "unchanged"), began))

        return self._each(back, targets, lambda name: name, self._forks)

    # --- What `apply` does to a host ---

    def _bootstrap(self, targets: Sequence[HostTarget], made: Mapping[str, HostResult]) -> dict[str, HostResult]:
        """Packages, users and directories, by Ansible; skipped on hosts whose bootstrap is current."""
        had = {t.name: self._booted[t.name] for t in targets if t.name in self._booted}
        behind = [t for t in targets if t.name not in had and needs_bootstrap(t, self._seen[t.name])]
        if not behind:
            return had
        played = play(
            self._session,
            "bootstrap.yml",
            [target.host for target in behind],
            inventory=write_inventory(self._session, {target.name: target.bound for target in behind}),
            variables={},
            forks=self._forks,
            tell=lambda host, task, failed: self._tell(host, "bootstrap", task, failed),
        )
        now = {t.name: self._bootstrapped(t, made[t.name], played[t.name]) for t in behind}
        self._booted |= {name: result for name, result in now.items() if result.ok}
        return had | now

    def _bootstrapped(self, target: HostTarget, made: HostResult, played: Played) -> HostResult:
        status: Status = "changed" if played.changed else made.status
        messages: tuple[str, ...] = ()
        if played.failed:
            status = "unreachable" if played.unreachable else "failed"
            messages = tuple(self._words(target.bound, message) for message in played.messages)
        return replace(made, status=status, messages=messages, bootstrapped=played.changed)

    def _release(self, target: HostTarget, made: HostResult) -> HostResult:
        began = time.monotonic()
        staged = self._staged.get(target.name, "")
        self._tell(target.name, "release", f"{'' if staged else 'send it, try it out, '}put it in place, check")
        archive = b"" if staged else self._archive(target)
        request = {"on_foreign": self._on_foreign, "token": self._token, "staged": staged}
        reply = self._ask(target.name, "release", request, archive)
        return self._outcome(reply, target.bound, made, began)

    def _archive(self, target: HostTarget) -> bytes:
        release, known = release_name(self._blueprint), same_content(self._seen[target.name])
        manifest = manifest_of(
            target.bound, target.contents, center=self._center, release=release, blueprint=self._blueprint
        )
        files = [*release_files(manifest, target.contents, self._center_json, omit=known)]
        return packed([*files, ("plan.json", self.plan_json.encode())] if self.plan_json else files)

    def _outcome(self, reply: Reply, bound: BoundHost | None, made: HostResult, began: float) -> HostResult:
        made = replace(made, seconds=round(time.monotonic() - began, 2))
        answer = reply.answer
        if answer is None:
            # Once it was asked to, a host that answers no more may have the old release or the new one: never neither.
            status: Status = "failed" if reply.was_reached else "unreachable"
            return replace(made, status=status, messages=(self._words(bound, reply.why),))
        failed, changed = bool(answer["failed"]), made.status == "changed" or bool(answer["changed"])
        return replace(
            made,
            status="failed" if failed else "changed" if changed else "unchanged",
            messages=tuple(self._words(bound, str(message)) for message in answer["messages"]),
            changed_files=tuple(answer["files"]),
            applied=tuple(answer["applied"]),
            restarted=tuple(answer["restarted"]),
            restored=bool(answer["restored"]),
            release=answer["release"] if not failed or made.release is None else made.release,
        )

    # --- Keeper ---

    def take(self, targets: Sequence[str], lock: Lock) -> dict[str, Holder | Unknown | None]:
        """See `Keeper.take`. A host without Python cannot keep a lock, and nothing of ccstack's can run there."""
        self._token = lock.token
        return self._each(lambda name: self._lock(name, "take", lock, "held"), targets, _itself, LOOKS)

    def free(self, targets: Sequence[str], lock: Lock) -> dict[str, Holder | Unknown | None]:
        """See `Keeper.free`."""
        return self._each(lambda name: self._lock(name, "free", lock, "held"), targets, _itself, LOOKS)

    def seize(self, targets: Sequence[str], lock: Lock) -> dict[str, Holder | Unknown | None]:
        """See `Keeper.seize`."""
        self._token = lock.token
        return self._each(lambda name: self._lock(name, "break", lock, "had"), targets, _itself, LOOKS)

    def _lock(self, name: str, do: str, lock: Lock, who: str) -> Holder | Unknown | None:
        reply = self._ask(name, "lock", {"do": do, "owner": lock.owner, "token": lock.token})
        if reply.is_bare:
            return None
        if reply.answer is None:
            return Unknown(name, reply.why)
        held = reply.answer[who]
        return Holder(held["owner"], held["since"]) if held and (who == "had" or not reply.answer["ok"]) else None

    def record(self, targets: Sequence[str], entry: Mapping[str, Any]) -> dict[str, Unknown | None]:
        """See `Keeper.record`."""
        return self._each(lambda name: self._done(name, "record", {"entry": entry}), targets, _itself, LOOKS)

    def history(self, targets: Sequence[str]) -> dict[str, tuple[str, ...] | Unknown]:
        """The lines of the record that each host has kept, oldest first."""

        def read(name: str) -> tuple[str, ...] | Unknown:
            reply = self._ask(name, "history", {})
            if reply.is_bare:
                return ()
            return Unknown(name, reply.why) if reply.answer is None else tuple(reply.answer["lines"])

        return self._each(read, targets, _itself, LOOKS)

    # --- Drainer ---

    def drain(self, target: str, at: Sequence[str]) -> dict[str, Unknown | None]:
        """Have the SBCs on `at` give the PBX on `target` no call that another one can take."""
        request = {"sets": [self._set_of(target)], "by": self._token}
        return self._each(lambda name: self._done(name, "drain", request), at, _itself, LOOKS)

    def undrain(self, target: str, at: Sequence[str]) -> dict[str, Unknown | None]:
        """Undo it."""
        request = {"sets": [self._set_of(target)], "by": self._token}
        return self._each(lambda name: self._done(name, "undrain", request), at, _itself, LOOKS)

    def calls(self, target: str) -> int | Unknown:
        """Calls that are up at the host now: channels of its PBX, dialogs of its SBC, whichever is more."""
        reply = self._ask(target, "calls", {})
        if reply.answer is None:
            return Unknown(target, reply.why)
        return max((count for count in (reply.answer["pbx"], reply.answer["sbc"]) if count is not None), default=0)

    # --- Phones ---

    def resync(self, lines: Sequence[str], at: Sequence[str]) -> Unknown | None:
        """Have the first of the SBCs on `at` that can tell the phones of these lines to fetch their configuration.

        Returns what the last one said when none could.
        """
        deaf: Unknown | None = Unknown("", "there is no SBC")
        for name in at:
            host = self._hosts[name]
            assert host.sbc is not None
            deaf = self._done(name, "resync", {"at": f"{host.address}:{host.sbc.sip_port}", "lines": list(lines)})
            if deaf is None:
                break
        return deaf

    # --- Pinger ---

    def neighbours(self, targets: Sequence[str]) -> dict[str, Mapping[str, Reach] | Unknown]:
        """Whom the PBX or SBC on each host reaches now: contacts and destinations that answer its pings."""

        def look(name: str) -> Mapping[str, Reach] | Unknown:
            reply = self._lines[name].answer({})
            if reply.answer is None:
                return Unknown(name, reply.why)
            return in_words(reply.answer["reached"], self._hosts.values())

        for name in targets:
            if name not in self._lines:
                self._lines[name] = Line(self._session, self._hosts[name], "neighbours")
        return self._each(look, targets, _itself, LOOKS)

    def notices(self, receipt: Receipt) -> float:
        """See `Pinger.notices`."""
        return notices(receipt)

    # --- Small parts ---

    def _done(self, name: str, verb: str, request: Mapping[str, Any]) -> Unknown | None:
        reply = self._ask(name, verb, request)
        if reply.answer is None:
            return Unknown(name, reply.why)
        return (
            None if reply.answer["ok"] else Unknown(name, "; ".join(reply.answer.get("messages", ())) or "it did not")
        )

    def _ask(self, name: str, verb: str, request: Mapping[str, Any], archive: bytes = b"") -> Reply:
        begun = self._begun.pop((name, verb), None) or Asking(self._session, self._hosts[name], verb)
        return begun.answer(request, archive)

    def _each(
        self, do: Callable[[_Given], _Made], given: Sequence[_Given], name: Callable[[_Given], str], most: int
    ) -> dict[str, _Made]:
        if not given:
            return {}
        with ThreadPoolExecutor(min(most, len(given))) as pool:
            return dict(zip(map(name, given), pool.map(do, given), strict=True))

    def _words(self, bound: BoundHost | None, message: str) -> str:
        """What a host said, fit for people: secrets masked, and whence the lines came that it names."""
        said = self._vault.redacted(message)
        return with_origin(said, bound) if bound else said

    def _told(self, result: HostResult) -> HostResult:
        words = result.status if result.ok else result.messages[0] if result.messages else result.status
        self._tell(result.target, "done", words, not result.ok)
        return result

    def _tell(self, host: str, step: str, message: str, failed: bool = False) -> None:
        with self._telling:
            say(self._watch, host, step, message, failed=failed)


def _no_set(name: str) -> int:
    raise LookupError(f"nobody said which dispatcher set {name} is")


def _itself(name: str) -> str:
    return name


def release_name(blueprint: str) -> str:
    """A name for a new release: when it was made, and from which blueprint."""
    mark = blueprint[:8] or secrets.token_hex(4)
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{mark}"


def targets_of(session: Session, bound: BoundState, built: Built) -> tuple[HostTarget, ...]:
    """What each host of the session shall have."""
    by_name, pool = {host.name: host for host in bound.hosts}, dict[Path, Blob]()
    return tuple(
        HostTarget(host, by_name[host.name], Contents(by_name[host.name], built, pool)) for host in session.hosts
    )
