"""What is rendered for a PBX, read as Asterisk reads it."""

from __future__ import annotations

import random
import re

import pytest

from ccstack import model as cc
from ccstack.design import Design, design
from ccstack.design.index import collections, path_of
from ccstack.render.asterisk import parts
from ccstack.render.asterisk.names import contact_id
from ccstack.render.render import render
from ccstack.render.state import DesiredState, File, HostState, has_slot_marks
from ccstack.render.text import RenderError
from tests.render.asterisk.centers import rich
from tests.render.asterisk.reading import Context, dialplan, settings


@pytest.fixture(scope="module")
def known() -> Design:
    return design(rich())


@pytest.fixture(scope="module")
def state(known: Design) -> DesiredState:
    return render(known)


def host_of(state: DesiredState, name: str) -> HostState:
    return next(h for h in state.hosts if h.name == name)


def file_of(state: DesiredState, host: str, name: str) -> File:
    return next(f for f in host_of(state, host).files if f.path.endswith(f"/{name}"))


def plan_of(state: DesiredState, host: str = "pbx-e") -> dict[str, Context]:
    return dialplan(line.text for line in file_of(state, host, "extensions.conf").lines)


def test_every_line_says_where_it_comes_from(known: Design, state: DesiredState) -> None:
    paths = {path_of(item) for name in collections() for item in known.index[name].values()}
    for host in state.hosts:
        for file in host.files:
            for line in file.lines:
                assert line.source.rule, (file.path, line)
                top = line.source.path.split(".")[0]
                own = ".".join(line.source.path.split(".")[:2])
                assert top in ("center", "trunks", *type(known.center).model_fields) or own in paths, line


def test_every_jump_leads_somewhere(state: DesiredState) -> None:
    for host in ("pbx-e", "pbx-w"):
        contexts = plan_of(state, host)
        for context in contexts.values():
            for steps in context.extens.values():
                for step in steps:
                    for target, exten in re.findall(r"(?:Goto|Gosub)\(([a-z][a-z0-9-]*),([A-Za-z0-9+*]+),1", step):
                        assert target in contexts, step
                        assert reached(contexts, target, exten), step


def reached(contexts: dict[str, Context], name: str, digits: str) -> bool:
    context = contexts[name]
    return context.match(digits) is not None or any(reached(contexts, other, digits) for other in context.includes)


def test_expected_contexts_are_those_of_the_dialplan(state: DesiredState) -> None:
    for host in ("pbx-e", "pbx-w"):
        written = [c for c in plan_of(state, host) if c != "globals"]
        expected = host_of(state, host).expectation.contexts
        assert sorted(expected) == sorted(written)
        assert len(set(expected)) == len(expected)


def test_two_renders_are_the_same_bytes() -> None:
    one, two = render(design(rich())), render(design(rich()))
    assert one == two


def test_the_order_of_declaration_has_no_meaning_for_what_a_name_holds() -> None:
    """Extensions, sections and contexts may come in another order; what each of them says is the same."""
    center, mixed = rich(), random.Random(7)
    shuffled = {
        name: tuple(mixed.sample(getattr(center, name), len(getattr(center, name))))
        for name in collections()
        if name not in ("hosts", "sites", "trunks")
    }
    one, two = render(design(center)), render(design(center.model_copy(update=shuffled)))
    for host in ("pbx-e", "pbx-w"):
        for name in ("queues.conf", "pjsip.conf", "voicemail.conf", "musiconhold.conf"):
            assert sections(file_of(one, host, name)) == sections(file_of(two, host, name)), name
        assert {n: c.extens for n, c in plan_of(one, host).items() if n != "cc-every-agent"} == {
            n: c.extens for n, c in plan_of(two, host).items() if n != "cc-every-agent"
        }


def sections(file: File) -> list[tuple[str, str, str]]:
    return sorted(settings(line.text for line in file.lines))


def test_adding_an_agent_changes_no_line_of_another() -> None:
    before = rich()
    more = (*before.agents, cc.Agent(name="cyd", extension="1003", site="west"))
    after = before.model_copy(update={"agents": more})
    old = {line.text for line in file_of(render(design(before)), "pbx-e", "pjsip.conf").lines}
    new = {line.text for line in file_of(render(design(after)), "pbx-e", "pjsip.conf").lines}
    assert old <= new


