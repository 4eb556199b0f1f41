"""What is wrong with a blueprint that cannot be loaded, in the words of the trade.

Pydantic finds the errors; here they become problems: where, what was given, the rule, and what to do. The value of a
secret is never repeated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import IPv4Interface
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from ccstack.model import DerivedSecret, EnvSecret, FileSecret, Model, Origin, Prompt
from ccstack.model.base import NAME_PATTERN, REFUSED
from ccstack.model.meaning import meanings

_SECRETS = (EnvSecret, FileSecret, DerivedSecret)
_WRONG_KIND = {"string_type", "model_type", "tuple_type", "literal_error", "model_attributes_type", "dict_type"}

E164_PATTERN = r"^\+[1-9][0-9]{6,14}$"

PATTERN_WORDS = {
    NAME_PATTERN: "lower-case letters, digits and hyphens, beginning with a letter, at most 40, such as `front-desk`",
    r"^[^\x00-\x1f\x7f]+$": "one line of text without control characters",
    r"^[^\x00-\x08\x0b-\x1f\x7f]+$": "text without control characters",
    r"^[^\x00-\x1f]+$": "a file path without control characters",
    r"^[^\x00]+$": "a file path",
    r"^[a-z]{2}(-[A-Z]{2})?$": "a language tag such as `en` or `es-MX`",
    E164_PATTERN: "a number in E.164: `+`, country code, number, only digits, such as `+12125550100`",
    r"^[0-9]{2,6}$": "two to six digits, in quotes, such as `'2001'`",
    r"^[0-9]{1,15}$": "one to fifteen digits, in quotes",
    r"^[0-9]?$": "one digit, or '' where public numbers are dialed without a prefix",
    r"^[0-9]$": "one digit, in quotes",
    r"^[0-9*#]$": "one key of a phone: 0 to 9, * or #, in quotes",
    r"^[0-9*#+]{0,12}$": "at most twelve of 0-9, *, # and +",
    r"^\*[0-9]{1,3}$": "a star and one to three digits, such as `*45`",
    r"^\+[0-9]{0,14}$": "`+` and the first digits of E.164 numbers, such as `+1`; `+` alone is every number",
    r"^\+[0-9]{1,15}$": "`+` and the first digits of E.164 numbers, such as `+1900`",
    r"^[A-Z]{2}$": "a country code of two capital letters, such as `US`",
    r"^[A-Za-z0-9 -]{1,40}$": "a code of the holidays library, such as `NY`",
    r"^[a-z0-9-]+(\.[a-z0-9-]+)*$": "a domain name in lower case, such as `cc.example.net`",
    r"^[a-z_][a-z0-9_-]{0,31}$": "a Unix user name, such as `deploy`",
    r"^[A-Za-z0-9._@:-]+$": "a jump host as `user@host:port`",
    r"^(ssh|ecdsa)-[a-z0-9-]+ [A-Za-z0-9+/=]+$": "a public host key as in known_hosts: `ssh-ed25519 AAAA...`",
    r"^[A-Za-z0-9._+-]{1,64}$": "a user name of letters, digits and . _ + -, at most 64",
    r"^[A-Za-z0-9.-]{1,64}$": "a realm of letters, digits, dots and hyphens, at most 64",
    r"^[a-z][a-z0-9_]{0,19}$": "lower-case letters, digits and underscores, beginning with a letter, at most 20",
    r"^[A-Za-z_][A-Za-z0-9_.-]{0,31}$": "a user name, such as `admin`",
    r"^[A-Za-z][A-Za-z-]{0,29} ?[0-9]+(/[0-9]+){0,3}$|^[0-9]+/[0-9]+/[0-9]+$": (
        "an interface as the switch names it, such as `GigabitEthernet1/0/7`, `Gi1/0/7`, `ge-0/0/7` or `1/1/7`"
    ),
    r"^([A-Za-z][A-Za-z-]{0,29} ?[0-9]+(/[0-9]+){0,3}|[0-9]+/[0-9]+/[0-9]+)(-[0-9]{1,3})?$": (
        "an interface, or several that differ in the last number, such as `Gi1/0/1-40`, `ge-0/0/0-23` or `1/1/1-24`"
    ),
    r"^[0-9*#+]{1,32}$": "one to 32 of 0-9, *, # and +",
    r"^[A-Za-z_][A-Za-z0-9_]*$": "the name of an environment variable, such as `CARRIER_PASSWORD`",
}
"""Every pattern of the model in words; a test holds the two together."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it stands, what was given, the rule that it breaks, and what to do."""

    path: str
    """The object and field, as `queues.sales.max_wait`; empty when the file itself is wrong."""
    where: Origin | None
    """File and line, or JSON pointer."""
    given: str | None
    """What was written there, shortened; None where it is missing or secret."""
    rule: str
    """The rule, in words."""
    remedy: str = ""
    """What to do about it."""

    def __str__(self) -> str:
        place = ": ".join(part for part in (str(self.where) if self.where else "", self.path) if part)
        given = f" (given: {self.given})" if self.given is not None else ""
        remedy = f"\n    {self.remedy}" if self.remedy else ""
        return f"{place}: {self.rule}{given}{remedy}"


