"""A blueprint file becomes a `ContactCenter`, or a `LoadError` with everything that is wrong with it."""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import re
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import ValidationError

import ccstack.model
from ccstack.model import ContactCenter, Model, Origin
from ccstack.model.base import Refusal, collecting_refusals
from ccstack.model.meaning import describe
from ccstack.problems import LoadError, Problem, nearest, nouns, problems_of, shortened

CENTER_SCHEMA = "ccstack.center/1"
"""What the `schema` field says in a center that is written as JSON."""

_MODULE = "ccstack_blueprint"
_NO_BLUEPRINTS = (".yaml", ".yml", ".toml")
_TWICE = "Only the last one would count: correct one of them, or delete it."


def load(path: Path | str) -> ContactCenter:
    """The center that the blueprint at `path` defines.

    A file that ends in `.json` is read as `show --json` prints it. YAML and TOML are refused. Anything else is a Python
    module that defines `center`, a `ContactCenter` or a function without arguments that returns one; its folder and the
    `blueprints` package can be imported from. Raises `LoadError`; a broken blueprint never raises anything else.
    """
    path = Path(path)
    text = _read(path)
    if path.suffix in _NO_BLUEPRINTS:
        raise _refused(Origin(str(path), 1), "a blueprint is Python or JSON", "Write `center.py` or `center.json`.")
    return _from_json(path, text) if path.suffix == ".json" else _from_python(path, text)


def patterns_folder() -> Path:
    """The folder from which `import blueprints` works: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent
    installed = package / "_data"
    return installed if (installed / "blueprints").is_dir() else package.parent


def examples_folder() -> Path:
    """The folder with the examples, each in a folder of its own."""
    return patterns_folder() / "examples"


def center_json(center: ContactCenter) -> str:
    """The center as JSON, every default filled in: a blueprint that `load` reads, and what `show --json` prints."""
    return json.dumps({"schema": CENTER_SCHEMA, **center.model_dump(mode="json")}, indent=2, ensure_ascii=False)


def center_json_schema() -> dict[str, Any]:
    """The JSON Schema of a center as JSON, for editors and for programs that write one."""
    schema = ContactCenter.model_json_schema()
    describe(schema)
    schema["properties"] = {"schema": {"const": CENTER_SCHEMA}, **schema["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except IsADirectoryError:
        inside = path / "center.py"
        hint = f"Did you mean `{inside}`?" if inside.is_file() else "Give the file that defines `center`."
        raise _refused(Origin(str(path), 1), "this is a folder, not a blueprint file", hint) from None
    except UnicodeDecodeError:
        raise _refused(Origin(str(path), 1), "a blueprint is UTF-8 text, and this is not", "") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _refused(Origin(str(path), 1), f"the blueprint cannot be read: {reason}", "") from None


def _refused(where: Origin, rule: str, remedy: str, given: str | None = None) -> LoadError:
    return LoadError([Problem("", where, given, rule, remedy)])


# --- JSON ---


def _from_json(path: Path, text: str) -> ContactCenter:
    data = _parsed(path, text)
    if not isinstance(data, dict):
        raise _refused(Origin(str(path), pointer=""), "a center is a JSON object", "`ccstack show --json` prints one.")
    schema = data.pop("schema", CENTER_SCHEMA)
    if schema != CENTER_SCHEMA:
        where = Origin(str(path), pointer="/schema")
        raise _refused(where, f"`schema` must be `{CENTER_SCHEMA}`", "`ccstack show --json` prints it.", schema)
    try:
        center = ContactCenter.model_validate(data)
    except ValidationError as error:
        problems = problems_of(
            error, ContactCenter, lambda p: _named(data, p), lambda p: Origin(str(path), pointer=_pointer(p))
        )
        raise LoadError(list(problems)) from None
    _place(center, str(path), "")
    return center


def _parsed(path: Path, text: str) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise _refused(Origin(str(path), pointer=""), f"the key {twice[0]!r} is there twice in one object", _TWICE)
        return dict(pairs)

    try:
        return json.loads(text, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        hint = "JSON has its names in double quotes, no comments, and no comma before a closing bracket."
        raise _refused(Origin(str(path), error.lineno), f"this is not JSON: {error.msg}", hint) from None
    except RecursionError:
        raise _refused(Origin(str(path), 1), "the JSON is nested too deeply for a center", "") from None


def _pointer(path: tuple[str | int, ...]) -> str:
    """RFC 6901."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _named(data: Any, path: tuple[str | int, ...]) -> str:
    """The path with names for positions, where the objects have one: `queues.sales.max_wait`."""
    steps: list[str] = []
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            data = None
        name = data.get("name", data.get("number")) if isinstance(data, dict) and isinstance(step, int) else None
        steps.append(name if isinstance(name, str) else str(step))
    return ".".join(steps)


def _place(value: Any, file: str, pointer: str) -> None:
    """Give every object that the JSON wrote its pointer. Defaults keep none: they are shared by all centers."""
    if isinstance(value, Model):
        value._origin = Origin(file, pointer=pointer)
        for name in value.model_fields_set:
            _place(getattr(value, name), file, pointer + _pointer((name,)))
    elif isinstance(value, tuple):
        for position, item in enumerate(value):
            _place(item, file, pointer + _pointer((position,)))
    elif isinstance(value, dict):
        for key, item in value.items():
            _place(item, file, pointer + _pointer((key,)))


# --- Python ---


def _from_python(path: Path, text: str) -> ContactCenter:
    problems: list[Problem] = []
    center: object = None
    with collecting_refusals() as refusals, _importable(path.resolve().parent):
        try:
            problems += _keys_twice(path, text)
            center = _executed(path, text)
        except LoadError as error:
            problems += error.problems
        except (Exception, SystemExit) as error:
            problems.append(_raised(path, error))
    problems = [p for refusal in refusals.items for p in _refusal_problems(refusal)] + problems
    if problems:
        raise LoadError(problems)
    assert isinstance(center, ContactCenter)
    return center


