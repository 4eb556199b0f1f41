"""What is parsed prints back to the same text; what could write a second header is refused."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.calls.sip.message import Headers, Request, Response, StreamCutter, parse, response_to
from ccstack.calls.sip.multipart import body_parts, session_description
from ccstack.calls.sip.uri import Address, SipSyntaxError, Uri, Via, quoted, split_outside_quotes, unquoted

TOKENS = st.from_regex(r"[A-Za-z0-9.!%*_+`'~-]{1,12}", fullmatch=True)
NAMES = st.from_regex(r"X-[A-Za-z0-9-]{1,10}", fullmatch=True)
VALUES = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\u2028\u2029\x85"), max_size=40)
PARAMS = st.lists(
    st.tuples(TOKENS, st.one_of(st.none(), TOKENS, st.text(max_size=8).filter(str.isprintable).map(quoted))), max_size=4
)
USERS = st.from_regex(r"[A-Za-z0-9+*#_.!~'()&=$,;?/-]{1,12}|%[0-9A-F]{2}", fullmatch=True)
HOSTS = st.sampled_from(["sbc1", "pbx-1.cc.example", "10.0.0.1", "[2001:db8::1]"])


@given(TOKENS, st.lists(st.tuples(NAMES, VALUES.map(str.strip)), max_size=8), st.binary(max_size=80))
def test_request_survives_the_wire(method: str, pairs: list[tuple[str, str]], body: bytes) -> None:
    request = Request(Headers(pairs), body, method, "sip:a@b")
    again = parse(bytes(request))
    assert isinstance(again, Request)
    assert (again.method, again.uri, again.headers, again.body) == (method, "sip:a@b", request.headers, body)


@given(st.integers(100, 699), st.lists(st.tuples(NAMES, VALUES.map(str.strip)), max_size=8), st.binary(max_size=80))
def test_response_survives_the_wire(status: int, pairs: list[tuple[str, str]], body: bytes) -> None:
    response = Response(Headers(pairs), body, status, "Because so")
    again = parse(bytes(response))
    assert isinstance(again, Response)
    assert (again.status, again.reason, again.headers, again.body) == (status, "Because so", response.headers, body)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4), st.sets(st.integers(0, 500), max_size=12))
def test_stream_is_cut_wherever_the_chunks_end(bodies: list[bytes], cuts: set[int]) -> None:
    messages = [Request(Headers([("Subject", str(n))]), body, "OPTIONS", "sip:a@b") for n, body in enumerate(bodies)]
    stream = b"\r\n\r\n".join(bytes(message) for message in messages)
    cutter = StreamCutter()
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    found = [message for start, end in pairwise(edges) for message in cutter.feed(stream[start:end])]
    assert [message.body for message in found] == bodies
    assert cutter.pings == len(bodies) - 1


@given(USERS, HOSTS, st.one_of(st.none(), st.integers(1, 65535)), st.lists(st.tuples(TOKENS, TOKENS), max_size=3))
def test_uri_prints_as_it_came(user: str, host: str, port: int | None, params: list[tuple[str, str]]) -> None:
    text = str(Uri("sip", user, host, port, tuple(params)))
    assert str(Uri.parse(text)) == text
    assert Uri.parse(text).host == host


@given(st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_any_user_can_be_written(user: str) -> None:
    assert Uri.parse(str(Uri.of(user, "cc.example"))).plain_user == user.partition(":")[0] or ":" in user


@given(VALUES.map(str.strip), PARAMS)
def test_address_prints_as_it_came(display: str, params: list[tuple[str, str | None]]) -> None:
    address = Address(Uri.parse("sip:a@b;lr"), display, tuple(params))
    assert Address.parse(str(address)) == address


@given(st.text(max_size=30))
def test_quoting_is_undone(text: str) -> None:
    assert unquoted(quoted(text)) == text
    assert split_outside_quotes(f"{quoted(text)},x", ",") == [quoted(text).strip(), "x"]


@given(st.binary(max_size=200))
def test_noise_is_refused_politely(data: bytes) -> None:
    try:
        parse(data)
    except SipSyntaxError:
        return


@pytest.mark.parametrize(
    ("name", "value"),
    [("X-A", "1\r\nX-CC-Endpoint: boss"), ("X-A", "a\nb"), ("X A", "b"), ("X-A:", "b"), ("", "b"), ("X-A", "a\0")],
)
def test_header_that_would_write_another_is_refused(name: str, value: str) -> None:
    with pytest.raises(SipSyntaxError):
        bytes(Request(Headers([(name, value)]), b"", "OPTIONS", "sip:a@b"))


def test_compact_folded_and_repeated_headers() -> None:
    text = (
        "INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/TCP g:5;branch=z9hG4bK2\r\n"
        'f: "A, B" <sip:a@b>;tag=1\r\nt: sip:c@d;tag=2\r\ni: x\r\nCSeq: 7   INVITE\r\n'
        "Record-Route: <sip:1;lr>,\r\n <sip:2;lr>\r\nl: 2\r\n\r\nok-and-more"
    )
    message = parse(text.encode())
    assert message.headers.items_of("record-route") == ["<sip:1;lr>", "<sip:2;lr>"]
    assert (message.via.branch, message.cseq, message.call_id) == ("z9hG4bK1", (7, "INVITE"), "x")
    assert (message.from_.display, message.from_.tag, message.to.tag, message.body) == ("A, B", "1", "2", b"ok")


@pytest.mark.parametrize("tag", ["a!b*c+d", "as~b", "%41", "x.y-z"])
def test_tags_and_masked_uris_come_back_unchanged(tag: str) -> None:
    text = f"<sip:127.0.0.8;line=sr-N6IAzB.FwM*?Replaces=a%3Bto-tag%3Db>;tag={tag}"
    assert str(Address.parse(text)) == text


def test_via_takes_received_and_rport() -> None:
    via = Via.parse("SIP/2.0/UDP 10.0.0.1:5062;branch=z9hG4bK1;rport").seen_from("10.9.9.9", 1234)
    assert re.search(r";rport=1234\b", str(via))
    assert str(via).endswith(";received=10.9.9.9")


def test_response_copies_what_it_must() -> None:
    request = parse(
        b"INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP g\r\n"
        b"From: <sip:a@b>;tag=1\r\n"
        b"To: <sip:c@d>\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\nRecord-Route: <sip:1;lr>\r\nContent-Length: 0\r\n\r\n"
    )
    assert isinstance(request, Request)
    good, bad = response_to(request, 180, tag="t"), response_to(request, 486, tag="t")
    assert good.headers.all("Via") == ["SIP/2.0/UDP h;branch=z9hG4bK1", "SIP/2.0/UDP g"]
    assert (good.headers.get("To"), good.headers.get("Record-Route")) == ("<sip:c@d>;tag=t", "<sip:1;lr>")
    assert bad.headers.get("Record-Route") is None


def test_location_travels_beside_the_session_description() -> None:
    body = (
        b"--x\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--x\r\nContent-Type: application/pidf+xml\r\n"
        b"Content-ID: <loc@cc>\r\n\r\n<presence/>\r\n--x--\r\n"
    )
    message = Request(Headers([("Content-Type", 'multipart/mixed; boundary="x"')]), body, "INVITE", "sip:a@b")
    assert (session_description(message) or "").strip() == "v=0"
    assert [(p.content_type, p.content_id) for p in body_parts(message)][1] == ("application/pidf+xml", "<loc@cc>")
