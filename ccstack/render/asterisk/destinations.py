"""A context for each destination: what the pages of docs/call-semantics.md say, one function a noun."""

from __future__ import annotations

from collections.abc import Callable

from ccstack.design import Design
from ccstack.design.membership import RELAXED
from ccstack.model.agent import Agent
from ccstack.model.destinations import Announcement, External, Ring, Voicemail
from ccstack.model.hours import TimeCondition
from ccstack.model.menu import Menu
from ccstack.model.phone import Station
from ccstack.model.queue import Queue
from ccstack.model.recording import Recording
from ccstack.render.state import Source

from .dialplan import Dialplan
from .names import context_of, goto, prompt, source_of

BUSY, NO_ANSWER, ENDED = 17, 19, 16
"""Causes of ITU-T Q.850; Asterisk makes 486, 480 and a plain BYE of them."""

KEY_WAIT = 3
"""Seconds that a menu waits for the next digit, where more may follow."""


def destinations(plan: Dialplan, design: Design) -> None:
    """Every destination of the center."""
    for collection, one in _KINDS.items():
        for item in design.index[collection].values():
            one(plan, design, item)
    for policy in design.index["recordings"].values():
        _notice(plan, policy)


def _onward(design: Design, name: str | None, source: Source, cause: int = ENDED) -> str:
    return goto(design, name, source) if name else f"Hangup({cause})"


def _time_condition(plan: Dialplan, design: Design, item: TimeCondition) -> None:
    source = source_of(item, "time-condition")
    plan.context(context_of(item), source)
    plan.steps("s", [f"Gosub(hours-{item.hours},s,1)", "Goto(${GOSUB_RETVAL},1)"], source)
    ways = {"open": item.open, "closed": item.closed, "holiday": item.holiday or item.closed}
    for state, to in ways.items():
        plan.exten(state, goto(design, to, source), source)


def _announcement(plan: Dialplan, design: Design, item: Announcement) -> None:
    source = source_of(item, "announcement")
    plan.context(context_of(item), source)
    plan.steps("s", ["Answer()", f"Playback({prompt(item, 'prompt')})", _onward(design, item.then, source)], source)


def _voicemail(plan: Dialplan, _: Design, item: Voicemail) -> None:
    source = source_of(item, "voicemail")
    plan.context(context_of(item), source)
    steps = [
        "Answer()",
        f"Playback({prompt(item, 'greeting')})",
        f"VoiceMail({item.extension}@default,s)",
        f"Hangup({ENDED})",
    ]
    plan.steps("s", steps, source)


def _ring(plan: Dialplan, design: Design, item: Ring) -> None:
    source = source_of(item, "ring")
    plan.context(context_of(item), source)
    phones = "&".join(f"Local/{agent}@agents" for agent in item.agents)
    steps = [
        f"Set(__CC_RING={item.seconds})",
        f"Dial({phones},{item.seconds})",
        _onward(design, item.then, source, BUSY),
    ]
    plan.steps("s", steps, source)


def _external(plan: Dialplan, design: Design, item: External) -> None:
    source = source_of(item, "external")
    plan.context(context_of(item), source)
    steps = [
        'ExecIf($["${CC_PHONE}" != ""]?Gosub(phone-${CC_PHONE},profile,1))',
        f"Gosub(cc-trunks,{item.number},1)",
        goto(design, item.then, source) if item.then else "Goto(cc-hangup,s,1)",
    ]
    plan.steps("s", steps, source)


def _agent(plan: Dialplan, design: Design, item: Agent | Station) -> None:
    source = source_of(item, "agent" if isinstance(item, Agent) else "station")
    plan.context(context_of(item), source)
    mailbox = design.index["voicemails"].get(item.voicemail) if item.voicemail else None
    onward = f"Goto({context_of(mailbox)},s,1)" if mailbox else f"Hangup({NO_ANSWER})"
    plan.steps("s", [f"Gosub(cc-ring-phone,s,1({item.name}))", onward], source)


def _menu(plan: Dialplan, design: Design, menu: Menu) -> None:
    source = source_of(menu, "menu")
    plan.context(context_of(menu), source, *(("direct-dial",) if menu.direct_dial else ()))
    begin = ["Answer()", "Set(CC_INVALID=0)", "Set(CC_SILENT=0)"]
    if menu.collect:
        _collecting(plan, design, menu, begin, source)
    else:
        wait = [f"Set(TIMEOUT(digit)={KEY_WAIT})"] if menu.direct_dial else []
        plan.steps("s", [*begin, *wait], source)
        plan.then(f"Background({prompt(menu, 'prompt')})", source, "say")
        plan.then(f"WaitExten({menu.timeout})", source)
        _options(plan, design, menu)
    _counted(plan, design, menu, "i", source)
    _counted(plan, design, menu, "t", source)


