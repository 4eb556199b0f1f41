"""A plan for people at a terminal: objects first, then what is done to each target, then how lines differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from .objects import object_of
from .plan import Action, Change, Kind, ObjectChange, Plan, Reason, TargetPlan, highest

SIGNS: dict[Action, str] = {
    "add": "+",
    "change": "~",
    "remove": "-",
    "start": ">",
    "reload": ">",
    "restart": ">",
    "install": "+",
    "mend": "!",
    "report": "?",
}
_FEW = 12
"""Objects that are listed; of more, only how many came or went."""
MANY: dict[Kind, int] = {
    "file": 12,
    "section": 6,
    "unit": 2,
    "process": 12,
    "bootstrap": 12,
    "override": 12,
    "object": 12,
}
"""Changes of one kind with the same reason in words that are listed one by one."""
_PLURAL: dict[Kind, str] = {"process": "processes"}
_REASONS = 3
"""Objects that are named as the reason of one change."""
_SHORT = 40
"""Lines of difference that are shown unasked."""
_LONGEST = 60
"""Characters of a value."""


def write_text(plan: Plan, *, diff: bool | None = None) -> str:
    """The plan as text. `diff`: with every difference in lines, or with none; None shows them where they are few."""
    shows = diff if diff is not None else _is_short(plan)
    blocks = [list(_objects(plan))]
    blocks += [list(_targets(alike, plan, shows, whole=bool(diff))) for alike in targets_alike(plan)]
    blocks += [list(_unknown(plan)), [headline(plan)]]
    if diff is None and not shows and any(change.diff for target in plan.targets for change in target.changes):
        blocks.append(["--diff shows how the lines differ."])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def headline(plan: Plan) -> str:
    """The plan in one sentence, or one more for what cannot be done and one for what is not known."""
    changes = [change for target in plan.targets for change in target.changes]
    refused = [target.target for target in plan.targets if target.refused]
    all_of_them = _counted(len(plan.targets) + len(plan.unknown), "target")
    if not changes:
        said = f"nothing to do on {_counted(len(plan.targets), 'target')}"
    else:
        actions = ", ".join(f"{number} to {action}" for action, number in Counter(c.action for c in changes).items())
        touched = sum(bool(target.changes) for target in plan.targets)
        said = f"{actions}, on {touched} of {all_of_them}; risk: {plan.risk}"
    sentences = [f"{plan.center}: {said}."]
    sentences += [f"Refused: {', '.join(refused)}."] if refused else []
    sentences += [f"Unknown: {', '.join(plan.unknown)}."] if plan.unknown else []
    return " ".join(sentences)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def value_words(value: object) -> str:
    """A value as people read it; long ones shortened."""
    text = (
        value
        if isinstance(value, str) and value
        else "none"
        if value is None
        else json.dumps(value, ensure_ascii=False)
    )
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def reason_words(reason: Reason, within: str) -> str:
    """`max_wait: 300 to 240`, for a reason of the object `within`."""
    name = reason.path.removeprefix(f"{within}.")
    before, after = reason.before, reason.after
    if isinstance(before, list) and isinstance(after, list):
        return f"{name}: {_list_words(before, after)}"
    return f"{name}: {value_words(before)} to {value_words(after)}"


def _list_words(before: Sequence[object], after: Sequence[object]) -> str:
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    words = [f"without {value_words(one)}" for one in gone] + [f"with {value_words(one)}" for one in come]
    return ", ".join(words) if words else f"in the order {', '.join(map(value_words, after))}"


def _is_short(plan: Plan) -> bool:
    return sum(len(change.diff) for alike in targets_alike(plan) for change in alike[0].changes) <= _SHORT


# --- objects ---


def _objects(plan: Plan) -> Iterator[str]:
    many = _many(plan.objects)
    for action, collection in many:
        number = many[action, collection]
        yield f"{SIGNS[action]} {number} {collection}"
    for one in plan.objects:
        if (one.action, one.path.split(".")[0]) not in many:
            yield from _object(one, plan)


def _many(objects: Sequence[ObjectChange]) -> dict[tuple[Action, str], int]:
    """Objects that came or went in such numbers that nobody reads their names."""
    if len(objects) <= _FEW:
        return {}
    counts = Counter[tuple[Action, str]]((o.action, o.path.split(".")[0]) for o in objects if o.action != "change")
    return dict(counts)


def _object(one: ObjectChange, plan: Plan) -> Iterator[str]:
    touches = touches_words(one, plan)
    places = dict.fromkeys(reason.written_at for reason in one.reasons if reason.written_at)
    at = f"  {', '.join(list(places)[:2])}" if places else ""
    yield f"{SIGNS[one.action]} {one.path}{at}  {touches}  ({one.risk})"
    if one.action == "change":
        yield from (f"    {reason_words(reason, one.path)}" for reason in one.reasons)


def touches_words(one: ObjectChange, plan: Plan) -> str:
    """The targets that an object touches; of one that no changed line names, what is known."""
    if one.touches:
        return f"touches {', '.join(one.touches)}"
    kinds = {change.kind for target in plan.targets for change in target.changes}
    is_idle = not plan.unknown and not kinds & {"file", "section"}
    return "touches nothing" if is_idle else "no line is known to come from it"


# --- targets ---


def targets_alike(plan: Plan) -> list[list[TargetPlan]]:
    """Targets to which the very same is done, together: twenty hosts are read as one."""
    groups: dict[str, list[TargetPlan]] = {}
    for target in plan.targets:
        changes = [replace(change, target="") for change in target.changes]
        groups.setdefault(repr((changes, target.refused, target.notes)), []).append(target)
    return list(groups.values())


def shared_reasons(changes: Sequence[Change]) -> tuple[Reason, ...]:
    """The reasons, where several changes have the same ones and nothing else is to be said of any."""
    first = changes[0].reasons if len(changes) > 1 else ()
    return first if all(change.reasons == first and not change.why for change in changes) else ()


def _targets(alike: Sequence[TargetPlan], plan: Plan, shows: bool, *, whole: bool) -> Iterator[str]:
    target = alike[0]
    if not (target.changes or target.refused or target.notes):
        return
    names = ", ".join(one.target for one in alike)
    yield f"{names}  ({highest(plan.risk_of(one) for one in alike)})" if target.changes else names
    yield from (f"  refused: {words}" for words in target.refused)
    yield from (f"  note: {words}" for words in target.notes)
    shared = shared_reasons(target.changes)
    yield from (f"  {line}" for line in because_lines(shared))
    yield from _changes([replace(c, reasons=()) for c in target.changes] if shared else target.changes, shows, whole)


def _changes(changes: Sequence[Change], shows: bool, whole: bool) -> Iterator[str]:
    listed: list[Change] = []
    for group in grouped(changes):
        if len(group) > MANY[group[0].kind] and not whole:
            yield f"  {SIGNS[group[0].action]} {_group(group)}"
        else:
            listed += group
    width = max((len(change.path) for change in listed), default=0)
    for change in listed:
        yield from _change(change, width, shows)


def grouped(changes: Sequence[Change]) -> list[list[Change]]:
    """Changes with the same words for a reason together, such as all files of a first release; the others alone.

    Sections of a switch are together with the same reasons, too: what is done to a port is done to all.
    """
    groups: dict[object, list[Change]] = {}
    for change in changes:
        is_section = change.kind == "section"
        is_alike = is_section or (bool(change.why) and not change.reasons)
        more = (change.risk, *(reason.path for reason in change.reasons)) if is_section else ()
        key = (change.kind, change.action, change.why, more)
        groups.setdefault(key if is_alike else change.path, []).append(change)
    return list(groups.values())


def _group(group: Sequence[Change]) -> str:
    named = ", ".join(change.path for change in group) if group[0].kind == "unit" else counted(group)
    return ", ".join([f"{named}: {group[0].action}", *why_lines(group[0])])


def counted(group: Sequence[Change]) -> str:
    """`55 files`."""
    return f"{len(group)} {_PLURAL.get(group[0].kind, f'{group[0].kind}s')}"


def _change(change: Change, width: int, shows: bool) -> Iterator[str]:
    how = change.apply if change.kind == "file" else change.action
    words = f"{change.risk:<6}  {how}" if how != change.risk else how
    yield f"  {SIGNS[change.action]} {change.path:<{width}}  {words}"
    yield from (f"      {line}" for line in why_lines(change))
    if shows:
        yield from (f"      {line}" for line in change.diff[2:])


def why_lines(change: Change) -> list[str]:
    """Why something changes: the blueprint's fields, and what else is known, in words."""
    return [*because_lines(change.reasons), *([change.why] if change.why else [])]


def because_lines(reasons: Sequence[Reason]) -> list[str]:
    """The blueprint's fields by object, the first few objects."""
    told = [_because(of_one) for of_one in _by_object(reasons)]
    more = [f"and {len(told) - _REASONS} more"] if len(told) > _REASONS else []
    return [*told[:_REASONS], *more]


def _by_object(reasons: Sequence[Reason]) -> list[list[Reason]]:
    groups: dict[str, list[Reason]] = {}
    for reason in reasons:
        groups.setdefault(object_of(reason.path), []).append(reason)
    return list(groups.values())


def _because(reasons: Sequence[Reason]) -> str:
    if len(reasons) == 1:
        return str(reasons[0])
    path = object_of(reasons[0].path)
    fields = ", ".join(reason.path.removeprefix(f"{path}.") for reason in reasons)
    places = dict.fromkeys(reason.written_at for reason in reasons if reason.written_at)
    at = f" at {', '.join(places)}" if places else ""
    return f"because {path} changed{at}: {fields}"


def _unknown(plan: Plan) -> Iterator[str]:
    for target, why in plan.unknown.items():
        yield f"{target}: unknown, not to be read as unchanged: {why}"
