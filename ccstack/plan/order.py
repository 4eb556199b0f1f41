"""In which order a plan is carried out, so that no call is dropped and a mistake is seen where it costs least.

Everything here is pure: a plan and a design go in, waves with their reasons come out. The rules, in this order:

1. Hosts on which nothing runs go first, all together: no call can be lost there.
2. The canary site goes before every other: there a mistake reaches the fewest people.
3. Within a site group PBXs go before SBCs, so that no SBC sends a call to something that its PBX does not know yet.
4. A queue's standby goes before its home, so that whoever takes over has been seen to work.
5. PBXs that only reload go several at a time; those that restart one after another, each drained at every SBC first.
6. SBCs go one after another.
7. Switches go after all hosts: a phone that a port lets in finds its servers ready. Those that phones are plugged into
   go together, the canary site's first; those that only carry others go last, so that each is still reached by way of
   them.

Where rules meet, the earlier one wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.switch import Switch

from .plan import Plan, TargetPlan

_Placed = TypeVar("_Placed", Host, Switch)


@dataclass(frozen=True, slots=True)
class Turn:
    """One target, when it is its turn."""

    target: str
    restarts: tuple[str, ...] = ()
    """Programs that end and start again: `asterisk`, `kamailio`, `rtpengine`."""
    drain: tuple[str, ...] = ()
    """SBCs that send it no more calls before that, and again after."""
    waits: bool = False
    """It is waited for until it has no calls."""
    why: str = ""
    """Why it drains or waits, or why it need not."""


@dataclass(frozen=True, slots=True)
class Wave:
    """Targets that are changed at the same time. The next wave begins when all of them are seen to be healthy."""

    turns: tuple[Turn, ...]
    why: str

    @property
    def targets(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(turn.target for turn in self.turns)


class UnknownSiteError(ValueError):
    """The canary is no site of the center."""


def order(plan: Plan, design: Design, canary: str | None = None) -> tuple[Wave, ...]:
    """The waves in which `plan` is carried out: each target that has work, once. Raises `UnknownSiteError`.

    Without `canary` it is the site with the fewest agents among those that have something to do.
    """
    work = {target.target: target for target in plan.targets if target.work}
    hosts = [host for name, host in design.index["hosts"].items() if name in work]
    asleep = [host for host in hosts if _runs_nothing(host, work[host.name])]
    awake = [host for host in hosts if host not in asleep]
    first = _canary(design, awake, canary)
    waves = [Wave(tuple(Turn(h.name) for h in asleep), "nothing runs there, so no call can be lost")] if asleep else []
    for group, where in _groups(awake, first):
        waves += _site_group(group, where, work, plan, design)
    switches = [switch for name, switch in design.index["switches"].items() if name in work]
    return (*waves, *_switch_waves(switches, first or _canary(design, switches, canary)))


def _switch_waves(switches: Sequence[Switch], first: str | None) -> Iterator[Wave]:
    """Switches with phones, the canary site's first; then those without."""
    for group, where in _groups([switch for switch in switches if switch.phone_ports], first):
        yield Wave(tuple(Turn(switch.name) for switch in group), f"{where}: switches that phones are plugged into")
    for group, where in _groups([switch for switch in switches if not switch.phone_ports], first):
        yield Wave(tuple(Turn(switch.name) for switch in group), f"{where}: switches that carry other switches")


def check_site(design: Design, canary: str | None) -> None:
    """Raise `UnknownSiteError` when the canary is named and no site of the center."""
    sites = design.index["sites"]
    if canary is not None and canary not in sites:
        raise UnknownSiteError(f"{canary}: no site of {design.center.name}; there are {sorted(sites)}")


def _canary(design: Design, hosts: Sequence[Host | Switch], canary: str | None) -> str | None:
    check_site(design, canary)
    sites = design.index["sites"]
    concerned = [site for site in sites if any(host.site == site for host in hosts)]
    agents = {site: sum(agent.site == site for agent in design.center.agents) for site in sites}
    return canary or min(concerned, key=agents.__getitem__, default=None)


def _groups(hosts: Sequence[_Placed], first: str | None) -> Iterator[tuple[list[_Placed], str]]:
    own, others = [h for h in hosts if h.site == first], [h for h in hosts if h.site != first]
    if own:
        yield own, f"canary site {first}" if others else f"site {first}"
    if others:
        yield others, f"after the canary site {first}" if own else f"the canary site {first} has nothing to do"


