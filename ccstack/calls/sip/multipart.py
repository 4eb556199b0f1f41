"""Bodies of an INVITE: the session description, and what travels with it (RFC 5621; a PIDF-LO, RFC 6442)."""

from email import message_from_bytes
from email.message import Message as MimePart
from email.policy import compat32

from ccstack.calls.protocol import BodyPart
from ccstack.calls.sip.message import Request, Response


def body_parts(message: Request | Response) -> list[BodyPart]:
    """Every part of a message's body; a body that is not multipart is one part."""
    if not message.body:
        return []
    kind = message.headers.get("Content-Type") or "application/octet-stream"
    head = f"Content-Type: {kind}\r\nMIME-Version: 1.0\r\n\r\n".encode("utf-8", "surrogateescape")
    whole = message_from_bytes(head + message.body, policy=compat32)
    return [_part(part) for part in whole.walk() if not part.is_multipart()]


def _part(part: MimePart) -> BodyPart:
    payload = part.get_payload(decode=True)
    text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return BodyPart(content_type=part.get_content_type(), content_id=part.get("Content-ID"), text=text)


def session_description(message: Request | Response) -> str | None:
    """The SDP of a message, or None."""
    return next((part.text for part in body_parts(message) if part.content_type == "application/sdp"), None)
