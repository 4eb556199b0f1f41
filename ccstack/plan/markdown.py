"""A plan as a comment on a pull request: what changes at a glance, the rest folded away, and never too long."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .plan import Change, ObjectChange, Plan, TargetPlan, highest
from .text import MANY, SIGNS, counted, grouped, headline, reason_words, targets_alike, why_lines

LONGEST = 60_000
"""Characters. GitHub takes 65,536 in a comment; somebody may want to add a line."""
_MOST_OBJECTS = 50
"""Rows of the table of objects."""
_CUT = "\n\n*The rest does not fit in a comment; `ccstack plan --diff` shows all of it.*\n"


def write_markdown(plan: Plan) -> str:
    """The plan as Markdown of at most `LONGEST` characters: whole where it fits, else without differences in lines."""
    full = _written(plan, diffs=True)
    if len(full) <= LONGEST:
        return full
    short = _written(plan, diffs=False)
    return short if len(short) <= LONGEST else _cut(short)


def _cut(text: str) -> str:
    """The beginning of `text`, up to the end of a line, with what is open closed again."""
    kept = text[: LONGEST - len(_CUT) - 100].rsplit("\n", 1)[0]
    is_open = kept.count("<details>") > kept.count("</details>")
    return kept + ("\n\n</details>" if is_open else "") + _CUT


def _written(plan: Plan, *, diffs: bool) -> str:
    blocks = [f"### {_plain(headline(plan))}", *_warnings(plan)]
    if plan.objects:
        blocks.append("\n".join(_objects(plan.objects)))
    blocks += [_targets(alike, plan, diffs) for alike in targets_alike(plan) if alike[0].changes or alike[0].notes]
    return "\n\n".join(blocks) + "\n"


def _warnings(plan: Plan) -> Iterator[str]:
    for target, why in plan.unknown.items():
        yield f"> **{_plain(target)} is unknown**, not to be read as unchanged: {_plain(why)}"
    for one in plan.targets:
        if one.refused:
            yield f"> **{_plain(one.target)} is refused:**\n" + "\n".join(f"> - {_plain(why)}" for why in one.refused)


def _objects(objects: Sequence[ObjectChange]) -> Iterator[str]:
    yield "| | object | change | written at | touches | risk |"
    yield "| - | - | - | - | - | - |"
    for one in objects[:_MOST_OBJECTS]:
        told = "<br>".join(_plain(reason_words(r, one.path)) for r in one.reasons) if one.action == "change" else ""
        places = ", ".join(dict.fromkeys(_plain(r.written_at) for r in one.reasons if r.written_at))
        row = (SIGNS[one.action], _code(one.path), told or one.action, places, _plain(", ".join(one.touches)), one.risk)
        yield f"| {' | '.join(row)} |"
    if len(objects) > _MOST_OBJECTS:
        yield f"| | and {len(objects) - _MOST_OBJECTS} more | | | | |"


def _targets(alike: Sequence[TargetPlan], plan: Plan, diffs: bool) -> str:
    first = alike[0]
    names = ", ".join(one.target for one in alike)
    number = len(first.changes)
    risk = highest(plan.risk_of(one) for one in alike)
    lines = [f"<details><summary><b>{names}</b>: {number} change{'s' * (number != 1)}, risk {risk}</summary>", ""]
    lines += [f"*{_plain(note)}*\n" for note in first.notes]
    lines += ["| | what | how | risk | why |", "| - | - | - | - | - |"]
    lines += [_row(group) for group in grouped(first.changes)]
    for change in first.changes if diffs else ():
        if change.diff:
            lines += ["", _code(change.path), "", *_fenced(change.diff)]
    return "\n".join([*lines, "", "</details>"])


def _row(group: Sequence[Change]) -> str:
    first = group[0]
    is_one = len(group) <= MANY[first.kind]
    what = "<br>".join(_code(change.path) for change in group) if is_one else counted(group)
    how = first.apply if first.kind == "file" and is_one else first.action
    why = "<br>".join(map(_plain, why_lines(first)))
    return f"| {SIGNS[first.action]} | {what} | {how} | {first.risk} | {why} |"


def _fenced(lines: Sequence[str]) -> list[str]:
    """A code block that nothing in `lines` can end."""
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}diff", *lines, fence]


def _plain(text: str) -> str:
    """Text that is shown as it is: nothing in it is Markdown, HTML, a mention or the end of a table's cell."""
    escaped = re.sub(r"([\\`*_{}\[\]<>|#~!])", r"\\\1", text.replace("\n", " "))
    return escaped.replace("@", "@\u200b")


def _code(text: str) -> str:
    return f"`{text.replace('`', '').replace('|', chr(92) + '|')}`"
