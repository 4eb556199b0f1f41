"""Secrets: derived the same everywhere, refused when weak, never shown."""

from __future__ import annotations

import base64
import hashlib
import pickle
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from ccstack.model.agent import Agent
from ccstack.model.center import ContactCenter
from ccstack.model.destinations import Voicemail
from ccstack.model.phone import Phone
from ccstack.model.secret import Secrets, derived, from_env, from_file
from ccstack.model.trunk import CallerIdRule, Gateway, RegisterAuth, Trunk
from ccstack.render.state import DesiredState, Expectation, File, HostState, Line, Slot, Source
from ccstack.secrets import SecretProblems, Sensitive, Vault, WeakMasterKeyError, bind, parse_master_key
from ccstack.secrets.derive import derive_pin, hkdf, is_trivial_pin

MASTER = base64.b64encode(hashlib.sha256(b"a test").digest()).decode()
ENVIRONMENT = {"CCSTACK_MASTER_KEY": MASTER}


def center(**more: object) -> ContactCenter:
    """A center with one agent, one mailbox and what a test adds."""
    parts: dict[str, object] = {
        "name": "shop",
        "agents": (Agent(name="ana", extension="201", site="hq"),),
        "voicemails": (Voicemail(name="night", extension="900", greeting={"en": "Good night"}),),  # type: ignore[arg-type]
    }
    return ContactCenter.model_validate(parts | more)


def vault(made: ContactCenter, environment: dict[str, str] = ENVIRONMENT, base: Path = Path()) -> Vault:
    return Vault.open(made, base=base, environment=environment)


def trunk(password: object) -> Trunk:
    return Trunk(
        name="north",
        gateways=(Gateway(address=IPv4Address("198.51.100.1")),),
        auth=RegisterAuth(username="shop", password=password, realm="carrier.example"),  # type: ignore[arg-type]
        max_channels=10,
        caller_id=CallerIdRule(number="+12025550100"),
    )


def state(text: str) -> DesiredState:
    file = File("/etc/x", (Line(text, Source("center", "test")),), "none")
    return DesiredState("shop", (HostState("pbx", (), (), (file,), (), Expectation()),))


def test_a_derived_password_is_long_and_plain() -> None:
    password = vault(center()).value("agents.ana.password").reveal()
    assert len(password) == 32
    assert password.isalnum()
    assert password == password.lower()


def test_keys_are_derived_as_rfc_5869_has_it() -> None:
    """Appendix A.3, and a library's own."""
    assert hkdf(b"\x0b" * 22, b"").hex() == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
    by_library = HKDF(SHA256(), 32, salt=None, info=b"ccstack\0shop").derive(b"key" * 20)
    assert hkdf(b"key" * 20, b"ccstack\0shop") == by_library


def test_derived_values_are_the_same_on_every_machine() -> None:
    # Worked out with RFC 5869's definition by hand (hmac only), so that a library's change of mind is seen.
    import hmac

    info = b"\0".join([b"ccstack", b"shop", b"agents.ana.password", b"1", b"password"])
    extracted = hmac.digest(bytes(32), base64.b64decode(MASTER), "sha256")
    expected = base64.b32encode(hmac.digest(extracted, info + b"\x01", "sha256")[:20]).decode().lower()
    assert vault(center()).value("agents.ana.password").reveal() == expected


def test_adding_an_agent_moves_no_other_password() -> None:
    more = center(agents=tuple(Agent(name=n, extension=e, site="hq") for n, e in (("ben", "202"), ("ana", "201"))))
    assert vault(center()).value("agents.ana.password") == vault(more).value("agents.ana.password")


def test_the_epoch_before_is_what_was_current_then() -> None:
    old, new = center(), center(secrets=Secrets(epoch=2))
    assert vault(new).value("agents.ana.password", previous=True) == vault(old).value("agents.ana.password")
    assert vault(new).value("agents.ana.password") != vault(old).value("agents.ana.password")


