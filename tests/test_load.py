"""Loading: good blueprints load, and wrong ones get messages that lead to the mend."""

import json
import re
from pathlib import Path

import pytest

from ccstack.load import CENTER_SCHEMA, load
from ccstack.model import ContactCenter
from ccstack.problems import LoadError, Problem

GOOD = """
from ccstack.model import *
site = Site(name="hq", time_zone="UTC", address=CivicAddress(state="NY", city="New York", street="A", house_number="1",
            postal_code="1"))
center = ContactCenter(name="c", sites=[site])
"""


def written(folder: Path, text: str, name: str = "center.py") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, name: str = "center.py") -> tuple[Problem, ...]:
    with pytest.raises(LoadError) as caught:
        load(written(folder, text, name))
    return caught.value.problems


def only(folder: Path, text: str, name: str = "center.py") -> Problem:
    found = problems(folder, text, name)
    assert len(found) == 1, "\n".join(map(str, found))
    return found[0]


def test_python_object_and_function(tmp_path: Path) -> None:
    plain = load(written(tmp_path, GOOD))
    made = load(written(tmp_path, GOOD.replace("center = ", "def center(): return ")))
    assert plain.model_dump() == made.model_dump()
    assert plain.sites[0].origin is not None
    assert plain.sites[0].origin.line == 3


def test_json_round_trip(tmp_path: Path) -> None:
    center = load(written(tmp_path, GOOD))
    text = json.dumps({"schema": CENTER_SCHEMA, **center.model_dump(mode="json")})
    again = load(written(tmp_path, text, "center.json"))
    assert again.model_dump() == center.model_dump()
    assert again.sites[0].address.origin is not None
    assert again.sites[0].address.origin.pointer == "/sites/0/address"


def test_json_leaves_shared_defaults_alone(tmp_path: Path) -> None:
    before = ContactCenter(name="a").features.origin
    load(written(tmp_path, '{"name": "c"}', "center.json"))
    assert ContactCenter(name="b").features.origin == before


def test_folder_and_patterns_can_be_imported(tmp_path: Path) -> None:
    written(tmp_path, "from ccstack.model import Skill\nSKILLS = [\n    Skill(name='spanish'),\n]\n", "people.py")
    text = "import people\nimport blueprints.two_site\nfrom ccstack.model import *\n"
    center = load(written(tmp_path, text + "center = ContactCenter(name='c', skills=people.SKILLS)\n"))
    origin = center.skills[0].origin
    assert origin is not None
    assert (Path(origin.file).name, origin.line) == ("people.py", 3)


def test_two_blueprints_with_a_helper_of_the_same_name(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, f"NAME = {name!r}\n", "helper.py")
        text = "import helper\nfrom ccstack.model import *\ncenter = ContactCenter(name=helper.NAME)\n"
        assert load(written(tmp_path / name, text)).name == name


def test_what_a_blueprint_prints_is_not_a_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(written(tmp_path, "print('hello')" + GOOD))
    assert capsys.readouterr().out == ""


def test_all_errors_at_once_each_at_its_line(tmp_path: Path) -> None:
    text = """from ccstack.model import *
q = Queue(name="sales", home="pbx", max_wiat=3)
a = Agent(name="Ana", extension=1000, site="hq")
center = ContactCenter(name="c", queues=[q], agents=[a], quues=[])
"""
    found = [(p.path, p.where and p.where.line) for p in problems(tmp_path, text)]
    assert found == [
        ("queues.sales.max_wiat", 2),
        ("agents.Ana.name", 3),
        ("agents.Ana.extension", 3),
        ("quues", 4),
    ]


BODY = "from ccstack.model import *\n{}\ncenter = ContactCenter(name='c')\n"

