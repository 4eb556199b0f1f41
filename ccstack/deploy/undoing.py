"""A rollback: the last deployment is undone, in seconds and without a transfer."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

from ccstack.drivers.base import Unknown, say
from ccstack.drivers.fleet import chosen_switches
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import HostResult, chosen
from ccstack.drivers.locks import locked
from ccstack.drivers.switches.result import SwitchResult
from ccstack.model.host import Host

from .outcome import Outcome
from .phones import tell_phones
from .reach import Reached
from .record import keep

AgreeToGo = Callable[[Mapping[str, str]], None]
"""Called once before anything is changed, with what each target goes back to. Whoever does not agree raises."""

_ALONE = "the deployment that is undone did not change it"


class NothingToUndoError(Exception):
    """No host has a deployment to go back from."""


def rollback(
    within: Reached,
    only: Sequence[str] = (),
    to: str = "",
    *,
    break_lock: bool = False,
    agree: AgreeToGo = lambda _back: None,
) -> Outcome:
    """Give the hosts and switches that the last deployment changed what they had before it; what became of each.

    `to` names a release that the hosts have kept instead. Nothing is rendered, sent or drained: what restarts loses its
    calls. Raises, with nothing changed, `UnknownTargetError`, `LockedError`, and `NothingToUndoError`.
    """
    center, began, started = within.center, time.monotonic(), now()
    hosts, switches = chosen(center, only), [switch.name for switch in chosen_switches(center, only)]
    names, every = [host.name for host in hosts], [host.name for host in center.hosts]
    with locked(within.driver, every, who(), seize=break_lock, watch=within.watch):
        histories = {} if to else within.driver.history(every if switches else names)
        # Releases have names on hosts; a configuration of a switch has one, too, for whoever names no host.
        back = dict.fromkeys(names or switches, to) if to else _undone(within, histories, names, switches)
        agree(back)
        results = {name: _left_alone(name, histories.get(name)) for name in names}
        for wave in _waves([host for host in hosts if host.name in back]):
            results |= within.driver.restore(wave, back)
        restored = {name: SwitchResult(name, "unchanged", (_ALONE,)) for name in switches}
        if within.switches:
            restored |= within.switches.restore([name for name in switches if name in back], back)
        outcome = Outcome(center.name, "", started, round(time.monotonic() - began, 2), results, restored)
        _tell(within, outcome)
        keep(within, "rollback", outcome, None)
        return outcome


def _undone(
    within: Reached,
    histories: Mapping[str, tuple[str, ...] | Unknown],
    hosts: Sequence[str],
    switches: Sequence[str],
) -> Mapping[str, str]:
    """The last deployment's hosts and switches, and what each had before."""
    from ccstack.drivers.undo import last_deployment  # not above: a plan, which undoes nothing, imports this room

    known = {host: lines for host, lines in histories.items() if not isinstance(lines, Unknown)}
    undo = last_deployment(known, switches, hosts)
    if undo is None or not undo.back:
        first = f"; the last one gave {', '.join(undo.first)} their first release" if undo else ""
        raise NothingToUndoError(
            f"there is no deployment to undo{first}. --to names a release that the hosts have kept"
        )
    words = f"undoing the deployment of {undo.when} by {undo.who}: {', '.join(undo.back)}"
    say(within.watch, "", "note", words)
    return undo.back


def _left_alone(host: str, history: tuple[str, ...] | Unknown | None) -> HostResult:
    if isinstance(history, Unknown):
        return HostResult(host, "unreachable", (history.why,))
    return HostResult(host, "unchanged", (_ALONE,))


def _waves(hosts: Sequence[Host]) -> list[list[str]]:
    """SBCs first: none shall send a call to something that its PBX knows no more."""
    sbcs = [host.name for host in hosts if host.sbc]
    return [wave for wave in (sbcs, [host.name for host in hosts if not host.sbc]) if wave]


def _tell(within: Reached, outcome: Outcome) -> None:
    from ccstack.design import design  # not above: when it must be quick, hosts come before phones

    tell_phones(within, design(within.center), outcome.hosts)
