"""Certificates: each center has a CA of its own, whose key stays on the machine that deploys.

Phones that trust the CA's certificate check the SBC that they register at (RFC 5922: the name is in the SAN).
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ccstack.model.center import ContactCenter
from ccstack.model.host import Host
from ccstack.render.state import Certificate

from .settled import Settled, file_of, folder_of, names_of

CA_LIFE = timedelta(days=3650)
HOST_LIFE = timedelta(days=397)
"""As long as most clients accept."""
RENEW_BEFORE = timedelta(days=60)
"""A certificate is made anew so long before it ends; the next deployment brings it to the host."""
_BACKDATE = timedelta(hours=1)
"""Clocks of phones run late."""


class Authority:
    """A center's CA and the host certificates that it made, in `folder` (mode 0700)."""

    def __init__(self, center: ContactCenter, folder: Path, now: datetime | None = None) -> None:
        self._center, self._folder = center, folder_of(center, folder)
        self._now = now or datetime.now(UTC)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder.chmod(0o700)

    def file(self, request: Certificate) -> Path:
        """The file that is asked for; made or renewed first when that is due."""
        with self._locked():
            self._renew_ca()
            if request.part == "ca":
                return file_of(self._folder, request)
            host = next(host for host in self._center.hosts if host.name == request.host)
            self._renew_host(host)
            Settled(self._folder).note(host.name, names_of(host, self._center), self._due(host))
            return file_of(self._folder, request)

    def _due(self, host: Host) -> datetime:
        files = (self._folder / "ca.pem", self._folder / f"{host.name}.cert.pem")
        return min(x509.load_pem_x509_certificate(_read(file)).not_valid_after_utc for file in files) - RENEW_BEFORE

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _renew_ca(self) -> None:
        if _is_good(self._folder / "ca.pem", self._now):
            return
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"ccstack CA of {self._center.name}"[:64])])
        usage = _usage(key_cert_sign=True, crl_sign=True)
        draft = self._draft(name, name, key.public_key(), CA_LIFE)
        draft = draft.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        draft = draft.add_extension(usage, critical=True)
        _write(self._folder / "ca.key", _private(key))
        _write(self._folder / "ca.pem", draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))

    def _renew_host(self, host: Host) -> None:
        wanted, ca = _names(host, self._center), x509.load_pem_x509_certificate(_read(self._folder / "ca.pem"))
        file = self._folder / f"{host.name}.cert.pem"
        if _is_good(file, self._now) and _fits(x509.load_pem_x509_certificate(_read(file)), wanted, ca):
            return
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host.name)])
        uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        draft = self._draft(name, ca.subject, key.public_key(), HOST_LIFE)
        draft = draft.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        draft = draft.add_extension(_usage(digital_signature=True), critical=True)
        draft = draft.add_extension(uses, critical=False).add_extension(wanted, critical=False)
        made = draft.sign(self._ca_key(), hashes.SHA256())
        _write(self._folder / f"{host.name}.key.pem", _private(key))
        _write(file, made.public_bytes(serialization.Encoding.PEM))

    def _ca_key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(_read(self._folder / "ca.key"), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return key

    def _draft(
        self, subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta
    ) -> x509.CertificateBuilder:
        draft = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
        draft = draft.serial_number(x509.random_serial_number())
        return draft.not_valid_before(self._now - _BACKDATE).not_valid_after(self._now + life)


def read_cas(file: Path) -> str:
    """What is wrong with a PEM file of CA certificates, or nothing."""
    try:
        found = x509.load_pem_x509_certificates(_read(file))
    except OSError as why:
        return f"cannot be read: {why.strerror}; relative paths begin at the blueprint's folder"
    except ValueError:
        return "has no certificate in PEM form; put the CAs' certificates into it, one after the other"
    return "" if all(map(_is_ca, found)) else "has a certificate that is no CA's; leave only CAs' certificates in it"


def _is_ca(made: x509.Certificate) -> bool:
    try:
        return made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        # Version 1 certificates, as some vendors' roots are, say nothing of it.
        return made.issuer == made.subject


def _names(host: Host, center: ContactCenter) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([one for name in names_of(host, center) for one in _general(name)])


def _general(name: str) -> tuple[x509.GeneralName, ...]:
    """A name as a certificate has it; an address as a DNS name, too: MbedTLS before 3.5 (Linphone has it) compares what
    it connects to with those alone."""
    try:
        return x509.IPAddress(IPv4Address(name)), x509.DNSName(name)
    except ValueError:
        return (x509.DNSName(name),)


def _fits(made: x509.Certificate, wanted: x509.SubjectAlternativeName, ca: x509.Certificate) -> bool:
    has = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    try:
        made.verify_directly_issued_by(ca)
    except Exception:  # whatever does not fit it: another CA made it, and it is made anew
        return False
    return has == wanted


def _is_good(file: Path, now: datetime) -> bool:
    if not file.is_file():
        return False
    return x509.load_pem_x509_certificate(_read(file)).not_valid_after_utc - now > RENEW_BEFORE


def _usage(*, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


def _read(file: Path) -> bytes:
    return file.read_bytes()


def _write(file: Path, content: bytes) -> None:
    beside = file.with_name(f".{file.name}")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(content)
    beside.replace(file)
