"""A site whose two hosts give phones their addresses and files: raised and deployed once for those who ask them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ccstack.lab.from_center import phones_place, topology_of
from ccstack.lab.lab import Lab
from ccstack.load import load
from ccstack.model.center import ContactCenter
from ccstack.secrets import Vault
from tests.lab.stage import MASTER_KEY, ccstack_in

HERE = Path(__file__).resolve().parent
HOSTS = ("first", "second")
PLACE = phones_place("hq")


@dataclass
class Services:
    """The two hosts, and somebody in the site's voice network."""

    lab: Lab
    center: ContactCenter
    blueprint: Path
    vendor: VendorCa
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def ccstack(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A ccstack command where the lab's addresses answer."""
        return ccstack_in(self.lab, self.environment, *words)

    def deploy(self, blueprint: Path | None = None) -> str:
        """Deploy the two hosts; what was said."""
        ran = self.ccstack("deploy", str(blueprint or self.blueprint), "--yes", "--only", *_only())
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout + ran.stderr

    def on(self, host: str, *words: str, check: bool = True) -> str:
        """What a command prints on a host, or in a place of the lab."""
        command = self.lab.command(list(words), host)
        ran = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
        assert not check or ran.returncode == 0, f"{host}: {' '.join(words)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def play(self, script: str, *, place: str = PLACE, **orders: object) -> Any:
        """What a script of this folder answers in the voice network."""
        command = [sys.executable, str(HERE / script), json.dumps(orders)]
        ran = subprocess.run(self.lab.command(command, place), capture_output=True, text=True, timeout=180, check=False)
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def password(self, phone: str) -> str:
        """What a phone fetches its files with."""
        vault = Vault(self.center, self.blueprint.parent, {**os.environ, **self.environment})
        return vault.value(f"phones.{phone}.provisioning").reveal()


def _only() -> Sequence[str]:
    return HOSTS[:1] + tuple(word for name in HOSTS[1:] for word in ("--only", name))


@contextmanager
def on_services(folder: Path) -> Iterator[Services]:
    """Raise the lab's two hosts and deploy them; gone afterwards, unless CCSTACK_KEEP_STAGE names a folder."""
    kept = os.environ.get("CCSTACK_KEEP_STAGE")
    at = Path(kept) if kept else folder
    at.mkdir(parents=True, exist_ok=True)
    environment = {"CCSTACK_MASTER_KEY": MASTER_KEY, "XDG_STATE_HOME": str(at / "state"), "SWITCH_PASSWORD": "unused"}
    os.environ.update(environment)
    vendor = VendorCa.in_folder(at)
    blueprint = at / "services_center.py"
    blueprint.write_text((HERE / "services_center.py").read_text())
    center = load(blueprint)
    lab = Lab(center.name, say=lambda _line: None)
    topology = topology_of(center)
    hosts = tuple(host for host in topology.hosts if host.name in HOSTS)
    with lab.raised(topology.model_copy(update={"hosts": hosts}), keep=bool(kept)):
        services = Services(lab, center, blueprint, vendor, at, environment)
        services.deploy()
        yield services


@dataclass
class VendorCa:
    """A phone vendor's CA, as its phones' built-in certificates come from it."""

    folder: Path

    @classmethod
    def in_folder(cls, folder: Path) -> VendorCa:
        """The CA whose certificate is `vendors.pem` in this folder."""
        made = cls(folder)
        if not (folder / "vendors.pem").exists():
            made.write("vendors", "Example Phones CA", ca=True)
        return made

    def phone(self, name: str, common_name: str, *, by: str = "vendors", organisation: str = "Example") -> Path:
        """The certificate and key of a phone, in one file."""
        if not (self.folder / f"{by}.pem").exists():
            self.write(by, f"{by} CA", ca=True)
        self.write(name, common_name, by=by, organisation=organisation)
        path = self.folder / f"{name}-both.pem"
        path.write_bytes((self.folder / f"{name}.pem").read_bytes() + (self.folder / f"{name}.key").read_bytes())
        return path

    def write(
        self, name: str, common_name: str, *, by: str = "", ca: bool = False, organisation: str = "Example"
    ) -> None:
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        parts = [(NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common_name)]
        subject = x509.Name([x509.NameAttribute(*part) for part in parts])
        issuer, signer = subject, key
        if by:
            issuer = x509.load_pem_x509_certificate((self.folder / f"{by}.pem").read_bytes()).subject
            loaded = serialization.load_pem_private_key((self.folder / f"{by}.key").read_bytes(), None)
            assert isinstance(loaded, ec.EllipticCurvePrivateKey)
            signer = loaded
        draft = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        draft = draft.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(hours=1))
        draft = draft.not_valid_after(now + timedelta(days=30))
        draft = draft.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        made = draft.sign(signer, hashes.SHA256())
        (self.folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        form = serialization.PrivateFormat.PKCS8
        (self.folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
