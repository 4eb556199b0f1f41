"""All targets of a center together: each kind with its own driver, in one plan, order and record.

Hosts keep the lock and the record, empty themselves of calls, try releases out and know whom they reach. Switches do
none of that: what they need is `observe`, `apply` and `restore`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ccstack.model.center import ContactCenter
from ccstack.model.switch import Switch
from ccstack.plan.actual import SwitchActual

from .base import NOTHING, Receipt, Unknown
from .hosts import HostDriver, HostTarget
from .switches.result import SwitchResult, SwitchTarget

_Made = TypeVar("_Made")


class Switches(Protocol):
    """What a fleet needs of the driver of switches, which is loaded only for a center that has some."""

    def observe(self, wanted: Sequence[SwitchTarget]) -> Mapping[str, SwitchActual | Unknown]:
        """See `Driver.observe`."""
        ...

    def apply(self, wanted: Sequence[SwitchTarget]) -> Mapping[str, SwitchResult]:
        """See `Driver.apply`."""
        ...

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> Mapping[str, SwitchResult]:
        """See `Driver.restore`."""
        ...


class Fleet:
    """Implements `Driver` for targets of every kind, and `Trier` for those that can."""

    def __init__(self, hosts: HostDriver, switches: Switches | None) -> None:
        """`switches` is None for a center without any."""
        self._hosts, self._switches = hosts, switches

    def observe(self, wanted: Sequence[HostTarget | SwitchTarget]) -> dict[str, Any]:
        """See `Driver.observe`."""
        return self._parted(wanted, self._hosts.observe, self._switches.observe if self._switches else None)

    def apply(self, wanted: Sequence[HostTarget | SwitchTarget]) -> dict[str, Receipt]:
        """See `Driver.apply`."""
        return self._parted(wanted, self._hosts.apply, self._switches.apply if self._switches else None)

    def try_out(self, wanted: Sequence[HostTarget | SwitchTarget]) -> Mapping[str, Receipt]:
        """See `Trier.try_out`. A switch cannot try a configuration beside the one that it has."""
        return self._hosts.try_out([target for target in wanted if isinstance(target, HostTarget)])

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> dict[str, Receipt]:
        """See `Driver.restore`."""
        known = self._hosts.names
        hosts, others = [n for n in targets if n in known], [n for n in targets if n not in known]
        done: dict[str, Receipt] = dict(self._hosts.restore(hosts, to)) if hosts else {}
        return done | dict(self._switches.restore(others, to)) if others and self._switches else done

    def _parted(
        self,
        wanted: Sequence[HostTarget | SwitchTarget],
        at_hosts: Callable[[Sequence[HostTarget]], Mapping[str, _Made]],
        at_switches: Callable[[Sequence[SwitchTarget]], Mapping[str, _Made]] | None,
    ) -> dict[str, _Made]:
        hosts = [target for target in wanted if isinstance(target, HostTarget)]
        switches = [target for target in wanted if isinstance(target, SwitchTarget)]
        done = dict(at_hosts(hosts)) if hosts else {}
        return done | dict(at_switches(switches)) if switches and at_switches else done


def chosen_switches(center: ContactCenter, only: Sequence[str]) -> tuple[Switch, ...]:
    """The switches that `only` names, by site or by name, in the blueprint's order; all when it names nothing."""
    return tuple(one for one in center.switches if not only or one.name in only or one.site in only)
