"""What a deployment to some targets only would leave hanging between them and the others."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from .plan import ObjectChange, Plan


def dangling(plan: Plan, chosen: Collection[str], asleep: Collection[str] = ()) -> tuple[str, ...]:
    """Why only `chosen` cannot be deployed to: objects that some hosts would know and others not, in words.

    Targets that nothing runs on yet (`asleep`), or that could not be observed, leave nothing hanging: whoever sends a
    call to one finds it dead, and goes on to the next. Nor does a switch: it sends nothing to anybody by name.
    """
    switches = {t.target for t in plan.targets if any(change.kind == "section" for change in t.changes)}
    waiting = {t.target for t in plan.targets if t.work} - set(chosen) - set(asleep) - switches
    return tuple(_words(change, waiting) for change in _shared(plan, set(chosen) - switches, waiting))


def _shared(plan: Plan, chosen: set[str], waiting: set[str]) -> Iterator[ObjectChange]:
    """Objects that hosts name to each other, and that only one side would have. A changed field hangs on no name; but
    a host's own fields say where the others find it."""
    for change in plan.objects:
        is_name = change.action in ("add", "remove") or change.path.startswith("hosts.")
        if is_name and chosen & set(change.touches) and waiting & set(change.touches):
            yield change


_BECAME = {"add": "is new", "remove": "is gone", "change": "is reached otherwise"}


def _words(change: ObjectChange, waiting: set[str]) -> str:
    left = ", ".join(sorted(waiting & set(change.touches)))
    return f"{change.path} {_BECAME[change.action]}, and {left} would not know: add {left} to --only, or leave it out"