def test_one_secret_rotates_alone() -> None:
    rotated = center(agents=(Agent(name="ana", extension="201", site="hq", password=derived(epoch=2)),))
    assert vault(rotated).value("agents.ana.password") != vault(center()).value("agents.ana.password")
    assert vault(rotated).value("voicemails.night.pin") == vault(center()).value("voicemails.night.pin")


def test_a_secret_of_the_machine_itself_needs_no_field() -> None:
    assert len(vault(center()).value("internal.topoh-mask").reveal()) == 32


@given(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=1, max_size=30))
def test_no_pin_is_trivial(name: str) -> None:
    pin = derive_pin(Sensitive(base64.b64decode(MASTER)), "shop", f"voicemails.{name}.pin", 1).reveal()
    assert len(pin) == 6
    assert pin.isdigit()
    assert not is_trivial_pin(pin)


@pytest.mark.parametrize("pin", ["000000", "123456", "987654", "121212", "123123", "112233", "240675", "123321"])
def test_first_guesses_are_trivial(pin: str) -> None:
    assert is_trivial_pin(pin)


@pytest.mark.parametrize("pin", ["482915", "907361", "135797"])
def test_other_pins_are_not(pin: str) -> None:
    assert not is_trivial_pin(pin)


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("", "it has 0 bytes"),
        ("hunter2!", "neither hex nor base64"),
        (base64.b64encode(b"x" * 16).decode(), "it has 16 bytes"),
        ("00" * 32, "repeat or count up"),
        (bytes(range(32)).hex(), "repeat or count up"),
        ((hashlib.sha256(b"half").digest()[:16] * 2).hex(), "it repeats itself"),
        (base64.b64encode(b"Correct horse battery staple, and more.").decode(), "somebody typed"),
        ("thisisaverylongpassphrasethatsomebodytypedbyhand", "somebody typed"),
    ],
)
def test_weak_master_keys_are_refused_without_being_shown(key: str, why: str) -> None:
    with pytest.raises(WeakMasterKeyError) as refused:
        parse_master_key(Sensitive(key))
    assert why in str(refused.value)
    assert "openssl rand -base64 32" in str(refused.value)
    assert not key or key not in str(refused.value)


@given(st.binary(min_size=32, max_size=64))
def test_random_master_keys_are_taken(key: bytes) -> None:
    random = hashlib.sha512(key).digest()
    assert parse_master_key(Sensitive(random.hex())).reveal_bytes() == random
    assert parse_master_key(Sensitive(base64.b64encode(random).decode())).reveal_bytes() == random


def test_everything_missing_is_told_at_once(tmp_path: Path) -> None:
    made = center(trunks=(trunk(from_env("NORTH")),), secrets=Secrets(master_key=from_file("master.key")))
    with pytest.raises(SecretProblems) as missing:
        vault(made, {}, tmp_path)
    assert [problem.path for problem in missing.value.problems] == ["trunks.north.auth.password", "secrets.master_key"]
    assert "environment variable NORTH is not set; set NORTH" in str(missing.value)
    assert f"there is no file {tmp_path / 'master.key'}" in str(missing.value)


def test_a_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    key = tmp_path / "north"
    key.write_text("carrier-password\nsecond line\n")
    key.chmod(0o644)
    made = center(trunks=(trunk(from_file("north")),))
    with pytest.raises(SecretProblems, match=r"everybody may read .*; run: chmod o= "):
        vault(made, base=tmp_path)
    key.chmod(0o600)
    assert vault(made, base=tmp_path).value("trunks.north.auth.password").reveal() == "carrier-password"


def test_the_first_line_of_a_file_and_a_whole_private_key(tmp_path: Path) -> None:
    key = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----\n"
    (tmp_path / "north").write_text(key)
    (tmp_path / "north").chmod(0o600)
    made = center(trunks=(trunk(from_file("north")),))
    assert vault(made, base=tmp_path).value("trunks.north.auth.password").reveal() == key


