"""What every platform's configuration must have in common, and text that no command line may act on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.design import design
from ccstack.model.switch import Platform
from ccstack.plan.switches import owned_part, remedy
from ccstack.render.state import SwitchState
from ccstack.render.switches import switches
from ccstack.render.switches.circuit import circuit_id
from ccstack.render.switches.words import description, plain
from ccstack.render.text import RenderError
from tests.plan.switch_bench import PLATFORMS, center, engine, mend, wanted_of

LABELS = st.from_type(str).filter(lambda text: 0 < len(text) <= 80 and all(ch >= " " and ch != "\x7f" for ch in text))


@given(label=LABELS)
def test_a_description_is_plain_text_whatever_the_label(label: str) -> None:
    text = description("desk-1", label, 64)
    assert text.isascii()
    assert text.isprintable()
    assert len(text) <= 64
    assert not set(text) & set("?|!#%$;\"'\\<>`^~{}[]*")
    assert text == " ".join(text.split())
    assert text.startswith("ccstack: desk-1")


@given(label=LABELS)
def test_plain_text_stays_as_it_is(label: str) -> None:
    assert plain(plain(label)) == plain(label)


@pytest.mark.parametrize(
    ("label", "shown"),
    [("Zoë Müller-Łukasz", "Zoe Muller-Lukasz"), ("Straße 5", "Strasse 5"), ("受付", "__"), ("A  B", "A B")],
)
def test_letters_lose_their_accents(label: str, shown: str) -> None:
    assert plain(label) == shown


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("label", ["Zoë", 'a "b" c', "do; exit", "what?", "x" * 80])
def test_a_switch_shows_a_description_as_it_was_written(platform: Platform, label: str) -> None:
    one, wanted = engine(platform), wanted_of(platform, label=label[:70])
    mend(one, wanted)
    written = [line.text.strip() for line in wanted.lines if "description" in line.text]
    assert [line for line in written if line not in one.running()] == []


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    "given", [{}, {"voice": None}, {"data": None}, {"addresses": False}, {"ports": 0}, {"patched": ()}]
)
def test_every_line_is_owned(platform: Platform, given: dict[str, object]) -> None:
    """What is rendered and not owned would be wanted again at every look."""
    state = wanted_of(platform, **given)
    assert sorted(owned_part(state.text, state.owned, platform).splitlines()) == sorted(state.text.splitlines())


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("given", [{}, {"voice": None}, {"data": None}, {"addresses": False}, {"ports": 0}])
def test_a_switch_takes_every_line(platform: Platform, given: dict[str, object]) -> None:
    one, wanted = engine(platform), wanted_of(platform, **given)
    mend(one, wanted)
    assert not remedy(wanted, owned_part(one.running(), wanted.owned, platform)).lines


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_switch_calls_its_ports_in_dhcp_what_the_servers_expect(platform: Platform) -> None:
    made = design(center(platform))
    one = engine(platform)
    mend(one, switches(made)[0])
    for jack in made.wiring.jacks["sw0"]:
        told = one.dialect.circuit_id(one.config, jack.interface, 110)
        assert told == circuit_id(made.center.switches[0], jack.interface, 110)


def test_the_phone_vlan_is_on_the_port_that_phones_are_plugged_into() -> None:
    for platform in PLATFORMS:
        one = engine(platform)
        mend(one, wanted_of(platform))
        port = one.port(design(center(platform)).wiring.jacks["sw0"][0].interface)
        assert (port.up, port.poe, port.limit) == (True, True, 3)
        assert port.voice == 110
        assert port.access == 10


def test_a_name_that_is_too_long_for_dhcp_is_refused() -> None:
    one = center("cisco-ios")
    switch = one.switches[0].model_copy(update={"name": "s" * 60, "phone_ports": ("Gi1/0/9",)})
    with pytest.raises(RenderError, match="63 characters"):
        switches(design(one.model_copy(update={"switches": (switch,), "phones": ()})))


def _texts(states: tuple[SwitchState, ...]) -> dict[str, str]:
    return {state.name: state.text for state in states}


def test_another_switch_moves_nothing() -> None:
    few, more = (_texts(switches(design(center(*PLATFORMS[:count])))) for count in (3, 5))
    assert {name: more[name] for name in few} == few
