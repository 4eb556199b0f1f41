"""`ccstack render`: every file of every host and every switch's configuration, as a tree to look at."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ccstack.cli.common import Refused, blueprint, checked, progress, ready, rendered
from ccstack.drivers.history import blueprint_hash
from ccstack.model import ContactCenter
from ccstack.render.state import DesiredState, HostState, masked

MANIFEST = "render.json"
"""Tells a rendered tree from a folder that is somebody else's; only the former is ever replaced."""

SCHEMA = "ccstack.render/1"


@click.command("render")
@blueprint
@click.option("-o", "--output", "target", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option(
    "--bind", "bound", is_flag=True, help="With secrets and audio: all that the playbooks need to be run by hand."
)
def command(file: Path, target: Path, bound: bool) -> None:
    """Write every file of every host to FOLDER/hosts/HOST/..., and what every switch shall have to
    FOLDER/switches/SWITCH.cfg; nothing at all if anything fails.

    Without --bind secrets stand as `<secret agents.ana.password>`, and the same blueprint gives the same bytes.
    With --bind only the owner may read the folder, and it must be a new one.
    """
    if bound:
        _write_bundle(file, target)
        return
    plan = checked(file)
    state = rendered(plan)
    with _replaced(target) as folder:
        for host in state.hosts:
            for each in host.files:
                _write(folder / "hosts" / host.name / each.path.lstrip("/"), masked(each.text))
        for switch in state.switches:
            _write(folder / "switches" / f"{switch.name}.cfg", switch.text)
        manifest = _manifest(plan.center, state)
        _write(folder / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    switches = f" and {len(state.switches)} switches" if state.switches else ""
    progress(f"{sum(len(host.files) for host in state.hosts)} files of {len(state.hosts)} hosts{switches} in {target}")


def _write_bundle(file: Path, target: Path) -> None:
    from ccstack.drivers.hosts.deploy import write_bundle

    if target.exists():
        raise Refused(f"{target} is there already; with --bind give a new folder, it will hold secrets")
    center = ready(file)
    try:
        write_bundle(
            center.center,
            center.bound,
            center.built,
            center.vault,
            target,
            blueprint_hash=blueprint_hash(center.center),
        )
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    progress(f"inventory, activator and files of {len(center.bound.hosts)} hosts in {target}; it holds secrets")


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    """A new folder that takes the place of `target` when all is written, and leaves no trace when something fails."""
    if target.exists() and not (target / MANIFEST).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is there and was not written by `ccstack render`; give an empty or a new folder")
    target = target.absolute()
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        fresh = work / "new"
        fresh.mkdir()
        yield fresh
        if target.exists():
            target.rename(work / "old")
        fresh.rename(target)
    finally:
        shutil.rmtree(work)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _manifest(center: ContactCenter, state: DesiredState) -> dict[str, object]:
    """What the tree cannot say by itself: owners, modes, and what is made rather than printed. Holds no secret."""
    return {
        "schema": SCHEMA,
        "center": center.name,
        "blueprint": blueprint_hash(center),
        "hosts": {host.name: _host_manifest(host) for host in state.hosts},
        "switches": {switch.name: f"{switch.platform}, {len(switch.lines)} lines" for switch in state.switches},
    }


def _host_manifest(host: HostState) -> dict[str, object]:
    return {
        "packages": list(host.packages),
        "units": [unit.name for unit in host.units],
        "files": {f.path: f"{f.owner}:{f.group} {f.mode:04o}, {f.apply}" for f in host.files},
        "artifacts": {a.path: f"{a.owner}:{a.group} {a.mode:04o}, {a.request}" for a in host.artifacts},
    }
