"""A call traced through the design, step by step, without placing it (docs/call-semantics.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from ccstack.design import Design
from ccstack.design.dialing import Dialed
from ccstack.design.index import path_of
from ccstack.design.membership import RELAXED, Membership
from ccstack.design.prompts import prompt_key
from ccstack.model.agent import Agent
from ccstack.model.base import Model
from ccstack.model.destinations import Announcement, External, Ring, Voicemail
from ccstack.model.hours import TimeCondition
from ccstack.model.menu import Menu
from ccstack.model.phone import Station
from ccstack.model.queue import Queue

AgentState = Literal["free", "busy", "paused", "logged-out", "unregistered"]

SILENCE = "-"
"""Instead of keys: the caller lets the menu's time run out."""

MAX_HOPS = 200
"""A caller who presses nothing new leaves any menu; what goes on longer than this is a loop."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What a call meets, beyond the blueprint."""

    at: datetime
    """When the call arrives (an aware datetime)."""
    presses: tuple[str, ...] = ()
    """What the caller presses, menu by menu: keys, or `SILENCE`. When it is used up, the caller is silent."""
    agents: Mapping[str, AgentState] = field(default_factory=dict)
    """States of agents; who is not named is as the blueprint says, and free."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Callers that wait already, by queue."""
    patience: int = 86_400
    """For how many seconds the caller stays in a queue."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What can be heard, or what the caller does, in the order of time: enough to act the call out live.

    `play`: the prompt with the key `value` in `language` (keys pressed next cut it short); `press`: the caller sends
    the digits `value`; `wait`: so many seconds of silence.
    """

    action: Literal["play", "press", "wait"]
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to the call."""

    path: str
    """The object that decides, such as `menus.main`."""
    what: str
    """What happens, in words."""
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ends. Several names mean: any one of these, by the queue's strategy."""

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}:{'|'.join(self.names)}"


@dataclass(frozen=True, slots=True)
class Trace:
    """The steps of a call and its ending."""

    steps: tuple[Step, ...]
    ending: Ending
    language: str
    """The language that the caller hears at the end."""
    priority: int
    """Priority in queues."""


def trace_from_outside(design: Design, did: str, caller: str | None, situation: Situation) -> Trace:
    """Trace a call from `caller` (E.164, or None when withheld) to the public number `did`."""
    return _Walk(design, situation, caller).from_trunk(did)


def trace_from_phone(design: Design, phone: str, digits: str, situation: Situation) -> Trace:
    """Trace what happens when the agent or probe `phone` dials `digits`."""
    return _Walk(design, situation, None).from_phone(phone, digits)