@pytest.mark.parametrize("form", ["plain", "ha1-md5", "ha1-sha256"])
def test_slots_are_filled_in_every_form(form: str) -> None:
    slot = Slot("agents.ana.password", form, "ana", "center.internal")  # type: ignore[arg-type]
    bound = bind(state(f"password={slot}"), vault(center())).hosts[0].files[0].content.reveal()
    value = vault(center()).value("agents.ana.password").reveal()
    text = f"ana:center.internal:{value}".encode()
    forms = {"plain": value, "ha1-md5": hashlib.md5(text).hexdigest(), "ha1-sha256": hashlib.sha256(text).hexdigest()}
    assert bound == f"password={forms[form]}\n"


def test_rotating_passwords_leaves_the_keys_that_calls_hang_on() -> None:
    old, new, internal = (vault(center(secrets=Secrets(**more))) for more in ({}, {"epoch": 2}, {"internal_epoch": 2}))
    for path, rotating, keeping in (("agents.ana.password", new, internal), ("internal.sbc-mask", internal, new)):
        assert rotating.value(path).reveal() != old.value(path).reveal()
        assert keeping.value(path).reveal() == old.value(path).reveal()


def test_both_epochs_stand_side_by_side_while_phones_follow() -> None:
    made = vault(center(secrets=Secrets(epoch=2)))
    text = f"{Slot('agents.ana.password')} {Slot('agents.ana.password', previous=True)}"
    new, old = bind(state(text), made).hosts[0].files[0].content.reveal().split()
    assert (new, old) == (
        made.value("agents.ana.password").reveal(),
        made.value("agents.ana.password", previous=True).reveal(),
    )


def test_xml_writes_an_ampersand_otherwise() -> None:
    made = vault(center(trunks=(trunk(from_env("NORTH")),)), ENVIRONMENT | {"NORTH": "a&b"})
    bound = bind(state(str(Slot("trunks.north.auth.password", "xml"))), made)
    assert bound.hosts[0].files[0].content.reveal() == "a&amp;b\n"
    assert made.redacted("<pass>a&amp;b</pass>") == "<pass><secret></pass>"


def test_the_password_of_a_phones_menus_is_short_enough_to_type() -> None:
    phone = Phone(name="desk", model="yealink-t54w", mac="001565aabbcc", line="ana")
    made = vault(center(phones=(phone,)))
    assert len(made.value("phones.desk.admin").reveal()) == 16
    assert len(made.value("phones.desk.provisioning").reveal()) == 32


@pytest.mark.parametrize("value", ["a;b", 'a"b', "a b", "a\\b", "${b}", "a'b", "a,b", "a:b", "#b", "pässword"])
def test_a_secret_that_a_syntax_would_misread_is_refused(value: str) -> None:
    made = vault(center(trunks=(trunk(from_env("NORTH")),)), ENVIRONMENT | {"NORTH": value})
    with pytest.raises(SecretProblems, match=r"trunks\.north\.auth\.password: .* cannot be written safely") as refused:
        bind(state(str(Slot("trunks.north.auth.password"))), made)
    assert value not in str(refused.value)


SHOWN: list[Callable[[Sensitive], str]] = [repr, str, "{}".format, "{0!r:>9}".format, lambda v: f"{[v]}"]


@pytest.mark.parametrize("show", SHOWN)
def test_a_secret_does_not_show_itself(show: Callable[[Sensitive], str]) -> None:
    assert "canary" not in show(Sensitive("canary"))


def test_a_secret_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Sensitive("canary"))


def test_a_bound_state_prints_no_secret() -> None:
    bound = bind(state(f"password={Slot('agents.ana.password')}"), vault(center()))
    assert vault(center()).value("agents.ana.password").reveal() not in repr(bound)


def test_what_comes_back_from_a_host_is_masked() -> None:
    made = vault(center())
    slot = Slot("agents.ana.password", "ha1-md5", "ana", "center.internal")
    digest = bind(state(f"{slot}"), made).hosts[0].files[0].content.reveal().strip()
    password = made.value("agents.ana.password").reveal()
    assert made.redacted(f"bad line: {password} or {digest}") == "bad line: <secret> or <secret>"
