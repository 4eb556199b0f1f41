"""`ccstack render`: a tree that is whole or not there, the same bytes every time, without secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.test_cli import ACME, SHOP, run


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_same_bytes_twice_and_from_json(tmp_path: Path) -> None:
    blueprint = tmp_path / "acme.json"
    blueprint.write_text(run("show", ACME, "--json").stdout, encoding="utf-8")
    for name, source in (("a", ACME), ("b", ACME), ("c", str(blueprint))):
        assert run("render", source, "-o", str(tmp_path / name)).exit_code == 0
    first = tree(tmp_path / "a")
    assert len(first) > 50
    assert tree(tmp_path / "b") == first
    assert tree(tmp_path / "c") == first


def test_replaces_its_own_tree_only(tmp_path: Path) -> None:
    target = tmp_path / "out"
    assert run("render", SHOP, "-o", str(target)).exit_code == 0
    (target / "hosts" / "stale").write_text("old")
    assert run("render", SHOP, "-o", str(target)).exit_code == 0
    assert not (target / "hosts" / "stale").exists()
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "mine").write_text("precious")
    result = run("render", SHOP, "-o", str(foreign))
    assert (result.exit_code, (foreign / "mine").read_text()) == (2, "precious")


def test_a_finding_leaves_nothing(tmp_path: Path) -> None:
    blueprint = tmp_path / "center.py"
    blueprint.write_text(Path(SHOP).read_text(encoding="utf-8").replace('to="front"', 'to="frunt"'), encoding="utf-8")
    result = run("render", str(blueprint), "-o", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert [path.name for path in tmp_path.iterdir()] == ["center.py"]


def test_the_manifest_names_owners_and_what_is_made(tmp_path: Path) -> None:
    run("render", SHOP, "-o", str(tmp_path / "out"))
    manifest = json.loads((tmp_path / "out" / "render.json").read_text())
    assert manifest["schema"] == "ccstack.render/1"
    assert set(manifest["hosts"]) == {"box"}
    assert manifest["hosts"]["box"]["artifacts"]


def test_no_secret_in_the_tree_and_all_in_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    assert run("render", SHOP, "-o", str(tmp_path / "plain")).exit_code == 0
    assert any(b"<secret " in text for text in tree(tmp_path / "plain").values())
    bundle = tmp_path / "bundle"
    assert run("render", SHOP, "-o", str(bundle), "--bind").exit_code == 0
    assert not any(b"<secret " in text for text in tree(bundle).values())
    assert bundle.stat().st_mode & 0o777 == 0o700
    assert run("render", SHOP, "-o", str(bundle), "--bind").exit_code == 2


def test_explain_leads_to_the_blueprint(tmp_path: Path) -> None:
    run("render", SHOP, "-o", str(tmp_path / "out"))
    queues = (tmp_path / "out/hosts/box/etc/asterisk/queues.conf").read_text().splitlines()
    number = next(n for n, text in enumerate(queues, 1) if text.startswith("[counter]"))
    result = run("explain", SHOP, f"box:queues.conf:{number}", "--json")
    answer = json.loads(result.stdout)
    assert answer["object"].startswith("queues.counter")
    line = next(n for n, text in enumerate(Path(SHOP).read_text().splitlines(), 1) if "cc.Queue(" in text)
    assert answer["blueprint"] == f"{SHOP}:{line}"