def _options(plan: Dialplan, design: Design, menu: Menu) -> None:
    source = source_of(menu, "menu-option")
    for key, option in menu.options.items():
        language = [f"Gosub(cc-language,s,1({option.language}))"] if option.language else []
        plan.steps(key, [*language, goto(design, option.to, source)], source)


def _collecting(plan: Dialplan, design: Design, menu: Menu, begin: list[str], source: Source) -> None:
    """`#` ends the digits; alone it is invalid. Read() counts a star as a digit; here it is none."""
    assert menu.collect is not None
    timeouts = [f"Set(TIMEOUT(response)={menu.timeout})", f"Set(TIMEOUT(digit)={KEY_WAIT})"]
    plan.steps("s", [*begin, *timeouts], source)
    plan.then(f"Read(CC_DIGITS,{prompt(menu, 'prompt')},{menu.collect.digits})", source, "say")
    plan.then('GotoIf($["${CC_DIGITS}" = ""]?${IF($["${READSTATUS}" = "OK"]?i:t)},1)', source)
    plan.then('GotoIf($["${FILTER(0-9,${CC_DIGITS})}" != "${CC_DIGITS}"]?i,1)', source)
    kept = f"{menu.collect.name}=${{CC_DIGITS}}"
    plan.then(f'Set(__CC_DATA=${{IF($["${{CC_DATA}}" = ""]?{kept}:${{CC_DATA}}&{kept})}})', source)
    plan.then("Set(CDR(data)=${CC_DATA})", source)
    plan.then(goto(design, menu.collect.to, source), source)


def _counted(plan: Dialplan, design: Design, menu: Menu, exten: str, source: Source) -> None:
    """What follows a wrong key (`i`) or silence (`t`): said again, until the count is full."""
    wrong = exten == "i"
    counter, most = ("CC_INVALID", menu.max_invalid) if wrong else ("CC_SILENT", menu.max_timeouts)
    said = prompt(menu, "invalid") if wrong else None
    plan.exten(exten, f"Set({counter}=$[${{{counter}}} + 1])", source)
    if said:
        # The last time nobody may cut it short into another try.
        plan.then(f"ExecIf($[${{{counter}}} >= {most}]?Playback({said}):Background({said}))", source)
    plan.then(f"GotoIf($[${{{counter}}} < {most}]?s,say)", source)
    plan.then(_onward(design, menu.on_invalid if wrong else menu.on_timeout, source), source)


def _queue(plan: Dialplan, design: Design, queue: Queue) -> None:
    """`s` sends the call to where the queue runs; `run` runs it here."""
    source = source_of(queue, "queue-home")
    plan.context(context_of(queue), source)
    home, *standby = design.homes.queue_pbxs[queue.name] or (queue.home,)
    plan.exten("s", f'GotoIf($["${{CC_HOST}}" = "{home}"]?run,1)', source)
    plan.then(f"Gosub(cc-queue-elsewhere,s,1({queue.name}))", source)
    for other in standby:
        plan.then(f'GotoIf($["${{CC_HOST}}" = "{other}"]?run,1)', source)
    plan.then("Goto(none,1)", source)
    _queue_run(plan, design, queue)
    for status, to in (
        ("none", queue.when_no_agents or queue.overflow),
        ("full", queue.when_full or queue.overflow),
        ("overflow", queue.overflow),
    ):
        plan.exten(status, _onward(design, to, source), Source(source.path, "queue-overflow"))


