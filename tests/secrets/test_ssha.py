"""The hash of a password file: what nginx would make of it, the same every time, and never of a short password."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from ccstack.design import design
from ccstack.model.secret import from_env
from ccstack.render.render import render
from ccstack.secrets import SecretProblems, Vault, bind
from ccstack.secrets.bind import ssha
from tests.lab.services_center import center
from tests.lab.stage import MASTER_KEY


def test_it_is_sha1_of_password_and_salt() -> None:
    made = ssha("phones.desk.provisioning", "a-long-password")
    raw = base64.b64decode(made.removeprefix("{SSHA}"))
    assert hashlib.sha1(b"a-long-password" + raw[20:]).digest() == raw[:20]
    assert made == ssha("phones.desk.provisioning", "a-long-password")


def test_the_same_password_of_two_phones_looks_different() -> None:
    assert ssha("phones.one.provisioning", "same") != ssha("phones.two.provisioning", "same")


def test_a_short_password_is_refused() -> None:
    phone = center.phones[0].model_copy(update={"provisioning": from_env("DESK")})
    changed = center.model_copy(update={"phones": (phone, *center.phones[1:])})
    environment = {"CCSTACK_MASTER_KEY": MASTER_KEY, "SWITCH_PASSWORD": "x", "DESK": "12345678"}
    state = render(design(changed))
    with pytest.raises(SecretProblems, match=r"phones\.ana-desk\.provisioning.*fewer than 20 characters"):
        bind(state, Vault(changed, Path(), environment))
    bind(state, Vault(changed, Path(), environment | {"DESK": "x7" * 12}))
