"""A registrar of ours: what a carrier is to trunks that register, with digest as RFC 3261 section 22 asks."""

import secrets
import time
from dataclasses import dataclass

from ccstack.calls.protocol import RegistrarConfig
from ccstack.calls.sip.auth import digest_response, ha1, parse_digest, print_digest
from ccstack.calls.sip.message import Request, Response, response_to
from ccstack.calls.sip.transaction import new_tag
from ccstack.calls.sip.uri import SipSyntaxError, addresses, param


@dataclass(frozen=True)
class Binding:
    """A registered Contact; `until` is monotonic time."""

    contact: str
    until: float


class Registrar:
    """Checks credentials and keeps bindings, in memory."""

    def __init__(self, config: RegistrarConfig) -> None:
        self.config = config
        self._bindings: dict[str, Binding] = {}
        self._nonces: dict[str, float] = {}

    def bindings(self) -> dict[str, str]:
        """User to Contact URI, of those that have not run out."""
        now = time.monotonic()
        return {user: binding.contact for user, binding in self._bindings.items() if binding.until > now}

    def register(self, request: Request) -> Response:
        """The response to a REGISTER. Raises `SipSyntaxError`."""
        user = request.to.uri.plain_user
        refusal = self.challenge(request, user, 401)
        if refusal is not None:
            return refusal
        contacts = request.headers.all("Contact")
        if contacts and contacts[0].strip() == "*":
            self._bindings.pop(user, None)
        for contact in addresses(value for value in contacts if value.strip() != "*"):
            expires = min(_expires(param(contact.params, "expires"), request), self.config.expires_s)
            self._bindings[user] = Binding(str(contact.uri), time.monotonic() + expires)
        response = response_to(request, 200, tag=new_tag())
        binding = self._bindings.get(user)
        if binding is not None and binding.until > time.monotonic():
            left = round(binding.until - time.monotonic())
            response.headers.add("Contact", f"<{binding.contact}>;expires={left}")
        return response

    def challenge(self, request: Request, user: str, status: int) -> Response | None:
        """None for good credentials of `user`, else the challenge (401, 407) or the refusal (403)."""
        if user not in self.config.users:
            return response_to(request, 403, tag=new_tag())
        name = "Authorization" if status == 401 else "Proxy-Authorization"
        given = [parse_digest(value) for value in request.headers.all(name)]
        verdicts = [self._verdict(params, request.method, user) for params in given]
        return None if "good" in verdicts else self._ask(request, status, stale="stale" in verdicts)

    def _verdict(self, params: dict[str, str], method: str, user: str) -> str:
        algorithm = params.get("algorithm", "MD5")
        needed = {"username", "nonce", "uri", "response", "realm"}
        if not needed <= params.keys() or params["username"] != user or algorithm not in self.config.algorithms:
            return "bad"
        secret = ha1(algorithm, user, self.config.realm, self.config.users[user].get_secret_value())
        if not secrets.compare_digest(digest_response(algorithm, secret, method, params), params["response"]):
            return "bad"
        return "good" if self._nonces.get(params["nonce"], 0.0) > time.monotonic() else "stale"

    def _ask(self, request: Request, status: int, stale: bool) -> Response:
        now = time.monotonic()
        self._nonces = {nonce: until for nonce, until in self._nonces.items() if until > now}
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = now + self.config.nonce_s
        response = response_to(request, status, tag=new_tag())
        header = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
        for algorithm in self.config.algorithms:
            params = {"realm": self.config.realm, "nonce": nonce, "algorithm": algorithm, "qop": "auth"}
            if stale:
                params["stale"] = "true"
            # In a challenge qop is a list in quotes, in credentials a bare token (RFC 7616 section 3.3).
            response.headers.add(header, print_digest(params, frozenset({"algorithm", "stale"})))
        return response


def _expires(of_contact: str | None, request: Request) -> int:
    text = of_contact or request.headers.get("Expires") or "3600"
    if not text.isdigit():
        raise SipSyntaxError(f"not a number of seconds: {text!r}")
    return int(text)