class LoadError(Exception):
    """A blueprint that cannot be loaded, with everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class _Spot:
    """An error's place in the model: the path without pydantic's union tags, and what the model says there."""

    path: tuple[str | int, ...]
    owner: type[Model]
    field: FieldInfo | None
    kinds: tuple[Any, ...]
    unions: tuple[tuple[str | int, ...], ...]
    secret: bool


def problems_of(
    error: ValidationError,
    model: type[Model],
    named: Callable[[tuple[str | int, ...]], str],
    where: Callable[[tuple[str | int, ...]], Origin | None],
) -> Iterator[Problem]:
    """The problems in `error`, which `model` raised. `named` and `where` say how a path is called and where it is."""
    found = [(_spot(model, detail["loc"]), detail) for detail in error.errors(include_url=False)]
    for spot, detail in _without_empty_lists(list(_without_other_branches(found))):
        if isinstance(detail["input"], Model) and detail["input"].hollow and detail["type"] != "tuple_type":
            continue  # told where that object was made
        rule, remedy = _explained(spot, detail)
        yield Problem(named(spot.path), where(spot.path), _given(spot, detail), rule, remedy)


def nouns(model: type[Model]) -> str:
    """The class as people say it: `TimeCondition` is `time condition`."""
    return re.sub(r"(?<!^)(?=[A-Z])", " ", model.__name__).lower()


def _a(model: type[Model]) -> str:
    noun = nouns(model)
    return f"an {noun}" if noun[0] in "aeio" else f"a {noun}"


def shortened(value: object) -> str:
    """A value as it may stand in a message."""
    if isinstance(value, Model):
        name = getattr(value, "name", None)
        return f"the {nouns(type(value))} object {name!r}" if isinstance(name, str) else f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def did_you_mean(given: object, known: Sequence[str]) -> str:
    """A sentence with the nearest known word, or with all of them when there are few; else nothing."""
    names = list(dict.fromkeys(known))
    return nearest(given, names) or (f"Known: {', '.join(names)}." if 0 < len(names) <= 12 else "")


def nearest(given: object, known: Sequence[str]) -> str:
    """A sentence with the nearest known word, whatever its case; nothing where none is near."""
    words = {word.lower(): word for word in reversed(known)}
    near = get_close_matches(str(given).lower(), words, n=1, cutoff=0.6)
    return f"Did you mean `{words[near[0]]}`?" if near else ""


# --- where in the model an error stands ---


def _spot(model: type[Model], loc: tuple[str | int, ...]) -> _Spot:
    path: list[str | int] = []
    unions: list[tuple[str | int, ...]] = []
    annotation: Any = model
    owner, field, secret = model, None, model in _SECRETS
    for step in loc:
        members = _members(annotation)
        if len(members) > 1:
            unions.append(tuple(path))
            annotation = _chosen(members, str(step))
            continue
        if step == "[key]":
            continue
        path.append(step)
        inner = members[0]
        if isinstance(inner, type) and issubclass(inner, Model):
            owner, field = inner, inner.model_fields.get(str(step))
            annotation = field.annotation if field else Any
        else:
            annotation = _item(inner)
        secret = secret or any(m in _SECRETS for m in _members(annotation))
    return _Spot(tuple(path), owner, field, tuple(_members(annotation)), tuple(unions), secret)


def _members(annotation: Any) -> list[Any]:
    """What a union may be, without None; anything else is alone."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        return [m for a in get_args(annotation) if a is not type(None) for m in _members(a)]
    return [annotation]


def _chosen(members: list[Any], tag: str) -> Any:
    for member in members:
        if isinstance(member, type) and issubclass(member, Model):
            if tag in _tags(member).values() or re.search(rf"\b{member.__name__}\b", tag):
                return member
        elif get_origin(member) is tuple and tag.startswith("tuple"):
            return member
    return next((m for m in members if not (isinstance(m, type) and issubclass(m, Model))), members[0])


