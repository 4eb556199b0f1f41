"""What would become of a host's files, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from ccstack.model.center import ContactCenter
from ccstack.render.state import ApplyClass, Artifact, File, HostState

from .actual import HostActual, SeenFile
from .causes import Causes, Changed
from .mask import Redact, difference, is_but_for_secrets, seen_lines, shown_lines
from .plan import Action, Change, Risk
from .processes import FIRST, UNIT_OF
from .queues import put_in_order
from .risk import risk_of_class

_EDITED = "edited on the host"
_EDITED_OR_OLDER = "edited on the host, or written by another version of ccstack"
_OLDER = "this version of ccstack writes it differently"
_NEW_IN_VERSION = "this version of ccstack writes it; the release in place has no such file"
_NOT_WANTED = "this version of ccstack writes no such file"
_GONE = "it is gone from the host"
_REPLACED = "another file stands where ccstack's was"
_SECRET = "a secret in it has another value"  # noqa: S105 - words, no secret
_BLANKS = "it differs in line ends only"
_MADE_ANEW = "it is made anew"
_IN_ORDER = "Asterisk rings the members of a queue in the order in which they came only if it starts with that strategy"
_UNKNOWN_BEFORE = "what the host was deployed from is not known"


@dataclass(frozen=True, slots=True)
class Look:
    """All that is known when a host's files are compared."""

    center: ContactCenter
    wanted: HostState
    before: HostState | None
    """What was wanted before; None where that is not known."""
    changed: Changed
    actual: HostActual
    redact: Redact

    @property
    def is_first(self) -> bool:
        """Whether the host never had a release."""
        return self.actual.release is None

    def risk(self, apply: ApplyClass) -> Risk:
        """What a change of that class may cost on this host: nothing where no process runs that it could disturb."""
        unit = UNIT_OF.get(apply.split("-")[0])
        seen = self.actual.units.get(unit) if unit else None
        is_running = unit is None or (seen is not None and seen.pid != 0)
        return risk_of_class(apply, self.wanted.name, self.center) if is_running else "none"


def file_changes(look: Look) -> Iterator[Change]:
    """The changes of a host's files and artifacts, by path."""
    changes = [*_rendered(look), *_made(look), *_leaving(look)]
    yield from sorted(changes, key=lambda change: change.path)


def _rendered(look: Look) -> Iterator[Change]:
    before = {file.path: file for file in look.before.files} if look.before else {}
    for file in look.wanted.files:
        old, seen = before.get(file.path), look.actual.files.get(file.path)
        find = partial(look.changed.of_file, old, file)
        change = _change(look, file, old, seen, find, partial(_unexplained, seen, file))
        if change:
            yield _with_text(look, change, old, file, seen)


def _made(look: Look) -> Iterator[Change]:
    before = {made.path: made for made in look.before.artifacts} if look.before else {}
    for made in look.wanted.artifacts:
        old, seen = before.get(made.path), look.actual.files.get(made.path)
        find = partial(look.changed.of_artifact, old, made)
        change = _change(look, made, old, seen, find, partial(_made_anew, seen))
        if change:
            yield change


def _change(
    look: Look,
    wanted: File | Artifact,
    old: File | Artifact | None,
    seen: SeenFile | None,
    find: Callable[[], Causes],
    unexplained: Callable[[], tuple[Action, str]],
) -> Change | None:
    """The change of one wanted file, its difference still empty; None where it is as it shall be."""
    is_same = seen is not None and seen.digest == look.actual.wanted[wanted.path]
    # What was there before ccstack was somebody else's: nothing about it is wrong.
    is_managed = wanted.path in look.actual.managed
    wrongs = list(_wrong_about(seen, wanted)) if seen and is_managed else []
    if is_same and not wrongs and is_managed:
        return None
    causes = find() if look.before and not is_same and not look.is_first else Causes()
    action: Action = "mend"
    why = ""
    if not (is_same and is_managed):
        action, why = _judged(look, wanted, old, seen, causes, unexplained)
    return Change(
        target=look.wanted.name,
        kind="file",
        path=wanted.path,
        action=action,
        risk=look.risk(wanted.apply),
        apply=wanted.apply,
        why="; ".join(filter(None, (why, *wrongs))),
        reasons=causes.reasons,
    )


