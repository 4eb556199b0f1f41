"""Whatever people call things comes out as it went in, or is refused by its path; never anything else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from ccstack.model.base import Label
from ccstack.render.phones.facts import Handset
from ccstack.render.phones.keyvalue import Settings
from ccstack.render.phones.softphones import _Account, _baresip, _linphone
from ccstack.render.phones.softphones import _account as make_account
from ccstack.render.phones.xml import Attributes, Elements
from ccstack.render.state import Source
from ccstack.render.text import RenderError

from . import reading
from .centers import _design, case

# Whatever `Label` takes: one line in any script. Half characters (surrogates) are refused before they get here.
LABELS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80).filter(
    lambda text: not any(ch < " " or ch == "\x7f" for ch in text)
)
HOSTILE = (
    '"',
    "'",
    "&amp;",
    "<b>",
    "]]>",
    "a; b=c",
    "%NULL%",
    "# no comment",
    "ü\U0001f4de",
    "$PROXY",
    " x",
    "\\",
    "\u2028",
)


def _hostile(test: Callable[..., None]) -> Callable[..., None]:
    for text in HOSTILE:
        test = example(text)(test)
    return test


def test_the_strategy_makes_labels() -> None:
    for text in HOSTILE:
        assert TypeAdapter(Label).validate_python(text) == text


def _named(phone: Handset, text: str) -> Handset:
    return replace(phone, label=text, keys=tuple(replace(key, label=text) for key in phone.keys))


def _or_refused(make: Callable[[], str], text: str, allowed: Callable[[str], bool]) -> str | None:
    """What `make` gives, or None where it may refuse and does."""
    if not allowed(text):
        return make()
    with contextlib.suppress(RenderError):
        return make()
    with pytest.raises(RenderError) as refused:
        make()
    assert refused.value.path.endswith(".label")
    assert refused.value.given == text
    return None


def _no_text(text: str) -> bool:
    """What no text file or XML can hold."""
    return any(ch in "\x85\u2028\u2029\ue000\ue001\ufffe\uffff" for ch in text)


@_hostile
@given(LABELS)
def test_yealink(text: str) -> None:
    made = case("ana-desk")
    refusable = lambda t: _no_text(t) or t != t.strip() or t.startswith("%")  # noqa: E731
    if written := _or_refused(replace(made, phone=_named(made.phone, text)).text, text, refusable):
        read = reading.yealink(written)
        labels = {read["account.1.label"], read["account.1.display_name"]}
        assert labels | {read[f"linekey.{n}.label"] for n in range(1, 7)} == {text}


@_hostile
@given(LABELS)
def test_poly(text: str) -> None:
    made = case("ana-home-office")
    named = replace(made, phone=_named(made.phone, text))
    if written := _or_refused(named.text, text, _no_text):
        read = reading.poly(written)
        assert {read["reg.1.displayName"], read["attendant.resourceList.1.label"]} == {text}
        names = reading.directory(named.files()["0004f2000002-directory.xml"])
        assert {name for name, _ in names.values()} == {text}


@_hostile
@given(LABELS)
def test_snom(text: str) -> None:
    made = case("bob-desk")
    if written := _or_refused(replace(made, phone=_named(made.phone, text)).text, text, _no_text):
        read = reading.snom(written)
        assert {read["user_realname.1"], *(read[f"fkey.{n}.label"] for n in range(6))} == {text}


@_hostile
@given(LABELS)
def test_grandstream(text: str) -> None:
    made = case("lobby-phone")
    if written := _or_refused(replace(made, phone=_named(made.phone, text)).text, text, _no_text):
        read = reading.flat(written)
        assert {read[name] for name in ("P270", "P3", "P1465", "P1467", "P1469", "P1471")} == {text}


@_hostile
@given(LABELS)
def test_cisco(text: str) -> None:
    made = case("desk-7-phone")
    refusable = lambda t: _no_text(t) or t != t.strip() or ";" in t or "=" in t  # noqa: E731
    if written := _or_refused(replace(made, phone=_named(made.phone, text)).text, text, refusable):
        read = reading.flat(written)
        keys = [reading.functions(read[f"Extended_Function_{n}_"])["nme"] for n in range(2, 7)]
        assert {read["Display_Name_1_"], *keys} == {text}


@_hostile
@given(LABELS)
def test_linphone(text: str) -> None:
    account = replace(_account("dee-laptop"), label=text)
    if written := _or_refused(lambda: "\n".join(line.text for line in _linphone(account)), text, _no_text):
        identity = reading.linphone(written)["proxy_0.reg_identity"]
        name, _, address = identity.rpartition(" ")
        assert address == "<sip:dee@center.internal>"
        assert (name[0], name[-1]) == ('"', '"')
        assert name[1:-1].replace("\\\\", "\0").replace('\\"', '"').replace("\0", "\\") == text


@_hostile
@given(LABELS)
def test_baresip(text: str) -> None:
    account = replace(_account("dee-kiosk"), label=text)
    refusable = lambda t: _no_text(t) or t != t.strip() or '"' in t or "\\" in t  # noqa: E731
    if written := _or_refused(lambda: _baresip(account)[0].text, text, refusable):
        _, name, rest = written.split('"', 2)
        assert name == text
        assert rest.startswith(" <sip:dee@center.internal;transport=tls>;auth_user=dee;")


def _account(name: str) -> _Account:
    made = _design()
    return make_account(made, made.index["softphones"][name])


@pytest.mark.parametrize("text", ["a\nb", "a\x00b", "\ue000agents.ana.password||||\ue001", "\ud800"])
def test_what_no_label_may_hold_is_refused_all_the_same(text: str) -> None:
    at = Source("phones.desk", "test")
    for writer in (Settings(), Attributes(""), Elements("")):
        with pytest.raises(RenderError) as refused:
            writer.say("key", text, at, "phones.desk.label")
        assert refused.value.path == "phones.desk.label"
        assert not writer.lines