def test_only_neighbours_are_heard(state: DesiredState) -> None:
    read = [s for s in settings(x.text for x in file_of(state, "pbx-e", "pjsip.conf").lines) if s[0] == "neighbours"]
    assert [v for _, k, v in read if k == "permit"] == [
        "10.1.0.21/255.255.255.255",
        "10.2.0.21/255.255.255.255",
        "10.2.0.11/255.255.255.255",
    ]
    assert ("neighbours", "deny", "0.0.0.0/0.0.0.0") in read


def test_the_sites_own_sbc_is_tried_first(state: DesiredState) -> None:
    for host, first, second in (("pbx-e", "sbc-e", "sbc-w"), ("pbx-w", "sbc-w", "sbc-e")):
        dialed = [s for s in plan_of(state, host)["cc-route"].extens["s"] if s.startswith("Dial(")]
        assert [re.findall(r"PJSIP/([a-z-]+)/", d)[0] for d in dialed] == [first, second]


def test_a_contact_is_called_as_asterisk_calls_it() -> None:
    # As `pjsip show contacts` of Asterisk 22.10 shows it, cut there to ten characters.
    assert contact_id("nyc-sbc", "sip:10.1.10.21:5060;transport=tcp").startswith("nyc-sbc@@18e6139a90")


def test_opening_hours_are_the_calendars(known: Design, state: DesiredState) -> None:
    extens = plan_of(state)["hours-shop"].extens
    within = "${IF($[(${CC_MINUTE} >= 540 & ${CC_MINUTE} < 1080)]?open:closed)}"
    assert extens["1"] == [f"Return({within})"]
    assert extens["6"] == ["Return(closed)"]
    assert extens["20261225"] == ["Return(holiday)"]
    assert "< 720" in extens["20261224"][0]
    assert extens["s"][0] == f"Gosub(cc-clock,s,1({known.calendars['shop'].zone}))"


def test_the_clock_moves_in_one_place_and_no_door_leads_there(state: DesiredState) -> None:
    contexts = plan_of(state)
    setting = [
        (name, exten, step)
        for name, context in contexts.items()
        for exten, steps in context.extens.items()
        for step in steps
        if "CC_CLOCK=" in step
    ]
    assert {name for name, _, step in setting if not step.endswith("CC_CLOCK=)")} == {"clock"}
    assert any(name == "cc-door" for name, _, step in setting if step.endswith("CC_CLOCK=)"))
    assert not any("Goto(clock" in s or "@clock" in s for c in contexts.values() for e in c.extens.values() for s in e)
    assert not any("clock" in c.includes for c in contexts.values())
    assert not re.search(r"(?:STRFTIME|IFTIME|GotoIfTime)", "".join(contexts["hours-shop"].extens["s"]))


def test_a_menu_has_its_keys_and_counts_apart(state: DesiredState) -> None:
    menu = plan_of(state)["menu-main"]
    assert menu.extens["1"] == ["Goto(queue-sales,s,1)"]
    assert menu.extens["2"] == ["Gosub(cc-language,s,1(es-MX))", "Goto(menu-account,s,1)"]
    assert menu.extens["*"] == ["Goto(ring-desk,s,1)"]
    assert menu.extens["#"] == ["Goto(external-away,s,1)"]
    assert menu.includes == ["direct-dial"]
    assert menu.extens["i"][-1] == "Goto(announcement-bye,s,1)"
    assert menu.extens["t"][-1] == "Goto(queue-sales,s,1)"
    assert "Set(CC_INVALID=0)" in menu.extens["s"]


def test_direct_dialing_reaches_what_the_page_says(state: DesiredState) -> None:
    assert set(plan_of(state)["direct-dial"].extens) == {"1001", "1002", "2001", "3001", "1900", "4001"}


def test_an_intercom_call_reaches_lines_only_and_a_transfer_ends_it(state: DesiredState) -> None:
    contexts = plan_of(state)
    intercom = {code: steps for code, steps in contexts["features"].extens.items() if code.startswith("*52")}
    assert intercom == {"*521001": ["Goto(cc-intercom,ana,1)"], "*521002": ["Goto(cc-intercom,bob,1)"]}
    assert contexts["cc-transfer"].extens["_[0-9*+#]!"][0] == "Set(__CC_INTERCOM=)"


