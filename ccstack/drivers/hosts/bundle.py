"""What goes to a host: its manifest, its files, and the program that brings them into place."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from ccstack.render.state import Artifact, Certificate, MusicAudio, PromptAudio, TrustedCas
from ccstack.secrets import BoundFile, BoundHost

from .onhost.manifest import SCHEMA
from .onhost.program import MAIN, identity

ONHOST = Path(__file__).with_name("onhost")
_EPOCH = (1980, 1, 1, 0, 0, 0)

Built = Mapping[PromptAudio | MusicAudio | Certificate | TrustedCas, Path]
"""Where the artifacts room has put what was asked for."""


@dataclass(frozen=True, slots=True)
class Blob:
    """Some bytes and their SHA-256 in hex."""

    content: bytes
    sha256: str

    @classmethod
    def of(cls, content: bytes) -> Blob:
        """With its hash."""
        return cls(content, hashlib.sha256(content).hexdigest())


class Contents:
    """The bytes of everything that a host shall have."""

    def __init__(self, host: BoundHost, built: Built, pool: dict[Path, Blob] | None = None) -> None:
        """`pool` is shared by hosts that have the same audio: each file is read once."""
        pool = {} if pool is None else pool
        self.blobs = {file.path: Blob.of(file.content.reveal_bytes()) for file in host.files}
        self.blobs |= {artifact.path: _read(built[artifact.request], pool) for artifact in host.artifacts}
        items: list[BoundFile | Artifact] = [*host.files, *host.artifacts]
        self.entries = [self._entry(item) for item in sorted(items, key=lambda item: item.path)]
        """The manifest's list of files, by path."""

    def _entry(self, item: BoundFile | Artifact) -> dict[str, str]:
        return {
            "path": item.path,
            "sha256": self.blobs[item.path].sha256,
            "owner": item.owner,
            "group": item.group,
            "mode": f"{item.mode:04o}",
            "apply": item.apply,
        }

    @property
    def hosts_file(self) -> str:
        """The /etc/hosts to come; empty when the release has none."""
        blob = self.blobs.get("/etc/hosts")
        return blob.content.decode() if blob else ""


def _read(path: Path, pool: dict[Path, Blob]) -> Blob:
    if path not in pool:
        pool[path] = Blob.of(path.read_bytes())
    return pool[path]


def units_of(host: BoundHost) -> list[str]:
    """The host's units with their suffix."""
    return [unit.name if "." in unit.name else f"{unit.name}.service" for unit in host.units]


def expectation_of(host: BoundHost) -> dict[str, Any]:
    """The host's expectation as JSON has it."""
    expectation = host.expectation
    return {each.name: getattr(expectation, each.name) for each in fields(expectation)} | {
        "htables": dict(expectation.htables)
    }


def manifest_of(host: BoundHost, contents: Contents, *, center: str, release: str, blueprint: str) -> dict[str, Any]:
    """The manifest of a release."""
    return {
        "schema": SCHEMA,
        "release": release,
        "center": center,
        "host": host.name,
        "blueprint": blueprint,
        "files": contents.entries,
        "units": units_of(host),
        "expect": expectation_of(host),
    }


def release_files(
    manifest: Mapping[str, Any], contents: Contents, center_json: str, *, omit: frozenset[str]
) -> Iterator[tuple[str, bytes]]:
    """What a release consists of, by name; without the contents of `omit`, paths that the host has already."""
    yield "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode()
    yield "center.json", center_json.encode()
    yield from ((f"tree{path}", blob.content) for path, blob in contents.blobs.items() if path not in omit)


def write_host(folder: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write the files of a release into `folder`, for its owner only."""
    for name, content in files:
        _private(folder / name, content)


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """The files of a release as the archive that the activator takes."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        for name, content in files:
            # Audio does not shrink; text does, and ssh is not told to compress.
            how = zipfile.ZIP_STORED if name.endswith(_AUDIO) else zipfile.ZIP_DEFLATED
            out.writestr(zipfile.ZipInfo(name, _EPOCH), content, compress_type=how)
    return archive.getvalue()


_AUDIO = (".wav", ".gsm", ".sln")


def _private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)


@cache
def modules() -> dict[str, bytes]:
    """The modules of the program that runs on the host, by file name."""
    return {module.name: module.read_bytes() for module in sorted(ONHOST.glob("*.py"))}


@cache
def activator() -> bytes:
    """The program that runs on the host, as one file that Python executes. The same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), MAIN)
        for name, content in modules().items():
            archive.writestr(zipfile.ZipInfo(f"onhost/{name}", _EPOCH), content)
    return packed.getvalue()


@cache
def activator_id() -> str:
    """The name under which a host keeps that program."""
    return identity(modules())
