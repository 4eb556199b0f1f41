"""SRTP against published vectors, and against itself over wraps, losses and forgeries."""

import base64

import pytest

from ccstack.calls.sip.sdp import LocalMedia, SdpError, agree, parse_sdp
from ccstack.calls.srtp import Srtp, derive, is_usable, new_key

MASTER = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139" + "0EC675AD498AFEEBB6960B3AABE6")
KEY = base64.b64encode(MASTER).decode()


def rtp(sequence: int, payload: bytes, first: int = 0x80, source: int = 7) -> bytes:
    return bytes([first, 0]) + sequence.to_bytes(2, "big") + bytes(4) + source.to_bytes(4, "big") + payload


def test_keys_are_those_of_the_rfc() -> None:
    """RFC 3711, appendix B.3."""
    keys = derive(KEY)
    assert keys.cipher.hex() == "c61e7a93744f39ee10734afe3ff7a087"
    assert keys.salt.hex() == "30cbbc08863d8c85d49db34a9ae1"
    assert keys.auth.hex() == "cebe321f6ff7716b6fd4ab49af256a156d38baa4"


def test_a_packet_is_that_of_libsrtp() -> None:
    """The reference packet of libsrtp's own validation."""
    plain = bytes.fromhex("800f1234decafbadcafebabe" + "ab" * 16)
    wire = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb"
    assert Srtp(KEY, KEY).protect(plain).hex() == wire
    assert Srtp(KEY, KEY).unprotect(bytes.fromhex(wire)) == plain


def test_the_sequence_number_wraps_with_packets_lost_and_late() -> None:
    ours, theirs = new_key(), new_key()
    sender, receiver = Srtp(ours, theirs), Srtp(theirs, ours)
    packets = [rtp(n & 0xFFFF, str(n).encode()) for n in range(0xFFF0, 0x2_0010)]
    wires = [sender.protect(packet) for packet in packets]
    order = [n for n in range(len(wires)) if n % 7]  # every seventh is lost
    order[30], order[31] = order[31], order[30]  # and two change places
    assert all(receiver.unprotect(wires[n]) == packets[n] for n in order)


def test_contributing_sources_and_extensions_stay_readable() -> None:
    packet = bytes([0x92, 0]) + bytes(10) + b"AAAABBBB" + bytes.fromhex("bede0001") + b"EXT." + b"payload"
    wire = Srtp(KEY, KEY).protect(packet)
    assert wire[:28] == packet[:28]
    assert Srtp(KEY, KEY).unprotect(wire) == packet


@pytest.mark.parametrize("place", [0, 2, 11, 20, -1])
def test_a_changed_packet_is_dropped(place: int) -> None:
    wire = bytearray(Srtp(KEY, KEY).protect(rtp(1, b"0123456789")))
    wire[place] ^= 0x01
    assert Srtp(KEY, KEY).unprotect(bytes(wire)) is None


def test_what_is_too_short_or_of_another_key_is_dropped() -> None:
    assert Srtp(KEY, KEY).unprotect(b"\x80" * 21) is None
    assert Srtp(KEY, KEY).unprotect(Srtp(new_key(), KEY).protect(rtp(1, b"x" * 160))) is None


def test_usable_keys() -> None:
    assert is_usable(new_key())
    assert is_usable(KEY.rstrip("="))
    assert not is_usable("AAAA")
    assert not is_usable("no base64!")


def local(secure: bool) -> LocalMedia:
    return LocalMedia("10.0.0.1", 4000, 1, 0, ("PCMU",), 101, key=new_key(), secure=secure)


def test_a_secure_offer_is_answered_securely() -> None:
    offer = local(secure=True).offer()
    answer = local(secure=False).answer(parse_sdp(offer))
    ours, theirs = agree(parse_sdp(offer), parse_sdp(answer)), agree(parse_sdp(answer), parse_sdp(offer))
    assert "RTP/SAVP" in answer
    assert ours.keys is not None
    assert theirs.keys is not None
    assert ours.keys == theirs.keys[::-1]


def test_a_plain_offer_is_answered_plainly() -> None:
    answer = local(secure=True).answer(parse_sdp(local(secure=False).offer()))
    assert "SAVP" not in answer
    assert "crypto" not in answer


def test_the_suite_that_we_speak_is_chosen_with_its_tag() -> None:
    crypto = f"a=crypto:1 AEAD_AES_256_GCM inline:AAAA\r\na=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20"
    offer = f"v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 5000 RTP/SAVP 0\r\n{crypto}\r\n"
    assert "a=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:" in local(secure=False).answer(parse_sdp(offer))


def test_encrypted_media_without_a_suite_of_ours_is_refused() -> None:
    offer = "v=0\r\nc=IN IP4 10.0.0.2\r\nm=audio 5000 RTP/SAVP 0\r\na=crypto:1 AEAD_AES_256_GCM inline:AAAA\r\n"
    with pytest.raises(SdpError):
        local(secure=True).answer(parse_sdp(offer))