def test_members_are_ranked_and_held_back(state: DesiredState) -> None:
    contexts = plan_of(state)
    assert contexts["phone-ana"].extens["queues"] == ["Return(sales=1)"]
    assert contexts["phone-bob"].extens["queues"] == ["Return(sales=100)"]
    assert contexts["phone-bob"].extens["first"] == ["Return(out)"]
    assert "Set(QUEUE_MAX_PENALTY=99)" in contexts["queue-sales"].extens["run"]
    rules = list(settings(x.text for x in file_of(state, "pbx-e", "queuerules.conf").lines))
    assert ("relax-sales", "penaltychange", "20,100") in rules


def test_a_callers_number_is_known_in_every_spelling(state: DesiredState) -> None:
    spelled = plan_of(state)["callers-vips"].extens
    for number in ("+12125550170", "12125550170", "2125550170", "0012125550170", "02079460170"):
        assert number in spelled


def test_an_outbound_policy_records_the_agents_of_its_queues(state: DesiredState) -> None:
    profile = plan_of(state)["phone-ana"].extens["profile"][0]
    assert profile == (
        "Set(ARRAY(CC_RIGHTS,CC_OWN,CC_ZONE,CC_MAX_CALLS,CC_MAX_MINUTES,CC_POLICY,CC_MAILBOX,CC_EXTENSION,"
        "CC_USER,CC_WHERE)="
        "staff,+12125550121,America/New_York,9,60,all,1900,1001,ana,emergency-east-floor-1)"
    )


def test_only_secret_files_hold_slots(state: DesiredState) -> None:
    for host in state.hosts:
        for file in host.files:
            if file.path.startswith("/etc/asterisk/"):
                assert has_slot_marks(file.text) == file.path.endswith("voicemail.conf")
                assert file.mode == 0o640
                assert file.group == "asterisk"


def test_a_pbx_has_no_shell(state: DesiredState) -> None:
    modules = host_of(state, "pbx-e").expectation.modules
    assert not {"app_system", "func_shell", "app_externalivr", "res_agi", "pbx_spool"} & set(modules)


def test_every_sound_that_is_played_is_made(state: DesiredState) -> None:
    made = {a.path for a in host_of(state, "pbx-e").artifacts}
    played = {
        sound
        for file in host_of(state, "pbx-e").files
        for sound in re.findall(r"(?<!/)\bcc/[a-z][a-z0-9-]*", file.text)
        if file.path.startswith("/etc/asterisk")
    }
    for sound in sorted(played):
        for language in ("en_cc", "es_MX_cc"):
            assert f"/usr/share/asterisk/sounds/{language}/{sound}.wav" in made


def test_codecs_are_the_trunks_first_then_g711(state: DesiredState) -> None:
    read = list(settings(x.text for x in file_of(state, "pbx-e", "pjsip.conf").lines))
    assert ("endpoint", "allow", "g722,ulaw,alaw") in read


def test_a_center_without_a_pbx_has_no_part() -> None:
    hosts = [h for h in rich().hosts if h.sbc]
    assert parts(design(rich(hosts=hosts))) == {}


def test_a_name_that_leads_nowhere_is_refused() -> None:
    dangling = rich(announcements=[cc.Announcement(name="bye", prompt={"en": "Bye."}, then="nowhere")])
    with pytest.raises(RenderError) as caught:
        render(design(dangling))
    assert caught.value.path == "announcements.bye"
    assert caught.value.given == "nowhere"


@pytest.mark.parametrize("label", ["Ana \u2028 M", "\ue000"])
def test_a_label_that_cannot_be_written_is_refused(label: str) -> None:
    agents = [cc.Agent(name="ana", label=label, extension="1001", site="east")]
    with pytest.raises(RenderError) as caught:
        parts(design(rich(agents=agents, queues=[], menus=[], time_conditions=[], numbers=[], rings=[])))
    assert caught.value.path == "agents.ana"


@pytest.mark.parametrize("label", ['Ana "the <1> ;one;" ${SHELL(x)}', "안나 😀", "a\\;b\\", ";--x--;"])
def test_a_hostile_label_arrives(label: str) -> None:
    agents = [cc.Agent(name="ana", label=label, extension="1001", site="east")]
    found = parts(design(rich(agents=agents, queues=[], menus=[], time_conditions=[], numbers=[], rings=[])))
    file = next(f for f in found["pbx-e"].files if f.path.endswith("pjsip.conf"))
    assert ("ana", "set_var", f"CALLERID(name)={label}") in settings(x.text for x in file.lines)
