"""What a lab phone puts on its cable, and reads from it."""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ccstack.lab.phones import dhcp, lldp
from ccstack.lab.phones.frames import (
    EVERYBODY,
    IPV4,
    Datagram,
    Frame,
    Tag,
    checksum,
    parse_datagram,
    parse_frame,
    with_checksum,
)  # fmt: skip

MAC = bytes.fromhex("001565aabbcc")
SERVER = IPv4Address("10.1.0.5")

tags = st.none() | st.builds(Tag, st.integers(1, 4094), st.integers(0, 7))


@given(tags, st.binary(max_size=200))
def test_frame_and_back(tag: Tag | None, payload: bytes) -> None:
    frame = Frame(EVERYBODY, MAC, IPV4, payload, tag)
    assert parse_frame(bytes(frame)) == frame


@given(st.binary(max_size=200), st.integers(1, 65535), st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_datagram_and_back(payload: bytes, port: int, source: IPv4Address, to: IPv4Address) -> None:
    datagram = Datagram(source, to, 68, port, payload)
    assert parse_datagram(bytes(datagram)) == datagram
    assert checksum(bytes(datagram)[:20]) == 0, "the header's checksum is right"
    summed = with_checksum(bytes(datagram))
    assert parse_datagram(summed) == datagram
    assert with_checksum(summed) == summed


@given(st.binary(max_size=400))
def test_no_frame_harms_a_phone(data: bytes) -> None:
    parse_frame(data)
    parse_datagram(data)
    with_checksum(data)
    lldp.decode(data)
    dhcp.parse(data)


def test_a_phone_says_what_it_is() -> None:
    own = lldp.Self(MAC, IPv4Address("10.1.20.50"), "Yealink", "yealink-t54w", 6.4)
    frame = lldp.encode(own)
    neighbour = lldp.decode(frame)
    assert neighbour is not None
    assert (neighbour.port, neighbour.ttl_s) == ("00:15:65:aa:bb:cc", 120)
    assert neighbour.voice is None, "it asks for a policy, and has none itself"
    assert neighbour.is_endpoint
    assert bytes.fromhex("0012bb01003303") in frame, "TIA-1057: capabilities of a class III endpoint"
    assert bytes.fromhex("0012bb0201800000") in frame, "the policy for voice is wanted"
    assert bytes.fromhex("0012bb04420040") in frame, "a powered device that draws 6.4 W"


def test_a_policy_is_heard() -> None:
    bits = 1 << 22 | 110 << 9 | 5 << 6 | 46
    frame = b"\x02\x07\x04" + MAC + b"\x04\x04\x05Gi1" + b"\x06\x02\x00\x78"
    frame += b"\xfe\x08\x00\x12\xbb\x02\x02" + bits.to_bytes(3)  # voice signalling: not what we look for
    frame += b"\xfe\x08\x00\x12\xbb\x02\x01" + bits.to_bytes(3) + b"\x00\x00"
    neighbour = lldp.decode(frame)
    assert neighbour is not None
    assert (neighbour.chassis, neighbour.port) == ("00:15:65:aa:bb:cc", "Gi1")
    assert neighbour.voice == lldp.Policy(vlan=110, tagged=True, priority=5, dscp=46)


@given(st.dictionaries(st.integers(1, 254).filter(lambda c: c != dhcp.KIND), st.binary(min_size=1, max_size=50)))
def test_dhcp_and_back(options: dict[int, bytes]) -> None:
    message = dhcp.Message(dhcp.ACK, 7, MAC, SERVER, options=options, reply=True)
    assert dhcp.parse(bytes(message)) == message


def _client(answers: dict[int, int], lacking: int | None = None) -> dhcp.Client:
    """A client whose server answers each kind of message with another kind."""

    def serve(data: bytes) -> None:
        asked = dhcp.parse(data)
        assert asked is not None
        if asked.kind in answers:
            options = {dhcp.SERVER: SERVER.packed, dhcp.MASK: b"\xff\xff\xff\x00", dhcp.LEASE_S: b"\x00\x00\x00\x3c"}
            options.pop(lacking or 0, None)
            yours = IPv4Address("10.1.20.7")
            message = dhcp.Message(answers[asked.kind], asked.transaction, MAC, yours, options=options, reply=True)
            client.receive(bytes(message))

    client = dhcp.Client(MAC, "yealink", serve, lambda data, _: serve(data), tries_s=(0.02, 0.02))
    return client


def test_a_lease() -> None:
    good = {dhcp.DISCOVER: dhcp.OFFER, dhcp.REQUEST: dhcp.ACK}

    async def run() -> None:
        client = _client(good)
        lease = await client.obtain()
        assert (str(lease.address), lease.prefix, lease.seconds) == ("10.1.20.7", 24, 60)
        assert await client.renew(lease) is not None
        assert await client.rebind(lease) is not None
        assert await _client({}).renew(lease) is None
        with pytest.raises(dhcp.DhcpError, match=r"takes 10\.1\.20\.7 back"):
            await _client({dhcp.REQUEST: dhcp.NAK}).renew(lease)

    asyncio.run(run())


@pytest.mark.parametrize(
    ("told", "times"), [({}, (30, 52.5)), ({dhcp.RENEWAL_S: b"\0\0\0\x0e", dhcp.REBINDING_S: b"\0\0\0\x0f"}, (14, 15))]
)
def test_when_a_lease_is_renewed(told: dict[int, bytes], times: tuple[float, float]) -> None:
    """As the server tells (RFC 2132 sections 9.11 and 9.12), else as RFC 2131 section 4.4.5 has it."""
    lease = dhcp.Lease(IPv4Address("10.1.20.7"), 24, None, IPv4Address("10.1.10.1"), 60, 0.0, told)
    assert (lease.renews, lease.rebinds) == times


@pytest.mark.parametrize(
    ("answers", "lacking", "said"),
    [
        ({}, None, "no DHCP server made an offer"),
        ({dhcp.DISCOVER: dhcp.OFFER}, None, "did not acknowledge"),
        ({dhcp.DISCOVER: dhcp.OFFER, dhcp.REQUEST: dhcp.NAK}, None, "then refused"),
        ({dhcp.DISCOVER: dhcp.OFFER, dhcp.REQUEST: dhcp.ACK}, dhcp.MASK, "has no option 1"),
    ],
)
def test_no_lease(answers: dict[int, int], lacking: int | None, said: str) -> None:
    with pytest.raises(dhcp.DhcpError, match=said):
        asyncio.run(_client(answers, lacking).obtain())
