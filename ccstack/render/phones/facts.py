"""What a phone must be told, whoever made it: worked out here once, printed by each vendor's module."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ccstack.design import Design
from ccstack.design.index import path_of
from ccstack.design.wiring import Seat
from ccstack.model.agent import Agent
from ccstack.model.center import Qos
from ccstack.model.host import Host
from ccstack.model.phone import LINES, LineKey, Station
from ccstack.model.phone_models import PhoneModel, phone_model
from ccstack.model.site import Site
from ccstack.render.asterisk.pjsip import codecs
from ccstack.render.clocks import PUBLIC_POOL
from ccstack.render.state import Slot, Source
from ccstack.render.text import RenderError

from .zone import Zone, zone_rule

REGISTER_SECONDS = 600
"""How long a registration holds: a phone whose SBC died is at the next one within half of it at worst."""
DTMF_PAYLOAD = 101
"""RTP payload type of telephone events (RFC 4733)."""
CENTER = Source("center", "phones-center")
_ASK_VALIDATE = "`ccstack validate` says more"


@dataclass(frozen=True, slots=True)
class Sbc:
    """An SBC as a phone reaches it."""

    address: str
    port: int
    source: Source

    def __str__(self) -> str:
        return f"{self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Ground:
    """What the phones of a vendor at a site have in common, as long as they are alike in security."""

    site: Site
    secure: bool
    """SIP over TLS and SRTP, nothing else; otherwise UDP and plain RTP."""
    domain: str
    sbcs: tuple[Sbc, ...]
    base: str
    """Where the site's first provisioning server is: `https://192.0.2.9`, with a port that is not 443."""
    server: Source
    ntp: tuple[str, ...]
    """Time servers: those that DHCP names, or the public pool where there are none."""
    codecs: tuple[str, ...]
    """As the PBXs order them, in Asterisk's names."""
    language: str
    zone: Zone
    qos: Qos
    emergency: tuple[str, ...]
    """Every way to dial an emergency number."""
    voicemail: str
    """The code for one's own mailbox."""

    @property
    def here(self) -> Source:
        """The source of lines that are as they are because of the site."""
        return Source(f"sites.{self.site.name}", "phones-site")

    @property
    def ca_url(self) -> str:
        """Where the center's CA certificate is."""
        return f"{self.base}/ca.pem"


@dataclass(frozen=True, slots=True)
class Key:
    """A programmable key after the line's own."""

    kind: Literal["blf", "dial"]
    dial: str
    """Whom it watches and calls, or what it dials."""
    label: str
    path: str
    """Path of its label, for what cannot be written."""


@dataclass(frozen=True, slots=True)
class Handset:
    """A phone and its line."""

    name: str
    model: str
    mac: str
    user: str
    """SIP user name."""
    extension: str
    label: str
    label_path: str
    mailbox: bool
    shared: bool
    """Many people use it: it keeps no list of their calls."""
    pc: bool
    keys: tuple[Key, ...]
    unused: range
    """Places of the model's keys that have nothing to do, counted from 1: what was there before is taken away."""
    password: str
    """Path of the SIP password."""

    @property
    def path(self) -> str:
        """Its path in the center."""
        return f"phones.{self.name}"

    def slot(self, field: Literal["provisioning", "admin"], form: Literal["plain", "xml"]) -> str:
        """The place for one of its own secrets."""
        return str(Slot(f"phones.{self.name}.{field}", form))

    def sip_password(self, form: Literal["plain", "xml"]) -> str:
        """The place for its line's SIP password."""
        return str(Slot(self.password, form))


