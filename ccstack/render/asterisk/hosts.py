"""The part of the dialplan that differs between PBXs: which SBCs and peers it has, and in what order."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.render.state import Source

from .dialplan import Dialplan
from .names import contact_id, sip_uri, source_of
from .pjsip import Neighbour, neighbours

_FAILED = '"${DIALSTATUS}" = "CHANUNAVAIL" | "${DIALSTATUS}" = "CONGESTION"'


def host_contexts(plan: Dialplan, design: Design, host: Host) -> None:
    """Globals, and the ways to phones, SBCs and peers."""
    near = neighbours(design, host)
    _globals(plan, design, host)
    sbcs = [n for n in near if n.host.sbc]
    # ARG1: phone, ARG2: seconds. The agent's endpoint carries the call, so that its device state counts it.
    dial = "Dial(PJSIP/${{ARG1}}/sip:${{CC_AT}}@{at},${{ARG2}},b(cc-headers^agent^1))"
    _in_turn(plan, "cc-phone", sbcs, dial, "Gosub(cc-desk-of,s,1(${ARG1}))")
    # ARG1: route, ARG2: user, ARG3: seconds, ARG4: more options of Dial.
    _in_turn(
        plan, "cc-route", sbcs, "Dial(PJSIP/{name}/sip:${{ARG2}}@{at},${{ARG3}},b(cc-headers^${{ARG1}}^1)${{ARG4}})"
    )
    _alone(plan, near, host)
    _peers(plan, design, host)


def _globals(plan: Dialplan, design: Design, host: Host) -> None:
    site = design.index["sites"].get(host.site)
    standalone = site.standalone_queues if site else None
    runs = [queue for queue, order in design.homes.queue_pbxs.items() if host.name in order]
    source = source_of(host, "globals")
    plan.context("globals", source)
    for name, value in {
        "CC_HOST": host.name,
        "CC_DEFAULT_LANG": design.center.languages[0],
        "CC_RUNS": "all" if len(runs) == len(design.index["queues"]) else "&".join(runs),
        "CC_STANDALONE": "all" if standalone is None else "&".join(standalone),
    }.items():
        plan.setting(name, value, source)


def _in_turn(plan: Dialplan, context: str, sbcs: list[Neighbour], dial: str, first: str = "") -> None:
    """Tries the SBCs in order, those first skipped that do not answer OPTIONS; returns when one took the call."""
    source = Source("center", context)
    plan.context(context, source)
    plan.steps("s", [*([first] if first else []), "Set(DIALSTATUS=CHANUNAVAIL)"], source)
    for position, sbc in enumerate(sbcs, start=1):
        source, after = source_of(sbc.host, context), f"after{position}"
        plan.then(f"GotoIf({_unreachable(sbc)}?{after})", source)
        step = dial.format(name=sbc.host.name, at=sbc.uri.removeprefix("sip:").replace(";", "\\;"))
        plan.then(step, source)
        plan.then(f"GotoIf($[{_FAILED}]?{after}:end)", source)
        plan.then("NoOp()", source, after)
    plan.then("Return()", Source("center", context), "end")


def _unreachable(neighbour: Neighbour) -> str:
    status = f"${{PJSIP_CONTACT({contact_id(neighbour.host.name, neighbour.uri)},status)}}"
    return f'$["{status}" = "Unreachable"]'


def _alone(plan: Dialplan, near: tuple[Neighbour, ...], host: Host) -> None:
    """`cc-alone`, ARG1: a queue. Returns `yes` while the site is cut off and does not run this queue by itself."""
    source = source_of(host, "standalone")
    plan.context("cc-alone", source)
    listed = "${FIELDNUM(CC_STANDALONE,&,${ARG1})}"
    plan.exten("s", f'GotoIf($["${{CC_STANDALONE}}" = "all" | {listed} > 0]?no)', source)
    far = [n for n in near if n.host.site != host.site]
    for neighbour in far:
        plan.then(f"GotoIf({_unreachable(neighbour)}?:no)", source)
    plan.then("Return(yes)" if far else "NoOp()", source)
    plan.then("Return(no)", source, "no")


def _peers(plan: Dialplan, design: Design, host: Host) -> None:
    """`cc-tell` and `cc-ask` send ARG1 to every peer; `cc-tell-to` sends ARG2 to the peer ARG1."""
    peers = [h for name, h in design.index["hosts"].items() if name in design.homes.pbxs and name != host.name]
    source = Source("center", "peers")
    for context, user in (("cc-tell", "state"), ("cc-ask", "ask")):
        plan.context(context, source)
        plan.exten("s", "Set(MESSAGE(body)=${ARG1})", source)
        for peer in peers:
            plan.then(_message(peer, user, host), source_of(peer, "peers"))
        plan.then("Return()", source)
    # An attended transfer whose other call is at a peer (RFC 3891); Asterisk adds the Replaces header by itself.
    plan.context("cc-replaces", source)
    # An answer within a millisecond would come before Asterisk listens for it, and the phone would never be told.
    plan.exten("s", "Wait(0.2)", source)
    for peer in peers:
        step = f"Dial(PJSIP/{peer.name}/{_peer_uri(peer, 'replaces')},30,b(cc-headers^common^1))"
        plan.then(step, source_of(peer, "peers"))
    plan.then("Goto(cc-hangup,s,1)", source)
    plan.context("cc-tell-to", source)
    plan.steps("s", ["Set(MESSAGE(body)=${ARG2})", "Goto(${STRREPLACE(ARG1,-,_)},1)"], source)
    for peer in peers:
        steps = [_message(peer, "state", host), "Return()"]
        plan.steps(peer.name.replace("-", "_"), steps, source_of(peer, "peers"))
    plan.exten("_[a-z]!", "Return()", source)


def _message(peer: Host, user: str, host: Host) -> str:
    return f"MessageSend(pjsip:{peer.name}/{_peer_uri(peer, user)},sip:{host.name}@{host.address})"


def _peer_uri(peer: Host, user: str) -> str:
    assert peer.pbx is not None
    return sip_uri(peer, peer.pbx.sip_port).replace("sip:", f"sip:{user}@").replace(";", "\\;")
