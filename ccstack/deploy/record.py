"""The record of a deployment, on its hosts and here, and its plan as the record keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ccstack.drivers.base import Unknown, say
from ccstack.drivers.history import Log, entry
from ccstack.drivers.hosts import HostResult
from ccstack.drivers.switches.result import SwitchResult
from ccstack.load import center_json

from .outcome import Outcome
from .reach import Reached


def keep(within: Reached, verb: str, outcome: Outcome, plan: Mapping[str, Any] | None) -> None:
    """Write the record: on every host that was meant and answers, then here. What became of a switch all hosts keep."""
    told = {name: _kept(target) for name, target in outcome.targets.items()}
    # Nothing secret can be in it; should a host have said one, it is masked on the way to `outcome` already.
    made = entry(verb=verb, center=outcome.center, blueprint=outcome.blueprint, plan=plan, results=told)
    dead = {name for name, host in outcome.hosts.items() if host.status == "unreachable"}
    keepers = [host.name for host in within.center.hosts] if outcome.switches else list(outcome.hosts)
    answers = within.driver.record([name for name in keepers if name not in dead], made)
    kept = [name for name, answer in answers.items() if answer is None]
    for name, answer in answers.items():
        if isinstance(answer, Unknown):
            say(within.watch, name, "note", f"keeps no record of this: {answer.why}")
    Log.of(outcome.center).add(made, kept, center_json(within.center))


def _kept(target: HostResult | SwitchResult) -> dict[str, Any]:
    told = asdict(target)
    return told | {"changed_files": len(target.changed_files)} if isinstance(target, HostResult) else told


def record_of(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan as the record keeps it: without the text of new files, which their release has."""
    return dict(plan) | {"targets": [_slim(target) for target in plan["targets"]]}


def _slim(target: Mapping[str, Any]) -> dict[str, Any]:
    changes = [change | {"diff": ()} if change["action"] == "add" else change for change in target["changes"]]
    return dict(target) | {"changes": changes}
