"""Log lines of the processes on trial: which of them count, and which are tolerated and why."""

from __future__ import annotations

import re

_ASTERISK = re.compile(r"(?:^|\s)(?:WARNING|ERROR)(?:\[\d+\])?(?:\[C-[0-9a-f]+\])?:? .*")
_KAMAILIO = re.compile(r"\b(?:WARNING|ERROR|CRITICAL|ALERT|BUG): .*")
_RTPENGINE = re.compile(r"^(?:ERR|ERROR|CRIT|WARNING|ALERT|FATAL)\b.*")
_KEA = re.compile(r"^(?:WARN|ERROR|FATAL) .*")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

TOLERATED: tuple[tuple[str, str], ...] = (
    (
        r"tls .*set maximum pthreads key to",
        "Kamailio says how it keeps OpenSSL 3 apart in its processes; nothing is wrong",
    ),
    (
        r"tls .*openssl bug #1491 ",
        "Kamailio says at every start how TLS acts when memory runs out",
    ),
    (
        r"Unable to (?:set|increase) .*(?:priority|nice|limit)|Failed to set thread scheduling parameters",
        "the try-out, or a host that is a container, may run without what the unit grants",
    ),
    (
        r"taskprocessor\.c: (?:The '.*' task processor|Taskprocessor '.*') queue reached \d+ scheduled tasks",
        "the host is busy while the try-out calls every number; what was asked is answered later",
    ),
    (
        r"channel\.c: Exceptionally long (?:voice )?queue length queuing to",
        "the host is so busy that audio waits to be played, and the oldest of it is left out",
    ),
    (
        r"res_pjsip\.c: Error \d+ '.*' sending OPTIONS request to endpoint",
        "a neighbour that was restarted is pinged on the connection that it had; the next ping makes another",
    ),
    (
        r"dmq \[notification_peer\.c.*: (?:timeout: previous fail_count|not deleting notification peer)",
        "another SBC is not there, or not yet again; it is asked on",
    ),
    (
        r"Unable to retrieve uptime|Can't open /proc",
        "a kernel view that the namespace hides",
    ),
    (
        r"sip_endpoint\.c Warning: Module .* registered during operation",
        "Asterisk loads its SIP modules while pjproject's threads run already; a slow host sees it said, and no harm",
    ),
    (
        r"(?:qualif|Endpoint .* is now Unreachable|Contact .* is now Unreachable)",
        "nobody answers in an empty network",
    ),
    (
        r"dispatcher \[dispatch\.c.*(?:failed|inactive)|can't ping rtp|rtpengine.*(?:timeout|proxy did not respond)",
        "nobody answers in an empty network",
    ),
    (
        r"core/tcp_main\.c:\d+\]: .*\bconnect\b.* failed|tm \[uac\.c.*: Attempt to send to precreated request failed",
        "neighbours are pinged by TCP, and an empty network has none; who is on trial for long enough hears so",
    ),
    (
        r"DHCPSRV_(?:NO_SOCKETS_OPEN|MT_DISABLED_QUEUE_CONTROL)|DHCP4_RESERVATIONS_LOOKUP_FIRST_ENABLED",
        "Kea listens on no loopback, and on trial there is nothing else; and it says how its threads go about it",
    ),
)
"""Patterns of log lines that do not fail a try-out, each with its reason."""


def complaints(log: str, engine: str) -> tuple[str, ...]:
    """The warnings and errors in an engine's log that count, each once, in order."""
    pattern = {"asterisk": _ASTERISK, "kamailio": _KAMAILIO, "rtpengine": _RTPENGINE, "kea": _KEA}[engine]
    lines = (_COLOUR.sub("", line).strip() for line in log.splitlines())
    return tuple(dict.fromkeys(line for line in lines if pattern.search(line) and not _tolerated(line)))


def _tolerated(line: str) -> bool:
    return any(re.search(pattern, line) for pattern, _reason in TOLERATED)
