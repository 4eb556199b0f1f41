"""Which room may import what, and that the pure rooms are pure. Read from the source, so that no test run hides it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ccstack

PACKAGE = Path(ccstack.__file__).parent

MAY_IMPORT = {
    "model": {"model"},
    "design": {"model", "design"},
    "rules": {"model", "design", "rules", "problems"},
    "render": {"model", "design", "render"},
    "artifacts": {"model", "design", "artifacts", "secrets", "render.state", "calls.signatures", "calls.tones"},
    "secrets": {"model", "secrets", "render.state"},
    "plan": {"model", "design", "rules", "render", "plan", "drivers.base"},
    "drivers": {"model", "design", "render.state", "secrets", "plan", "drivers"},
    "calls": {"model", "design", "calls"},
    "verify": {
        "model",
        "design",
        "calls",
        "drivers",
        "verify",
        "secrets",
        "render.state",
        "plan.actual",
        "plan.sections",
    },
    "deploy": {
        "model",
        "load",
        "design",
        "rules",
        "render",
        "artifacts",
        "secrets",
        "plan",
        "drivers",
        "deploy",
    },
    "lab": {"model", "design", "calls", "lab"},
    "load.py": {"model", "problems"},
    "problems.py": {"model"},
}
"""By room. `render.state` is the one module of render that the edge rooms share."""

PURE = ("model", "design", "rules", "render", "plan")

BANNED_MODULES = {
    "socket", "subprocess", "random", "secrets", "requests", "urllib.request", "http", "asyncio", "threading", "time",
    "tempfile", "shutil", "uuid", "getpass", "platform", "locale",
}  # fmt: skip
BANNED_NAMES = {"os.environ", "os.getenv", "datetime.now", "datetime.today", "date.today", "datetime.utcnow", "open"}


def files(room: str) -> list[Path]:
    place = PACKAGE / room
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Full names of what a file imports, at its top or inside a function."""
    package = (PACKAGE.name, *path.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def used(path: Path) -> Iterator[str]:
    """Dotted names that a file reads, and names that it calls."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield ".".join(ast.unparse(node).split(".")[-2:])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def test_every_room_is_known() -> None:
    rooms = {p.name for p in PACKAGE.iterdir() if (p.is_dir() and any(p.rglob("*.py"))) or p.suffix == ".py"}
    assert rooms - {"cli", "__init__.py", "_data"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_its_neighbours(room: str) -> None:
    allowed = ["ccstack.__version__", *(f"ccstack.{name}" for name in MAY_IMPORT[room])]
    wrong = [
        f"{path.relative_to(PACKAGE)} imports {name}"
        for path in files(room)
        for name in imported(path)
        if name.split(".")[0] == "ccstack" and not any(name == a or name.startswith(f"{a}.") for a in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_touches_nothing(room: str) -> None:
    wrong = [
        f"{path.relative_to(PACKAGE)}: {name}"
        for path in files(room)
        for name in [
            *(n for n in imported(path) if any(n == b or n.startswith(f"{b}.") for b in BANNED_MODULES)),
            *(n for n in used(path) if n in BANNED_NAMES),
        ]
    ]
    assert wrong == []