def _judged(
    look: Look,
    wanted: File | Artifact,
    old: File | Artifact | None,
    seen: SeenFile | None,
    causes: Causes,
    unexplained: Callable[[], tuple[Action, str]],
) -> tuple[Action, str]:
    """What is done to a file whose content is not what is wanted, and what the blueprint does not say about why."""
    is_managed = wanted.path in look.actual.managed
    if look.is_first:
        return ("change" if seen else "add"), FIRST
    if is_managed and seen is None:
        return "mend", "; ".join(filter(None, (_GONE, causes.words)))
    if look.before is None:
        return ("change" if seen else "add"), _UNKNOWN_BEFORE
    if not is_managed:
        return ("change" if seen else "add"), causes.words if old is None else _NEW_IN_VERSION
    if causes.are_there:
        edited = _EDITED if seen and seen.as_released is False else ""
        secret = _SECRET if isinstance(old, File) and isinstance(wanted, File) and old.text == wanted.text else ""
        return "change", "; ".join(filter(None, (secret, causes.words, edited)))
    return unexplained()


def _unexplained(seen: SeenFile | None, wanted: File) -> tuple[Action, str]:
    """The blueprint says of this file what it said before: so it is a secret, another ccstack, or somebody's edit."""
    assert seen is not None
    is_alike = seen.text is not None and is_but_for_secrets(seen.text, wanted)
    if seen.as_released is False:
        return "mend", _EDITED
    if is_alike:
        return ("change" if seen.as_released else "mend"), _SECRET if wanted.slots else _BLANKS
    return ("change", _OLDER) if seen.as_released else ("mend", _EDITED_OR_OLDER)


def _made_anew(seen: SeenFile | None) -> tuple[Action, str]:
    assert seen is not None
    if seen.as_released is None:
        return "mend", f"{_EDITED}, or {_MADE_ANEW}"
    return ("change", _MADE_ANEW) if seen.as_released else ("mend", _EDITED)


def _wrong_about(seen: SeenFile, wanted: File | Artifact) -> Iterator[str]:
    """What is wrong besides the content."""
    if not seen.placed:
        yield _REPLACED
    if (seen.owner, seen.group) != (wanted.owner, wanted.group):
        yield f"its owner is {seen.owner}:{seen.group} instead of {wanted.owner}:{wanted.group}"
    if seen.mode != wanted.mode:
        yield f"its mode is {seen.mode:04o} instead of {wanted.mode:04o}"


def _with_text(look: Look, change: Change, old: File | None, wanted: File, seen: SeenFile | None) -> Change:
    """The change with its difference."""
    there = _there(look, old, wanted, seen)
    lines = shown_lines(wanted)
    is_same = seen is not None and seen.digest == look.actual.wanted[wanted.path]
    if wanted.apply == "asterisk-queues" and put_in_order(there, lines):
        why = "; ".join(filter(None, (change.why, _IN_ORDER)))
        change = replace(change, apply="asterisk-restart", risk=look.risk("asterisk-restart"), why=why)
    # Of a first release every line is new: `ccstack render` shows them better than a difference.
    return change if is_same or look.is_first else replace(change, diff=difference(wanted.path, there, lines))


def _there(look: Look, old: File | None, wanted: File, seen: SeenFile | None) -> tuple[str, ...]:
    """The lines that stand on the host, as they may be shown; those of before where the host did not send them."""
    if seen is None or wanted.path not in look.actual.managed:
        return ()
    if seen.text is None:
        return shown_lines(old)
    return seen_lines(seen.text, [file for file in (wanted, old) if file], look.redact)


def _leaving(look: Look) -> Iterator[Change]:
    """Files that the release in place brought, and that are wanted no more."""
    before: dict[str, File | Artifact] = {}
    if look.before:
        before |= {file.path: file for file in look.before.files}
        before |= {made.path: made for made in look.before.artifacts}
    for path in sorted(look.actual.managed - look.actual.wanted.keys()):
        if look.actual.files.get(path) is not None:
            yield _removal(look, path, before.get(path))


def _removal(look: Look, path: str, old: File | Artifact | None) -> Change:
    if isinstance(old, File):
        causes = look.changed.of_file(old, None)
    else:
        causes = look.changed.of_artifact(old, None) if old else Causes()
    # Which class a path had that nobody renders any more is not known here; the host knows.
    apply: ApplyClass = old.apply if old else "none"
    why = causes.words if old else _NOT_WANTED if look.before else _UNKNOWN_BEFORE
    diff = difference(path, shown_lines(old), ()) if isinstance(old, File) else ()
    return Change(look.wanted.name, "file", path, "remove", look.risk(apply), apply, why, causes.reasons, diff)
