"""A deployment: lock, look, plan, agree, carry out, record, unlock."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from ccstack.drivers.base import Receipt, Unknown
from ccstack.drivers.fleet import chosen_switches
from ccstack.drivers.history import now, who
from ccstack.drivers.hosts import HostResult, HostTarget, chosen, need_ansible
from ccstack.drivers.locks import locked
from ccstack.drivers.switches.result import SwitchResult, SwitchTarget
from ccstack.plan.actual import HostActual, SwitchActual
from ccstack.plan.only import dangling
from ccstack.plan.plan import Plan, TargetPlan

from .outcome import Outcome
from .phones import tell_phones
from .reach import Looked, Reached
from .ready import Ready
from .record import keep, record_of

if TYPE_CHECKING:
    from ccstack.plan.order import Wave

Agree = Callable[[Plan, "Sequence[Wave]"], None]
"""Called once, with the lock held and before anything is changed, with what will be done and in which order; no waves
when there is nothing to do. Whoever does not agree raises: that ends the deployment, and the lock is given back."""


class NoHostsError(Exception):
    """The center has no host, where its lock and its record would be."""


class PlanMisfitError(Exception):
    """What was asked for leaves a name hanging, or is not what was planned; the text has every reason."""


@dataclass(frozen=True)
class How:
    """What a deployment may do, and how."""

    only: tuple[str, ...] = ()
    """Sites, hosts and switches; all when it is empty."""
    canary: str | None = None
    """The site that goes first; by default the one with the fewest agents."""
    drain: float = 600.0
    """Seconds that a host which must restart is waited for until it has no calls."""
    force: bool = False
    """Restart it even if it has calls then: they are lost."""
    break_lock: bool = False
    """Take the lock over from a deployment that is no more."""


def meant(wanted: Ready, how: How) -> tuple[str, ...]:
    """The targets that a deployment is about, by name.

    Raises what can be known to be wrong before any host is asked: `UnknownTargetError`, `UnknownSiteError`,
    `ToolsMissingError`, `NoHostsError`.
    """
    from ccstack.plan.order import check_site  # not above: who only looks need not wait for the design's room

    center = wanted.center
    hosts, switches = chosen(center, how.only), chosen_switches(center, how.only)
    check_site(wanted.design, how.canary)
    need_ansible()
    if not center.hosts:
        raise NoHostsError(
            "a center's hosts keep its lock and its record, and this one has none: its switches can be planned"
        )
    return (*(host.name for host in hosts), *(switch.name for switch in switches))


def deploy(
    within: Reached,
    wanted: Ready,
    plan: Plan | None = None,
    how: How | None = None,
    *,
    agree: Agree = lambda _plan, _waves: None,
    stop: Event | None = None,
) -> Outcome:
    """Make the hosts and switches what `wanted` says, in an order that drops no call; what became of each.

    `plan`, made earlier by `observe`, is carried out only if the blueprint and every target are what they were then.
    A target that fails keeps what it had, and nothing more is begun; one that cannot be reached stops no other. Setting
    `stop` ends it after what is under way. Raises, with nothing changed, what `meant` raises, `LockedError` when
    somebody else is deploying, and `PlanMisfitError`.
    """
    from ccstack.plan.saved import as_json  # not above: see `meant`

    how, stop, started = how or How(), stop or Event(), now()
    names = frozenset(meant(wanted, how))
    hosts = [host.name for host in wanted.center.hosts]
    with locked(within.driver, hosts, who(), seize=how.break_lock, watch=within.watch):
        began = time.monotonic()
        targets = within.targets(wanted)
        looked = within.look(wanted, targets, within.center.switches)
        begun = _Begun(within, wanted, how, targets, looked, _part(looked, names, plan))
        waves = begun.order()
        agree(begun.plan, waves)
        told = record_of(as_json(begun.plan))
        within.driver.plan_json = json.dumps(told)
        results = begun.results(begun.conducted(waves, stop))
        outcome = _outcome(begun.plan, started, round(time.monotonic() - began, 2), results)
        if waves:
            begun.tell_phones(outcome)
            keep(within, "deploy", outcome, told)
        return outcome


def _part(looked: Looked, names: frozenset[str], saved: Plan | None) -> Plan:
    """The part of the plan that was asked for. Raises if it leaves something hanging, or is not what was saved."""
    whole, actual = looked.plan, looked.actual
    meant = names & {target.target for target in saved.targets} if saved else names
    asleep = {name for name, seen in actual.items() if isinstance(seen, HostActual) and seen.release is None}
    # Names hang between hosts: a switch sends nobody anywhere.
    hosts = replace(whole, targets=tuple(target for target in whole.targets if target.target not in looked.aims))
    wrong = list(dangling(hosts, meant - looked.aims.keys(), asleep))
    if saved:
        from ccstack.plan.saved import still_fits  # not above: see `meant`

        states = {name: None if isinstance(seen, Unknown) else seen.state for name, seen in actual.items()}
        wrong += still_fits(saved, whole.blueprint, states)
    if wrong:
        raise PlanMisfitError("nothing was changed:\n" + "\n".join(f"  {words}" for words in wrong))
    targets = tuple(target for target in whole.targets if target.target in meant)
    return replace(whole, targets=targets, unknown={n: why for n, why in whole.unknown.items() if n in meant})


def _outcome(plan: Plan, started: str, seconds: float, results: Mapping[str, Receipt]) -> Outcome:
    hosts = {name: result for name, result in results.items() if isinstance(result, HostResult)}
    switches = {name: result for name, result in results.items() if isinstance(result, SwitchResult)}
    return Outcome(plan.center, plan.blueprint, started, seconds, hosts, switches)


@dataclass(frozen=True)
class _Begun:
    """A deployment that has the lock, and a plan."""

    within: Reached
    wanted: Ready
    how: How
    targets: Sequence[HostTarget]
    looked: Looked
    plan: Plan

    @cached_property
    def refused(self) -> Mapping[str, TargetPlan]:
        """Hosts that somebody else's files keep a deployment from, and switches that somebody is at; while there are
        any, none is begun."""
        stops = self.within.on_foreign == "refuse"
        refused = [t for t in self.plan.targets if t.refused and (stops or t.target in self.looked.aims)]
        return {target.target: target for target in refused}

    @cached_property
    def before(self) -> Mapping[str, str]:
        """The release that each host has that has one."""
        seen = self.looked.actual.items()
        return {name: one.release for name, one in seen if isinstance(one, HostActual) and one.release}

    def order(self) -> Sequence[Wave]:
        from ccstack.plan.order import order  # not above: see `meant`

        return () if self.refused else order(self.plan, self.wanted.design, self.how.canary)

    def conducted(self, waves: Sequence[Wave], stop: Event) -> Mapping[str, Receipt]:
        from ccstack.drivers.conduct import Conductor  # not above: see `meant`

        wanted: dict[str, HostTarget | SwitchTarget] = {target.name: target for target in self.targets}
        conductor = Conductor(
            self.within.fleet,
            self.within.driver,
            wanted | dict(self.looked.aims),
            self.within.watch,
            self.how.drain,
            force=self.how.force,
            stop=stop,
            pinger=self.within.driver,
            trier=self.within.fleet,
            before=self.before,
            absent=self.plan.unknown,
        )
        return conductor.run(waves)

    def tell_phones(self, outcome: Outcome) -> None:
        # Of a host's first release no phone can know yet.
        known = {name: made for name, made in outcome.hosts.items() if name in self.before}
        tell_phones(self.within, self.wanted.design, known)

    def results(self, done: Mapping[str, Receipt]) -> dict[str, Receipt]:
        """What became of every target that was meant, in the order of the blueprint."""
        planned = {target.target: target for target in self.plan.targets}
        known = [name for name in self.looked.actual if name in planned or name in self.plan.unknown]
        return {name: self._as_result(self._receipt(name, planned.get(name), done)) for name in known}

    def _receipt(self, name: str, planned: TargetPlan | None, done: Mapping[str, Receipt]) -> Receipt:
        if name in self.plan.unknown:
            return Receipt(name, "unreachable", (self.plan.unknown[name],))
        if name in done:
            return done[name]
        if name in self.refused:
            what_to_do = "" if name in self.looked.aims else f"; {_FOREIGN}"
            return Receipt(name, "failed", tuple(f"{words}{what_to_do}" for words in self.refused[name].refused))
        if planned and planned.work and self.refused:
            return Receipt(name, "not_run", (f"not begun, because {next(iter(self.refused))} is refused",))
        return Receipt(name, "unchanged")

    def _as_result(self, receipt: Receipt) -> Receipt:
        """A receipt with what its kind of target has, besides."""
        if isinstance(receipt, HostResult | SwitchResult):
            return receipt
        name, seen = receipt.target, self.looked.actual[receipt.target]
        if name in self.looked.aims:
            state = seen.state if isinstance(seen, SwitchActual) else None
            return SwitchResult(name, receipt.status, receipt.messages, receipt.seconds, release=state, before=state)
        release = seen.release if isinstance(seen, HostActual) else None
        return HostResult(name, receipt.status, receipt.messages, receipt.seconds, release=release)


_FOREIGN = "deploy with --on-foreign adopt (take it over) or backup (also keep a copy in /var/backups/ccstack)"
