"""Whether each switch is configured as the blueprint wants it, and would be so after a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ccstack.drivers.base import Unknown
from ccstack.plan.actual import SwitchActual
from ccstack.plan.sections import differing, goes_by_host_name
from ccstack.render.state import SwitchState

from .results import Result

_MOST = 6
"""Sections that are named: a switch that was never deployed to differs in all."""
_CONFIGURED = "it is configured as the blueprint wants"
_SAVED = "it starts with what it runs"


def check_switches(wanted: Sequence[SwitchState], seen: Mapping[str, SwitchActual | Unknown]) -> Iterator[Result]:
    """Two results for each switch, in the blueprint's order; one that does not answer is an `error`."""
    for state in wanted:
        actual = seen.get(state.name, Unknown(state.name, "it was not asked"))
        if isinstance(actual, Unknown):
            yield Result(state.name, _CONFIGURED, "error", actual.why)
            continue
        yield _configured(state, actual)
        yield _saved(actual)


def _configured(state: SwitchState, actual: SwitchActual) -> Result:
    if wrong := [*_differing(state, actual), *_misnamed(state, actual)]:
        return Result(state.name, _CONFIGURED, "fail", "; ".join(wrong))
    itself = [actual.facts[name] for name in ("platform", "model", "version") if name in actual.facts]
    return Result(state.name, _CONFIGURED, "pass", ", ".join(itself))


def _differing(state: SwitchState, actual: SwitchActual) -> Iterator[str]:
    paths = [now.path for now, _ in differing(state, actual.owned)]
    if paths:
        more = f" and {len(paths) - _MOST} more" if len(paths) > _MOST else ""
        yield f"{', '.join(paths[:_MOST])}{more}: not as wanted; `ccstack plan` shows the lines, deploy mends them"


def _misnamed(state: SwitchState, actual: SwitchActual) -> Iterator[str]:
    """Nobody's request for an address would be known by its port."""
    name = actual.facts.get("host name", state.name)
    if name != state.name and goes_by_host_name(state):
        has = f"its host name is {name}" if name else "it has no host name"
        yield f"{has}, and DHCP servers know its ports as those of {state.name}; set it on the switch"


def _saved(actual: SwitchActual) -> Result:
    wrong = [actual.pending] if actual.pending else []
    wrong += [] if actual.saved else ["what it runs is not saved, and a restart would lose it; deploy saves it"]
    return Result(actual.switch, _SAVED, "fail" if wrong else "pass", "; ".join(wrong))
