"""queues.conf and queuerules.conf. Members are dynamic: agents log in and out of what is printed here."""

from __future__ import annotations

from ccstack.design import Design
from ccstack.design.membership import RELAXED, Membership
from ccstack.model.queue import Queue
from ccstack.render.state import Line, Source

from .ini import Ini
from .names import prompt, source_of

_PHRASES = {
    "queue-youarenext": "builtin-queue-next",
    "queue-thereare": "builtin-queue-position",
    "queue-callswaiting": "builtin-queue-waiting",
    "queue-holdtime": "builtin-queue-holdtime",
    "queue-minute": "builtin-queue-minute",
    "queue-minutes": "builtin-queue-minutes",
    "queue-seconds": "builtin-queue-seconds",
    "queue-thankyou": "builtin-queue-thanks",
}
"""What Asterisk says about position and wait, and our prompts for it."""

RING_GRACE = 2
"""Seconds by which the queue waits longer than a phone is rung: the phone's leg ends first, the next one is rung."""


def queues(design: Design) -> tuple[Line, ...]:
    """queues.conf: the same on every PBX, because any of them may have to run a queue."""
    ini = Ini()
    _general(ini)
    for queue in design.index["queues"].values():
        _queue(ini, queue, design.memberships[queue.name])
    return ini.lines


def queue_rules(design: Design) -> tuple[Line, ...]:
    """queuerules.conf: after the wait, members that were held back are rung too."""
    ini = Ini()
    ini.section("general", Source("center", "queue-rules"))
    ini.set("realtime_rules", "no", Source("center", "queue-rules"))
    for membership in design.memberships.values():
        if membership.relax_after is not None:
            source = Source(f"queues.{membership.queue}", "queue-relax")
            ini.section(f"relax-{membership.queue}", source)
            ini.set("penaltychange", f"{membership.relax_after},{RELAXED}", source)
    return ini.lines


def _general(ini: Ini) -> None:
    source = Source("center", "queues-general")
    ini.section("general", source)
    # Who is logged in stands in our own astdb records, which the other PBXs share; see agent-sync.
    ini.settings(source, persistentmembers="no", autofill="yes", shared_lastcall="no", log_membername_as_agent="yes")
    ini.set("monitor-type", "MixMonitor", source)
    ini.section("queue", source, is_template=True)
    ini.settings(
        source, ringinuse="no", timeoutrestart="yes", timeoutpriority="app", setinterfacevar="yes", reportholdtime="no"
    )
    # No condition but an impossible device: so a queue counts as empty when nobody is logged in, and only then.
    ini.set("joinempty", "invalid", source)
    ini.set("min-announce-frequency", 10, source)


def _queue(ini: Ini, queue: Queue, membership: Membership) -> None:
    source = source_of(queue, "queue")
    ini.section(queue.name, source, "queue")
    ini.settings(
        source,
        strategy=queue.strategy,
        timeout=queue.ring_time + RING_GRACE,
        retry=queue.retry,
        wrapuptime=queue.wrap_up,
        servicelevel=queue.service_level.seconds,
        maxlen=queue.max_callers or 0,
        musicclass=queue.music or "default",
    )
    if queue.join_without_agents:
        ini.set("joinempty", "yes", source)
    ini.set("leavewhenempty", "invalid" if queue.leave_without_agents else "no", source)
    if membership.relax_after is not None:
        ini.set("defaultrule", f"relax-{queue.name}", Source(source.path, "queue-relax"))
    _announcements(ini, queue, source)


def _announcements(ini: Ini, queue: Queue, source: Source) -> None:
    if queue.announce_position or queue.announce_wait:
        for key, sound in _PHRASES.items():
            ini.set(key, f"cc/{sound}", source)
        ini.set("announce-frequency", queue.announce_every, source)
        ini.set("announce-position", "yes" if queue.announce_position else "no", source)
        ini.set("announce-holdtime", "yes" if queue.announce_wait else "no", source)
    if comfort := prompt(queue, "comfort"):
        ini.set("periodic-announce", comfort, source)
        ini.set("periodic-announce-frequency", queue.announce_every, source)
