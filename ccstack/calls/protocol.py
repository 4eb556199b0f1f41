"""What a driver and a user agent process say to each other: commands' arguments and reports, one JSON object a line.

Everything here is a frozen pydantic model, so that a wrong command is refused with its path before it reaches the
user agent, and a report read back by the driver is typed. Times are seconds from the start of the call (the INVITE
was sent or came in) unless a name says otherwise.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

ANY_HOST = "0.0.0.0"  # noqa: S104 - inside a lab namespace or on a probe host, all addresses are meant
Port = Annotated[int, Field(ge=0, le=65535)]
Status = Annotated[int, Field(ge=100, le=699)]
Millis = Annotated[int, Field(ge=0)]
HeaderText = Annotated[str, StringConstraints(pattern=r"^[^\r\n\x00]*$")]
HeaderName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.!%*_+`'~-]+$")]
SoundText = Annotated[str, StringConstraints(pattern=r"^(silence|tone:\d+(\+\d+)?|wav:.+)$")]
Codec = Literal["PCMU", "PCMA"]
Moment = Literal["ringing", "early", "answered", "ended", "held", "transferred", "media_timeout"]


class Frozen(BaseModel):
    """Base of all that crosses the pipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tls(Frozen):
    """How TLS peers are believed, and what we show to those that connect to us.

    `ca_file` is a PEM bundle; `pin` the SHA-256 of the peer's certificate (DER) in hex, which is enough by itself.
    `certificate` and `key` (PEM paths) make the user agent listen on TLS too.
    """

    ca_file: str | None = None
    pin: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None = None
    server_name: str | None = None
    certificate: str | None = None
    key: str | None = None
    port: Port = 5061


class AgentConfig(Frozen):
    """One user agent process. `bind` is the address it listens on (UDP and TCP); 0.0.0.0 means all of them."""

    bind: str = ANY_HOST
    port: Port = 5060
    rtp_first: Port = 20000
    rtp_last: Port = 29998
    tls: Tls = Tls()
    answer_options: bool = True
    name: HeaderText = "ccstack"


class AnswerPolicy(Frozen):
    """What to do with a call that comes in.

    `answer` sends 200 after `after_ms`; `ring` rings until the caller gives up; `reject` sends `code`; `ignore`
    sends nothing at all, ever, as a dead carrier would. `provisional` 0 sends no 18x. `early` is played as early
    media in a 183 until the answer.
    """

    action: Literal["answer", "ring", "reject", "ignore"] = "answer"
    after_ms: Millis = 0
    provisional: Literal[0, 180, 183] = 180
    code: Annotated[int, Field(ge=300, le=699)] = 486
    reason: HeaderText = ""
    sound: SoundText = "silence"
    early: SoundText | None = None
    hangup_after_ms: Millis | None = None
    record: str | None = None
    headers: dict[HeaderName, HeaderText] = {}


class AccountConfig(Frozen):
    """A phone, a probe or a carrier.

    `servers` are SIP URIs in order of preference (`sip:10.1.0.5:5060;transport=tcp`): with `registers` the account
    registers at all of them; calls go to the first that lives. `user` is the user part of its own address and
    Contact; `catch_all` accounts take every call that no other account's user claims (a carrier does).
    `failover_ms` is how long an INVITE may stay without any response before the next server is tried.
    `srtp` says whether calls are encrypted: always, and others are refused; never; or (None) where they go over TLS,
    and as the caller offers.
    """

    account: str
    user: str
    domain: str
    display: HeaderText = ""
    auth_user: str | None = None
    password: SecretStr | None = None
    servers: tuple[str, ...] = ()
    registers: bool = False
    expires_s: Annotated[int, Field(ge=10)] = 120
    retry_s: Annotated[float, Field(gt=0)] = 5.0
    failover_ms: Millis = 1200
    failover_codes: tuple[Status, ...] = (503,)
    codecs: tuple[Codec, ...] = ("PCMU", "PCMA")
    dtmf_payload_type: Annotated[int, Field(ge=96, le=127)] | None = 101
    srtp: bool | None = None
    media_timeout_s: Annotated[float, Field(gt=0)] = 5.0
    catch_all: bool = False
    policy: AnswerPolicy = AnswerPolicy()
    policies: dict[str, AnswerPolicy] = {}