def _keys_twice(path: Path, text: str) -> Iterator[Problem]:
    """Keys that a dict of the blueprint has twice, of which Python would silently keep the last."""
    for node in ast.walk(ast.parse(text, str(path))):
        if isinstance(node, ast.Dict):
            keys = [key for key in node.keys if isinstance(key, ast.Constant)]
            for position, key in enumerate(keys):
                if key.value in [earlier.value for earlier in keys[:position]]:
                    rule = f"the key {key.value!r} is there twice in one dict"
                    yield Problem("", Origin(str(path), key.lineno), None, rule, _TWICE)


def _executed(path: Path, text: str) -> ContactCenter:
    module = ModuleType(_MODULE)
    module.__file__ = str(path)
    sys.modules[_MODULE] = module
    # What a blueprint prints must not get into a verb's result.
    with contextlib.redirect_stdout(sys.stderr):
        exec(compile(text, str(path), "exec", dont_inherit=True), module.__dict__)  # noqa: S102
        found = module.__dict__.get("center")
        if callable(found) and not isinstance(found, type):
            found = found()
    if not isinstance(found, ContactCenter):
        raise _no_center(path, module, found)
    return found


def _no_center(path: Path, module: ModuleType, found: object) -> LoadError:
    where = Origin(str(path), 1)
    rule = "a blueprint defines `center`, a ContactCenter or a function that returns one"
    others = [name for name, value in vars(module).items() if isinstance(value, ContactCenter)]
    remedy = f"Rename `{others[0]}` to `center`." if others else "Write `center = ContactCenter(...)`."
    return _refused(where, rule, remedy, None if found is None else shortened(found))


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """The blueprint's folder and the patterns can be imported from; afterwards nothing of it is left."""
    path, modules = list(sys.path), set(sys.modules)
    sys.path[:0] = [str(folder)]
    sys.path.append(str(patterns_folder()))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path[:] = path
        for name in set(sys.modules) - modules:
            if name == _MODULE or _lies_in(sys.modules[name], folder):
                del sys.modules[name]


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and Path(file).is_relative_to(folder)


def _refusal_problems(refusal: Refusal) -> Iterator[Problem]:
    model = refusal.model
    if model is ContactCenter:
        start = ""
    elif model.collection and (refusal.name or _must_be_named(model)):
        start = f"{model.collection}.{refusal.name or '?'}"
    else:
        start = nouns(model).replace(" ", "_")
    yield from problems_of(
        refusal.error, model, lambda p: ".".join(s for s in (start, *map(str, p)) if s), lambda _: refusal.origin
    )


def _must_be_named(model: type[Model]) -> bool:
    name = model.model_fields.get("name", model.model_fields.get("number"))
    return name is not None and name.is_required()


def _raised(path: Path, error: BaseException) -> Problem:
    """What the blueprint's own code ran into, at its own line."""
    if isinstance(error, SyntaxError) and error.filename == str(path):
        return Problem("", Origin(str(path), error.lineno or 1), None, f"this is not Python: {error.msg}")
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if _is_users(Path(f.filename), path)]
    where = Origin(own[-1].filename, own[-1].lineno) if own else Origin(str(path), 1)
    return Problem("", where, None, _exception_words(error), _exception_remedy(error))


def _is_users(file: Path, blueprint: Path) -> bool:
    return file == blueprint or (file.is_absolute() and file.is_relative_to(blueprint.resolve().parent))


def _exception_words(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        return f"an object of the center cannot be changed after it was made ({error.title})"
    if isinstance(error, ImportError):
        return f"{type(error).__name__}: {error.msg.partition(' (')[0]}"
    return f"{type(error).__name__}: {error}".removesuffix(": ")


def _exception_remedy(error: BaseException) -> str:
    text = str(error)
    if isinstance(error, ValidationError):
        return "Give the value when the object is made, or copy it with `.model_copy(update={...})`."
    if isinstance(error, TypeError) and "Model.__init__() takes 1 positional argument" in text:
        return "Give fields by name, such as Queue(name='sales', ...)."
    if isinstance(error, TypeError) and text.startswith("center() missing"):
        return "`center` is called without arguments."
    if isinstance(error, KeyError):
        return _key_remedy(error)
    return _name_remedy(error)


def _key_remedy(error: KeyError) -> str:
    if traceback.extract_tb(error.__traceback__)[-1].name == "__getitem__" and isinstance(error.__context__, KeyError):
        return f"Set the environment variable {error}; for a secret, write from_env({error})."
    return f"What this line reads has no {error}."


def _name_remedy(error: BaseException) -> str:
    """The name that was probably meant."""
    if isinstance(error, AttributeError) and isinstance(error.obj, ModuleType):
        return nearest(error.name, _public(error.obj))
    if isinstance(error, ImportError) and error.name in sys.modules:
        wanted = re.match(r"cannot import name '(\w+)'", error.msg)
        return nearest(wanted[1], _public(sys.modules[error.name])) if wanted else ""
    if isinstance(error, NameError) and error.name:
        offered = _public(ccstack.model)
        if error.name in offered:
            return f"Write `from ccstack.model import {error.name}`."
        near = nearest(error.name, offered) if error.name[0].isupper() else ""
        return near or f"If it is the name of an object of the center, put it in quotes: '{error.name}'."
    return ""


def _public(module: ModuleType) -> list[str]:
    """What a module offers, without its own modules."""
    return [n for n, value in vars(module).items() if not n.startswith("_") and not isinstance(value, ModuleType)]