class Grounds:
    """The grounds of a design, each worked out once."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._made: dict[tuple[str, bool], Ground] = {}
        self._codecs = tuple(codecs(design).removeprefix("!all,").split(","))

    def of(self, site: str, secure: bool) -> Ground:
        """What phones at `site` have in common."""
        if (site, secure) not in self._made:
            self._made[site, secure] = self._make(self._design.index["sites"][site], secure)
        return self._made[site, secure]

    def _make(self, site: Site, secure: bool) -> Ground:
        center, hosts = self._design.center, self._design.index["hosts"]
        sbcs = self._design.homes.site_sbcs[site.name]
        if not sbcs:
            raise RenderError(f"sites.{site.name}", site.name, f"there is no SBC for its phones; {_ASK_VALIDATE}")
        servers: list[Host] = [hosts[name] for name in self._design.wiring.provisioning[site.name]]
        prefixes = dict.fromkeys(("", center.outside_prefix))
        return Ground(
            site=site,
            secure=secure,
            domain=center.domain,
            sbcs=tuple(_sbc(hosts[name], secure) for name in sbcs),
            base=base_url(servers[0]),
            server=Source(f"hosts.{servers[0].name}", "phones-server"),
            ntp=tuple(str(hosts[name].address) for name in self._design.wiring.dhcp[site.name]) or (PUBLIC_POOL,),
            codecs=self._codecs,
            language=center.languages[0],
            zone=zone_rule(site.time_zone),
            qos=center.qos,
            emergency=tuple(prefix + number for prefix in prefixes for number in center.emergency.numbers),
            voicemail=center.features.voicemail,
        )


def base_url(host: Host) -> str:
    """Where a provisioning server listens."""
    assert host.provisioning is not None
    port = host.provisioning.https_port
    return f"https://{host.address}" if port == 443 else f"https://{host.address}:{port}"


def _sbc(host: Host, secure: bool) -> Sbc:
    assert host.sbc is not None
    port = host.sbc.tls_port if secure else host.sbc.sip_port
    return Sbc(str(host.address), port, Source(f"hosts.{host.name}", "phones-sbc"))


def model_of(seat: Seat) -> PhoneModel:
    """What is known of the phone's model."""
    model = phone_model(seat.phone.model)
    if model is None:
        raise RenderError(f"phones.{seat.phone.name}.model", seat.phone.model, f"no such phone model; {_ASK_VALIDATE}")
    return model


def is_secure(model: PhoneModel, site: Site) -> bool:
    """Whether the phone speaks TLS and SRTP. An SBC takes every phone that registers over TLS for one with SRTP, so
    a model that has only one of the two uses neither."""
    return site.secure_phones or model.secure


def handset(design: Design, seat: Seat, model: PhoneModel) -> Handset:
    """The phone in `seat`."""
    phone, line = seat.phone, seat.line
    path = f"phones.{phone.name}"
    if line is None:
        raise RenderError(f"{path}.line", phone.line, f"there is no line of this name; {_ASK_VALIDATE}")
    return Handset(
        name=phone.name,
        model=model.name,
        mac=phone.mac,
        user=line.name,
        extension=line.extension,
        label=line.label or line.name,
        label_path=f"{path_of(line)}.label",
        mailbox=line.voicemail is not None,
        shared=isinstance(line, Station),
        pc=seat.jack.pc if seat.jack else True,
        keys=tuple(_key(design, key, f"{path}.keys.{n}") for n, key in enumerate(phone.keys)),
        unused=range(len(phone.keys) + 2, model.keys + 1),
        password=f"{path_of(line)}.password",
    )


def _key(design: Design, key: LineKey, path: str) -> Key:
    features = design.center.features
    if key.kind == "queue-login":
        return _dialing(features.login, key, path)
    if key.kind == "speed-dial":
        return _dialing(key.dial or "", key, path)
    other: Agent | Station | None = design.index.find(LINES, key.of)
    if other is None:
        raise RenderError(f"{path}.of", key.of or "", f"there is no line of this name; {_ASK_VALIDATE}")
    label = key.label or other.label or other.name
    # The called phone's own settings for intercom calls do nothing here: each call to it is one that a PBX makes.
    if key.kind == "intercom":
        return Key("dial", features.intercom + other.extension, label, f"{path}.label")
    return Key("blf", other.extension, label, f"{path}.label")


def _dialing(dial: str, key: LineKey, path: str) -> Key:
    if not dial:
        raise RenderError(f"{path}.dial", dial, f"this key needs what it dials; {_ASK_VALIDATE}")
    return Key("dial", dial, key.label or dial, f"{path}.label")