class RegistrarConfig(Frozen):
    """What a registrar of ours asks of those who register: users and passwords, and how they are challenged.

    `algorithms` are offered in this order; a nonce is good for `nonce_s` seconds. With `challenge_calls` an INVITE
    from those users must carry credentials too.
    """

    realm: HeaderText
    users: dict[str, SecretStr]
    algorithms: tuple[Literal["MD5", "SHA-256", "SHA-512-256"], ...] = ("MD5",)
    nonce_s: Annotated[float, Field(gt=0)] = 300.0
    expires_s: Annotated[int, Field(ge=1)] = 3600
    challenge_calls: bool = False


class PlaceCall(Frozen):
    """One outgoing call. `to` is a user part or a whole SIP URI; `from_user` and `from_display` replace the account's.

    `server` is the SIP URI to send to, instead of the account's servers.
    """

    account: str
    to: str
    from_user: str | None = None
    from_display: HeaderText | None = None
    asserted_identity: HeaderText | None = None
    headers: dict[HeaderName, HeaderText] = {}
    sound: SoundText = "silence"
    server: str | None = None
    ring_timeout_ms: Millis | None = None
    record: str | None = None


class Heard(Frozen):
    """A tone recognised in what came in: `722+1542`, `1004`, or `silence` and `unknown` are never listed."""

    tone: str
    start: float
    end: float


class Digit(Frozen):
    """A DTMF digit that came in. `complete` is false when its end packets never came."""

    digit: str
    at: float
    duration_ms: int
    complete: bool
    by: Literal["rfc4733", "info"] = "rfc4733"


class MediaReport(Frozen):
    """What went out and came in. Loss is by sequence number; jitter is RFC 3550's, in ms, by kernel time stamps."""

    codec: str | None = None
    local: str | None = None
    remote: str | None = None
    sent: int = 0
    received: int = 0
    lost: int = 0
    duplicate: int = 0
    jitter_ms: float = 0.0
    longest_gap_ms: float = 0.0
    first_at: float | None = None
    last_at: float | None = None
    timed_out: bool = False
    heard: tuple[Heard, ...] = ()
    digits: tuple[Digit, ...] = ()
    recording: str | None = None


class Provisional(Frozen):
    """A 1xx response: when it came and whether it brought a session description."""

    status: Status
    at: float
    sdp: bool = False


class TransferReport(Frozen):
    """How a REFER went: the response to REFER itself, then the last status that a NOTIFY told of the new call."""

    to: str
    accepted: int | None = None
    status: int | None = None
    done: bool = False


class BodyPart(Frozen):
    """One part of the INVITE's body that is not the session description (a PIDF-LO, say)."""

    content_type: str
    content_id: str | None = None
    text: str


class CallReport(Frozen):
    """All that is known of one call. It can be asked for at any time; `state` ended is final.

    `invite_headers` are the INVITE's as it went or came; `answer_headers` those of the final response.
    `post_dial_delay` runs from the first INVITE sent (a server that did not answer is included) to the first 18x, or
    to the answer when there was none before it.
    """

    call: str
    account: str
    direction: Literal["out", "in"]
    state: Literal["calling", "ringing", "early", "answered", "ended"]
    call_id: str
    request_uri: str
    from_uri: str
    to_uri: str
    server: str | None = None
    servers_tried: tuple[str, ...] = ()
    started_epoch: float
    answered: bool = False
    status: int | None = None
    reason: str = ""
    provisionals: tuple[Provisional, ...] = ()
    post_dial_delay: float | None = None
    setup_time: float | None = None
    ended_at: float | None = None
    ended_by: Literal["local", "remote", "error"] | None = None
    error: str | None = None
    held: bool = False
    held_by_remote: bool = False
    transfer: TransferReport | None = None
    invite_headers: dict[str, tuple[str, ...]] = {}
    answer_headers: dict[str, tuple[str, ...]] = {}
    end_headers: dict[str, tuple[str, ...]] = {}
    bodies: tuple[BodyPart, ...] = ()
    local_sdp: str | None = None
    remote_sdp: str | None = None
    media: MediaReport = MediaReport()


class Message(Frozen):
    """A MESSAGE that came in (RFC 3428)."""

    account: str
    from_uri: str
    to_uri: str
    content_type: str
    text: str
    headers: dict[str, tuple[str, ...]]
    at_epoch: float


class OptionsReport(Frozen):
    """What an OPTIONS to `uri` brought: the status, or None with `error` when nothing came in time."""

    uri: str
    status: int | None
    round_trip_ms: float | None
    error: str | None = None


class Registration(Frozen):
    """An account's state at one server. `expires_in` is in seconds; `status` is the last final response's."""

    account: str
    server: str
    registered: bool
    status: int | None = None
    error: str | None = None
    expires_in: float | None = None