def _queue_run(plan: Dialplan, design: Design, queue: Queue) -> None:
    source = source_of(queue, "queue-run")
    greeting = prompt(queue, "greeting")
    plan.exten("run", "Answer()", source)
    if any(site.standalone_queues is not None for site in design.index["sites"].values()):
        alone = source_of(queue, "queue-standalone")
        plan.then(f"Gosub(cc-alone,s,1({queue.name}))", alone)
        plan.then('GotoIf($["${GOSUB_RETVAL}" = "yes"]?none,1)', alone)
    plan.then(f"Set(CDR(queue)={queue.name})", source)
    if greeting:
        plan.then(f"Playback({greeting})", source)
    if queue.recording:
        plan.then(f"Gosub(recording-{queue.recording},s,1)", source_of(queue, "queue-recording"))
    for step in _queue_variables(design, queue):
        plan.then(step, source)
    for step in _queue_refusals(queue):
        plan.then(step, Source(source.path, "queue-overflow"))
    if queue.recording:
        record = f'ExecIf($["${{CC_AGREED}}" = "yes"]?Gosub(cc-record,s,1({queue.recording},{queue.name})))'
        plan.then(record, source_of(queue, "queue-recording"))
    plan.then(f"Queue({queue.name},,,,{queue.max_wait})", source)
    if queue.recording:
        plan.then("StopMixMonitor()", source_of(queue, "queue-recording"))
    plan.then('GotoIf($["${QUEUESTATUS}" = "FULL"]?full,1)', source)
    plan.then(
        'GotoIf($["${QUEUESTATUS}" = "JOINEMPTY" | "${QUEUESTATUS}" = "LEAVEEMPTY"'
        ' | "${QUEUESTATUS}" = "JOINUNAVAIL" | "${QUEUESTATUS}" = "LEAVEUNAVAIL"]?none,1)',
        source,
    )
    plan.then('GotoIf($["${QUEUESTATUS}" = "TIMEOUT"]?overflow,1)', source)
    plan.then(f"Hangup({ENDED})", source)


def _queue_refusals(queue: Queue) -> list[str]:
    """What Queue() would find as well, and log a warning about: an ordinary thing is no warning."""
    steps = []
    if queue.max_callers is not None:
        steps.append(f"GotoIf($[${{QUEUE_WAITING_COUNT({queue.name})}} >= {queue.max_callers}]?full,1)")
    if not queue.join_without_agents:
        steps.append('ExecIf($["${CC_READY}" = ""]?Gosub(cc-until-ready,s,1))')
        steps.append(f"GotoIf($[${{QUEUE_MEMBER({queue.name},count)}} = 0]?none,1)")
    return steps


def _queue_variables(design: Design, queue: Queue) -> list[str]:
    steps = [f"Set(QUEUE_PRIO=$[0${{CC_PRIO}} + {queue.priority}])"]
    if queue.vip_callers:
        vip = f"DIALPLAN_EXISTS(callers-{queue.vip_callers},${{CALLERID(num)}},1)"
        steps.append(f"ExecIf($[${{{vip}}}]?Set(QUEUE_PRIO=$[${{QUEUE_PRIO}} + {queue.vip_priority}]))")
    # Set otherwise too: the caller may have been in a queue before that held members back.
    held_back = design.memberships[queue.name].relax_after is not None
    steps.append(f"Set(QUEUE_MAX_PENALTY={RELAXED - 1 if held_back else RELAXED})")
    steps.append(f"Set(__CC_RING={queue.ring_time})")
    steps.append("Set(CHANNEL(hangup_handler_push)=cc-queue-hangup,s,1)")
    return steps


def _notice(plan: Dialplan, policy: Recording) -> None:
    """`recording-<policy>`: says the notice and sets CC_AGREED. Recording itself begins later, with the answer."""
    source = source_of(policy, "recording")
    plan.context(f"recording-{policy.name}", source)
    notice, refused = prompt(policy, "notice"), prompt(policy, "refused")
    if policy.refuse_key is None:
        plan.steps("s", [*([f"Playback({notice})"] if notice else []), "Goto(t,1)"], source)
    else:
        # Option m: only a key that is an extension here ends the prompt early, and there is only the one.
        plan.steps("s", [f"Background({notice},m)" if notice else "NoOp()"], source)
        if policy.refuse_seconds:
            plan.then(f"WaitExten({policy.refuse_seconds})", source)
        plan.then("Goto(t,1)", source)
        plan.exten("i", "Goto(t,1)", source)
        said = [f"Playback({refused})"] if refused else []
        plan.steps(policy.refuse_key, ["Set(CC_AGREED=no)", *said, "Return()"], source)
    plan.steps("t", ["Set(CC_AGREED=yes)", "Return()"], source)


_KINDS: dict[str, Callable[..., None]] = {
    "time_conditions": _time_condition,
    "announcements": _announcement,
    "voicemails": _voicemail,
    "rings": _ring,
    "externals": _external,
    "menus": _menu,
    "queues": _queue,
    "agents": _agent,
    "stations": _agent,
}
