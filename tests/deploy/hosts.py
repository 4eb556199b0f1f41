"""The hosts of the corner shop in memory, as a deployment finds them; everything before and after them is real."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from ccstack.deploy import Reached, Ready
from ccstack.drivers.base import NOTHING, Unknown, Watch
from ccstack.drivers.history import blueprint_hash
from ccstack.drivers.hosts import HostResult, HostTarget, OnForeign
from ccstack.model import ContactCenter
from ccstack.plan.actual import HostActual
from tests.drivers.memory import Memory, Target
from tests.plan.hosts import World, after_deploy, world


class Hosts(Memory):
    """Stands for a `HostDriver`: what each host has is a center that was deployed to it."""

    def __init__(self, was: ContactCenter, wanted: ContactCenter) -> None:
        super().__init__({host.name: Target() for host in was.hosts})
        self.has: dict[str, World] = dict.fromkeys(self.targets, world(was))
        self.wanted = world(wanted)
        self.release = 1
        self.refuses = self.is_foreign = False
        self.state = self.plan_json = ""

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.targets)

    def observe(  # type: ignore[override]
        self, wanted: Sequence[HostTarget], *, texts: bool = False, center: bool = False
    ) -> Mapping[str, HostActual | Unknown]:
        return {one.name: self._dead(one.name) or self._seen(one.name) for one in wanted}

    def _seen(self, name: str) -> HostActual:
        seen = after_deploy(self.has[name], self.wanted)[name]
        seen = replace(seen, release=f"release-{self.release}", state=self.state)
        return replace(seen, foreign=frozenset({"/etc/asterisk/queues.conf"})) if self.is_foreign else seen

    def apply(self, wanted: Sequence[HostTarget]) -> Mapping[str, HostResult]:  # type: ignore[override]
        return {one.name: self._applied(one.name) for one in wanted}

    def _applied(self, name: str) -> HostResult:
        self.did.append(f"apply {name}")
        if self.refuses:
            return HostResult(name, "failed", ("it does not work",), release=f"release-{self.release}")
        self.has[name], self.release = self.wanted, self.release + 1
        return HostResult(name, "changed", changed_files=("/etc/x",), release=f"release-{self.release}")

    def try_out(self, wanted: Sequence[HostTarget]) -> Mapping[str, HostResult]:  # type: ignore[override]
        return {}

    def restore(self, targets: Sequence[str], to: Mapping[str, str] = NOTHING) -> Mapping[str, HostResult]:
        self.did += [f"restore {name} to {to[name]}" for name in targets]
        return {name: HostResult(name, "changed", release=to[name]) for name in targets}

    def history(self, targets: Sequence[str]) -> Mapping[str, tuple[str, ...] | Unknown]:
        kept = {name: tuple(map(json.dumps, self.targets[name].record)) for name in targets}
        return {name: self._dead(name) or kept[name] for name in targets}


def within(hosts: Hosts, center: ContactCenter, wanted: Ready, told: Watch, on_foreign: OnForeign) -> Reached:
    """These hosts within reach."""
    session: Any = SimpleNamespace(hosts=center.hosts)
    driver = cast("Any", hosts)
    return Reached(center, wanted.vault, session, driver, None, blueprint_hash(center), on_foreign, told)
