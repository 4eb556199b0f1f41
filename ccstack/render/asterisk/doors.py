"""Where calls come in: public numbers, digits dialed inside, and what is known of each phone."""

from __future__ import annotations

from typing import Any

import phonenumbers

from ccstack.design import Design
from ccstack.design.builtin import place_key
from ccstack.design.index import Index
from ccstack.model.agent import Agent
from ccstack.model.number import CallerList
from ccstack.model.phone import LINES, Station
from ccstack.render.state import Source

from .dialplan import Dialplan
from .names import context_of, goto, source_of

_DIRECT = ("agents", "stations", "queues", "voicemails", "rings", "menus")
"""What the direct dialing of a menu reaches."""


def doors(plan: Dialplan, design: Design) -> None:
    """Every context that does not depend on the host and is no destination."""
    _numbers(plan, design)
    _dialed(plan, design)
    _extensions(plan, design)
    _features(plan, design)
    _phones(plan, design)
    for callers in design.index["caller_lists"].values():
        _callers(plan, callers)
    _emergency(plan, design)


def _numbers(plan: Dialplan, design: Design) -> None:
    plan.context("from-trunk", Source("center", "numbers"))
    for number in design.index["numbers"].values():
        source = source_of(number, "number")
        language = number.language or design.center.languages[0]
        steps = [
            f"Gosub(cc-language,s,1({language}))",
            f"Set(CC_PRIO={number.priority})",
            goto(design, number.to, source),
        ]
        plan.steps(number.number, steps, source)
    plan.exten("_+X.", "Hangup(1)", Source("center", "numbers"))


def _dialed(plan: Dialplan, design: Design) -> None:
    """In the order of the page: emergency, extension, feature, outside. Each is a context, searched in this order."""
    source = Source("center", "dialed")
    plan.context("cc-dialed", source, "emergency", "extensions", "features", "outside", "cc-unknown")
    plan.context("cc-unknown", source)
    plan.exten("_[0-9*+#]!", "Hangup(1)", source)
    plan.context("emergency", Source("center.emergency", "emergency"))
    for dialed, number in design.plan.emergency.items():
        steps = [f"Gosub(cc-route,s,1(emergency,{number},))", "Goto(cc-hangup,s,1)"]
        plan.steps(dialed, steps, Source("center.emergency", "emergency"))


def _extensions(plan: Dialplan, design: Design) -> None:
    plan.context("extensions", Source("center", "extensions"))
    for extension, path in design.plan.extensions.items():
        plan.exten(extension, _reached(design.index, path), Source(path, "extension"))
    plan.context("direct-dial", Source("center", "direct-dial"))
    for extension, path in design.plan.extensions.items():
        if path.startswith(_DIRECT):
            plan.exten(extension, _reached(design.index, path), Source(path, "direct-dial"))


def _reached(index: Index, path: str) -> str:
    collection, _, name = path.partition(".")
    return f"Goto(probes,{name},1)" if collection == "probes" else f"Goto({context_of(index[collection][name])},s,1)"


def _features(plan: Dialplan, design: Design) -> None:
    center, codes = design.center, design.center.features
    source = Source("center.features", "features")
    plan.context("features", source)
    plan.exten(codes.login, "Gosub(cc-feature,s,1(in,,builtin-logged-in))", source)
    plan.exten(codes.logout, "Gosub(cc-feature,s,1(out,,builtin-logged-out))", source)
    plan.exten(codes.resume, "Gosub(cc-feature,s,1(resume,,builtin-resumed))", source)
    if any(station.hot_desk for station in design.index["stations"].values()):
        for extension, name in design.plan.of("agents"):
            step = f"Gosub(cc-desk-login,s,1({name}))"
            plan.exten(codes.desk_login + extension, step, Source(f"agents.{name}", "desk-login"))
        plan.exten(f"_{codes.desk_login}!", "Gosub(cc-desk-login,s,1())", source)
        plan.exten(codes.desk_logout, "Gosub(cc-desk-logout,s,1)", source)
    for kind in LINES:
        for extension, name in design.plan.of(kind):
            plan.exten(codes.intercom + extension, f"Goto(cc-intercom,{name},1)", Source(f"{kind}.{name}", "intercom"))
    plan.exten(codes.voicemail, "Gosub(phone-${CC_PHONE},profile,1)", source)
    plan.then("VoiceMailMain(${CC_MAILBOX}@default)", source)
    plan.then("Hangup(16)", source)
    if not center.pause_reasons:
        plan.exten(codes.pause, "Gosub(cc-feature,s,1(pause,pause,builtin-paused))", source)
        return
    plan.exten(codes.pause, "Goto(cc-feature,refused,1)", source)
    plan.exten(f"_{codes.pause}X", "Goto(cc-feature,refused,1)", source)
    for reason in center.pause_reasons:
        step = f"Gosub(cc-feature,s,1(pause,{reason.name},builtin-paused))"
        plan.exten(codes.pause + reason.code, step, Source("center.pause_reasons", "pause-reason"))


