"""Phones that shall fetch their configuration again: the SBC here tells them, by a NOTIFY to wherever they registered.

Event `check-sync` is every vendor's (it began with Sipura and is in no RFC); a phone that trusts its registrar obeys.
"""

from __future__ import annotations

from .ask import UnreadableError, kamailio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any


def resync(at: str, phones: Sequence[Sequence[str]]) -> dict[str, Any]:
    """Tell phones. `at` is where the SBC listens (`address:port`), `phones` pairs of a line's name and an event."""
    messages = [words for line, event in phones if (words := _told(at, line, event))]
    return {"ok": not messages, "messages": messages}


def _told(at: str, line: str, event: str) -> str:
    """Why the SBC did not take it; empty when it did. It goes to the SBC itself, whose script knows the way."""
    target = f"sip:{line}@{at}"
    headers = f"From: <sip:ccstack@{at}>\r\nTo: <{target}>\r\nX-CC-Route: agent\r\nEvent: {event}\r\n"
    try:
        kamailio("tm.t_uac_start", "NOTIFY", target, ".", ".", headers)
    except UnreadableError as why:
        return str(why)
    return ""