def _tags(model: type[Model]) -> dict[str, Any]:
    """The fields by which a union tells this model from the others, with what they say."""
    fields = model.model_fields.items()
    return {n: f.default for n, f in fields if get_origin(f.annotation) is Literal and len(get_args(f.annotation)) == 1}


def _item(annotation: Any) -> Any:
    arguments = get_args(annotation)
    if get_origin(annotation) is dict:
        return arguments[1]
    return arguments[0] if get_origin(annotation) is tuple else Any


def _without_other_branches(found: list[tuple[_Spot, ErrorDetails]]) -> Iterator[tuple[_Spot, ErrorDetails]]:
    """Where a value may be one of several kinds, only the errors of the kind that was meant."""
    told: set[tuple[str | int, ...]] = set()
    for spot, detail in found:
        if not spot.unions or spot.path != spot.unions[-1] or detail["type"] not in _WRONG_KIND:
            yield spot, detail
            continue
        union = spot.unions[-1]
        others = [d for s, d in found if union in s.unions and (s.path != union or d["type"] not in _WRONG_KIND)]
        if not others and union not in told:
            told.add(union)
            yield spot, detail


def _without_empty_lists(found: list[tuple[_Spot, ErrorDetails]]) -> Iterator[tuple[_Spot, ErrorDetails]]:
    """A list is not too short because its items are wrong."""
    for spot, detail in found:
        inside = (s for s, _ in found if len(s.path) > len(spot.path) and s.path[: len(spot.path)] == spot.path)
        if detail["type"] != "too_short" or next(inside, None) is None:
            yield spot, detail


# --- what is said about it ---


def _given(spot: _Spot, detail: ErrorDetails) -> str | None:
    value = detail["input"]
    if spot.secret or detail["type"] in ("missing", "extra_forbidden") or isinstance(value, dict | list):
        return None  # a container may hold a secret further in
    if detail["type"] == REFUSED and value is None:
        return None  # it is not about a value
    return shortened(value) if spot.path else None


