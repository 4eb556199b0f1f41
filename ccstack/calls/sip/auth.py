"""Digest authentication, both sides: RFC 3261 section 22, RFC 7616 (SHA-256), RFC 8760 (several challenges)."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from ccstack.calls.sip.message import Response
from ccstack.calls.sip.uri import SipSyntaxError, quoted, split_outside_quotes, unquoted

ALGORITHMS = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}
_UNQUOTED = frozenset({"algorithm", "qop", "nc", "stale"})


class AuthError(Exception):
    """The server will not have these credentials, or asks in a way that we cannot answer."""


def parse_digest(text: str) -> dict[str, str]:
    """The parameters of a `Digest ...` header, names in lower case, values unquoted. Raises `SipSyntaxError`."""
    scheme, _, rest = text.strip().partition(" ")
    if scheme.lower() != "digest":
        raise SipSyntaxError(f"not Digest: {text!r}")
    pairs = (part.partition("=") for part in split_outside_quotes(rest, ",") if part)
    return {name.strip().lower(): unquoted(value.strip()) for name, _, value in pairs}


def print_digest(params: dict[str, str], plain: frozenset[str] = _UNQUOTED) -> str:
    """The inverse of `parse_digest`; `plain` names are written without quotes."""
    return "Digest " + ", ".join(f"{k}={v if k in plain else quoted(v)}" for k, v in params.items())


def _hash(algorithm: str, text: str) -> str:
    return hashlib.new(ALGORITHMS[algorithm], text.encode(), usedforsecurity=False).hexdigest()


def ha1(algorithm: str, username: str, realm: str, password: str) -> str:
    """H(username:realm:password), what a server stores instead of a password."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


def digest_response(algorithm: str, ha1_hex: str, method: str, params: dict[str, str]) -> str:
    """The `response` value for these header parameters (RFC 7616 section 3.4.1; qop auth, or none as in RFC 2069)."""
    ha2 = _hash(algorithm, f"{method}:{params['uri']}")
    if "qop" not in params:
        return _hash(algorithm, f"{ha1_hex}:{params['nonce']}:{ha2}")
    middle = f"{params['nonce']}:{params['nc']}:{params['cnonce']}:{params['qop']}"
    return _hash(algorithm, f"{ha1_hex}:{middle}:{ha2}")


@dataclass
class _Session:
    """One server's challenge, in use: the nonce counter goes up with every request (RFC 7616 section 3.4)."""

    header: str
    challenge: dict[str, str]
    count: int = 0


@dataclass
class DigestClient:
    """Answers challenges for one account, and sends credentials unasked while a nonce is still good."""

    username: str
    password: str = field(repr=False)
    _sessions: dict[tuple[str, str], _Session] = field(default_factory=dict, repr=False)

    def challenged(self, response: Response, server: str) -> bool:
        """Take in a 401 or 407 from `server`; True when it says that only the nonce was stale.

        Raises `AuthError` for a challenge that we have no answer to.
        """
        asks, answers = ("WWW-Authenticate", "Authorization")
        if response.status == 407:
            asks, answers = ("Proxy-Authenticate", "Proxy-Authorization")
        challenge = _first_usable(response.headers.all(asks))
        self._sessions[(server, answers)] = _Session(answers, challenge)
        return challenge.get("stale", "").lower() == "true"

    def credentials(self, server: str, method: str, uri: str) -> list[tuple[str, str]]:
        """The authorization headers for a request to `server`, none before it has asked."""
        sessions = [session for (name, _), session in self._sessions.items() if name == server]
        return [(session.header, self._answer(session, method, uri)) for session in sessions]

    def _answer(self, session: _Session, method: str, uri: str) -> str:
        session.count += 1
        challenge = session.challenge
        algorithm = challenge.get("algorithm", "MD5")
        params = {"username": self.username, "realm": challenge.get("realm", ""), "nonce": challenge["nonce"],
                  "uri": uri, "algorithm": algorithm}  # fmt: skip
        if "qop" in challenge:
            params |= {"qop": "auth", "nc": f"{session.count:08x}", "cnonce": os.urandom(8).hex()}
        known = _canonical(algorithm)
        secret = ha1(known, self.username, params["realm"], self.password)
        params["response"] = digest_response(known, secret, method, params)
        if "opaque" in challenge:
            params["opaque"] = challenge["opaque"]
        return print_digest(params)


def _canonical(algorithm: str) -> str:
    return next(name for name in ALGORITHMS if name.lower() == algorithm.lower())


def _first_usable(values: Iterable[str]) -> dict[str, str]:
    """The first challenge that we can answer: the server lists them in its order of preference (RFC 8760)."""
    for value in values:
        if not value.lower().startswith("digest "):
            continue
        challenge = parse_digest(value)
        known = challenge.get("algorithm", "MD5").lower() in {name.lower() for name in ALGORITHMS}
        qops = [qop.strip() for qop in challenge.get("qop", "auth").split(",")]
        if known and "auth" in qops and "nonce" in challenge:
            return challenge
    raise AuthError("the server's challenge names no digest algorithm and qop that we know")
