"""What a change may cost: one literal table by apply class, one by what changed in the blueprint.

The classes' costs were measured on live hosts with calls up: a reload of any kind drops none; a Kamailio that restarts
is away for less than a second and keeps calls over UDP; a restarted rtpengine forgets every stream, so that the calls
it carries fall silent; a restarted Asterisk ends its calls, which is why a deployment drains it first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ccstack.model.center import ContactCenter
from ccstack.render.state import ApplyClass

from .plan import Reason, Risk, highest

RISK_OF_CLASS: dict[ApplyClass, Risk] = {
    "none": "none",
    "asterisk-dialplan": "reload",
    "asterisk-queues": "reload",
    "asterisk-pjsip": "reload",
    "asterisk-voicemail": "reload",
    "asterisk-music": "reload",
    "asterisk-logger": "reload",
    "asterisk-cdr": "reload",
    "asterisk-features": "reload",
    "asterisk-rtp": "reload",
    "asterisk-modules": "reload",
    "asterisk-restart": "restart",
    "kamailio-dispatcher": "reload",
    "kamailio-permissions": "reload",
    "kamailio-htable": "reload",
    "kamailio-uac": "reload",
    "kamailio-tls": "reload",
    "kamailio-restart": "restart",
    "rtpengine-restart": "drops-calls",
    "kea-reload": "reload",
    "dnsmasq-restart": "reload",
    "nginx-reload": "reload",
    "phones": "reprovisions-phones",
    "nftables": "reload",
    "chrony": "none",
    "hostname": "none",
    "journald": "none",
    "systemd": "none",
}
"""dnsmasq restarts in a blink, and a phone that asks meanwhile asks again; chrony and journald restart,
and no call notices; systemd reads its files, and no process does."""

_REPROVISIONS = (
    r"agents\.[^.]+\.password(\..*)?",
    r"secrets\.(epoch|master_key)(\..*)?",
    r"domain",
    r"hosts\.[^.]+\.address",
    r"hosts\.[^.]+\.roles\.sbc\.(sip_port|tls_port|advertised_address)",
)
"""Fields that phones are set up with."""

_NUMBERS = (
    r"numbers\.[^.]+\.to",
    r".+\.extension",
    r"outside_prefix",
    r"features\..+",
    r"emergency\.numbers",
)
"""Fields that say what is reached by dialing what."""

_GONE: dict[str, Risk] = {
    "queues": "drops-calls",
    "numbers": "changes-numbers",
    "agents": "changes-numbers",
    "voicemails": "changes-numbers",
    "rings": "changes-numbers",
    "menus": "changes-numbers",
    "externals": "changes-numbers",
}
"""What becomes of callers when an object goes. Who waits in a queue that goes is served by nobody any more."""


def risk_of_object(path: str, action: str, reasons: Sequence[Reason]) -> Risk:
    """What a changed object may cost by itself, whatever files it is written to."""
    if action == "remove":
        return _GONE.get(path.split(".")[0], "none")
    return highest(_risk_of_reason(reason) for reason in reasons) if action == "change" else "none"


def _risk_of_reason(reason: Reason) -> Risk:
    if any(re.fullmatch(pattern, reason.path) for pattern in _REPROVISIONS):
        return "reprovisions-phones"
    # A first extension takes nothing from anybody.
    if reason.before is not None and any(re.fullmatch(pattern, reason.path) for pattern in _NUMBERS):
        return "changes-numbers"
    return "none"


def risk_of_class(apply: ApplyClass, host: str, center: ContactCenter) -> Risk:
    """What it costs that processes of `host` follow a change of class `apply`."""
    if apply == "asterisk-restart" and _is_irreplaceable(host, center):
        return "needs-window"
    return RISK_OF_CLASS[apply]


def _is_irreplaceable(host: str, center: ContactCenter) -> bool:
    """Whether some calls have nowhere else to go while the PBX on `host` is away."""
    others = any(one.pbx and one.name != host for one in center.hosts)
    return not others or any(queue.home == host and queue.standby is None for queue in center.queues)
