"""What goes to a host: its manifest, its files, and the program that brings them into place."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ccstack.render.state import Artifact, Certificate, MusicAudio, PromptAudio
from ccstack.secrets import BoundFile, BoundHost

from .onhost.manifest import SCHEMA

ONHOST = Path(__file__).with_name("onhost")
_EPOCH = (1980, 1, 1, 0, 0, 0)
_MAIN = "import sys\n\nfrom onhost.main import main\n\nsys.exit(main(sys.argv[1:]))\n"

Built = Mapping[PromptAudio | MusicAudio | Certificate, Path]
"""Where the artifacts room has put what was asked for."""


class Contents:
    """The bytes of everything that a host shall have."""

    def __init__(self, host: BoundHost, built: Built) -> None:
        self._host, self._built = host, built
        self.files: dict[str, bytes] = {file.path: file.content.reveal_bytes() for file in host.files}
        self.files |= {artifact.path: _made(artifact, built) for artifact in host.artifacts}

    def entries(self) -> Iterator[dict[str, str]]:
        """The manifest's list of files, by path."""
        items: list[BoundFile | Artifact] = [*self._host.files, *self._host.artifacts]
        for item in sorted(items, key=lambda item: item.path):
            yield {
                "path": item.path,
                "sha256": hashlib.sha256(self.files[item.path]).hexdigest(),
                "owner": item.owner,
                "group": item.group,
                "mode": f"{item.mode:04o}",
                "apply": item.apply,
            }

    @property
    def hosts_file(self) -> str:
        """The /etc/hosts to come; empty when the release has none."""
        return self.files.get("/etc/hosts", b"").decode()


def _made(artifact: Artifact, built: Built) -> bytes:
    return built[artifact.request].read_bytes()


def units_of(host: BoundHost) -> list[str]:
    """The host's units with their suffix."""
    return [unit.name if "." in unit.name else f"{unit.name}.service" for unit in host.units]


def expectation_of(host: BoundHost) -> dict[str, Any]:
    """The host's expectation as JSON has it."""
    return asdict(host.expectation) | {"htables": dict(host.expectation.htables)}


def manifest_of(host: BoundHost, contents: Contents, *, center: str, release: str, blueprint: str) -> dict[str, Any]:
    """The manifest of a release."""
    return {
        "schema": SCHEMA,
        "release": release,
        "center": center,
        "host": host.name,
        "blueprint": blueprint,
        "files": list(contents.entries()),
        "units": units_of(host),
        "expect": expectation_of(host),
    }


def write_host(folder: Path, manifest: Mapping[str, Any], contents: Contents, *, omit: frozenset[str]) -> None:
    """Write `folder/manifest.json` and `folder/tree/...`, without the paths in `omit`, which the host has already."""
    _private(folder / "manifest.json", json.dumps(manifest, indent=1, sort_keys=True).encode())
    for path, content in contents.files.items():
        if path not in omit:
            _private(folder / "tree" / path.lstrip("/"), content)


def _private(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)


def activator() -> bytes:
    """The program that runs on the host, as one file that Python executes. The same bytes each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("__main__.py", _EPOCH), _MAIN)
        for module in sorted(ONHOST.glob("*.py")):
            archive.writestr(zipfile.ZipInfo(f"onhost/{module.name}", _EPOCH), module.read_text(encoding="utf-8"))
    return packed.getvalue()
