"""A dialog: the state that two user agents share, and the requests built from it (RFC 3261 section 12)."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from ccstack.calls.sip.message import Headers, Request, Response
from ccstack.calls.sip.transport import Hop
from ccstack.calls.sip.uri import Address, Uri, addresses


@dataclass
class Dialog:
    """One dialog, from our side. `local` and `remote` carry the tags; `route_set` is in the order of sending."""

    call_id: str
    local: Address
    remote: Address
    target: Uri
    route_set: tuple[Address, ...] = ()
    local_cseq: int = 0
    remote_cseq: int = 0

    @classmethod
    def as_caller(cls, invite: Request, response: Response) -> "Dialog":
        """From our INVITE and a response with a To tag. Raises `SipSyntaxError`."""
        routes = tuple(reversed(addresses(response.headers.all("Record-Route"))))
        target = _contact(response.headers) or Uri.parse(invite.uri)
        return cls(invite.call_id, invite.from_, response.to, target, routes, local_cseq=invite.cseq[0])

    @classmethod
    def as_callee(cls, invite: Request, tag: str) -> "Dialog":
        """From an INVITE that came in, and the tag we answer with. Raises `SipSyntaxError`."""
        routes = tuple(addresses(invite.headers.all("Record-Route")))
        target = _contact(invite.headers) or invite.from_.uri
        return cls(
            invite.call_id, invite.to.with_tag(tag), invite.from_, target, routes, remote_cseq=invite.cseq[0]
        )  # fmt: skip

    @property
    def key(self) -> tuple[str, str, str]:
        """Call-ID, our tag, their tag."""
        return self.call_id, self.local.tag or "", self.remote.tag or ""

    def next_hop(self) -> Hop:
        """Where requests in this dialog go: the first route, else the remote target."""
        return Hop.of(self.route_set[0].uri if self.route_set else self.target)

    def refresh_target(self, headers: Headers) -> None:
        """Take a new Contact from a re-INVITE, an UPDATE or their 2xx."""
        self.target = _contact(headers) or self.target

    def request(self, method: str, via: str, cseq: int | None = None) -> Request:
        """A request in this dialog; ACK gets its INVITE's `cseq`, all others the next one."""
        if cseq is None:
            self.local_cseq += 1
            cseq = self.local_cseq
        uri, routes = self._routing()
        headers = Headers([("Via", via), ("Max-Forwards", "70")])
        for route in routes:
            headers.add("Route", route)
        headers.add("From", str(self.local))
        headers.add("To", str(self.remote))
        headers.add("Call-ID", self.call_id)
        headers.add("CSeq", f"{cseq} {method}")
        return Request(headers, b"", method, uri)

    def _routing(self) -> tuple[str, list[str]]:
        """Request-URI and Route values (RFC 3261 section 12.2.1.1, strict routers included)."""
        routes = [str(route) for route in self.route_set]
        if not self.route_set or self.route_set[0].uri.is_loose:
            return str(self.target), routes
        return str(self.route_set[0].uri), [*routes[1:], f"<{self.target}>"]

    def replacing_uri(self) -> Uri:
        """The far end's URI with a Replaces that names this dialog, for a Refer-To (RFC 3891, RFC 5589)."""
        text = f"{self.call_id};to-tag={self.remote.tag or '0'};from-tag={self.local.tag or '0'}"
        return replace(self.target, headers=f"Replaces={quote(text, safe='')}")


def _contact(headers: Headers) -> Uri | None:
    values = headers.all("Contact")
    found = addresses(values) if values and values[0].strip() != "*" else []
    return found[0].uri if found else None
