"""Generated pages are as the code says, and everything in them is documented."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from click.testing import CliRunner

from ccstack.cli import main
from ccstack.model.meaning import meanings

ROOT = Path(__file__).resolve().parent.parent.parent


def _tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_tool", ROOT / "tools" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_tool"] = module
    spec.loader.exec_module(module)
    return module


TOOL = _tool()


@pytest.mark.parametrize("page", TOOL.pages(), ids=lambda path: path.name)
def test_page_is_fresh(page: Path) -> None:
    assert page.exists(), "run `make docs`"
    assert page.read_text(encoding="utf-8") == TOOL.pages()[page], "run `make docs`"


@pytest.mark.parametrize("model", TOOL.model_classes(), ids=lambda model: model.__name__)
def test_every_noun_and_field_is_documented(model: type) -> None:
    assert model.__doc__
    missing = model.model_fields.keys() - meanings(model).keys()  # type: ignore[attr-defined, arg-type]
    derived = {"role", "kind", "source", "schema_version"}
    assert missing <= derived


def _options() -> list[tuple[str, click.Parameter]]:
    return [
        (" ".join(names), parameter)
        for names, command in TOOL._commands(main, ("ccstack",))
        for parameter in command.params
        if isinstance(parameter, click.Option)
    ]


def test_every_verb_and_option_is_documented() -> None:
    for names, command in TOOL._commands(main, ("ccstack",)):
        assert command.help, names
    assert [f"{verb} {o.opts}" for verb, o in _options() if not getattr(o, "help", None) and not _speaks(o)] == []


def _speaks(option: click.Parameter) -> bool:
    """A choice says by itself what it may be."""
    return isinstance(option.type, click.Choice)


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]), ids=lambda p: p.name)
def test_commands_in_pages_exist(page: Path) -> None:
    verbs = {names[1:] for names, _ in TOOL._commands(main, ("ccstack",))}
    first = {names[0] for names in verbs if names}
    for verb in re.findall(r"^(?:\$ |    )ccstack ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE):
        assert verb in first, f"{page.name} shows `ccstack {verb}`"


def test_the_readme_shows_what_a_wrong_blueprint_really_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = (ROOT / "README.md").read_text(encoding="utf-8").split("## What a wrong blueprint gets")[1]
    blueprint, shown = re.findall(r"```(?:python)?\n(.*?)```", section, re.DOTALL)[:2]
    (tmp_path / "center.py").write_text(blueprint, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["validate", "center.py"])
    assert f"$ ccstack validate center.py\n{result.stderr}" == shown
