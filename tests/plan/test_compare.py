"""Comparing: nothing is found where nothing is different, and one difference is found as exactly that."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ccstack.drivers.base import Unknown
from ccstack.model import CallerIdRule, Gateway, Secrets, Trunk
from ccstack.plan.actual import Held, HostActual, SeenFile, SeenUnit
from ccstack.plan.compare import compare
from ccstack.plan.markdown import LONGEST, write_markdown
from ccstack.plan.plan import Change, Plan
from ccstack.plan.saved import as_json
from ccstack.plan.text import write_text
from ccstack.render.kamailio.destinations import pbx_set
from ccstack.render.state import ApplyClass, File

from .hosts import ACME, CANARY, SHOP, World, after_deploy, digest, edited, example, planned, untouched, world

ACME_WORLD = world(example(ACME))
SHOP_WORLD = world(example(SHOP))


def changed(was: World, collection: str, name: str, **fields: object) -> World:
    """A world with fields of one object changed."""
    items = getattr(was.center, collection)
    new = tuple(item.model_copy(update=fields) if item.name == name else item for item in items)
    return world(was.center.model_copy(update={collection: new}))


def only_change(plan: Plan) -> Change:
    """The one change that a plan has."""
    assert plan.objects == ()
    changes = [change for target in plan.targets for change in target.changes]
    assert len(changes) == 1, changes
    return changes[0]


def everything(plan: Plan) -> str:
    """All that anybody ever reads of a plan."""
    return (
        write_text(plan, diff=True) + write_text(plan) + write_markdown(plan) + json.dumps(as_json(plan)) + repr(plan)
    )


@pytest.mark.parametrize("was", [SHOP_WORLD, ACME_WORLD], ids=["shop", "acme"])
def test_a_second_deployment_plans_nothing(was: World) -> None:
    plan = planned(was, after_deploy(was, was))
    assert plan.is_empty
    assert plan.objects == ()
    assert all(target.changes == () for target in plan.targets)


# --- one mutation is one change ---


def _wanted_files(host: str) -> list[File]:
    return [file for state in ACME_WORLD.desired.hosts if state.name == host for file in state.files]


HOSTS = [host.name for host in ACME_WORLD.desired.hosts]
ACTUAL = after_deploy(ACME_WORLD, ACME_WORLD)


@st.composite
def a_file(draw: st.DrawFn) -> tuple[str, str]:
    host = draw(st.sampled_from(HOSTS))
    path = draw(st.sampled_from(sorted(ACME_WORLD.texts[host])))
    return host, path


def _with_file(host: str, path: str, **fields: object) -> HostActual:
    seen = ACTUAL[host].files[path]
    assert seen is not None
    files = {**ACTUAL[host].files, path: replace(seen, **fields)}  # type: ignore[arg-type]
    return replace(ACTUAL[host], files=files)


MUTATIONS: dict[str, Callable[[str, str], HostActual]] = {
    "edited": lambda host, path: edited(ACTUAL[host], path, f"{CANARY} somebody wrote this\n"),
    "appended": lambda host, path: edited(ACTUAL[host], path, ACME_WORLD.texts[host][path] + f"; {CANARY}\n"),
    "emptied": lambda host, path: edited(ACTUAL[host], path, ""),
    "removed": lambda host, path: replace(ACTUAL[host], files={**ACTUAL[host].files, path: None}),
    "owned": lambda host, path: _with_file(host, path, owner="eve"),
    "grouped": lambda host, path: _with_file(host, path, group="eve"),
    "opened": lambda host, path: _with_file(host, path, mode=0o777),
    "unlinked": lambda host, path: _with_file(host, path, placed=False),
    "no file": lambda host, path: _with_file(host, path, digest="", text=None, as_released=False),
}


@settings(max_examples=60, deadline=None)
@given(a_file(), st.sampled_from(sorted(MUTATIONS)))
def test_whatever_is_done_to_a_file_is_the_one_change(where: tuple[str, str], how: str) -> None:
    host, path = where
    plan = planned(ACME_WORLD, {**ACTUAL, host: MUTATIONS[how](host, path)})
    change = only_change(plan)
    assert (change.target, change.kind, change.path, change.action) == (host, "file", path, "mend")
    assert change.why
    assert change.reasons == ()
    assert CANARY not in everything(plan) or (how in ("edited", "appended") and not _holds_secrets(host, path))


def _holds_secrets(host: str, path: str) -> bool:
    return any(file.path == path and file.slots for file in _wanted_files(host))


UNITS = [(host, name) for host in HOSTS for name in ACTUAL[host].units]


@pytest.mark.parametrize("down", [("inactive", "enabled"), ("failed", "enabled"), ("active", "disabled"), None])
@settings(max_examples=20, deadline=None)
@given(where=st.sampled_from(UNITS))
def test_a_unit_that_is_not_up_is_the_one_change(where: tuple[str, str], down: tuple[str, str] | None) -> None:
    host, unit = where
    units = dict(ACTUAL[host].units)
    if down:
        units[unit] = SeenUnit(*down, pid=0 if down[0] != "active" else 7)
    else:
        del units[unit]
    change = only_change(planned(ACME_WORLD, {**ACTUAL, host: replace(ACTUAL[host], units=units)}))
    action = "mend" if down == ("active", "disabled") else "start"
    assert (change.target, change.kind, change.path, change.action) == (host, "unit", unit, action)


def test_a_unit_that_is_down_has_no_other_troubles() -> None:
    one = ACTUAL["nyc-pbx"]
    down = replace(
        one,
        units={**one.units, "asterisk.service": SeenUnit("failed", "enabled", 0)},
        runtime=("cannot read back: asterisk -rx pjsip show endpoints: Unable to connect",),
        stale={"asterisk.service": ("asterisk-queues",)},
    )
    assert only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": down})).kind == "unit"


def test_a_unit_that_only_would_not_start_at_boot_hides_nothing() -> None:
    one = ACTUAL["nyc-pbx"]
    units = {**one.units, "asterisk.service": SeenUnit("active", "disabled", 7)}
    host = replace(one, units=units, runtime=("queue rendered, but not loaded: sales",))
    (target,) = [t for t in planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host}).targets if t.changes]
    assert [change.kind for change in target.changes] == ["unit", "process"]


RUNTIME: dict[str, tuple[str, ApplyClass]] = {
    "PJSIP endpoint rendered, but not loaded: ana": ("asterisk.service/asterisk-pjsip", "asterisk-pjsip"),
    "queue loaded, but not rendered: ghost": ("asterisk.service/asterisk-queues", "asterisk-queues"),
    "dialplan context rendered, but not loaded: from-trunk": (
        "asterisk.service/asterisk-dialplan",
        "asterisk-dialplan",
    ),
    "Asterisk module rendered, but not loaded: res_pjsip": ("asterisk.service/asterisk-modules", "asterisk-modules"),
    "Asterisk's log channels are not as they were tried": ("asterisk.service/asterisk-logger", "asterisk-logger"),
    "Asterisk's music classes are not as they were tried": ("asterisk.service/asterisk-music", "asterisk-music"),
    "Asterisk's voicemail boxes are not as they were tried": (
        "asterisk.service/asterisk-voicemail",
        "asterisk-voicemail",
    ),
    "Asterisk's PJSIP identify rows are not as they were tried": ("asterisk.service/asterisk-pjsip", "asterisk-pjsip"),
    "nftables table rendered, but not loaded: inet ccstack": ("nftables.service/nftables", "nftables"),
    "the dispatcher's pings are switched off": ("kamailio.service/kamailio-dispatcher", "kamailio-dispatcher"),
    "registration rendered, but not loaded: north": ("kamailio.service/kamailio-uac", "kamailio-uac"),
    "the hostname is box, pbx in /etc/hostname": ("hostname", "hostname"),
    "Kamailio htable did: 5 rows were rendered, the process has 4": (
        "kamailio.service/kamailio-htable",
        "kamailio-htable",
    ),
    "dispatcher destination loaded, but not rendered: 1 sip:10.0.0.1": (
        "kamailio.service/kamailio-dispatcher",
        "kamailio-dispatcher",
    ),
    "permitted address rendered, but not loaded: 1 10.0.0.1": (
        "kamailio.service/kamailio-permissions",
        "kamailio-permissions",
    ),
    "cannot read back: kamcmd htable.stats: timed out": ("kamailio.service/kamailio-htable", "kamailio-htable"),
    "nobody knows what this is": ("processes", "none"),
}


def test_what_is_gone_with_a_module_comes_with_it() -> None:
    module, queue = "Asterisk module rendered, but not loaded: app_queue", "queue rendered, but not loaded: sales"
    host = replace(ACTUAL["nyc-pbx"], runtime=(module, queue))
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host}))
    assert (change.path, change.action, change.risk) == ("asterisk.service/asterisk-modules", "reload", "reload")
    assert change.why == f"{module}; {queue}"


@pytest.mark.parametrize("problem", RUNTIME)
def test_what_a_process_lacks_is_the_one_change(problem: str) -> None:
    host = replace(ACTUAL["nyc-pbx"], runtime=(problem,))
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host}))
    assert (change.kind, (change.path, change.apply), change.why) == ("process", RUNTIME[problem], problem)


@pytest.mark.parametrize("apply", ["asterisk-dialplan", "asterisk-restart", "asterisk-something-new"])
def test_a_process_that_has_not_taken_over_its_files_is_the_one_change(apply: str) -> None:
    host = replace(ACTUAL["nyc-pbx"], stale={"asterisk.service": (apply,)})
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host}))
    assert (change.kind, change.path, change.apply) == ("process", f"asterisk.service/{apply}", apply)
    assert change.action == ("restart" if apply == "asterisk-restart" else "reload")


def test_what_an_edited_file_brings_with_it_is_no_change_of_its_own() -> None:
    path = "/etc/asterisk/queues.conf"
    host = replace(
        edited(ACTUAL["nyc-pbx"], path, "[ghost]\n"),
        stale={"asterisk.service": ("asterisk-queues",)},
        runtime=("queue rendered, but not loaded: sales",),
    )
    assert only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host})).path == path


def test_packages_and_bootstrap() -> None:
    one = ACTUAL["nyc-pbx"]
    without = replace(one, packages={name: v for name, v in one.packages.items() if name != "chrony"})
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": without}))
    assert (change.kind, change.path, change.why) == ("bootstrap", "packages", "not installed: chrony")
    older = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": replace(one, bootstrap="another")}))
    assert (older.kind, older.action) == ("bootstrap", "install")


def test_packages_of_a_host_that_has_its_programs_otherwise_are_not_missed() -> None:
    present = changed(ACME_WORLD, "hosts", "nyc-pbx", install="present")
    hosts = after_deploy(present, present)
    assert planned(present, {**hosts, "nyc-pbx": replace(hosts["nyc-pbx"], packages={})}).is_empty


def test_an_override_that_conflicts_is_reported_and_not_worked_on() -> None:
    host = replace(
        ACTUAL["nyc-pbx"],
        overrides={"/etc/ccstack/overrides/asterisk/queues.conf": "it sets maxlen in [sales]"},
        runtime=("queue sales: maxlen is 3 in the process, 0 in /etc/asterisk/queues.conf",),
    )
    plan = planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host})
    change = only_change(plan)
    assert (change.kind, change.action) == ("override", "report")
    assert not plan.is_empty
    assert plan.targets[0].work == ()


def test_a_drain_that_was_left_behind_is_the_one_change_unless_somebody_deploys() -> None:
    sbc = replace(ACTUAL["nyc-sbc"], drained=(pbx_set("den-pbx"),))
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-sbc": sbc}))
    assert (change.kind, change.path, change.action) == ("process", "kamailio.service/drain of den-pbx", "mend")
    busy = replace(sbc, lock=Held("eva", "2026-11-22T09:00:00+00:00", "t"))
    assert planned(ACME_WORLD, {**ACTUAL, "nyc-sbc": busy}).is_empty


def test_what_an_operator_should_know_is_no_change() -> None:
    host = replace(
        ACTUAL["nyc-pbx"],
        overrides={"/etc/ccstack/overrides/asterisk/rtp.conf": ""},
        lock=Held("eva", "2026-11-22T09:00:00+00:00", "t"),
        pending="r2",
    )
    plan = planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host})
    assert plan.is_empty
    assert len(plan.targets[0].notes) == 2


def test_a_release_that_was_cut_off_is_the_one_change() -> None:
    change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": replace(ACTUAL["nyc-pbx"], pending="r2")}))
    assert (change.path, change.action) == ("release", "mend")
    assert "r2 was begun" in change.why


def test_a_target_that_was_not_seen_is_unknown_and_the_plan_not_empty() -> None:
    plan = planned(ACME_WORLD, {**ACTUAL, "den-pbx": Unknown("den-pbx", "no answer within 60 s")})
    assert not plan.is_empty
    assert plan.unknown == {"den-pbx": "no answer within 60 s"}
    assert "den-pbx" not in [target.target for target in plan.targets]
    assert "den-pbx is unknown" in write_markdown(plan)
    assert "den-pbx: unknown, not to be read as unchanged" in write_text(plan)


def test_foreign_files_are_refused() -> None:
    hosts = untouched(SHOP_WORLD)
    plan = planned(SHOP_WORLD, {"box": replace(hosts["box"], foreign=frozenset(["/etc/nftables.conf"]))})
    assert plan.targets[0].refused == (
        "/etc/nftables.conf: somebody else's file stands here, and ccstack has never managed it",
    )
    assert not plan.is_empty


def test_only_some_hosts_are_planned() -> None:
    plan = planned(ACME_WORLD, {"den-pbx": ACTUAL["den-pbx"]})
    assert [target.target for target in plan.targets] == ["den-pbx"]


# --- what the blueprint changed ---


def test_a_field_of_one_object_is_told_with_its_line_and_its_targets() -> None:
    wanted = changed(ACME_WORLD, "queues", "sales", max_wait=240)
    plan = planned(wanted, after_deploy(ACME_WORLD, wanted))
    (one,) = plan.objects
    assert (one.path, one.action, one.risk, one.touches) == ("queues.sales", "change", "reload", ("nyc-pbx", "den-pbx"))
    (reason,) = one.reasons
    assert (reason.path, reason.after) == ("queues.sales.max_wait", 240)
    assert reason.written_at is not None
    assert str(reason) == f"because queues.sales.max_wait changed at {reason.written_at}"
    for target in plan.targets:
        for change in target.changes:
            assert (change.action, change.reasons) == ("change", (reason,))


def test_hosts_with_different_pasts_have_their_own_reasons() -> None:
    between, wanted = (changed(ACME_WORLD, "queues", "sales", max_wait=n) for n in (270, 240))
    hosts = after_deploy(ACME_WORLD, wanted) | {"den-pbx": after_deploy(between, wanted)["den-pbx"]}
    plan = planned(wanted, hosts)
    assert [(one.touches, one.reasons[0].before) for one in plan.objects] == [(("nyc-pbx",), 300), (("den-pbx",), 270)]


def test_what_is_deployed_already_is_no_change_where_it_is() -> None:
    wanted = changed(ACME_WORLD, "queues", "sales", max_wait=240)
    done = after_deploy(wanted, wanted)
    hosts = after_deploy(ACME_WORLD, wanted) | {"den-pbx": done["den-pbx"]}
    plan = planned(wanted, hosts)
    assert [one.touches for one in plan.objects] == [("nyc-pbx",)]
    rest = planned(wanted, hosts | {"nyc-pbx": done["nyc-pbx"]})
    assert (rest.is_empty, rest.objects) == (True, ())
    assert [bool(target.changes) for target in plan.targets if target.target == "den-pbx"] == [False]


def test_an_edit_is_told_beside_the_blueprints_change() -> None:
    wanted = changed(SHOP_WORLD, "queues", "counter", max_wait=240)
    path = "/etc/asterisk/extensions.conf"
    box = edited(after_deploy(SHOP_WORLD, wanted)["box"], path, SHOP_WORLD.texts["box"][path] + "; mine\n")
    (change,) = planned(wanted, {"box": box}).targets[0].changes
    assert (change.action, change.why) == ("change", "edited on the host")
    assert "-; mine" in change.diff


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"name": "A B"}', '{"schema": "ccstack.center/9"}'])
def test_a_past_that_cannot_be_read_is_said_and_not_guessed(text: str) -> None:
    wanted = changed(SHOP_WORLD, "queues", "counter", max_wait=240)
    box = replace(after_deploy(SHOP_WORLD, wanted)["box"], center=text, blueprint="older")
    (target,) = planned(wanted, {"box": box}).targets
    assert any("not of this version of ccstack" in note for note in target.notes)
    assert [change.why for change in target.changes] == ["what the host was deployed from is not known"]
    assert [change.reasons for change in target.changes] == [()]


def test_a_file_that_another_version_of_ccstack_wrote_is_told_from_an_edited_one() -> None:
    path = "/etc/asterisk/queues.conf"
    older = edited(ACTUAL["nyc-pbx"], path, "[general]\n")
    seen = older.files[path]
    assert seen is not None
    for as_released, action, why in (
        (True, "change", "this version of ccstack writes it differently"),
        (None, "mend", "edited on the host, or written by another version of ccstack"),
        (False, "mend", "edited on the host"),
    ):
        host = replace(older, files={**older.files, path: replace(seen, as_released=as_released)})
        change = only_change(planned(ACME_WORLD, {**ACTUAL, "nyc-pbx": host}))
        assert (change.action, change.why) == (action, why)


def test_files_that_leave_are_removed_for_the_object_that_left() -> None:
    was = ACME_WORLD
    wanted = world(was.center.model_copy(update={"probes": was.center.probes[:-1]}))
    plan = planned(wanted, after_deploy(was, wanted))
    assert [(one.path, one.action) for one in plan.objects] == [(f"probes.{was.center.probes[-1].name}", "remove")]
    stray = replace(ACTUAL["nyc-pbx"], managed=ACTUAL["nyc-pbx"].managed | {"/etc/asterisk/stray.conf"})
    stray = replace(
        stray, files={**stray.files, "/etc/asterisk/stray.conf": SeenFile(digest("x"), "root", "root", 0o644)}
    )
    change = only_change(planned(was, {**ACTUAL, "nyc-pbx": stray}))
    assert (change.action, change.path) == ("remove", "/etc/asterisk/stray.conf")
    assert change.why == "this version of ccstack writes no such file"


def test_the_order_of_trunks_has_a_meaning() -> None:
    center = ACME_WORLD.center
    turned = world(center.model_copy(update={"trunks": center.trunks[::-1]}))
    plan = planned(turned, after_deploy(ACME_WORLD, turned))
    assert [(one.path, one.reasons[0].path) for one in plan.objects] == [("center", "trunks")]
    assert "in the order" in write_text(plan)


# --- risk ---


def test_a_restart_needs_a_window_where_nobody_takes_over() -> None:
    for path, host, risk in (
        ("/etc/asterisk/modules.conf", "nyc-pbx", "restart"),
        ("/etc/rtpengine/rtpengine.conf", "nyc-sbc", "drops-calls"),
        ("/etc/kamailio/kamailio.cfg", "nyc-sbc", "restart"),
    ):
        change = only_change(planned(ACME_WORLD, {**ACTUAL, host: edited(ACTUAL[host], path, "\n")}))
        assert change.risk == risk
    box = after_deploy(SHOP_WORLD, SHOP_WORLD)["box"]
    alone = only_change(planned(SHOP_WORLD, {"box": edited(box, "/etc/asterisk/modules.conf", "\n")}))
    assert alone.risk == "needs-window"


def test_rotated_passwords_reach_the_phones() -> None:
    wanted = world(SHOP_WORLD.center.model_copy(update={"secrets": Secrets(epoch=2)}))
    plan = planned(wanted, after_deploy(SHOP_WORLD, wanted))
    assert [(one.path, one.risk) for one in plan.objects] == [("center", "reprovisions-phones")]
    paths = {c.path for c in plan.targets[0].changes}
    assert paths >= {"/etc/kamailio/data/ha1", "/etc/asterisk/voicemail.conf"}
    assert "/etc/kamailio/host.cfg" not in paths, "the keys that calls hang on stay, and no SBC restarts"
    assert CANARY not in everything(plan)


def test_rotated_keys_of_the_sbcs_restart_them_and_nothing_else() -> None:
    wanted = world(SHOP_WORLD.center.model_copy(update={"secrets": Secrets(internal_epoch=2)}))
    [change] = planned(wanted, after_deploy(SHOP_WORLD, wanted)).targets[0].changes
    assert (change.path, change.apply) == ("/etc/kamailio/host.cfg", "kamailio-restart")
    assert [reason.path for reason in change.reasons] == ["secrets.internal_epoch"]


# --- secrets ---


def test_no_canary_is_in_any_plan() -> None:
    trunk = Trunk(
        name="north",
        gateways=(Gateway(address="203.0.113.77"),),
        max_channels=9,
        caller_id=CallerIdRule(number="+12125550100"),
    )
    trunks = (*ACME_WORLD.center.trunks, trunk)
    probes = ACME_WORLD.center.probes[1:]
    changes = {"secrets": Secrets(epoch=2), "trunks": trunks, "probes": probes, "domain": "else.example"}
    wanted = world(ACME_WORLD.center.model_copy(update=changes))
    for hosts in (after_deploy(ACME_WORLD, wanted), after_deploy(ACME_WORLD, ACME_WORLD), untouched(wanted)):
        assert CANARY not in everything(planned(wanted, hosts))


def test_a_secret_that_somebody_copied_elsewhere_is_masked_too() -> None:
    path = "/etc/asterisk/extensions.conf"
    hosts = {**ACTUAL, "nyc-pbx": edited(ACTUAL["nyc-pbx"], path, f"; {CANARY}\x1b[31m\n")}
    plan = compare(
        ACME_WORLD.center,
        ACME_WORLD.blueprint,
        ACME_WORLD.desired,
        hosts,
        redact=lambda text: text.replace(CANARY, "<secret>"),
    )
    assert CANARY not in everything(plan)
    assert "-; <secret>\\x1b[31m" in only_change(plan).diff


def test_a_large_plan_fits_into_a_comment() -> None:
    hosts = {
        name: replace(
            one, files={p: s and replace(s, digest="x", text="\n" * 5, as_released=False) for p, s in one.files.items()}
        )
        for name, one in ACTUAL.items()
    }
    text = write_markdown(planned(ACME_WORLD, hosts))
    assert len(text) <= LONGEST
    assert text.count("<details>") == text.count("</details>")
