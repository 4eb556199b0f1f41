"""Random pairs of centers: what a host has after a deployment depends on the center, not on what it had before."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ccstack.design import design
from ccstack.load import load
from ccstack.model import Agent, Announcement, ContactCenter, Period, Queue, Voicemail
from ccstack.render.render import render
from ccstack.rules import check
from ccstack.secrets import BoundHost, Vault, bind

from .fake import FakeHost, Files, no_try_out

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "corner_shop" / "center.py"
MASTER = base64.b64encode(hashlib.sha256(b"of this test").digest()).decode()
UNITS = ("asterisk.service", "kamailio.service", "rtpengine-daemon.service")


@st.composite
def centers(draw: st.DrawFn) -> ContactCenter:
    """The corner shop with other people, queues, hours, limits and mailboxes: valid by every rule."""
    shop = load(EXAMPLE)
    people = draw(st.lists(st.sampled_from(["ada", "bob", "cyd", "dot"]), min_size=1, max_size=4, unique=True))
    agents = [Agent(name=name, extension=f"1{number + 1}", site="shop") for number, name in enumerate(people)]
    queues = [_queue(draw, "counter", people)]
    said = []
    if draw(st.booleans()):
        queues.append(_queue(draw, "repairs", people))
        said.append(Announcement(name="sorry", prompt={"en": draw(st.sampled_from(["Sorry.", "Call again."]))}))
    mailbox = Voicemail(
        name="mailbox", extension=draw(st.sampled_from(["19", "29"])), greeting={"en": "Leave a message."}
    )
    period = Period(days=draw(st.sampled_from(["mon-fri", "mon-sat"])), start="09:00", end="18:00")
    changed = {
        "agents": agents,
        "queues": queues,
        "announcements": said,
        "voicemails": [mailbox],
        "hours": [shop.hours[0].model_copy(update={"periods": (period,)})],
        "trunks": [shop.trunks[0].model_copy(update={"max_channels": draw(st.integers(8, 12))})],
        "emergency": shop.emergency.model_copy(update={"notify": (people[0],)}),
    }
    made = ContactCenter.model_validate(shop.model_dump() | {k: _plain(v) for k, v in changed.items()})
    assume(not [finding for finding in check(design(made)) if finding.severity == "error"])
    return made


def _queue(draw: st.DrawFn, name: str, people: list[str]) -> Queue:
    members = draw(st.lists(st.sampled_from(people), min_size=1, unique=True))
    return Queue(
        name=name, home="box", agents=members, overflow="mailbox", max_wait=draw(st.sampled_from([60, 240, 300]))
    )


def _plain(value: Any) -> Any:
    return [one.model_dump() for one in value] if isinstance(value, list) else value.model_dump()


def files_of(center: ContactCenter) -> Files:
    """What its host shall have; audio and certificates stand for themselves."""
    vault = Vault.open(center, base=Path(), environment={"CCSTACK_MASTER_KEY": MASTER})
    (host,) = bind(render(design(center)), vault).hosts
    return {**_texts(host), **{a.path: (repr(a.request).encode(), a.apply) for a in host.artifacts}}


def _texts(host: BoundHost) -> dict[str, tuple[bytes, str]]:
    return {file.path: (file.content.reveal_bytes(), file.apply) for file in host.files}


@contextmanager
def new_host() -> Iterator[FakeHost]:
    with tempfile.TemporaryDirectory() as folder:
        yield FakeHost(Path(folder))


@pytest.fixture(autouse=True)
def _folders_only(monkeypatch: pytest.MonkeyPatch) -> None:
    no_try_out(monkeypatch)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(centers(), centers())
def test_a_then_b_is_b_and_back_is_a(first: ContactCenter, second: ContactCenter) -> None:
    a, b = files_of(first), files_of(second)
    with new_host() as clean, new_host() as host:
        clean.release("b", b, UNITS)
        assert not host.release("a", a, UNITS).failed
        held_by_a, files_of_a = {u: dict(host.read_by(u)) for u in UNITS}, host.files()
        assert not host.release("b", b, UNITS).failed
        assert host.files() == clean.files() == {path: content for path, (content, _apply) in b.items()}
        assert all(host.read_by(unit) == clean.read_by(unit) for unit in UNITS)
        assert not host.release("again", b, UNITS).changed
        if a != b:
            back = host.rollback()
            assert (back.failed, back.release) == (False, "a")
            assert host.files() == files_of_a
            assert all(host.read_by(unit) == held_by_a[unit] for unit in UNITS)
