"""The provisioning server: nginx hands each phone its own configuration over HTTPS, and nobody another's.

The files themselves are the phones' rooms' (`/srv/phones`); here is who may read which. nginx asks for the user name
that belongs to the file (the phone's MAC address), or a certificate of a phone vendor with that address in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ccstack.design import Design
from ccstack.model.host import Host
from ccstack.model.phone import Phone, Softphone
from ccstack.model.phone_models import phone_model
from ccstack.model.secret import DerivedSecret, Secret

from .part import Part
from .phones.vendors import VENDORS
from .state import Artifact, Certificate, Expectation, File, Line, Slot, Source, TrustedCas, Unit
from .templates import template_lines
from .text import RenderError

TLS = "/etc/nginx/tls"
PHONES = "/etc/nginx/phones"
TRIES_PER_MINUTE = 10
"""Requests for one phone's files from one address; after the first ones, so many a minute are let through."""
TRIES_AT_ONCE = 20
_SUFFIX = {"linphone": "xml", "baresip": "txt"}
_SMALLEST_HASH = 2048


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Somebody with a file of their own on the server."""

    path: str
    """Of the phone or softphone."""
    user: str
    """User name: the MAC address, or a softphone's name."""
    files: tuple[str, ...]
    password: Secret


def fetchers(design: Design) -> tuple[Fetcher, ...]:
    """Everybody with a file, in the blueprint's order. Two with the same user name are a `RenderError`."""
    phones = (_of_phone(phone) for phone in design.index["phones"].values())
    found = [*filter(None, phones), *map(_of_softphone, design.index["softphones"].values())]
    first: dict[str, Fetcher] = {}
    for one in found:
        if first.setdefault(one.user, one) is not one:
            rule = f"{first[one.user].path} has this user name on the provisioning server already"
            raise RenderError(one.path, one.user, rule)
    return tuple(found)


def _of_phone(phone: Phone) -> Fetcher | None:
    """Nothing for a model that nobody knows: a rule reports that."""
    model = phone_model(phone.model)
    if model is None:
        return None
    return Fetcher(f"phones.{phone.name}", phone.mac, VENDORS[model.vendor].file_names(phone.mac), phone.provisioning)


def _of_softphone(phone: Softphone) -> Fetcher:
    return Fetcher(f"softphones.{phone.name}", phone.name, (f"{phone.name}.{_SUFFIX[phone.app]}",), phone.provisioning)


def parts(design: Design) -> Mapping[str, Part]:
    """The share of every provisioning host."""
    hosts = [host for host in design.index["hosts"].values() if host.provisioning]
    known = fetchers(design) if hosts else ()
    maps = tuple(_maps(known))
    passwords = tuple(_passwords(design, known))
    return {host.name: _part(host, known, (*maps, *passwords)) for host in hosts}


def _part(host: Host, known: tuple[Fetcher, ...], shared: tuple[File, ...]) -> Part:
    assert host.provisioning is not None
    served = f"{host.address}:{host.provisioning.https_port}"
    return Part(
        packages=("nginx",),
        units=(Unit("nginx.service"),),
        files=(_nginx_conf(host, known, is_rotating=len(shared) > 3), *shared),
        artifacts=tuple(_certificates(host)),
        expectation=Expectation(https=((served, f"{TLS}/cert.pem"),)),
    )


def _nginx_conf(host: Host, known: tuple[Fetcher, ...], *, is_rotating: bool) -> File:
    assert host.provisioning is not None
    lines = template_lines(
        "provisioning/nginx.conf.j2",
        f"hosts.{host.name}",
        address=host.address,
        port=host.provisioning.https_port,
        vendors=host.provisioning.vendors_ca is not None,
        previous=is_rotating,
        # Twice as many places as names, in powers of two, so that nginx is seldom told another number.
        hash_size=max(_SMALLEST_HASH, 1 << (2 * len(known)).bit_length()),
        tries_per_minute=TRIES_PER_MINUTE,
        tries_at_once=TRIES_AT_ONCE,
    )
    return File("/etc/nginx/nginx.conf", lines, "nginx-reload")


def _maps(known: Iterable[Fetcher]) -> Iterator[File]:
    each = [(one, file) for one in known for file in one.files]
    files = [Line(f'"/{file}" "{file}";', Source(one.path, "provisioning.files")) for one, file in each]
    names = [Line(f'"/{file}" "{one.user}";', Source(one.path, "provisioning.names")) for one, file in each]
    yield File(f"{PHONES}/files.map", tuple(files), "nginx-reload")
    yield File(f"{PHONES}/names.map", tuple(names), "nginx-reload")


# --- Passwords ---


def _passwords(design: Design, known: Iterable[Fetcher]) -> Iterator[File]:
    """The passwords that count, and those of the epoch before where phones still have them. nginx reads them for every
    request."""
    yield _password_file("passwords", known, previous=False)
    rotating = [one for one in known if _has_previous(design, one.password)]
    if rotating:
        yield _password_file("passwords.before", rotating, previous=True)


def _has_previous(design: Design, secret: Secret) -> bool:
    secrets = design.center.secrets
    return isinstance(secret, DerivedSecret) and secrets.overlap and (secret.epoch or secrets.epoch) > 1


def _password_file(name: str, known: Iterable[Fetcher], *, previous: bool) -> File:
    lines = tuple(_password(one, previous) for one in known)
    return File(f"{PHONES}/{name}", lines, "none", group="www-data", mode=0o640)


def _password(one: Fetcher, previous: bool) -> Line:
    slot = Slot(f"{one.path}.provisioning", "ssha", previous=previous)
    return Line(f"{one.user}:{slot}", Source(one.path, "provisioning.passwords"))


# --- Certificates ---


def _certificates(host: Host) -> Iterator[Artifact]:
    assert host.provisioning is not None
    source = Source(f"hosts.{host.name}", "provisioning.certificates")
    yield Artifact(f"{TLS}/cert.pem", Certificate(host.name, "cert"), source, "nginx-reload")
    yield Artifact(f"{TLS}/key.pem", Certificate(host.name, "key"), source, "nginx-reload", mode=0o600)
    yield Artifact(f"{TLS}/ca.pem", Certificate(host.name, "ca"), source, "nginx-reload")
    if host.provisioning.vendors_ca is not None:
        request = TrustedCas(host.provisioning.vendors_ca, f"hosts.{host.name}.roles.provisioning.vendors_ca")
        yield Artifact(f"{TLS}/vendors.pem", request, source, "nginx-reload")
