"""SIP URIs, addresses and Via, kept as they came: what is parsed prints back to the same text.

PyPI's `sipmessage` was tried and not used: it decodes and re-encodes parameters (a tag `a!b`, or the `*` that
topology hiding writes into a URI, come back changed and the dialog is lost), and it refuses `qop="auth,auth-int"`,
hosts such as `sbc1`, URIs with headers, and folded lines.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import quote, unquote

Params = tuple[tuple[str, str | None], ...]

DEFAULT_PORT = {"udp": 5060, "tcp": 5060, "tls": 5061}
_USER_SAFE = "-_.!~*'()&=+$,;?/"
_URI = re.compile(
    r"^(?P<scheme>sips?|tel):(?:(?P<user>[^@<>\s]*)@)?"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:;?@<>\s\[\]]+)(?::(?P<port>\d{1,5}))?"
    r"(?P<params>(?:;[^?<>\s]*)?)(?:\?(?P<headers>[^<>\s]*))?$",
    re.IGNORECASE,
)
_NAME_ADDR = re.compile(
    r'^(?P<display>"(?:[^"\\]|\\.)*"\s*|[^"<]*)<(?P<uri>[^<>]+)>(?P<params>\s*(?:;.*)?)$', re.DOTALL
)
_VIA = re.compile(
    r"^SIP\s*/\s*2\.0\s*/\s*(?P<transport>[A-Za-z0-9-]+)\s+"
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:;\s\[\]]+)(?:\s*:\s*(?P<port>\d{1,5}))?\s*(?P<params>(?:;.*)?)$",
    re.DOTALL,
)


class SipSyntaxError(ValueError):
    """A text that is not what SIP's grammar asks for; the message shows the text."""


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at `separator` where it stands neither in a quoted string nor between angle brackets; parts stripped."""
    parts, start, quoted, depth, escaped = [], 0, False, 0, False
    for at, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = char == "\\", char != '"'
        elif char == '"':
            quoted = True
        elif char in "<>":
            depth += 1 if char == "<" else -1
        elif char == separator and depth <= 0:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]


def parse_params(text: str) -> Params:
    """`;a=1;b` as (("a", "1"), ("b", None)); values stay quoted or escaped as they came."""
    pairs = (part.partition("=") for part in split_outside_quotes(text, ";") if part)
    return tuple((name.strip(), value.strip() if equals else None) for name, equals, value in pairs)


def print_params(params: Params) -> str:
    """The inverse of `parse_params`."""
    return "".join(f";{name}" if value is None else f";{name}={value}" for name, value in params)


def param(params: Params, name: str) -> str | None:
    """A parameter's value; "" for one without a value, None when it is absent. Names are case-insensitive."""
    wanted = name.lower()
    return next((value or "" for key, value in params if key.lower() == wanted), None)


def with_param(params: Params, name: str, value: str | None) -> Params:
    """The parameters with `name` set (replaced where it stood, else appended)."""
    if param(params, name) is None:
        return (*params, (name, value))
    return tuple((key, value if key.lower() == name.lower() else old) for key, old in params)


def quoted(text: str) -> str:
    """A SIP quoted-string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def unquoted(text: str) -> str:
    """The inverse of `quoted`; a text without quotes stays."""
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


@dataclass(frozen=True)
class Uri:
    """A sip, sips or tel URI (RFC 3261 section 19.1). `user` and parameters are as on the wire, escapes and all."""

    scheme: str
    user: str | None
    host: str
    port: int | None = None
    params: Params = ()
    headers: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `SipSyntaxError`."""
        match = _URI.match(text.strip())
        if match is None:
            raise SipSyntaxError(f"not a SIP URI: {text!r}")
        port = match["port"]
        return cls(
            match["scheme"].lower(),
            match["user"],
            match["host"],
            int(port) if port else None,
            parse_params(match["params"]),
            match["headers"],
        )

    @classmethod
    def of(cls, user: str | None, host: str, port: int | None = None, params: Params = ()) -> Self:
        """A sip URI from a plain user part, which is escaped as needed."""
        return cls("sip", None if user is None else quote(user, safe=_USER_SAFE), host, port, params)

    def __str__(self) -> str:
        user = "" if self.user is None else f"{self.user}@"
        port = "" if self.port is None else f":{self.port}"
        headers = "" if self.headers is None else f"?{self.headers}"
        return f"{self.scheme}:{user}{self.host}{port}{print_params(self.params)}{headers}"

    @property
    def plain_user(self) -> str:
        """The user part without password and escapes; of a tel URI the number; "" when there is none."""
        text = self.host if self.scheme == "tel" else (self.user or "")
        return unquote(text.partition(":")[0])

    @property
    def transport(self) -> str:
        """udp, tcp or tls: what the URI's scheme and parameters ask for."""
        asked = (param(self.params, "transport") or "").lower()
        if self.scheme == "sips" or asked == "tls":
            return "tls"
        return asked if asked in DEFAULT_PORT else "udp"

    @property
    def is_loose(self) -> bool:
        """Whether a route to it is a loose one (RFC 3261 section 16.12)."""
        return param(self.params, "lr") is not None


@dataclass(frozen=True)
class Address:
    """A name-addr or addr-spec with its header parameters, as in From, To, Contact and Route."""

    uri: Uri
    display: str = ""
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `SipSyntaxError`."""
        text = text.strip()
        match = _NAME_ADDR.match(text)
        if match is not None:
            display = unquoted(match["display"].strip())
            return cls(Uri.parse(match["uri"]), display, parse_params(match["params"]))
        # Without angle brackets, parameters belong to the header, not to the URI (RFC 3261 section 20).
        bare, _, rest = text.partition(";")
        return cls(Uri.parse(bare), "", parse_params(rest))

    def __str__(self) -> str:
        display = f"{quoted(self.display)} " if self.display else ""
        return f"{display}<{self.uri}>{print_params(self.params)}"

    @property
    def tag(self) -> str | None:
        """The dialog tag, or None."""
        return param(self.params, "tag")

    def with_tag(self, tag: str) -> Self:
        """The same address with this tag."""
        return replace(self, params=with_param(self.params, "tag", tag))


@dataclass(frozen=True)
class Via:
    """One Via entry (RFC 3261 section 20.42, rport: RFC 3581)."""

    transport: str
    host: str
    port: int | None
    params: Params = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `SipSyntaxError`."""
        match = _VIA.match(text.strip())
        if match is None:
            raise SipSyntaxError(f"not a Via: {text!r}")
        port = match["port"]
        return cls(match["transport"], match["host"], int(port) if port else None, parse_params(match["params"]))

    def __str__(self) -> str:
        port = "" if self.port is None else f":{self.port}"
        return f"SIP/2.0/{self.transport} {self.host}{port}{print_params(self.params)}"

    @property
    def branch(self) -> str:
        """The transaction's branch, "" when it is missing."""
        return param(self.params, "branch") or ""

    def seen_from(self, host: str, port: int) -> Self:
        """What a server writes in: `received`, and `rport` when the client asked for it (RFC 3581 section 4)."""
        params = self.params
        if param(params, "rport") is not None:
            params = with_param(params, "rport", str(port))
        elif host == self.host:
            return self
        return replace(self, params=with_param(params, "received", host))


def addresses(values: Iterable[str]) -> list[Address]:
    """All addresses of a header that may be repeated and may hold several, in order."""
    return [Address.parse(part) for value in values for part in split_outside_quotes(value, ",") if part]