def _explained(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    """The rule and the remedy of one error."""
    kind = detail["type"]
    if spot.secret and kind in ("model_attributes_type", "model_type", "string_type", "union_tag_not_found"):
        return _secret_rule(spot)
    special = _SPECIAL.get(kind)
    if special:
        return special(spot, detail)
    context = {name: _number(value) for name, value in (detail.get("ctx") or {}).items()}
    words = _PLAIN.get(kind)
    if words is None:
        return _own_words(detail["msg"].removeprefix("Value error, "))
    return words.format(**context), _doc(spot)


def _own_words(message: str) -> tuple[str, str]:
    """A validator of the model says the rule, and after a semicolon what to do."""
    rule, _, remedy = message.partition("; ")
    return rule, remedy and remedy[0].upper() + remedy[1:] + ("" if remedy[-1] in ".?" else ".")


def _secret_rule(spot: _Spot) -> tuple[str, str]:
    derivable = spot.field is not None and DerivedSecret in _members(spot.field.annotation)
    ways = "from_env('VARIABLE'), from_file('path')" + (" or derived()" if derivable else "")
    in_json = '{"source": "env", "variable": "VARIABLE"}'
    return (
        "a secret is named, never written: its value would end up in version control",
        f"Write {ways} instead, in JSON {in_json}. If the value has been committed, change it at its origin.",
    )


def _extra(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    name, fields = str(detail["loc"][-1]), list(spot.owner.model_fields)
    remedy = nearest(name, fields) or _misplaced(name) or f"Fields: {', '.join(fields)}."
    return f"{_a(spot.owner)} has no field `{name}`", remedy


def _misplaced(name: str) -> str:
    """Whose field it is, where few nouns have one of that name."""
    owners = [_a(model) for model in Model.__subclasses__() if name in model.model_fields]
    return f"`{name}` is a field of {' and of '.join(owners)}." if 0 < len(owners) <= 2 else ""


def _missing(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    return f"{_a(spot.owner)} needs `{detail['loc'][-1]}`", _doc(spot)


def _pattern(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    pattern, given = detail["ctx"]["pattern"], str(detail["input"])
    if spot.field and spot.path == (detail["loc"][0],) and Prompt in _members(spot.field.annotation):
        return "must be the name of a prompt, or what is said by language", f"Write {{'en': {shortened(given)}}}."
    words = PATTERN_WORDS.get(pattern, f"text that matches {pattern}")
    key = "the key must be " if detail["loc"][-1] == "[key]" else "must be "
    return key + words, "" if spot.secret else _mended(pattern, given)


def _mended(pattern: str, given: str) -> str:
    """What was given, as the pattern wants it, where that is clear."""
    if pattern == NAME_PATTERN:
        slug = re.sub(r"[^a-z0-9]+", "-", given.lower()).strip("-")
        return f"For instance `{slug}`." if re.match(NAME_PATTERN, slug) else ""
    if pattern == E164_PATTERN and given.startswith("+"):
        number = re.sub(r"\(0\)|[ ()./-]", "", given)
        return f"Write '{number}'." if re.match(E164_PATTERN, number) else ""
    return ""


def _literal(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    expected = str(detail["ctx"]["expected"])
    return f"must be {expected}", nearest(detail["input"], re.findall(r"'([^']*)'", expected)) or _doc(spot)


def _tag(_: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    expected = str(detail["ctx"].get("expected_tags", ""))
    known = re.findall(r"'([^']*)'", expected)
    return f"{detail['ctx']['discriminator']} must be one of {expected}", did_you_mean(detail["ctx"]["tag"], known)


def _string(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    value = detail["input"]
    if isinstance(value, Model) and isinstance(getattr(value, "name", None), str):
        return "objects are referred to by name", f"Write {value.name!r}."  # type: ignore[attr-defined]
    if isinstance(value, list | tuple):
        return "must be text, not a list", _doc(spot)
    if spot.unions and spot.unions[-1] == spot.path:
        return "must be a name, or written in place", _doc(spot)
    if isinstance(value, int) and not isinstance(value, bool):
        return "must be text", f"Put it in quotes: '{value}'."
    return "must be text", _doc(spot)


def _model(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    models = [kind for kind in spot.kinds if isinstance(kind, type) and issubclass(kind, Model)]
    named = [model for model in models if detail["input"] in _tags(model).values()]
    rule = f"must be {' or '.join(f'{model.__name__}(...)' for model in models) or 'an object'}"
    return rule, f"Write {named[0].__name__}(), in JSON {json.dumps(_tags(named[0]))}." if named else _doc(spot)


def _tuple(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    value = detail["input"]
    if isinstance(value, Model):
        return "must be a list", f"Write [{type(value).__name__}(...)]."
    if isinstance(value, str) and not spot.secret:
        return "must be a list", f"Write {[part.strip() for part in value.split(',')]!r}."
    return "must be a list", _doc(spot)


def _address(spot: _Spot, detail: ErrorDetails) -> tuple[str, str]:
    if detail["type"] == "ip_v4_address":
        rule, part = "must be an IPv4 address, such as `10.1.0.10`", "ip"
    else:
        rule, part = "must be an IPv4 network with its host bits zero, such as `10.1.0.0/24`", "network"
    try:
        return rule, f"Write '{getattr(IPv4Interface(str(detail['input'])), part)}'."
    except ValueError:
        return rule, _doc(spot)


def _doc(spot: _Spot) -> str:
    """What the field means, in the words of the model."""
    name = next((name for name, field in spot.owner.model_fields.items() if field is spot.field), "")
    return meanings(spot.owner).get(name, "")


def _number(value: object) -> object:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else value


_SPECIAL: dict[str, Callable[[_Spot, ErrorDetails], tuple[str, str]]] = {
    "extra_forbidden": _extra,
    "missing": _missing,
    "string_pattern_mismatch": _pattern,
    "literal_error": _literal,
    "union_tag_invalid": _tag,
    "string_type": _string,
    "model_type": _model,
    "model_attributes_type": _model,
    "tuple_type": _tuple,
    "ip_v4_address": _address,
    "ip_v4_network": _address,
}

_PLAIN = {
    "string_too_short": "must have at least {min_length} character(s)",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} item(s)",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "dict_type": "must be a mapping, such as {{'key': value}}",
    "time_type": "must be a time of day on 24 hours, such as `09:00`",
    "time_parsing": "must be a time of day on 24 hours, such as `09:00`",
    "date_type": "must be a day, such as `2026-12-24`",
    "date_parsing": "must be a day, such as `2026-12-24`",
    "date_from_datetime_parsing": "must be a day, such as `2026-12-24`",
    "union_tag_not_found": "must say its {discriminator}",
}
