"""Acme Retail with more to do: numbers whose calls stay, phones enough for a load, and the changes deployed under it.

A caller's number says what becomes of the call (`Kind`); `shares` says how many of ten calls are of which kind.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from ccstack import model as cc
from ccstack.load import CENTER_SCHEMA
from examples.acme_retail.center import center as acme

NAME = "acme-loaded"

HELD, CHOSEN, SERVED = "+12125550140", "+12125550141", "+12125550142"
"""A queue without agents: music until the caller hangs up; a menu that leads there; a queue that is answered."""


@dataclass(frozen=True)
class Kind:
    """One kind of call: how many of ten, how many phones it needs per call that is up, and who hangs up."""

    name: str
    tenths: int
    phones: float = 0.0
    caller_ends: bool = True


KINDS = (
    Kind("held", 5),
    Kind("chosen", 1),
    Kind("direct", 2, phones=1.5),
    Kind("ended", 1, phones=1.5, caller_ends=False),
    Kind("served", 1, phones=1.6),
)
"""`direct` and `ended` go to a phone of their own; `ended` is hung up by the phone, `served` is a queue with agents."""


def phones(calls: int) -> dict[str, list[str]]:
    """The phones that a load of so many calls at a time needs, by kind of call. `ended-*` hang up by themselves."""
    wanted = {kind.name: ceil(calls * kind.tenths / 10 * kind.phones) + 2 for kind in KINDS if kind.phones}
    return {kind: [f"{kind}-{n:03}" for n in range(count)] for kind, count in wanted.items()}


def numbers(calls: int) -> dict[str, list[str]]:
    """What callers dial, by kind of call."""
    direct = {kind: [_number(name) for name in names] for kind, names in phones(calls).items() if kind != "served"}
    return {"held": [HELD], "chosen": [CHOSEN], "served": [SERVED]} | direct


def _number(name: str) -> str:
    kind, number = name.split("-")
    return f"+1646555{ {'direct': 2, 'ended': 3}[kind] }{number}"


def center(calls: int) -> cc.ContactCenter:
    """Acme Retail for a load of so many calls at a time."""
    names = phones(calls)
    agents = [_agent(name, i) for i, name in enumerate(name for group in names.values() for name in group)]
    direct = [cc.Number(number=_number(n), to=n, test=True) for kind in ("direct", "ended") for n in names[kind]]
    return acme.model_copy(
        update={
            "name": NAME,
            "speech": "tones",
            # Calls are what is measured: nothing that only desk phones need.
            "hosts": tuple(host for host in acme.hosts if host.pbx or host.sbc),
            "switches": (),
            "stations": (),
            "phones": (),
            "agents": (*acme.agents, *agents),
            "queues": (*acme.queues, _held(), _served(names["served"])),
            "menus": (*acme.menus, _choice()),
            "numbers": (
                *acme.numbers,
                *(cc.Number(number=n, to=to, test=True) for n, to in _DOORS.items()),
                *direct,
            ),
        }
    )


_DOORS = {HELD: "held", CHOSEN: "choice", SERVED: "served"}


def _agent(name: str, position: int) -> cc.Agent:
    return cc.Agent(name=name, extension=f"8{position:03}", site="nyc")


def _held() -> cc.Queue:
    return cc.Queue(
        name="held",
        home="nyc-pbx",
        standby="den-pbx",
        agents=["ben"],
        max_wait=600,
        join_without_agents=True,
        leave_without_agents=False,
        ring_time=10,
        retry=60,
        overflow="after-hours",
    )


def _served(agents: list[str]) -> cc.Queue:
    return cc.Queue(
        name="served",
        home="nyc-pbx",
        standby="den-pbx",
        agents=agents,
        strategy="rrmemory",
        wrap_up=0,
        retry=1,
        overflow="after-hours",
    )


def _choice() -> cc.Menu:
    return cc.Menu(
        name="choice",
        prompt={"en": "Please hold, or press one.", "es": "Espere, u oprima uno."},
        options={"1": "served"},
        timeout=1,
        max_timeouts=1,
        on_timeout="held",
        on_invalid="held",
    )


# --- what is deployed while calls are up ------------------------------------------------------------------------------


def changed(before: cc.ContactCenter) -> cc.ContactCenter:
    """A queue, a menu, a trunk, a limit, and the SBCs' routes are others."""
    return before.model_copy(
        update={
            "queues": tuple(_other_queue(queue) for queue in before.queues),
            "menus": tuple(_other_menu(menu) for menu in before.menus),
            "trunks": tuple(_other_trunk(trunk) for trunk in before.trunks),
            "calling_rights": tuple(r.model_copy(update={"max_calls_per_day": 150}) for r in before.calling_rights),
            "numbers": (*before.numbers, cc.Number(number="+12125550149", to="choice", test=True)),
        }
    )


def _other_queue(queue: cc.Queue) -> cc.Queue:
    return queue.model_copy(update={"max_wait": queue.max_wait - 60, "ring_time": queue.ring_time + 1})


def _other_menu(menu: cc.Menu) -> cc.Menu:
    return (
        menu.model_copy(update={"options": menu.options | {"2": cc.Option(to="sales")}})
        if menu.name == "choice"
        else menu
    )


def _other_trunk(trunk: cc.Trunk) -> cc.Trunk:
    more = cc.Gateway(address="203.0.113.12", priority=3, strip=1)
    gateways = (*trunk.gateways, more) if trunk.name == "atlantic" else trunk.gateways
    return trunk.model_copy(
        update={"gateways": gateways, "max_channels": trunk.max_channels + 10, "max_cps": trunk.max_cps + 1}
    )


def poisoned(before: cc.ContactCenter) -> cc.ContactCenter:
    """An agent has the name that a seeded fault on a PBX waits for; the center itself is sound."""
    return before.model_copy(update={"agents": (*before.agents, _agent(POISON, 999))})


POISON = "poison"


def written(center: cc.ContactCenter, path: Path) -> Path:
    """The center as a blueprint file."""
    path.write_text(json.dumps({"schema": CENTER_SCHEMA, **center.model_dump(mode="json")}))
    return path
