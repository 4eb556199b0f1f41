"""The numbers that a try-out calls, and what makes it enough to call each on two PBXs."""

from __future__ import annotations

from benchmarks.many import many
from ccstack.design import design
from ccstack.render.render import render
from ccstack.render.state import HostState
from tests.render.asterisk.centers import rich

HOST_CONTEXTS = {"globals", "cc-phone", "cc-route", "cc-alone", "cc-tell", "cc-ask", "cc-replaces", "cc-tell-to"}
"""What differs between PBXs: their own names, and the ways to others."""


def pbxs(hosts: tuple[HostState, ...]) -> list[HostState]:
    return [host for host in hosts if host.expectation.doors]


def shared_part(host: HostState) -> list[str]:
    [plan] = [file for file in host.files if file.path == "/etc/asterisk/extensions.conf"]
    kept, context = [], ""
    for line in plan.lines:
        context = line.text[1:-1] if line.text.startswith("[") else context
        kept += [line.text] if context not in HOST_CONTEXTS else []
    return kept


def test_pbxs_have_the_same_dialplan_behind_their_numbers() -> None:
    for center in (rich(), many(6)):
        first, *others = pbxs(render(design(center)).hosts)
        assert len(shared_part(first)) > 200
        for other in others:
            assert shared_part(other) == shared_part(first)
            assert other.expectation.doors == first.expectation.doors
            for name in ("queues.conf", "musiconhold.conf", "voicemail.conf", "modules.conf"):
                path = f"/etc/asterisk/{name}"
                assert {f.text for h in (first, other) for f in h.files if f.path == path} == {
                    f.text for f in first.files if f.path == path
                }


def test_every_number_has_a_home_where_its_calls_end() -> None:
    center = many(6)
    made = design(center)
    doors = {(context, number): home for context, number, home in pbxs(render(made).hosts)[0].expectation.doors}
    assert {number.number for number in center.numbers} == {n for context, n in doors if context == "from-trunk"}
    assert set(made.plan.extensions) == {n for context, n in doors if context == "extensions"}
    assert set(doors.values()) == set(made.homes.pbxs)
    for number in center.numbers:
        # front-2 leads to menu-2, and that to line-2.
        assert doors["from-trunk", number.number] == f"pbx-{number.to.rpartition('-')[2]}"
    for agent in center.agents:
        assert doors["extensions", agent.extension] == f"pbx-{agent.site.rpartition('-')[2]}"


def test_another_site_moves_no_home_but_to_itself() -> None:
    less, more = (pbxs(render(design(many(hosts))).hosts)[0].expectation.doors for hosts in (6, 8))
    homes = {door[:2]: door[2] for door in more}
    assert {homes[door[:2]] for door in less if homes[door[:2]] != door[2]} <= {"pbx-4"}
