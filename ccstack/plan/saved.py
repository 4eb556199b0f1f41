"""A plan as a file: written, read, and asked whether it still fits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .plan import Plan

SCHEMA = "ccstack.plan/1"


class PlanFileError(ValueError):
    """A file that is no saved plan; the text says what is wrong and what to do."""


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as JSON has it; what is derived (`empty`, `risk`) is there for programs, and ignored when read."""
    return {"schema": SCHEMA, "empty": plan.is_empty, "risk": plan.risk} | asdict(plan)


def save(plan: Plan, path: Path) -> None:
    """Write the plan to `path`. It holds no secret."""
    path.write_text(json.dumps(as_json(plan), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def read(path: Path) -> Plan:
    """The plan that was saved at `path`. Raises `PlanFileError`."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as why:
        raise PlanFileError(f"{path}: the plan cannot be read: {why.strerror or why}") from None
    except ValueError:
        raise PlanFileError(f"{path}: this is not JSON; `ccstack plan -o {path}` writes a plan") from None
    return from_json(data, str(path))


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