class _Walk:
    """One call on its way."""

    def __init__(self, design: Design, situation: Situation, caller: str | None) -> None:
        self._design = design
        self._situation = situation
        self._caller = caller
        self._presses = list(situation.presses)
        self._steps: list[Step] = []
        self._language = design.center.languages[0]
        self._priority = 0

    def from_trunk(self, did: str) -> Trace:
        return self._traced(self._enter_did(did))

    def from_phone(self, phone: str, digits: str) -> Trace:
        return self._traced(self._enter_phone(phone, digits))

    def _traced(self, ending: Ending) -> Trace:
        return Trace(tuple(self._steps), ending, self._language, self._priority)

    def _note(self, path: str, what: str, *cues: Cue) -> None:
        self._steps.append(Step(path, what, cues))

    def _play(self, item: Model, field_name: str) -> tuple[Cue, ...]:
        key = prompt_key(item, field_name)
        return (Cue("play", key, self._language),) if key else ()

    # The doors

    def _enter_did(self, did: str) -> Ending:
        number = self._design.index["numbers"].get(did)
        if number is None:
            self._note("numbers", f"{did} is none of the center's numbers")
            return Ending("hangup", ("404",))
        self._language = number.language or self._language
        self._priority = number.priority
        self._note(path_of(number), f"goes to {number.to}, language {self._language}, priority {self._priority}")
        return self._go(number.to)

    def _enter_phone(self, phone: str, digits: str) -> Ending:
        dialed = self._design.plan.read(digits)
        match dialed.kind:
            case "emergency":
                trunks = self._design.emergency.trunks[self._design.emergency.dispatch[phone].site]
                self._note("emergency", f"{dialed.target}: by {', then '.join(trunks)}")
                return Ending("emergency", (dialed.target,))
            case "emergency-test":
                site = self._design.emergency.dispatch[phone].site
                trunks = self._design.emergency.tests[site, dialed.target]
                self._note("emergency", f"{dialed.target}, a test: by {', then '.join(trunks)}")
                return Ending("external", (dialed.target,))
            case "extension":
                self._note(dialed.target, f"extension {digits}")
                return self._extension(dialed.target)
            case "feature":
                return self._feature(dialed)
            case "outside":
                return self._outside(phone, dialed.target)
            case _:
                self._note("center", f"{digits!r} means nothing in the dial plan")
                return Ending("hangup", ("404",))

    def _extension(self, path: str) -> Ending:
        collection, _, name = path.partition(".")
        if collection == "probes":
            return Ending("probe", (name,))
        return self._go(name)

    def _feature(self, dialed: Dialed) -> Ending:
        self._note("features", f"{dialed.target} {dialed.argument}".strip())
        reasons = {r.code for r in self._design.center.pause_reasons}
        refused = dialed.target == "pause" and bool(dialed.argument or reasons) and dialed.argument not in reasons
        return Ending("feature", ("no-such-reason" if refused else dialed.target,))

    def _outside(self, phone: str, number: str) -> Ending:
        index = self._design.index
        who = index.registering[phone]
        table = self._design.outbound.rights.get(who.rights or "")
        if table is None or not table.allows(number):
            self._note(f"calling_rights.{who.rights}" if table else path_of(who), f"{number} is not allowed")
            return Ending("hangup", ("403",))
        return self._external(number)

    def _external(self, number: str) -> Ending:
        trunks = self._design.outbound.trunks_for(number)
        if not trunks:
            self._note("outbound_routes", f"no route carries {number}")
            return Ending("hangup", ("404",))
        self._note("outbound_routes", f"{number}: by {', then '.join(trunks)}")
        return Ending("external", (number,))

    # Destinations

    def _go(self, name: str) -> Ending:
        for _ in range(MAX_HOPS):
            reached = self._visit(self._design.index.destination(name))
            if isinstance(reached, Ending):
                return reached
            name = reached
        return Ending("hangup", ("loop",))

    def _visit(self, item: Any) -> str | Ending:
        match item:
            case TimeCondition():
                return self._time_condition(item)
            case Menu():
                return self._collect(item) if item.collect else self._menu(item)
            case Queue():
                return self._queue(item)
            case Announcement():
                return self._announcement(item)
            case Voicemail():
                self._note(path_of(item), "records a message", *self._play(item, "greeting"))
                return Ending("voicemail", (item.name,))
            case Ring():
                return self._ring(item)
            case External():
                self._note(path_of(item), f"transfers to {item.number}")
                return self._external(item.number)
            case Agent() | Station():
                return self._agent(item)
        return Ending("hangup", ("end",))

    def _time_condition(self, item: TimeCondition) -> str:
        calendar = self._design.calendars[item.hours]
        state = calendar.at(self._situation.at)
        to = {"open": item.open, "closed": item.closed, "holiday": item.holiday or item.closed}[state]
        self._note(path_of(item), f"hours {item.hours} say {state} ({calendar.zone}): {to}")
        return to

    def _announcement(self, item: Announcement) -> str | Ending:
        self._note(path_of(item), "plays its prompt", *self._play(item, "prompt"))
        if item.then is None:
            return Ending("announcement", (item.name,))
        return item.then

    def _menu(self, menu: Menu) -> str | Ending:
        timeouts = invalid = 0
        while True:
            prompt = self._play(menu, "prompt")
            pressed = self._next_press(whole=menu.direct_dial)
            if pressed is None:
                timeouts += 1
                silence = Cue("wait", str(menu.timeout))
                self._note(path_of(menu), f"timeout {timeouts} of {menu.max_timeouts}", *prompt, silence)
                if timeouts == menu.max_timeouts:
                    return self._leave(menu.on_timeout, "timeout")
                continue
            cues = (*prompt, Cue("press", pressed), Cue("wait", "3" if menu.direct_dial else "0"))
            if option := menu.options.get(pressed):
                self._language = option.language or self._language
                self._note(path_of(menu), f"key {pressed}: {option.to}", *cues)
                return option.to
            if menu.direct_dial and (name := self._direct_dial(pressed)):
                self._note(path_of(menu), f"extension {pressed}: {name}", *cues)
                return name
            invalid += 1
            said = (*cues, *self._play(menu, "invalid"), Cue("wait", "0"))
            self._note(path_of(menu), f"{pressed} is invalid, {invalid} of {menu.max_invalid}", *said)
            if invalid == menu.max_invalid:
                return self._leave(menu.on_invalid, "invalid")

    def _collect(self, menu: Menu) -> str | Ending:
        assert menu.collect is not None
        timeouts = invalid = 0
        while True:
            pressed = self._next_press(whole=True)
            prompt = self._play(menu, "prompt")
            digits = (pressed or "").split("#")[0][: menu.collect.digits]
            if digits:
                cues = (*prompt, Cue("press", pressed or ""), Cue("wait", "0" if "#" in (pressed or "") else "3"))
                self._note(path_of(menu), f"{len(digits)} digits kept as {menu.collect.name}: {menu.collect.to}", *cues)
                return menu.collect.to
            self._note(path_of(menu), "no digits", *prompt, *self._nothing(menu, pressed))
            timeouts, invalid = timeouts + (pressed is None), invalid + (pressed is not None)
            if timeouts == menu.max_timeouts:
                return self._leave(menu.on_timeout, "timeout")
            if invalid == menu.max_invalid:
                return self._leave(menu.on_invalid, "invalid")

    def _nothing(self, menu: Menu, pressed: str | None) -> tuple[Cue, ...]:
        if pressed is None:
            return (Cue("wait", str(menu.timeout)),)
        return (Cue("press", pressed), *self._play(menu, "invalid"), Cue("wait", "0"))

    def _next_press(self, whole: bool) -> str | None:
        """The next key (or, where several digits are read together, the next group); None for silence."""
        while self._presses and not self._presses[0]:
            self._presses.pop(0)
        if not self._presses:
            return None
        if self._presses[0] == SILENCE or whole:
            group = self._presses.pop(0)
            return None if group == SILENCE else group
        key, self._presses[0] = self._presses[0][0], self._presses[0][1:]
        return key

    def _direct_dial(self, digits: str) -> str | None:
        collection, _, name = self._design.plan.extensions.get(digits, "").partition(".")
        return name if collection in ("agents", "stations", "queues", "voicemails", "rings", "menus") else None

    def _queue(self, queue: Queue) -> str | Ending:
        path = path_of(queue)
        if queue.greeting:
            self._note(path, "greets", *self._play(queue, "greeting"))
        if queue.recording:
            self._recording(queue.recording)
        membership = self._design.memberships[queue.name]
        if queue.max_callers is not None and self._situation.waiting.get(queue.name, 0) >= queue.max_callers:
            self._note(path, "is full")
            return self._leave(queue.when_full or queue.overflow, "full")
        if not queue.join_without_agents and not self._logged_in(membership):
            self._note(path, "has no agents")
            return self._leave(queue.when_no_agents or queue.overflow, "no-agents")
        self._raise_priority(queue)
        return self._wait(queue, membership) or self._leave(queue.overflow, "max-wait")

    def _raise_priority(self, queue: Queue) -> None:
        self._priority += queue.priority
        if queue.vip_callers and self._caller in self._design.index["caller_lists"][queue.vip_callers].numbers:
            self._priority += queue.vip_priority
            self._note(path_of(queue), f"caller is in {queue.vip_callers}: priority {self._priority}")

    def _wait(self, queue: Queue, membership: Membership) -> Ending | None:
        """Wait for an agent; None when the longest wait is over."""
        path = path_of(queue)
        patience = min(self._situation.patience, queue.max_wait)
        waits = (0, membership.relax_after)
        for wait, found in zip(waits, self._free_by_rank(membership), strict=True):
            if found and wait is not None and wait < patience:
                self._note(path, f"rings {', '.join(found)}" + (f" after {wait} s" if wait else ""))
                return Ending("agent", found)
        if self._situation.patience < queue.max_wait:
            return Ending("waiting", (queue.name,))
        self._note(path, f"nobody within {queue.max_wait} s")
        return None

    def _recording(self, name: str) -> None:
        policy = self._design.index["recordings"][name]
        notice = self._play(policy, "notice")
        if policy.refuse_key and self._presses and self._presses[0][:1] == policy.refuse_key:
            self._next_press(whole=False)
            cues = (*notice, Cue("press", policy.refuse_key), *self._play(policy, "refused"))
            self._note(path_of(policy), "the caller refuses: not recorded", *cues)
        else:
            silence = Cue("wait", str(policy.refuse_seconds if policy.refuse_key else 0))
            self._note(path_of(policy), "notice is played; the call is recorded once answered", *notice, silence)

    def _leave(self, to: str | None, why: str) -> str | Ending:
        if to is None:
            return Ending("hangup", (why,))
        return to

    def _state(self, name: str) -> AgentState:
        agent = self._design.index["agents"].get(name)  # else a station: nobody logs in or out there
        default: AgentState = "free" if agent is None or agent.logged_in else "logged-out"
        return self._situation.agents.get(name, default)

    def _logged_in(self, membership: Membership) -> bool:
        return any(self._state(m.agent) != "logged-out" for m in membership.members)

    def _free_by_rank(self, membership: Membership) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The free agents of the lowest penalty, first without and then with those rung after `relax_after`."""
        free = [m for m in membership.members if self._state(m.agent) == "free"]
        skilled = [m for m in free if m.penalty < RELAXED]
        best = min((m.penalty for m in skilled), default=None)
        return tuple(m.agent for m in skilled if m.penalty == best), tuple(
            m.agent for m in free if m.penalty == RELAXED
        )

    def _ring(self, ring: Ring) -> str | Ending:
        free = tuple(a for a in ring.agents if self._state(a) not in ("busy", "unregistered"))
        self._note(path_of(ring), f"rings {', '.join(free) or 'nobody'}")
        if free:
            return Ending("agent", free)
        return self._leave(ring.then, "486")

    def _agent(self, agent: Agent | Station) -> str | Ending:
        if self._state(agent.name) not in ("busy", "unregistered"):
            self._note(path_of(agent), "rings")
            return Ending("agent", (agent.name,))
        self._note(path_of(agent), f"is {self._state(agent.name)}")
        return self._leave(agent.voicemail, "480")