REFUSED = {
    "unknown field": (
        "Queue(name='sales', home='pbx', max_wiat=3)",
        "queues.sales.max_wiat: a queue has no field `max_wiat`\n    Did you mean `max_wait`?",
    ),
    "missing field": (
        "Agent(name='ana', extension='10')",
        "agents.ana.site: an agent needs `site`\n    The site whose SBCs and emergency address count; for remote "
        "agents, the site they belong to.",
    ),
    "name": (
        "Queue(name='Sales Team', home='pbx')",
        "queues.Sales Team.name: must be lower-case letters, digits and hyphens, beginning with a letter, at most 40, "
        "such as `front-desk` (given: 'Sales Team')\n    For instance `sales-team`.",
    ),
    "literal": (
        "Queue(name='q', home='pbx', strategy='fewest-calls')",
        "queues.q.strategy: must be 'ringall', 'leastrecent', 'fewestcalls', 'random', 'rrmemory', 'rrordered', "
        "'linear' or 'wrandom' (given: 'fewest-calls')\n    Did you mean `fewestcalls`?",
    ),
    "number as int": (
        "Agent(name='ana', extension=10, site='hq')",
        "agents.ana.extension: must be text (given: 10)\n    Put it in quotes: '10'.",
    ),
    "object for a name": (
        "Queue(name='q', home=Host(name='pbx', site='hq', address='10.0.0.1', roles=[Pbx()]))",
        "queues.q.home: objects are referred to by name (given: the host object 'pbx')\n    Write 'pbx'.",
    ),
    "one instead of a list": (
        "ContactCenter(name='d', languages='en')",
        "languages: must be a list (given: 'en')\n    Write ['en'].",
    ),
    "no E.164": (
        "CallerIdRule(number='2125550100')",
        "caller_id_rule.number: must be a number in E.164: `+`, country code, number, only digits, such as "
        "`+12125550100` (given: '2125550100')",
    ),
    "no such country code": (
        "Number(number='+9991234567', to='x')",
        "numbers.+9991234567.number: +9991234567 is not possible as a number of its country (given: "
        "'+9991234567')\n    Check country code and length.",
    ),
    "key of a menu": (
        "Menu(name='m', prompt={'en': 'x'}, options={'12': 'x'})",
        "menus.m.options.12: the key must be one key of a phone: 0 to 9, * or #, in quotes (given: '12')",
    ),
    "a prompt that is neither name nor text": (
        "Menu(name='m', prompt=7)",
        "menus.m.prompt: must be a name, or written in place (given: 7)\n    What is said.",
    ),
    "time": (
        "Period(days='mon', start='9', end='10:00')",
        "period.start: must be a time of day on 24 hours, such as `09:00` (given: '9')\n    First minute, in the "
        "hours' zone.",
    ),
    "address": (
        "Gateway(address='10.0.0.300')",
        "gateway.address: must be an IPv4 address, such as `10.1.0.10` (given: '10.0.0.300')\n    Where the carrier "
        "listens and sends from.",
    ),
    "positional": (
        "Queue('sales')",
        "TypeError: Model.__init__() takes 1 positional argument but 2 were given\n    Give fields by name, such as "
        "Queue(name='sales', ...).",
    ),
    "changed afterwards": (
        "Skill(name='a').name = 'b'",
        "an object of the center cannot be changed after it was made (Skill)\n    Give the value when the object is "
        "made, or copy it with `.model_copy(update={...})`.",
    ),
    "exception": ("1 / 0", "ZeroDivisionError: division by zero"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path) -> None:
    code, message = REFUSED[case]
    problem = only(tmp_path, BODY.format(code))
    assert str(problem) == f"{tmp_path}/center.py:2: {message}"


FILES = {
    "no center": ("x = 1\n", "a blueprint defines `center`, a ContactCenter or a function that returns one"),
    "not Python": ("x = (\n", "this is not Python: '(' was never closed"),
    "no comma": ("x = dict(a=1 b=2)\n", "this is not Python: invalid syntax. Perhaps you forgot a comma?"),
}


@pytest.mark.parametrize("case", FILES)
def test_refused_file(case: str, tmp_path: Path) -> None:
    text, rule = FILES[case]
    assert only(tmp_path, text).rule == rule


def test_center_by_another_name(tmp_path: Path) -> None:
    problem = only(tmp_path, GOOD.replace("center =", "acme ="))
    assert problem.remedy == "Rename `acme` to `center`."


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, rule in (
        (tmp_path / "none.py", "the blueprint cannot be read: No such file or directory"),
        (tmp_path, "this is a folder, not a blueprint file"),
    ):
        with pytest.raises(LoadError) as caught:
            load(path)
        assert caught.value.problems[0].rule == rule


def test_json_errors_have_pointers(tmp_path: Path) -> None:
    text = json.dumps(
        {
            "name": "c",
            "queues": [{"name": "sales", "home": "pbx", "service_level": {"percnt": 3}}],
            "hosts": [{"name": "h", "site": "s", "address": "10.0.0.1", "roles": [{"role": "pbx", "sip_prt": 1}]}],
        }
    )
    found = {p.path: p for p in problems(tmp_path, text, "center.json")}
    queue, host = found["queues.sales.service_level.percnt"], found["hosts.h.roles.0.sip_prt"]
    assert queue.where is not None
    assert queue.where.pointer == "/queues/0/service_level/percnt"
    assert (queue.remedy, host.remedy) == ("Did you mean `percent`?", "Did you mean `sip_port`?")


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('{"name": "c", "name": "d"}', "the key 'name' is there twice in one object"),
        ("{", "this is not JSON: Expecting property name enclosed in double quotes"),
        ("[]", "a center is a JSON object"),
        ('{"schema": "ccstack.center/9"}', f"`schema` must be `{CENTER_SCHEMA}`"),
        ("[" * 100_000, "the JSON is nested too deeply for a center"),
    ],
)
def test_json_that_is_no_center(text: str, rule: str, tmp_path: Path) -> None:
    assert only(tmp_path, text, "center.json").rule == rule


CANARY = "hunter2-Kanarienvogel"


@pytest.mark.parametrize(
    "code",
    [
        f"Agent(name='ana', extension='10', site='hq', password={CANARY!r})",
        f"Agent(name='ana', extension='10', site='hq', password={{'source': 'env', 'value': {CANARY!r}}})",
        f"Agent(name='ana', extension='10', site='hq', passwrd={CANARY!r})",
        f"RegisterAuth(username='u', realm='r', password={CANARY!r})",
        f"Voicemail(name='v', extension='10', greeting={{'en': 'x'}}, pin={CANARY!r})",
        f"Secrets(master_key={CANARY!r})",
        f"Access(key={CANARY!r})",
        f"from_env({CANARY!r})",
        f"EnvSecret(variable={CANARY!r})",
    ],
)
def test_no_secret_is_repeated(code: str, tmp_path: Path) -> None:
    for problem in problems(tmp_path, BODY.format(code)):
        assert CANARY not in str(problem)


def test_no_secret_of_json_is_repeated(tmp_path: Path) -> None:
    agent = {"name": "a", "extension": "10", "site": "s"}
    for secret in (CANARY, {"source": "env", "value": CANARY}, {"source": "x", "variable": CANARY}, [CANARY]):
        text = json.dumps({"name": "c", "agents": [{**agent, "password": secret}]})
        assert CANARY not in "".join(map(str, problems(tmp_path, text, "center.json")))


def test_a_literal_secret_is_told_how_to_be_written(tmp_path: Path) -> None:
    problem = only(tmp_path, BODY.format("Agent(name='ana', extension='10', site='hq', password='x')"))
    assert problem.path == "agents.ana.password"
    assert re.search(r"from_env\('VARIABLE'\), from_file\('path'\) or derived\(\)", problem.remedy)
