"""A center's hosts and switches within reach: what stands there, and what a deployment would do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ccstack.load import center_json
from ccstack.model import ContactCenter

from .ready import Ready, Told, ready, unopened

if TYPE_CHECKING:
    from ccstack.drivers.base import Watch
    from ccstack.drivers.fleet import Fleet
    from ccstack.drivers.hosts import HostDriver, HostTarget, OnForeign, Session
    from ccstack.drivers.switches.driver import SwitchDriver
    from ccstack.drivers.switches.result import SwitchTarget
    from ccstack.model.switch import Switch
    from ccstack.plan.compare import Actual
    from ccstack.plan.plan import Plan
    from ccstack.secrets import Vault


@dataclass(frozen=True)
class Looked:
    """What a look at a center's targets found."""

    actual: Mapping[str, Actual]
    aims: Mapping[str, SwitchTarget]
    """What each switch that was looked at shall have."""
    plan: Plan


@dataclass(frozen=True)
class Reached:
    """The hosts and switches of a center, within reach of their drivers."""

    center: ContactCenter
    vault: Vault
    session: Session
    driver: HostDriver
    """The hosts'; it keeps the lock and the record of the switches, too."""
    switches: SwitchDriver | None
    """None where the center has no switches: what it needs is not even loaded then."""
    blueprint: str
    on_foreign: OnForeign
    """What becomes of files on a host that ccstack never managed."""
    watch: Watch

    @property
    def fleet(self) -> Fleet:
        """Hosts and switches, as one driver."""
        from ccstack.drivers.fleet import Fleet

        return Fleet(self.driver, self.switches)

    def targets(self, wanted: Ready) -> tuple[HostTarget, ...]:
        """Everything that each host shall have."""
        from ccstack.drivers.hosts import targets_of

        return targets_of(self.session, wanted.bound, wanted.built)

    def look(self, wanted: Ready, targets: Sequence[HostTarget], switches: Sequence[Switch]) -> Looked:
        """What stands on these hosts and switches, and what a deployment would do; secrets are masked."""
        from ccstack.plan.actual import SwitchActual
        from ccstack.plan.compare import compare

        actual: dict[str, Actual] = dict(self.driver.observe(targets, texts=True, center=True))
        aims = self._aims(wanted, actual, switches)
        if self.switches:
            actual |= self.switches.observe(list(aims.values()))
        words = {name: seen.facts["reverts"] for name in aims if isinstance(seen := actual[name], SwitchActual)}
        redact = self.vault.redacted
        made = compare(self.center, self.blueprint, wanted.state, actual, words=words, redact=redact)
        return Looked(actual, aims, made)

    def _aims(self, wanted: Ready, actual: Mapping[str, Actual], switches: Sequence[Switch]) -> dict[str, SwitchTarget]:
        """What is wanted of each switch. What was wanted before, as the hosts have kept it, is ccstack's still."""
        if not switches:
            return {}
        from ccstack.drivers.switches.result import SwitchTarget
        from ccstack.plan.compare import deployed_before
        from ccstack.plan.switches import with_remains

        before = deployed_before(self.center, self.blueprint, wanted.state, actual)
        states = {state.name: state for state in wanted.state.switches}
        past = {name: [one for state in before for one in state.switches if one.name == name] for name in states}
        return {one.name: SwitchTarget(one, with_remains(states[one.name], past[one.name])) for one in switches}


def observe(within: Reached, wanted: Ready, only: Sequence[str] = ()) -> Plan:
    """What a deployment would do now on the sites, hosts and switches in `only` (all when it names none), and why.

    Changes nothing. A target that does not answer is in the plan's `unknown`. Raises `UnknownTargetError`.
    """
    from ccstack.drivers.fleet import chosen_switches
    from ccstack.drivers.hosts import chosen

    names = {host.name for host in chosen(within.center, only)}
    targets = [target for target in within.targets(wanted) if target.name in names]
    return within.look(wanted, targets, chosen_switches(within.center, only)).plan


@contextmanager
def reached(
    center: ContactCenter,
    vault: Vault,
    *,
    on_foreign: OnForeign = "refuse",
    forks: int = 10,
    watch: Watch = lambda _progress: None,
) -> Iterator[Reached]:
    """The center's hosts and switches, for as long as it lasts; nothing is asked of them yet.

    `forks` targets are changed at a time. `watch` is told, from any thread, of everything that happens. Raises
    `NetmikoMissingError` where the center has switches and this machine nothing to reach them with.
    """
    from ccstack.drivers.history import blueprint_hash
    from ccstack.drivers.hosts import HostDriver, open_session

    blueprint = blueprint_hash(center)
    with (
        open_session(center.hosts, vault, keep=True) as session,
        _switch_driver(center, vault, forks, watch) as switches,
    ):
        driver = HostDriver(
            session,
            vault,
            center=center.name,
            blueprint=blueprint,
            center_json=center_json(center),
            on_foreign=on_foreign,
            forks=forks,
            set_of=_pbx_set,
            watch=watch,
        )
        yield Reached(center, vault, session, driver, switches, blueprint, on_foreign, watch)


def _pbx_set(host: str) -> int:
    from ccstack.render.kamailio.destinations import pbx_set  # not above: only who drains waits for Kamailio's room

    return pbx_set(host)


@contextmanager
def _switch_driver(center: ContactCenter, vault: Vault, forks: int, watch: Watch) -> Iterator[SwitchDriver | None]:
    """The driver of the center's switches, if it has any."""
    if not center.switches:
        yield None
        return
    from ccstack.drivers.history import Log
    from ccstack.drivers.switches import need_netmiko

    need_netmiko()
    from ccstack.drivers.switches.access import Patience, open_access
    from ccstack.drivers.switches.backup import Backups
    from ccstack.drivers.switches.driver import SwitchDriver

    with open_access(vault, Patience()) as access:
        backups = Backups(Log.of(center.name).folder / "switches")
        yield SwitchDriver(access, center.switches, backups, forks=forks, watch=watch)


@contextmanager
def prepared(
    center: ContactCenter,
    base: Path,
    first: Literal["observe", "lock"] = "lock",
    *,
    only: Sequence[str] = (),
    on_foreign: OnForeign = "refuse",
    forks: int = 10,
    watch: Watch = lambda _progress: None,
    told: Told = lambda _done, _wanted: None,
) -> Iterator[tuple[Reached, Ready]]:
    """What `reached` and `ready` give; while the latter is at work, ssh connects to the hosts in `only`, for what is
    asked of them first: a lock by `deploy`, a look by `observe`, after which they are asked nothing more.

    Raises what those raise, and `UnknownTargetError`. A center that is wrong is refused before any host was asked
    anything.
    """
    from ccstack.drivers.hosts import chosen

    vault = unopened(center, base)
    hosts = [host.name for host in chosen(center, only)]
    if not vault.knows_hosts():
        ready(center, base, vault, told)  # which tells what is missing, unless the blueprint has worse
    with (
        reached(center, vault, on_foreign=on_foreign, forks=forks, watch=watch) as within,
        within.driver.under_way(first, hosts),
    ):
        yield within, ready(center, base, vault, told)
