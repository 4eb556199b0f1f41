"""Phones that shall fetch their configuration again: the SBC here tells them, by a NOTIFY to wherever they registered.

Event `check-sync` is in no RFC, and every vendor's: Yealink, Snom and Poly take `reboot=false` as "read it, and start
again only if what changed needs it"; Grandstream and Cisco (`Resync_From_SIP`) fetch, whatever stands behind it.
"""

from __future__ import annotations

from .ask import UnreadableError, kamailio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

EVENT = "check-sync;reboot=false"


def resync(at: str, lines: Iterable[str]) -> dict[str, Any]:
    """Tell the phones of these lines. `at` is where the SBC listens (`address:port`)."""
    messages = [words for line in lines if (words := _told(at, line))]
    return {"ok": not messages, "messages": messages}


def _told(at: str, line: str) -> str:
    """Why the SBC did not take it; empty when it did. It goes to the SBC itself, whose script knows the way."""
    target = f"sip:{line}@{at}"
    # Kamailio wants a Content-Type even where there is no body ("400 Content-Type missing").
    headers = (
        f"From: <sip:ccstack@{at}>\r\nTo: <{target}>\r\nX-CC-Route: agent\r\nEvent: {EVENT}\r\n"
        "Content-Type: text/plain\r\n"
    )
    try:
        kamailio("tm.t_uac_start", "NOTIFY", target, ".", ".", headers)
    except UnreadableError as why:
        return str(why)
    return ""
