"""Offer and answer: codecs, payload types, direction."""

import pytest

from ccstack.calls.sip.sdp import LocalMedia, SdpError, agree, answer_direction, parse_sdp

OFFER = """v=0
o=- 1 1 IN IP4 10.0.0.1
s=-
c=IN IP4 10.0.0.1
t=0 0
m=audio 4000 RTP/AVP 18 8 0 97
a=rtpmap:97 telephone-event/8000
m=video 4002 RTP/AVP 99
"""


def _local(**values: object) -> LocalMedia:
    given: dict[str, object] = {"host": "10.0.0.2", "port": 5000, "session": 1, "version": 1,
                                "codecs": ("PCMU", "PCMA"), "dtmf_type": 101}  # fmt: skip
    return LocalMedia(**{**given, **values})  # type: ignore[arg-type]


def test_answer_takes_the_offerers_numbers_and_refuses_the_rest() -> None:
    offer = parse_sdp(OFFER)
    answer = parse_sdp(_local().answer(offer))
    assert answer.audio.maps == ((8, "PCMA"), (97, "TELEPHONE-EVENT"))
    assert [(line.kind, line.port) for line in answer.media] == [("audio", 5000), ("video", 0)]
    agreed = agree(answer, offer)
    assert (agreed.codec, agreed.host, agreed.port, agreed.send_dtmf, agreed.receive_dtmf) == (
        "PCMA", "10.0.0.1", 4000, 97, 97,
    )  # fmt: skip


def test_payload_types_may_differ_by_direction() -> None:
    answer = parse_sdp(OFFER.replace("97", "96"))
    agreed = agree(parse_sdp(_local().offer()), answer)
    assert (agreed.send_dtmf, agreed.receive_dtmf) == (96, 101)


def test_no_dtmf_without_both() -> None:
    assert agree(parse_sdp(_local(dtmf_type=None).offer()), parse_sdp(OFFER)).send_dtmf is None
    assert "telephone-event" not in _local(dtmf_type=None).answer(parse_sdp(OFFER))


@pytest.mark.parametrize(
    ("wanted", "offered", "answered"),
    [
        ("sendrecv", "sendrecv", "sendrecv"),
        ("sendrecv", "sendonly", "recvonly"),
        ("sendrecv", "recvonly", "sendonly"),
        ("sendrecv", "inactive", "inactive"),
        ("sendonly", "sendrecv", "sendonly"),
        ("sendonly", "sendonly", "inactive"),
        ("inactive", "sendrecv", "inactive"),
    ],
)
def test_direction_of_an_answer(wanted: str, offered: str, answered: str) -> None:
    assert answer_direction(wanted, offered) == answered  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    ["", "hello", "v=0\nm=audio x RTP/AVP 0", OFFER.replace("18 8 0", "18"), OFFER.replace("RTP/AVP", "RTP/SAVP")],
)
def test_what_we_cannot_speak_is_refused(text: str) -> None:
    with pytest.raises(SdpError):
        _local().answer(parse_sdp(text))


def test_hold_of_old_times() -> None:
    assert parse_sdp(OFFER.replace("IP4 10.0.0.1", "IP4 0.0.0.0")).audio.direction == "sendonly"