def _phones(plan: Dialplan, design: Design) -> None:
    """`phone-<name>`: what a phone may dial and shows (`profile`); for agents, their queues and first state."""
    queues = _queues_by_agent(design)
    policies = _outbound_policies(design)
    for phone in design.index.registering.values():
        plan.context(f"phone-{phone.name}", source_of(phone, "phone"))
        _profile(plan, design, phone, policies.get(phone.name, ""))
        if isinstance(phone, Agent):
            source = source_of(phone, "agent-queues")
            plan.exten("queues", f"Return({'&'.join(queues.get(phone.name, ()))})", source)
            plan.exten("first", f"Return({'in' if phone.logged_in else 'out'})", source)
        elif isinstance(phone, Station) and phone.hot_desk:
            plan.exten("desk", "Return()", source_of(phone, "hot-desk"))
    plan.context("cc-every-agent", Source("center", "every-agent"))
    plan.exten("s", "NoOp()", Source("center", "every-agent"))
    for name in design.index["agents"]:
        plan.then(f"Gosub(${{CC_DO}},s,1({name}))", Source(f"agents.{name}", "every-agent"))
    plan.then("Return()", Source("center", "every-agent"))


def _profile(plan: Dialplan, design: Design, phone: Any, policy: str) -> None:
    """One step sets everything, so that nothing is left of a phone that was asked before on the same channel."""
    values = _profile_values(design, phone, policy)
    step = f"Set(ARRAY({','.join(values)})={','.join(values.values())})"
    plan.steps("profile", [step, "Return()"], source_of(phone, "phone-profile"))


def _profile_values(design: Design, phone: Any, policy: str) -> dict[str, str]:
    index = design.index
    rights = index["calling_rights"].get(phone.rights or "")
    site = index["sites"].get(phone.site)
    mailbox = index["voicemails"].get(getattr(phone, "voicemail", None) or "")
    dispatch = design.emergency.dispatch.get(phone.name)
    own = getattr(phone, "number", None) if rights and rights.own_caller_id == "agent" else None
    return {
        "CC_RIGHTS": rights.name if rights else "",
        "CC_OWN": own or "",
        "CC_ZONE": site.time_zone if site else "UTC",
        "CC_MAX_CALLS": str((rights.max_calls_per_day if rights else None) or ""),
        "CC_MAX_MINUTES": str((rights.max_minutes_per_day if rights else None) or ""),
        "CC_POLICY": policy,
        "CC_MAILBOX": mailbox.extension if mailbox else "",
        "CC_EXTENSION": phone.extension,
        "CC_USER": phone.name,
        "CC_WHERE": place_key(dispatch.site, dispatch.location) if dispatch else "",
    }


def _queues_by_agent(design: Design) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for membership in design.memberships.values():
        for member in membership.members:
            found.setdefault(member.agent, []).append(f"{membership.queue}={member.penalty}")
    return found


def _outbound_policies(design: Design) -> dict[str, str]:
    """For each agent the policy by which its calls to the outside are recorded: that of its first such queue."""
    recordings = design.index["recordings"]
    found: dict[str, str] = {}
    for queue in design.index["queues"].values():
        policy = recordings.get(queue.recording) if queue.recording else None
        if policy and policy.outbound:
            for member in design.memberships[queue.name].members:
                found.setdefault(member.agent, policy.name)
    return found


def _callers(plan: Dialplan, callers: CallerList) -> None:
    """Every spelling in which carriers deliver a caller's number, as an extension that can be looked up."""
    source = source_of(callers, "callers")
    plan.context(f"callers-{callers.name}", source)
    spellings = dict.fromkeys(s for number in callers.numbers for s in _spellings(number))
    for spelling in spellings:
        plan.exten(spelling, "Return()", source)


def _spellings(number: str) -> tuple[str, ...]:
    parsed = phonenumbers.parse(number)
    national = phonenumbers.national_significant_number(parsed)
    region = phonenumbers.region_code_for_number(parsed)
    prefix = phonenumbers.ndd_prefix_for_region(region, True) if region else None
    return (number, number[1:], f"00{number[1:]}", national, (prefix or "") + national)


def _emergency(plan: Dialplan, design: Design) -> None:
    """Tells people of an emergency call (47 CFR 9.16): every number is called at once, with an announcement.

    ARG1 number, ARG2 caller, ARG3 site, ARG4 location, ARG5 call id.
    """
    source = Source("center.emergency", "emergency-notify")
    plan.context("emergency-notify", source)
    known = "${DIALPLAN_EXISTS(phone-${ARG2},profile,1)}"
    plan.exten("s", f"ExecIf($[{known}]?Gosub(phone-${{ARG2}},profile,1))", source)
    # Where it is, the SBC knows better than the phone's profile: a phone may be plugged in elsewhere.
    plan.then('ExecIf($["${ARG4}" != "-"]?Set(CC_WHERE=emergency-${ARG3}-${ARG4}))', source)
    variables = "v(CC_WHERE=${CC_WHERE}^CC_EXTENSION=${CC_EXTENSION}^__CC_CALL=${ARG5})"
    for number in design.center.emergency.notify_numbers:
        plan.then(f"Originate(Local/{number}@emergency-call/n,exten,emergency-say,s,1,60,a{variables})", source)
    plan.then("Return()", source)
