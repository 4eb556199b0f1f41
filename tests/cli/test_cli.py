"""The command line: exit codes as the contract says, results on stdout, refusals on stderr, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import ccstack
from ccstack.cli import VERBS, main

ROOT = Path(ccstack.__file__).parent.parent
ACME = str(ROOT / "examples/acme_retail/center.py")
SHOP = str(ROOT / "examples/corner_shop/center.py")


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args, prog_name="ccstack")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    """Loads, and breaks a rule."""
    path = tmp_path / "center.py"
    text = Path(SHOP).read_text(encoding="utf-8").replace('to="front"', 'to="frunt"')
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def unloadable(tmp_path: Path) -> str:
    path = tmp_path / "bad.py"
    path.write_text("from ccstack.model import *\ncenter = ContactCenter(name='A B', quues=[])\n", encoding="utf-8")
    return str(path)


def test_version() -> None:
    assert run("--version").stdout == f"ccstack {ccstack.__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str) -> None:
    result = run(verb, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: ccstack {verb}")


@pytest.mark.parametrize(
    "args", [("nonsense",), ("validate",), ("validate", ACME, "--format", "xml"), ("show",), ("render", ACME)]
)
def test_wrong_usage_is_2(args: tuple[str, ...]) -> None:
    assert run(*args).exit_code == 2


@pytest.mark.parametrize(
    "verb", ["validate", "show", "call", "render", "explain", "deploy", "rollback", "history", "verify"]
)
def test_what_cannot_be_loaded_is_2(verb: str, unloadable: str, tmp_path: Path) -> None:
    more = {"call": ["--to", "+1"], "render": ["-o", str(tmp_path / "out")], "explain": ["a:b:1"]}
    result = run(verb, unloadable, *more.get(verb, []))
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "bad.py:2" in result.stderr
    assert "Did you mean `queues`?" in result.stderr
    assert "Traceback" not in result.stderr


def test_validate_passes() -> None:
    for file in (ACME, SHOP):
        result = run("validate", file)
        assert (result.exit_code, result.stderr) == (0, "")


def test_validate_finds(broken: str) -> None:
    result = run("validate", broken)
    assert result.exit_code == 1
    assert f"{broken}:" in result.stdout
    assert "Did you mean `front`?" in result.stdout


@pytest.mark.parametrize("format_", ["json", "sarif", "junit"])
def test_every_format_tells_findings_and_problems_alike(format_: str, broken: str, unloadable: str) -> None:
    found, refused = run("validate", broken, "--format", format_), run("validate", unloadable, "--format", format_)
    assert (found.exit_code, refused.exit_code) == (1, 2)
    assert "frunt" in found.stdout
    assert "quues" in refused.stdout
    if format_ != "junit":
        json.loads(found.stdout)
        json.loads(refused.stdout)


def test_show_json_is_a_blueprint(tmp_path: Path) -> None:
    shown = run("show", ACME, "--json").stdout
    path = tmp_path / "acme.json"
    path.write_text(shown, encoding="utf-8")
    assert run("show", str(path), "--json").stdout == shown
    assert run("validate", str(path)).exit_code == 0


def test_show_phone_models_needs_no_file() -> None:
    assert "yealink-t54w" in run("show", "--phone-models").stdout
    answer = json.loads(run("show", "--phone-models", "--json").stdout)
    assert answer["schema"] == "ccstack.phone-models/1"
    assert all(model["source"] for model in answer["models"])


def test_show_schema_needs_no_file() -> None:
    assert json.loads(run("show", "--schema").stdout)["title"] == "ContactCenter"


def test_show_text_names_what_is_there() -> None:
    text = run("show", ACME).stdout
    assert "site nyc, America/New_York: nyc-pbx 10.1.10.11 (pbx), nyc-sbc 10.1.10.21 (sbc)" in text
    assert "24 agents" in text


def test_call_traces() -> None:
    result = run("call", ACME, "--to", "+12125550101", "--press", "2,1", "--at", "2026-11-23T10:00", "--json")
    answer = json.loads(result.stdout)
    assert answer["schema"] == "ccstack.call/1"
    assert answer["ending"]["names"] == ["elena"]
    assert answer["language"] == "es"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--at", "noon"), "--at noon: no time"),
        (("--from", "nobody"), "--from nobody: neither an agent, station or probe"),
        (("--agent", "ana=asleep"), "the state is one of free, busy"),
        (("--agent", "nobody=busy"), "the center has no 'nobody'"),
        (("--waiting", "sales=many"), "a number of callers is wanted"),
    ],
)
def test_call_refuses(args: tuple[str, ...], words: str) -> None:
    result = run("call", ACME, "--to", "+12125550100", *args)
    assert result.exit_code == 2
    assert words in result.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--to", "911"), "center.emergency.numbers: 911 is an emergency number"),
        (("--to", "9911"), "center.emergency.numbers: 9911 is an emergency number"),
        (("--to", "+12125550121"), "numbers.+12125550121.test: live calls are placed only to numbers"),
        (("--to", "+14155550100"), "numbers: +14155550100 is none of the center's numbers"),
        (("--to", "6010"), "numbers: 6010 is none of the center's numbers"),
        (("--to", "+12125550100", "--probe", "nobody"), "--probe nobody: the center has no such probe"),
        (("--to", "+12125550100", "--probe", "probe-nyc"), "probes.probe-nyc.via: no such probe has `via`"),
        (("--to", "+12125550101", "--probe", "caller-den"), "+12125550101 comes by trunk atlantic alone"),
        (("--to", "+12125550100", "--from", "+14155550100"), "caller-nyc shows +12125550180; leave --from out"),
        (("--to", "+12125550100", "--at", "2026-11-23T10:00", "--from", "+12125550180"), "has no caller's number"),
        (("--to", "+12125550102"), "queues.sales: the call comes here, and may ring somebody"),
        (("--to", "+12125550102", "--agent", "ana=logged-out"), "Give --ring-people"),
    ],
)
def test_live_calls_are_refused_before_anything_is_placed(args: tuple[str, ...], words: str) -> None:
    """Without secrets and without a network: nothing can have been placed."""
    result = run("call", ACME, "--live", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert words in result.stderr
    assert "\n    " in result.stderr or "leave --from out" in result.stderr


def test_options_of_live_calls_need_live() -> None:
    result = run("call", ACME, "--to", "+12125550100", "--ring-people")
    assert (result.exit_code, "add --live" in result.stderr) == (2, True)


def test_people_need_a_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    monkeypatch.setenv("CCSTACK_STATE", str(tmp_path))
    center = tmp_path / "center.json"
    shown = json.loads(run("show", SHOP, "--json").stdout)
    center.write_text(json.dumps(shown | {"name": "never-raised"}), encoding="utf-8")
    result = run("lab", "people", str(center), "--for", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "lab never-raised is not up" in result.stderr


def test_init_writes_a_center_that_is_right(tmp_path: Path) -> None:
    folder = tmp_path / "My_Shop"
    assert run("init", str(folder)).exit_code == 0
    assert run("validate", str(folder / "center.py")).exit_code == 0
    assert "my-shop" in run("show", str(folder / "center.py")).stdout
    again = run("init", str(folder))
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_deploy_without_a_terminal_needs_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    result = run("deploy", SHOP)
    assert result.exit_code == 2
    assert "this would change box; without a terminal to ask, give --yes" in result.stderr


def test_deploy_refuses_what_can_be_known_before_a_host_is_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CCSTACK_MASTER_KEY", os.urandom(32).hex())
    (tmp_path / "plan.json").write_text("{}", encoding="utf-8")
    for words, said in (
        (("--canary", "bern"), "bern: no site of corner-shop; there are ['shop']"),
        (("--only", "bern"), "bern: no site or host of corner-shop"),
        (("--plan", str(tmp_path / "plan.json")), "`schema` is None"),
        (("--plan", str(tmp_path / "none.json")), "the plan cannot be read"),
    ):
        result = run("deploy", SHOP, "--yes", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_rollback_without_a_terminal_needs_yes() -> None:
    result = run("rollback", SHOP)
    assert result.exit_code == 2
    assert "this would change box; without a terminal to ask, give --yes" in result.stderr


def test_a_center_that_was_never_deployed_has_no_history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    result = run("history", SHOP)
    assert (result.exit_code, result.stdout) == (0, "")
    assert "nothing was deployed from here" in result.stderr
    assert json.loads(run("history", SHOP, "--json").stdout)["entries"] == []


def test_deploy_says_which_secret_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CCSTACK_MASTER_KEY", raising=False)
    result = run("deploy", SHOP, "--yes")
    assert result.exit_code == 2
    assert "CCSTACK_MASTER_KEY" in result.stderr


def test_lab_without_a_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nowhere = type("Nowhere", (), {"run": tmp_path, "disks": tmp_path})
    monkeypatch.setattr("ccstack.cli.which_lab.DEFAULT_PLACES", nowhere)
    result = run("lab", "status")
    assert (result.exit_code, "raise one with `ccstack lab up BLUEPRINT`" in result.stderr) == (2, True)


def test_a_fault_of_our_own_is_not_taken_for_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ccstack.cli.show.loaded", lambda _: 1 / 0)
    result = run("show", SHOP)
    assert result.exit_code == 2
    assert "ccstack itself failed" in result.stderr


def test_the_program_starts_without_what_only_some_commands_need() -> None:
    """What a user waits for who asks for help, or completes a word, is Python and click alone."""
    script = """
import sys
from ccstack.cli import main
try:
    main(["--version"])
except SystemExit:
    print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
    ran = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
    loaded = set(ran.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"pydantic", "jinja2", "numpy", "boto3", "pulumi", "netmiko", "ansible_runner", "asyncio"}
