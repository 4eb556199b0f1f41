"""A plan as the text of a file, and whether it still fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .plan import Plan

SCHEMA = "ccstack.plan/1"


class PlanFileError(ValueError):
    """A file that is no saved plan; the text says what is wrong and what to do."""


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it; what is derived (`empty`, `risk`) is there for programs, and ignored when read."""
    return {"schema": SCHEMA, "empty": plan.is_empty, "risk": plan.risk} | asdict(plan)


def to_text(plan: Plan) -> str:
    """The plan as the text of a file. It holds no secret."""
    return json.dumps(as_json(plan), indent=2, ensure_ascii=False) + "\n"


def from_text(text: str, where: str) -> Plan:
    """The plan that the text of the file `where` holds. Raises `PlanFileError`."""
    try:
        data = json.loads(text)
    except ValueError:
        raise PlanFileError(f"{where}: this is not JSON; `ccstack plan -o {where}` writes a plan") from None
    return from_json(data, where)


def from_json(data: Any, where: str = "plan") -> Plan:
    """The plan that JSON holds. Raises `PlanFileError`."""
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        raise PlanFileError(f"{where}: `schema` is {schema!r}, this program reads {SCHEMA!r}; make the plan again")
    given = {name: value for name, value in data.items() if name not in ("schema", "empty", "risk")}
    try:
        return _PLAN.validate_python(given)
    except ValidationError as why:
        first = why.errors()[0]
        at = ".".join(map(str, first["loc"]))
        raise PlanFileError(f"{where}: {at}: {first['msg']}; a saved plan is not to be edited: make it again") from None


_PLAN: TypeAdapter[Plan] = TypeAdapter(Plan)


def still_fits(plan: Plan, blueprint: str, states: Mapping[str, str | None]) -> tuple[str, ...]:
    """Why the plan may not be carried out any more; empty when it may.

    `blueprint` is the hash of the center now, `states` what each target's `HostActual.state` is now, None for a
    target that could not be observed.
    """
    messages = []
    if plan.blueprint != blueprint:
        messages.append("the blueprint is not the one that was planned")
    for target in plan.targets:
        state = states.get(target.target)
        if state is None:
            messages.append(f"{target.target}: it cannot be observed, so nobody knows whether the plan still fits it")
        elif state != target.state:
            messages.append(f"{target.target}: it is not what it was when the plan was made")
    messages += [f"{name}: it was unknown when the plan was made ({why})" for name, why in plan.unknown.items()]
    return tuple(messages)
