"""Blueprint in, tree out: each folder here has a `center.py` and, under `hosts/` and `switches/`, every line that it
renders to.

Secrets stand as their names. Files whose content is ccstack's alone (the SBC's script) are left to their own tests.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ccstack.design import design
from ccstack.load import load
from ccstack.render.render import render
from ccstack.render.state import masked

HERE = Path(__file__).resolve().parent
CASES = sorted(path.parent.name for path in HERE.glob("*/center.py"))


@pytest.mark.parametrize("case", CASES)
def test_a_blueprint_renders_to_its_tree(case: str, refresh: bool) -> None:
    _is_as_kept(tree(HERE / case / "center.py"), case, "hosts", refresh)


@pytest.mark.parametrize("case", CASES)
def test_a_blueprint_renders_to_its_switches(case: str, refresh: bool) -> None:
    state = render(design(load(HERE / case / "center.py")))
    _is_as_kept({f"{switch.name}.cfg": switch.text for switch in state.switches}, case, "switches", refresh)


def _is_as_kept(made: dict[str, str], case: str, what: str, refresh: bool) -> None:
    kept = HERE / case / what
    if refresh:
        write(made, kept)
    found = {str(p.relative_to(kept)): p.read_text() for p in sorted(kept.rglob("*")) if p.is_file()}
    assert sorted(found) == sorted(made)
    for path, text in made.items():
        assert found[path] == text, f"{case}/{what}/{path} differs; `pytest tests/golden --refresh` writes it anew"


def tree(blueprint: Path) -> dict[str, str]:
    """Every file by host and path, and of each host what is made and what is expected of it."""
    state = render(design(load(blueprint)))
    texts: dict[str, str] = {}
    for host in state.hosts:
        texts |= {f"{host.name}{f.path}": masked(f.text) for f in host.files if not _static(f.path)}
        artifacts = [f"{a.path} {a.request}\n" for a in host.artifacts]
        texts[f"{host.name}/artifacts.txt"] = "".join(artifacts)
        texts[f"{host.name}/packages.txt"] = "".join(f"{name}\n" for name in host.packages)
    return texts


def _static(path: str) -> bool:
    return path.endswith(("/kamailio.cfg", "/modules.conf"))


def write(made: dict[str, str], folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    for path, text in made.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