def _site_group(
    hosts: Sequence[Host], where: str, work: Mapping[str, TargetPlan], plan: Plan, design: Design
) -> Iterator[Wave]:
    turns = {host.name: _turn(host, work[host.name], plan, design) for host in hosts}
    at_sbc = [host.name for host in hosts if _touches_sbc(host, work[host.name])]
    layers = list(_layers([host.name for host in hosts if host.name not in at_sbc], design))
    for number, layer in enumerate(layers):
        rank = _rank(number, len(layers))
        calm = tuple(turns[name] for name in layer if not turns[name].restarts)
        if calm:
            yield Wave(calm, f"{where}: {rank}that only reload")
        yield from (Wave((turns[n],), f"{where}: {rank}that restart, one by one") for n in layer if turns[n].restarts)
    in_rank = [name for layer in _layers(list(turns), design) for name in layer]
    yield from (Wave((turns[n],), f"{where}: SBCs, one after another") for n in in_rank if n in at_sbc)


def _rank(number: int, layers: int) -> str:
    if layers == 1:
        return "PBXs "
    return "standby PBXs " if number == 0 else "PBXs whose standby is done, "


def _layers(pbxs: Sequence[str], design: Design) -> Iterator[list[str]]:
    """`pbxs` in groups: each after the standbys of its queues; circles: the less busy first."""
    standbys = {name: {s for home, *rest in _orders(design) if home == name for s in rest} for name in pbxs}
    homes = [home for home, *_ in _orders(design)]
    left = list(pbxs)
    while left:
        ready = [name for name in left if not standbys[name] & set(left)] or [min(left, key=homes.count)]
        yield ready
        left = [name for name in left if name not in ready]


def _orders(design: Design) -> Collection[tuple[str, ...]]:
    return [hosts for hosts in design.homes.queue_pbxs.values() if hosts]


# --- What one target needs ---


def _turn(host: Host, target: TargetPlan, plan: Plan, design: Design) -> Turn:
    restarts = _restarts(target)
    if "asterisk" in restarts:
        return _emptied(host, restarts, plan, design)
    if "rtpengine" in restarts:
        return Turn(host.name, restarts, waits=True, why="its calls lose their audio when rtpengine restarts")
    if "kamailio" in restarts:
        return Turn(host.name, restarts, why="calls outlast a restart of Kamailio: it is not drained")
    return Turn(host.name)


def _emptied(host: Host, restarts: tuple[str, ...], plan: Plan, design: Design) -> Turn:
    if not [name for name in design.homes.pbxs if name != host.name]:
        why = "it is the only PBX: nobody else could take its calls, so a moment without any is waited for"
        return Turn(host.name, restarts, waits=True, why=why)
    drain = tuple(name for name in design.homes.sbcs if name not in plan.unknown)
    mute = [name for name in design.homes.sbcs if name in plan.unknown]
    doubt = f"; {', '.join(mute)} cannot be reached and may go on sending it calls" if mute else ""
    return Turn(host.name, restarts, drain, waits=True, why=f"its calls end when Asterisk restarts{doubt}")


def _restarts(target: TargetPlan) -> tuple[str, ...]:
    """The running programs that the target's changes end. One that does not run yet is only started."""
    started = [change.path for change in target.work if change.kind == "unit" and change.action == "start"]
    wanted = {change.apply.removesuffix("-restart") for change in target.work if change.apply.endswith("-restart")}
    return tuple(sorted(name for name in wanted if not any(path.startswith(name) for path in started)))


def _runs_nothing(host: Host, target: TargetPlan) -> bool:
    """Whether none of the programs that carry calls runs on the host: the plan starts them all."""
    programs = [*(["asterisk"] if host.pbx else []), *(["kamailio"] if host.sbc else [])]
    started = [change.path for change in target.work if change.kind == "unit" and change.action == "start"]
    return all(any(path.startswith(program) for path in started) for program in programs)


def _touches_sbc(host: Host, target: TargetPlan) -> bool:
    """Whether the change is one to an SBC; a host with both roles, of which only the PBX changes, is a PBX."""
    if host.sbc is None:
        return False
    return host.pbx is None or any(not change.apply.startswith("asterisk") for change in target.work)
