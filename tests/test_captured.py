"""What the benchmarks make of captured SIP: whose BYE was answered, and which calls a phone could not have."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.wire import Call, Ends, Expected, Message, calls, figures

NUMBER, PHONE, TALK = "+16465553002", "ended-002", 10.0
EXPECTED = Expected(TALK, frozenset([NUMBER]), {NUMBER: PHONE})
CUT, UNDONE, FREED = 20.0, 25.0, 50.0
"""Seconds at which nothing passes any more, all is well again, and the center ends what it still believes is up."""


def _said(at: float, sent: bool, line: str, caller: str, called: str, cseq: str) -> Message:
    head = f"From: <sip:{caller}@a>\r\nTo: <sip:{called}@b>\r\nCall-ID: {caller}\r\nCSeq: {cseq}\r\n\r\n"
    return Message(at, sent, f"{line}\r\n{head}")


def _leg(caller: str, began: float, *, answered: bool, after: float = 0.0) -> Iterator[Message]:
    """A phone that is called and hangs up: with no answer to its BYE, the center does so too, much later.

    `after`: how long an answer takes to come, in seconds.
    """
    ends = began + TALK

    def said(at: float, sent: bool, line: str, cseq: str) -> Message:
        return _said(at, sent, line, caller, PHONE, cseq)

    yield said(began, False, f"INVITE sip:{PHONE}@b SIP/2.0", "1 INVITE")
    yield said(began + 0.1, True, "SIP/2.0 200 OK", "1 INVITE")
    yield said(ends, True, "BYE sip:a SIP/2.0", "1 BYE")
    if answered:
        yield said(ends + after, False, "SIP/2.0 200 OK", "1 BYE")
        return
    yield said(ends + 0.5, True, "BYE sip:a SIP/2.0", "1 BYE")
    yield said(FREED, False, f"BYE sip:{PHONE}@b SIP/2.0", "2 BYE")
    yield said(FREED, True, "SIP/2.0 200 OK", "2 BYE")
    yield said(FREED + 2, False, "SIP/2.0 408 Request Timeout", "1 BYE")


def _refused(caller: str, at: float) -> Iterator[Message]:
    yield _said(at, True, f"INVITE sip:{NUMBER}@a SIP/2.0", caller, NUMBER, "1 INVITE")
    yield _said(at, False, "SIP/2.0 480 Temporarily Unavailable", caller, NUMBER, "1 INVITE")


def _leg_of(answered: bool, after: float = 0.0) -> Call:
    (leg,) = calls(_leg("+1", CUT - TALK + 1, answered=answered, after=after))
    return leg


def test_the_answer_to_a_bye_is_the_other_ends() -> None:
    heard = _leg_of(answered=True)
    assert (heard.by_us, heard.bye_status, heard.cleared) == (True, 200, 0.0)
    lost = _leg_of(answered=False)
    assert (lost.by_us, lost.bye_status, lost.cleared) == (True, 408, FREED)


@pytest.mark.parametrize(
    ("answered", "after", "at", "busy"),
    [
        (True, 0.0, UNDONE + 1, 0),
        (True, 20.0, UNDONE + 1, 1),
        (True, 20.0, UNDONE + 17, 0),
        (False, 0.0, UNDONE + 1, 1),
        (False, 0.0, FREED + 1, 0),
    ],
    ids=["its end was heard", "not yet", "late", "its end was lost", "the center has found out"],
)
def test_a_phone_is_busy_until_the_center_knows_better(answered: bool, after: float, at: float, busy: int) -> None:
    ends = Ends(calls(_refused("+2", at)), [_leg_of(answered, after)], {})
    told = figures(ends, EXPECTED, 0.0, 100.0)
    assert (told.busy, told.failed) == (busy, [] if busy else [at])
